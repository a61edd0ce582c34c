//! Products of matrices and vectors in every combination of layouts.

use rayon::prelude::*;

use crate::matvec::{column_sums, row_dots};
use crate::{Real, Shape, Tensor, vector};

/// Multiply–adds below which a product stays on one thread (about 50 µs at the measured peak).
const SPLIT_FLOPS: usize = 2 << 20;

/// Rows of C per piece of work. Threads share the rows of C, never the inner dimension, so the order of
/// each sum does not depend on the number of threads.
const PIECE_ROWS: usize = 128;

impl<T: Real> Tensor<T> {
    /// The matrix product. A vector on the left is a row, on the right a column, and its axis is dropped
    /// from the result: `[m, k]·[k, n] → [m, n]`, `[m, k]·[k] → [m]`, `[k]·[k, n] → [n]`, `[k]·[k] → []`.
    /// Transposed operands are read in place.
    ///
    /// # Panics
    /// When an operand is neither a vector nor a matrix, or the inner dimensions differ.
    #[track_caller]
    pub fn matmul(&self, other: &Self) -> Self {
        let (left, right) = (self.shape(), other.shape());
        for (side, shape) in [("left", left), ("right", right)] {
            assert!(
                matches!(shape.iter().len(), 1 | 2),
                "matmul: {side} operand of shape {shape} is neither a vector nor a matrix"
            );
        }
        let (inner_left, inner_right) = (left[left.iter().len() - 1], right[0]);
        assert!(
            inner_left == inner_right,
            "matmul: inner dimensions differ: left {left}, right {right} ({inner_left} != {inner_right})"
        );
        match (self.rank(), other.rank()) {
            (1, 1) => {
                let (a, b) = (self.contiguous(), other.contiguous());
                Self::scalar(vector::dot(a.elements(), b.elements()))
            }
            (2, 1) => self.times_vector(other),
            (1, 2) => other.t().times_vector(self),
            // A single column or row is a matrix–vector product in disguise, and bound by memory like one.
            (2, 2) if right[1] == 1 => self.times_vector(&other.reshape([right[0]])).reshape([left[0], 1]),
            (2, 2) if left[0] == 1 => other.t().times_vector(&self.reshape([left[1]])).reshape([1, right[1]]),
            _ => self.times_matrix(other),
        }
    }

    /// `self` [m, k] times `x` [k].
    fn times_vector(&self, x: &Self) -> Self {
        let [rows, columns] = [self.shape()[0], self.shape()[1]];
        let x = x.contiguous();
        let x = x.elements();
        let matrix = if self.row_stride().is_some() || self.t().row_stride().is_some() {
            self.clone()
        } else {
            self.contiguous()
        };
        let elements = &matrix.buffer[matrix.layout.offset.min(matrix.buffer.len())..];
        let (by_rows, by_columns) = (matrix.row_stride(), matrix.t().row_stride());
        Self::build([rows].into(), |y| match (by_rows, by_columns) {
            _ if rows == 0 || columns == 0 => y.fill(T::zero()),
            // A single column is both; short dot products would be all overhead.
            (Some(stride), None) => row_dots(elements, stride, x, y),
            (Some(stride), Some(_)) if columns > rows => row_dots(elements, stride, x, y),
            (_, Some(stride)) => column_sums(elements, stride, x, y),
            (None, None) => unreachable!("a contiguous matrix has contiguous rows"),
        })
    }

    /// The distance between rows, if the elements of each row are neighbours and rows come in order.
    fn row_stride(&self) -> Option<usize> {
        let (shape, strides) = (self.shape(), self.strides());
        let dense = strides[1] == 1 || shape[1] == 1;
        (dense && strides[0] >= 0).then_some(strides[0] as usize)
    }

    fn times_matrix(&self, other: &Self) -> Self {
        let [m, k, n] = [self.shape()[0], self.shape()[1], other.shape()[1]];
        Self::build(Shape::from([m, n]), |c| {
            if m == 0 || n == 0 || k == 0 {
                c.fill(T::zero());
            } else if m.saturating_mul(n).saturating_mul(k) >= SPLIT_FLOPS
                && m > PIECE_ROWS
                && rayon::current_num_threads() > 1
            {
                c.par_chunks_mut(PIECE_ROWS * n).enumerate().for_each(|(piece, c)| {
                    let part = self.narrow(0, piece * PIECE_ROWS, c.len() / n);
                    part.gemm_into(other, c);
                });
            } else {
                self.gemm_into(other, c);
            }
        })
    }

    /// C ← self·other with C row-major; no extent is 0.
    fn gemm_into(&self, other: &Self, c: &mut [T]) {
        let [m, k, n] = [self.shape()[0], self.shape()[1], other.shape()[1]];
        assert!(c.len() == m * n, "gemm: C has {} elements, {m} x {n} needed", c.len());
        let strided = |x: &Self| {
            let strides = x.strides();
            (x.buffer[x.layout.offset..].as_ptr(), strides[0], strides[1])
        };
        // SAFETY: A is m × k and B is k × n by the caller's check of shapes; their layouts address only
        // elements of their buffers (the invariant of `Tensor`), `c` is exclusive, has m·n elements, and is
        // addressed row-major, so its elements are distinct and cannot overlap the shared buffers.
        unsafe {
            T::gemm(
                [m, k, n],
                T::one(),
                strided(self),
                strided(other),
                T::zero(),
                (c.as_mut_ptr(), n as isize, 1),
            );
        }
    }
}
