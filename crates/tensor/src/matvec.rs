//! Matrix–vector products: memory-bound, so each pass reads the matrix once and splits over threads by
//! *output*, never along the summed axis.
//!
//! No fused multiply-adds: memory is the limit, and so the bits are the same at every SIMD level.

use std::slice;

use crate::Real;
use crate::crew::for_each_chunk;
use crate::gemm::{Factor, Product};
use crate::memory::Buffer;
use crate::simd::{Kernel, dispatch};
use crate::vector;

/// Bytes of the matrix from which threads share the work: smaller ones are read from the L2 cache of one core
/// in less than the 20 µs that it can take to wake up a thread.
const SPLIT_BYTES: usize = 1 << 20;

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

/// Adds the last `LANES` products of a row to its accumulators, except the first `skip`, which are in them
/// already. These are discarded, not multiplied by 0: they can be infinite.
#[inline(always)]
fn add_tail<T: Real>(lanes: &mut [T; LANES], row: &[T], x: &[T], skip: usize) {
    let (Some(row), Some(x)) = (row.last_chunk::<LANES>(), x.last_chunk::<LANES>()) else { return };
    for lane in 0..LANES {
        let product = row[lane] * x[lane];
        lanes[lane] += if lane < skip { T::zero() } else { product };
    }
}

/// The dot product of a row of fewer than `LANES` elements with `x`. Apart from the others, whose
/// accumulators a loop of unknown length would drive out of registers.
#[inline(always)]
fn short_dot<T: Real>(row: &[T], x: &[T]) -> T {
    let mut lanes = [T::zero(); LANES];
    for (lane, (&a, &x)) in lanes.iter_mut().zip(row.iter().zip(x)) {
        *lane += a * x;
    }
    total(lanes)
}

/// The sum of the accumulators in a fixed tree. An array per stage lets LLVM keep the stages in registers.
#[inline(always)]
fn total<T: Real>(lanes: [T; LANES]) -> T {
    const { assert!(LANES == 16) };
    let mut eight = [T::zero(); 8];
    let mut four = [T::zero(); 4];
    for lane in 0..8 {
        eight[lane] = lanes[lane] + lanes[lane + 8];
    }
    for lane in 0..4 {
        four[lane] = eight[lane] + eight[lane + 4];
    }
    (four[0] + four[2]) + (four[1] + four[3])
}

/// The dot products of four rows with `x` in one pass. One named array per row stays in registers; an array
/// of arrays is spilled, and a product that takes 25 µs takes 120.
#[inline(always)]
fn four_dots<T: Real>(rows: [&[T]; 4], x: &[T]) -> [T; 4] {
    let (xs, tail) = x.as_chunks::<LANES>();
    let [r0, r1, r2, r3] = rows.map(|row| row.as_chunks::<LANES>().0);
    let [mut l0, mut l1, mut l2, mut l3] = [[T::zero(); LANES]; 4];
    for ((((x, r0), r1), r2), r3) in xs.iter().zip(r0).zip(r1).zip(r2).zip(r3) {
        for lane in 0..LANES {
            l0[lane] += r0[lane] * x[lane];
            l1[lane] += r1[lane] * x[lane];
            l2[lane] += r2[lane] * x[lane];
            l3[lane] += r3[lane] * x[lane];
        }
    }
    if !tail.is_empty() {
        let skip = LANES - tail.len();
        add_tail(&mut l0, rows[0], x, skip);
        add_tail(&mut l1, rows[1], x, skip);
        add_tail(&mut l2, rows[2], x, skip);
        add_tail(&mut l3, rows[3], x, skip);
    }
    [total(l0), total(l1), total(l2), total(l3)]
}

/// The dot product of one row with `x`: the same bits as [`four_dots`].
#[inline(always)]
fn one_dot<T: Real>(row: &[T], x: &[T]) -> T {
    let (xs, tail) = x.as_chunks::<LANES>();
    let mut lanes = [T::zero(); LANES];
    for (x, row) in xs.iter().zip(row.as_chunks::<LANES>().0) {
        for lane in 0..LANES {
            lanes[lane] += row[lane] * x[lane];
        }
    }
    if !tail.is_empty() {
        add_tail(&mut lanes, row, x, LANES - tail.len());
    }
    total(lanes)
}

