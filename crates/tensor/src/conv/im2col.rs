//! Correlation as a product of matrices, with the windows of the image as columns.

use crate::Real;
use crate::gemm::{Batch, Factor, Output, Product};
use crate::window::copy_row;

/// A matrix in a slice: element (i, j) at `i·strides[0] + j·strides[1]`.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a, T> {
    pub(super) elements: &'a [T],
    pub(super) strides: [usize; 2],
}

impl<'a, T: Real> Matrix<'a, T> {
    /// Row-major, with `columns` columns.
    pub(super) fn rows(elements: &'a [T], columns: usize) -> Self {
        Self { elements, strides: [columns, 1] }
    }

    /// The transpose.
    pub(super) fn t(self) -> Self {
        Self { elements: self.elements, strides: [self.strides[1], self.strides[0]] }
    }

    fn holds(&self, rows: usize, columns: usize) -> bool {
        (rows - 1) * self.strides[0] + (columns - 1) * self.strides[1] < self.elements.len()
    }
}

/// C ← A·B + β·C, C row-major, for an inner dimension `inner`.
pub(super) fn product<T: Real>(
    inner: usize,
    a: Matrix<'_, T>,
    b: Matrix<'_, T>,
    beta: T,
    c: &mut [T],
    columns: usize,
) {
    let rows = c.len().checked_div(columns).unwrap_or(0);
    if rows == 0 {
        return;
    }
    if inner == 0 {
        c.iter_mut().for_each(|c| *c = if beta.is_zero() { T::zero() } else { beta * *c });
        return;
    }
    assert!(a.holds(rows, inner) && b.holds(inner, columns), "gemm: an operand is too short");
    let factor = |x: Matrix<'_, T>| {
        let [row, column] = x.strides.map(|stride| stride as isize);
        Factor { pointer: x.elements.as_ptr(), row, column }
    };
    let (c, c_row) = (c.as_mut_ptr(), columns as isize);
    let addend = if beta.is_zero() { std::ptr::null() } else { c.cast_const() };
    let out = Output { alpha: T::one(), beta, addend, addend_row: c_row, c, c_row };
    let product = Product { rows, inner, columns, a: factor(a), b: factor(b), out };
    let single = Batch { count: 1, a: 0, b: 0, addend: 0, c: 0 };
    // SAFETY: A holds rows × inner and B inner × columns elements, as just checked, of slices, which are initialised
    // throughout; C is borrowed mutably, has rows × columns elements and is addressed row-major, so its elements are
    // distinct and overlap neither; D is C.
    unsafe { T::gemm(&product, &single) };
}

/// `columns[k][i][j]` ← `image[offsets[k] + i·pitch + j]`.
pub(super) fn im2col<T: Copy>(
    image: &[T],
    offsets: &[usize],
    [rows, width]: [usize; 2],
    pitch: usize,
    columns: &mut [T],
) {
    for (&offset, window) in offsets.iter().zip(columns.chunks_exact_mut(rows * width)) {
        if pitch == width {
            window.copy_from_slice(&image[offset..][..rows * width]);
            continue;
        }
        for (i, row) in window.chunks_exact_mut(width).enumerate() {
            copy_row(&image[offset + i * pitch..][..width], row);
        }
    }
}
