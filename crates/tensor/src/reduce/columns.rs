//! Many runs folded at once, an element of each at a time: for axes that stride over whole rows of neighbours. The
//! rows are streamed into accumulators, one row of them per lane, in the order of [`lanes`](super::lanes).

use super::axes::Walk;
use super::fold::{Fold, Join};
use super::lanes::{BLOCK, LANES, block_range, blocks, is_nan, join_blocks, join_lane_rows};
use crate::Element;
use crate::memory::Buffer;
use crate::parallel::{PIECE, for_each_chunk, worth_splitting};
use crate::simd::{Kernel, dispatch};

/// Columns that are folded together: their accumulators stay in the second-level cache.
const STRIP: usize = 1024;

/// Accumulators that stay in the first-level cache while rows are streamed into them.
const CHUNK: usize = 1024;

/// Rows narrower than this are joined to longer ones where they lie without gaps, pivots and all.
const NARROW: usize = 64;

/// The same for as many accumulators as half of the lanes.
const FEW_ROWS_CHUNK: usize = 256;

/// A view as slabs of rows: column `c` of row `r` of slab `s` lies at
/// `offset + slabs.shift(s) + r·row_stride + c`.
#[derive(Clone, Copy)]
pub(crate) struct Slabs<'a, T> {
    pub(crate) x: &'a [T],
    pub(crate) offset: usize,
    pub(crate) slabs: &'a Walk,
    pub(crate) rows: usize,
    pub(crate) row_stride: isize,
    pub(crate) columns: usize,
}

/// Rows of neighbours, `stride` apart.
pub(crate) struct Stream<'a, T> {
    pub(crate) x: &'a [T],
    pub(crate) start: usize,
    pub(crate) stride: isize,
    pub(crate) count: usize,
}

impl<T: Element> Stream<'_, T> {
    /// acc[i] ← acc[i] joined with the terms of element `i` of the rows, in their order.
    #[inline(always)]
    pub(crate) fn fold_into<F: Fold<T>>(self, fold: F, pivots: &[F::Output], acc: &mut [F::Output]) {
        let mut first = 0;
        for acc in acc.chunks_mut(CHUNK) {
            let len = acc.len();
            let row = |i: usize| {
                let start = self.start.wrapping_add_signed(i as isize * self.stride) + first;
                &self.x[start..start + len]
            };
            let pivots = if F::PIVOT { &pivots[first..first + len] } else { &[] };
            let mut i = 0;
            while i + 4 <= self.count {
                fold_rows(fold, [row(i), row(i + 1), row(i + 2), row(i + 3)], pivots, acc);
                i += 4;
            }
            while i < self.count {
                fold_rows(fold, [row(i)], pivots, acc);
                i += 1;
            }
            first += len;
        }
    }
}

/// One pass over the accumulators for `N` rows of the same length.
#[inline(always)]
fn fold_rows<T: Element, F: Fold<T>, const N: usize>(
    fold: F,
    rows: [&[T]; N],
    pivots: &[F::Output],
    acc: &mut [F::Output],
) {
    let len = acc.len();
    let rows = rows.map(
        #[inline(always)]
        |row| &row[..len],
    );
    let join = fold.joining();
    for i in 0..len {
        let pivot = if F::PIVOT { pivots[i] } else { join.identity() };
        let (mut value, mut poisoned) = (acc[i], false);
        for row in rows {
            let term = fold.term(row[i], pivot);
            if F::Join::POISON {
                value = join.join_ordered(value, term);
                poisoned |= is_nan(term);
            } else {
                value = join.join(value, term);
            }
        }
        acc[i] = if poisoned { join.poison() } else { value };
    }
}

/// Accumulators for strips, used again and again.
struct Scratch<'a, S> {
    acc: &'a mut [S],
    pivots: &'a mut [S],
}

impl<T: Element> Slabs<'_, T> {
    /// out[c] ← fold of column c of the rows `start, start + row_stride, …`, at most a block of them.
    #[inline(always)]
    fn fold_strip<F: Fold<T>>(
        self,
        fold: F,
        start: usize,
        rows: usize,
        pivots: &[F::Output],
        scratch: &mut Scratch<'_, F::Output>,
        out: &mut [F::Output],
    ) {
        let join = fold.joining();
        let (columns, lanes) = (out.len(), rows.min(LANES));
        let acc = &mut scratch.acc[..lanes * columns];
        acc.fill(join.identity());
        let dense = self.row_stride == columns as isize && (!F::PIVOT || columns < NARROW);
        if dense {
            // As many rows as there are lanes are one long row.
            let long = lanes * columns;
            if F::PIVOT {
                for lane in scratch.pivots[..long].chunks_exact_mut(columns) {
                    lane.copy_from_slice(pivots);
                }
            }
            let (count, rest) = (rows / lanes, rows % lanes);
            let body = Stream { x: self.x, start, stride: long as isize, count };
            body.fold_into(fold, scratch.pivots, acc);
            if rest > 0 {
                let tail = Stream { x: self.x, start: start + count * long, stride: 0, count: 1 };
                tail.fold_into(fold, scratch.pivots, &mut acc[..rest * columns]);
            }
        } else {
            for (lane, acc) in acc.chunks_exact_mut(columns).enumerate() {
                Stream {
                    x: self.x,
                    start: start.wrapping_add_signed(lane as isize * self.row_stride),
                    stride: lanes as isize * self.row_stride,
                    count: (rows - lane).div_ceil(lanes),
                }
                .fold_into(fold, pivots, acc);
            }
        }
        join_lane_rows(join, acc, columns);
        out.copy_from_slice(&acc[..columns]);
    }
}

