//! Picking parts of a tensor by position.

use crate::{Real, Tensor, vector};

impl<T: Real> Tensor<T> {
    /// The rows `indices` of the first axis, in that order; a row may be picked more than once.
    ///
    /// # Panics
    /// When the tensor has rank 0 or an index lies outside.
    #[track_caller]
    pub fn index_select(&self, indices: &[usize]) -> Self {
        let mut shape = self.shape();
        assert!(self.rank() > 0, "index_select: a scalar has no rows");
        let rows = shape[0];
        for &index in indices {
            assert!(index < rows, "index_select: row {index} is outside shape {shape}");
        }
        let source = self.contiguous();
        let elements = source.elements();
        let row_len = elements.len().checked_div(rows).unwrap_or(0);
        shape = std::iter::once(indices.len()).chain(shape[1..].iter().copied()).collect();
        Self::build(shape, |out| {
            for (slot, &index) in out.chunks_exact_mut(row_len.max(1)).zip(indices) {
                slot.copy_from_slice(&elements[index * row_len..(index + 1) * row_len]);
            }
        })
    }

    /// Adds row `i` of `rows` to row `indices[i]` of `self`, in order: the transpose of
    /// [`index_select`](Self::index_select).
    ///
    /// # Panics
    /// When an index lies outside, or `rows` has not the shape `index_select(indices)` has.
    #[track_caller]
    pub fn index_add(&mut self, indices: &[usize], rows: &Self) {
        let (shape, given) = (self.shape(), rows.shape());
        assert!(
            self.rank() > 0 && rows.rank() > 0 && given[0] == indices.len() && given[1..] == shape[1..],
            "index_add: {} rows of shape {given} into shape {shape}",
            indices.len()
        );
        for &index in indices {
            assert!(index < shape[0], "index_add: row {index} is outside shape {shape}");
        }
        let row_len: usize = shape[1..].iter().product();
        let rows = rows.contiguous();
        let (rows, target) = (rows.elements(), self.make_mut());
        for (row, &index) in rows.chunks_exact(row_len.max(1)).zip(indices) {
            vector::axpy(T::one(), row, &mut target[index * row_len..(index + 1) * row_len]);
        }
    }
}
