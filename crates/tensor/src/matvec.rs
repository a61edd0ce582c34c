//! Matrix–vector products: memory-bound, so each pass reads the matrix once and splits over threads by
//! *output*, never along the summed axis.

use rayon::prelude::*;

use crate::Real;
use crate::parallel::worth_splitting;
use crate::simd::{Kernel, dispatch};

/// Accumulators per row: two AVX-512 registers of `f64`.
const LANES: usize = 16;

/// Rows that share one pass over `x`.
const ROWS: usize = 4;

/// Rows or columns of the output per piece of work.
const PIECE_ROWS: usize = 32;
const PIECE_COLUMNS: usize = 512;

/// y[i] ← Σⱼ a[i·stride + j]·x[j], rows contiguous.
struct RowDots<'a, T> {
    a: &'a [T],
    stride: usize,
    x: &'a [T],
    y: &'a mut [T],
}

/// Adds the products of what is left of a row to its accumulators, and those in a fixed tree.
#[inline(always)]
fn finish<T: Real>(mut lanes: [T; LANES], row: &[T], x: &[T]) -> T {
    for (lane, (&a, &x)) in lanes.iter_mut().zip(row.iter().zip(x)) {
        *lane += a * x;
    }
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] += lanes[lane + width];
        }
        width /= 2;
    }
    lanes[0]
}

/// The dot products of four rows with `x` in one pass. One named array per row stays in registers; an array of arrays
/// is spilled, and a product that takes 25 µs takes 120.
#[inline(always)]
fn four_dots<T: Real>(rows: [&[T]; 4], x: &[T]) -> [T; 4] {
    let (xs, x_tail) = x.as_chunks::<LANES>();
    let [(r0, t0), (r1, t1), (r2, t2), (r3, t3)] = rows.map(|row| row.as_chunks::<LANES>());
    let [mut l0, mut l1, mut l2, mut l3] = [[T::zero(); LANES]; 4];
    for ((((x, r0), r1), r2), r3) in xs.iter().zip(r0).zip(r1).zip(r2).zip(r3) {
        for lane in 0..LANES {
            l0[lane] += r0[lane] * x[lane];
            l1[lane] += r1[lane] * x[lane];
            l2[lane] += r2[lane] * x[lane];
            l3[lane] += r3[lane] * x[lane];
        }
    }
    [finish(l0, t0, x_tail), finish(l1, t1, x_tail), finish(l2, t2, x_tail), finish(l3, t3, x_tail)]
}

/// The dot product of one row with `x`: the same bits as [`four_dots`].
#[inline(always)]
fn one_dot<T: Real>(row: &[T], x: &[T]) -> T {
    let ((xs, x_tail), (row, tail)) = (x.as_chunks::<LANES>(), row.as_chunks::<LANES>());
    let mut lanes = [T::zero(); LANES];
    for (x, row) in xs.iter().zip(row) {
        for lane in 0..LANES {
            lanes[lane] += row[lane] * x[lane];
        }
    }
    finish(lanes, tail, x_tail)
}

impl<T: Real> Kernel for RowDots<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { a, stride, x, y } = self;
        let row = |i: usize| &a[i * stride..i * stride + x.len()];
        let (groups, rest) = y.as_chunks_mut::<ROWS>();
        let grouped = groups.len() * ROWS;
        for (group, i) in groups.iter_mut().zip((0..).step_by(ROWS)) {
            *group = four_dots([row(i), row(i + 1), row(i + 2), row(i + 3)], x);
        }
        for (slot, i) in rest.iter_mut().zip(grouped..) {
            *slot = one_dot(row(i), x);
        }
    }
}

/// y ← Σⱼ x[j]·a[j·stride ..], the columns of the product contiguous; four columns per pass over `y`.
struct ColumnSums<'a, T> {
    a: &'a [T],
    stride: usize,
    x: &'a [T],
    y: &'a mut [T],
}

impl<T: Real> Kernel for ColumnSums<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { a, stride, x, y } = self;
        y.fill(T::zero());
        let len = y.len();
        let column = |j: usize| &a[j * stride..j * stride + len];
        let mut j = 0;
        while j + 4 <= x.len() {
            let (x0, x1, x2, x3) = (x[j], x[j + 1], x[j + 2], x[j + 3]);
            let columns = column(j).iter().zip(column(j + 1)).zip(column(j + 2)).zip(column(j + 3));
            for (y, (((&a0, &a1), &a2), &a3)) in y.iter_mut().zip(columns) {
                *y += (x0 * a0 + x1 * a1) + (x2 * a2 + x3 * a3);
            }
            j += 4;
        }
        while j < x.len() {
            let factor = x[j];
            for (y, &a) in y.iter_mut().zip(column(j)) {
                *y += factor * a;
            }
            j += 1;
        }
    }
}

/// y ← A·x for `y.len()` rows of `x.len()` contiguous elements, `stride` apart.
pub(crate) fn row_dots<T: Real>(a: &[T], stride: usize, x: &[T], y: &mut [T]) {
    if worth_splitting::<T>(x.len() * y.len()) {
        y.par_chunks_mut(PIECE_ROWS).enumerate().for_each(|(piece, y)| {
            let start = piece * PIECE_ROWS * stride;
            dispatch(RowDots { a: &a[start..], stride, x, y });
        });
    } else {
        dispatch(RowDots { a, stride, x, y });
    }
}

/// y ← A·x for `x.len()` columns of `y.len()` contiguous elements, `stride` apart.
pub(crate) fn column_sums<T: Real>(a: &[T], stride: usize, x: &[T], y: &mut [T]) {
    if worth_splitting::<T>(x.len() * y.len()) && !x.is_empty() {
        y.par_chunks_mut(PIECE_COLUMNS).enumerate().for_each(|(piece, y)| {
            dispatch(ColumnSums { a: &a[piece * PIECE_COLUMNS..], stride, x, y });
        });
    } else {
        dispatch(ColumnSums { a, stride, x, y });
    }
}
