//! The triangles of matrices: `triu`, `tril`.

use std::ops::Range;

use crate::parallel::{for_each_piece, worth_splitting};
use crate::{Element, Tensor};

impl<T: Element> Tensor<T> {
    /// The upper triangle of the matrices in the last two axes, zeros below: the elements with
    /// `column − row ≥ diagonal` are kept.
    ///
    /// # Panics
    /// When the rank is less than 2.
    #[track_caller]
    pub fn triu(&self, diagonal: isize) -> Self {
        self.triangle("triu", |row, columns| 0..first_kept(row, diagonal, columns))
    }

    /// The lower triangle of the matrices in the last two axes, zeros above: the elements with
    /// `column − row ≤ diagonal` are kept.
    ///
    /// # Panics
    /// When the rank is less than 2.
    #[track_caller]
    pub fn tril(&self, diagonal: isize) -> Self {
        self.triangle("tril", |row, columns| first_kept(row, diagonal.saturating_add(1), columns)..columns)
    }

    /// The matrices with zeros at the columns `cleared(row, columns)` of each row.
    #[track_caller]
    fn triangle(&self, op: &str, cleared: impl Fn(usize, usize) -> Range<usize> + Sync) -> Self {
        let shape = self.shape();
        let Some(&[rows, columns]) = shape.last_chunk() else {
            panic!("{op}: shape {shape} has no matrices");
        };
        Self::build(shape, |out| {
            // A single row is not cut: pieces are made of rows.
            let split = out.len() > columns && worth_splitting::<T>(2 * out.len());
            for_each_piece(shape, out, split, |part, out| {
                self.place(&[0; crate::MAX_RANK], shape, part, out);
                let start = part.filter(|part| part.axis + 2 == shape.rank()).map_or(0, |part| part.start);
                for (i, row) in out.chunks_exact_mut(columns.max(1)).enumerate() {
                    row[cleared((start + i) % rows, columns)].fill(T::default());
                }
            });
        })
    }
}

/// The first column with `column − row ≥ diagonal`.
fn first_kept(row: usize, diagonal: isize, columns: usize) -> usize {
    (row as isize).saturating_add(diagonal).clamp(0, columns as isize) as usize
}