impl<T: Real> Kernel for RowDots<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { a, stride, x, y } = self;
        let row = |i: usize| &a[i * stride..i * stride + x.len()];
        if x.len() < LANES {
            for (i, y) in y.iter_mut().enumerate() {
                *y = short_dot(row(i), x);
            }
            return;
        }
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
fn row_dots<T: Real>(a: &[T], stride: usize, x: &[T], y: &mut [T]) {
    if size_of_val(x) * y.len() < SPLIT_BYTES {
        return dispatch(RowDots { a, stride, x, y });
    }
    for_each_chunk(y, PIECE_ROWS, &|piece, y| {
        dispatch(RowDots { a: &a[piece * PIECE_ROWS * stride..], stride, x, y });
    });
}

/// y ← A·x for `x.len()` columns of `y.len()` contiguous elements, `stride` apart.
fn column_sums<T: Real>(a: &[T], stride: usize, x: &[T], y: &mut [T]) {
    if size_of_val(x) * y.len() < SPLIT_BYTES {
        return dispatch(ColumnSums { a, stride, x, y });
    }
    for_each_chunk(y, PIECE_COLUMNS, &|piece, y| {
        dispatch(ColumnSums { a: &a[piece * PIECE_COLUMNS..], stride, x, y });
    });
}

/// Computes a product with one row or one column, if its matrix has neighbours along an axis.
///
/// # Safety
/// That of [`gemm`](crate::gemm::gemm).
pub(crate) unsafe fn product<T: Real>(product: &Product<T>) -> bool {
    let Product { rows, inner, columns, a, b, out } = *product;
    let flip = |x: Factor<T>| Factor { row: x.column, column: x.row, ..x };
    let (len, matrix, vector) = if columns == 1 { (rows, a, b) } else { (columns, flip(b), flip(a)) };
    let (c_step, d_step) = if columns == 1 { (out.c_row, out.addend_row) } else { (1, 1) };
    let ordered = matrix.row >= 0 && matrix.column >= 0;
    let by_rows = matrix.column == 1 || inner == 1;
    let by_columns = matrix.row == 1 || len == 1;
    if !ordered || inner == 0 || !(by_rows || by_columns) {
        return false;
    }
    let span = (len - 1) * matrix.row as usize + (inner - 1) * matrix.column as usize + 1;
    // SAFETY: from the first to the last element of the matrix, in one allocation.
    let elements = unsafe { slice::from_raw_parts(matrix.pointer, span) };
    let gathered;
    let x = if vector.row == 1 || inner == 1 {
        // SAFETY: the elements of the vector are neighbours.
        unsafe { slice::from_raw_parts(vector.pointer, inner) }
    } else {
        let mut copy = Buffer::new(inner);
        for (i, x) in copy.exclusive().iter_mut().enumerate() {
            // SAFETY: an element of the vector.
            *x = unsafe { *vector.pointer.offset(i as isize * vector.row) };
        }
        gathered = copy;
        &gathered
    };
    let compute = |y: &mut [T]| {
        if len == 1 && by_rows {
            y[0] = vector::dot(elements, x);
        } else if by_rows && (!by_columns || inner > len) {
            row_dots(elements, matrix.row as usize, x, y);
        } else {
            column_sums(elements, matrix.column as usize, x, y);
        }
    };
    if out.addend.is_null() && out.alpha == T::one() && (c_step == 1 || len == 1) {
        // SAFETY: the elements of C are neighbours, and nobody else uses them.
        compute(unsafe { slice::from_raw_parts_mut(out.c, len) });
        return true;
    }
    let mut y = Buffer::new(len);
    compute(y.exclusive());
    for (i, &y) in y.iter().enumerate() {
        let mut value = out.alpha * y;
        if !out.addend.is_null() {
            // SAFETY: an element of D.
            value += out.beta * unsafe { *out.addend.offset(i as isize * d_step) };
        }
        // SAFETY: an element of C.
        unsafe { *out.c.offset(i as isize * c_step) = value };
    }
    true
}
