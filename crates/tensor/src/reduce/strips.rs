//! Results as large as the operand: along an axis whose elements are neighbours, row by row; along another one, in
//! strips of columns that threads can write side by side.

use std::marker::PhantomData;

use super::axes::AxisSet;
use crate::parallel::{PIECE, for_each_chunk, worth_splitting};
use crate::{Element, Tensor};

/// Neighbouring columns of a matrix, to be written row by row.
pub(crate) struct Strip<'a, T> {
    start: *mut T,
    row_stride: usize,
    /// The first column.
    pub(crate) first: usize,
    /// The number of columns.
    pub(crate) columns: usize,
    /// The number of rows.
    pub(crate) rows: usize,
    matrix: PhantomData<&'a mut [T]>,
}

// SAFETY: a strip is a mutable borrow of its columns, which no other strip has.
unsafe impl<T: Send> Send for Strip<'_, T> {}

impl<T> Strip<'_, T> {
    fn reborrow(&mut self) -> Strip<'_, T> {
        let &mut Self { start, row_stride, first, columns, rows, matrix: PhantomData } = self;
        Strip { start, row_stride, first, columns, rows, matrix: PhantomData }
    }

    /// The part of a row that lies in the strip.
    ///
    /// # Panics
    /// When there is no such row.
    #[inline(always)]
    pub(crate) fn row(&mut self, row: usize) -> &mut [T] {
        assert!(row < self.rows);
        // SAFETY: `strips` checked that the matrix has `rows` rows of `row_stride` elements and that the columns lie in
        // them. Strips have no column in common, and this one is borrowed mutably.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(row * self.row_stride), self.columns) }
    }
}

/// A matrix with rows of `row_len` as strips of at most `width` columns.
fn strips<T>(matrix: &mut [T], row_len: usize, width: usize) -> Vec<Strip<'_, T>> {
    assert!(row_len > 0 && matrix.len().is_multiple_of(row_len));
    let rows = matrix.len() / row_len;
    let start = matrix.as_mut_ptr();
    let strip = |first: usize| Strip {
        start: start.wrapping_add(first),
        row_stride: row_len,
        first,
        columns: width.min(row_len - first),
        rows,
        matrix: PhantomData,
    };
    (0..row_len).step_by(width).map(strip).collect()
}

/// Computes rows of neighbours of the given length: from, length, to.
pub(crate) type InRows<'a, T> = dyn Fn(&[T], usize, &mut [T]) + Sync + 'a;

/// Computes a strip from a matrix of as many rows.
pub(crate) type InStrip<'a, T> = dyn Fn(&[T], Strip<'_, T>) + Sync + 'a;

/// Computes a tensor of the shape of `x` along one axis. `in_rows` gets rows of neighbours, several of the given length
/// at once; `in_strip` gets a matrix and the strip of the result to write: the axis runs along the rows' order.
#[track_caller]
pub(crate) fn along_axis<T: Element>(
    op: &str,
    x: &Tensor<T>,
    axis: usize,
    in_rows: &InRows<'_, T>,
    in_strip: &InStrip<'_, T>,
) -> Tensor<T> {
    let shape = x.shape();
    AxisSet::new(op, shape, &[axis]);
    let (rows, columns) = (shape[axis], shape[axis + 1..].iter().product::<usize>());
    let source = x.dense();
    let x = &*source;
    let parallel = worth_splitting::<T>(2 * x.len());
    Tensor::build(shape, |out| {
        if out.is_empty() {
            return;
        }
        if columns == 1 {
            let len = PIECE.div_ceil(rows) * rows;
            let len = if parallel { len } else { out.len() };
            for_each_chunk(out, len, parallel, &|piece, out| {
                in_rows(&x[piece * len..][..out.len()], rows, out);
            });
            return;
        }
        let slab = rows * columns;
        // Both sides of a strip stay in the second-level cache.
        let width = (STRIP_BYTES / size_of::<T>() / rows).next_multiple_of(16).clamp(16, 1024);
        let slabs = out.chunks_mut(slab).zip(x.chunks(slab));
        let parts =
            slabs.flat_map(|(out, x)| strips(out, columns, width).into_iter().map(move |strip| (x, strip)));
        for_each_chunk(&mut parts.collect::<Vec<_>>(), 1, parallel, &|_, parts| {
            for (x, strip) in parts {
                in_strip(x, strip.reborrow());
            }
        });
    })
}

/// Bytes of the operand in a strip.
const STRIP_BYTES: usize = 256 << 10;