impl<T: Element> Slabs<'_, T> {
    /// What [`fold_strip`](Self::fold_strip) computes for at most `LANES` rows, which are lanes themselves: the first
    /// level of the tree reads them from the operand, and takes half of the time.
    #[inline(always)]
    fn fold_few_rows<F: Fold<T>>(
        self,
        fold: F,
        start: usize,
        pivots: &[F::Output],
        acc: &mut [F::Output],
        out: &mut [F::Output],
    ) {
        let join = fold.joining();
        let half = self.rows.next_power_of_two() / 2;
        let mut first = 0;
        for out in out.chunks_mut(FEW_ROWS_CHUNK) {
            let len = out.len();
            let pivots = if F::PIVOT { &pivots[first..first + len] } else { &[] };
            let row = |i: usize| {
                let start = start.wrapping_add_signed(i as isize * self.row_stride) + first;
                &self.x[start..start + len]
            };
            let acc = &mut acc[..half.max(1) * len];
            acc.fill(join.identity());
            for (i, acc) in acc.chunks_exact_mut(len).enumerate() {
                if i + half < self.rows && half > 0 {
                    let (low, high) = (row(i), row(i + half));
                    for j in 0..len {
                        let pivot = if F::PIVOT { pivots[j] } else { join.identity() };
                        let low = join.join(acc[j], fold.term(low[j], pivot));
                        let high = join.join(join.identity(), fold.term(high[j], pivot));
                        acc[j] = join.join(low, high);
                    }
                } else {
                    fold_rows(fold, [row(i)], pivots, acc);
                }
            }
            join_lane_rows(join, acc, len);
            out.copy_from_slice(&acc[..len]);
            first += len;
        }
    }
}

/// out ← folds of the columns of consecutive slabs (or of a strip of columns of one slab).
struct FoldSlabs<'a, T: Element, F: Fold<T>> {
    fold: F,
    slabs: Slabs<'a, T>,
    first: usize,
    pivots: &'a [F::Output],
    out: &'a mut [F::Output],
}

impl<T: Element, F: Fold<T>> Kernel for FoldSlabs<'_, T, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { fold, slabs, first, pivots, out } = self;
        let Slabs { rows, columns, .. } = slabs;
        let lanes = rows.min(LANES);
        let identity = fold.joining().identity();
        let repeated = if F::PIVOT && columns < NARROW { lanes * columns } else { 0 };
        // From the free lists: a sum of rows takes no memory from the system.
        let mut room = Buffer::new(lanes * columns + repeated);
        let room = room.exclusive();
        room.fill(identity);
        let (acc, repeated) = room.split_at_mut(lanes * columns);
        let mut scratch = Scratch { acc, pivots: repeated };
        for (i, out) in out.chunks_exact_mut(columns).enumerate() {
            let start = slabs.offset.wrapping_add_signed(slabs.slabs.shift(first + i));
            let pivots = if F::PIVOT { &pivots[i * columns..(i + 1) * columns] } else { pivots };
            if rows <= LANES && columns >= NARROW {
                slabs.fold_few_rows(fold, start, pivots, scratch.acc, out);
            } else {
                slabs.fold_strip(fold, start, rows, pivots, &mut scratch, out);
            }
        }
    }
}

/// out ← folds of the columns of all slabs, slab after slab. `pivots` is as long as `out`, or empty if the terms have
/// none.
pub(crate) fn fold_slabs<T: Element, F: Fold<T>>(
    fold: F,
    slabs: Slabs<'_, T>,
    pivots: &[F::Output],
    out: &mut [F::Output],
) {
    let Slabs { rows, columns, .. } = slabs;
    let parallel = worth_splitting::<T>(rows * out.len());
    let part = |from: usize, len: usize| if F::PIVOT { &pivots[from..from + len] } else { pivots };
    if rows <= BLOCK && columns <= STRIP && (!parallel || rows * columns <= 4 * PIECE) {
        // Whole slabs, several in a piece.
        if parallel {
            let len = PIECE.div_ceil(rows * columns) * columns;
            for_each_chunk(out, len, parallel, &|piece, out| {
                let (first, pivots) = (piece * len / columns, part(piece * len, out.len()));
                dispatch(FoldSlabs { fold, slabs, first, pivots, out });
            });
        } else {
            dispatch(FoldSlabs { fold, slabs, first: 0, pivots, out });
        }
        return;
    }
    // With two threads or more, strips that give each of them something to do.
    let strip = if parallel { columns.div_ceil(4).next_multiple_of(64).min(STRIP) } else { STRIP };
    let blocks = blocks(rows);
    let mut values = Vec::new();
    let target = if blocks == 1 {
        &mut *out
    } else {
        values.resize(out.len() * blocks, fold.joining().identity());
        &mut values[..]
    };
    let mut parts: Vec<_> = target.chunks_mut(columns).flat_map(|row| row.chunks_mut(strip)).collect();
    let strips = columns.div_ceil(strip);
    for_each_chunk(&mut parts, 1, parallel, &|index, parts| {
        let (row, first) = (index / strips, index % strips * strip);
        let (slab, block) = (row / blocks, block_range(row % blocks, rows));
        let shift = slabs.slabs.shift(slab) + block.start as isize * slabs.row_stride + first as isize;
        let offset = slabs.offset.wrapping_add_signed(shift);
        for out in parts {
            let pivots = part(slab * columns + first, out.len());
            let (rows, columns) = (block.len(), out.len());
            let slabs = Slabs { offset, rows, columns, slabs: &Walk::NOWHERE, ..slabs };
            dispatch(FoldSlabs { fold, slabs, first: 0, pivots, out });
        }
    });
    if blocks > 1 {
        for (out, values) in out.chunks_mut(columns).zip(values.chunks_mut(blocks * columns)) {
            join_blocks(fold.joining(), values, columns);
            out.copy_from_slice(&values[..columns]);
        }
    }
}
