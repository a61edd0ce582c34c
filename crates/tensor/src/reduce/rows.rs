//! Runs folded one after the other, each into one result: for axes whose elements are neighbours in memory. Other
//! runs are copied together first, a block at a time.

use std::ops::Range;

use super::axes::Walk;
use super::fold::{Fold, Join};
use super::lanes::{BLOCK, SHORT, SIDE_BY_SIDE, fold_block, fold_blocks, fold_short_rows};
use crate::Element;
use crate::parallel::{PIECE, for_each_chunk, worth_splitting};
use crate::simd::{Kernel, dispatch};

/// A view as runs: element `i` of run `r` lies at `offset + kept.shift(r) + run.shift(i)`.
#[derive(Clone, Copy)]
pub(crate) struct Runs<'a, T> {
    pub(crate) x: &'a [T],
    pub(crate) offset: usize,
    pub(crate) kept: &'a Walk,
    pub(crate) run: &'a Walk,
}

impl<'a, T: Element> Runs<'a, T> {
    /// Part of a run that starts at `start`: borrowed if neighbours in memory, else copied to `packed`.
    #[inline(always)]
    pub(crate) fn part<'b>(self, start: usize, part: Range<usize>, packed: &'b mut [T]) -> &'b [T]
    where
        'a: 'b,
    {
        if self.is_dense() {
            return &self.x[start + part.start..start + part.end];
        }
        let (len, first) = (part.len(), part.start);
        self.run.for_each_run(
            part,
            #[inline(always)]
            |positions, shift, stride| {
                let from = start.wrapping_add_signed(shift);
                let slots = &mut packed[positions.start - first..positions.end - first];
                for (i, slot) in slots.iter_mut().enumerate() {
                    *slot = self.x[from.wrapping_add_signed(i as isize * stride)];
                }
            },
        );
        &packed[..len]
    }

    /// Whether the elements of each run are neighbours in memory.
    #[inline(always)]
    pub(crate) fn is_dense(self) -> bool {
        matches!(self.run.single(), Some((1, _) | (_, 1)))
    }

    /// Room for `len` elements, if runs must be copied together.
    #[inline(always)]
    pub(crate) fn room(self, len: usize) -> Vec<T> {
        if self.is_dense() { Vec::new() } else { vec![T::default(); len] }
    }

    /// Calls `visit` with the index of each run of a range and the place where it starts.
    #[inline(always)]
    pub(crate) fn for_each(self, runs: Range<usize>, mut visit: impl FnMut(usize, usize)) {
        self.kept.for_each_run(
            runs,
            #[inline(always)]
            |indices, shift, stride| {
                let start = self.offset.wrapping_add_signed(shift);
                for (i, index) in indices.enumerate() {
                    visit(index, start.wrapping_add_signed(i as isize * stride));
                }
            },
        );
    }
}

/// out[i] ← fold of run `first + i`, for runs of at most a block.
struct FoldRuns<'a, T: Element, F: Fold<T>> {
    fold: F,
    runs: Runs<'a, T>,
    first: usize,
    pivots: &'a [F::Output],
    out: &'a mut [F::Output],
}

impl<T: Element, F: Fold<T>> Kernel for FoldRuns<'_, T, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { fold, runs, first, pivots, out } = self;
        let len = runs.run.len();
        let mut packed = runs.room(len);
        let (_, row_stride) = runs.kept.inner();
        let mut done = 0;
        if len <= SHORT && runs.is_dense() && runs.kept.single().is_some() && row_stride == len as isize {
            let start = runs.offset + first * len;
            for out in out.as_chunks_mut::<SIDE_BY_SIDE>().0 {
                let mut own = [fold.joining().identity(); SIDE_BY_SIDE];
                if F::PIVOT {
                    own.copy_from_slice(&pivots[first + done..][..SIDE_BY_SIDE]);
                }
                *out = fold_short_rows(fold, &runs.x[start + done * len..], len, &own);
                done += SIDE_BY_SIDE;
            }
        }
        runs.for_each(
            first + done..first + out.len(),
            #[inline(always)]
            |index, start| {
                let run = runs.part(start, 0..len, &mut packed);
                out[index - first] = fold_block(fold, run, pivot::<T, F>(fold, pivots, index));
            },
        );
    }
}

/// The pivot of a result, or any value if the terms do not use it.
#[inline(always)]
fn pivot<T: Element, F: Fold<T>>(fold: F, pivots: &[F::Output], index: usize) -> F::Output {
    if F::PIVOT { pivots[index] } else { fold.joining().identity() }
}

/// The fold of one block of a run.
struct FoldPart<'a, T: Element, F: Fold<T>> {
    fold: F,
    runs: Runs<'a, T>,
    start: usize,
    part: Range<usize>,
    pivot: F::Output,
}

impl<T: Element, F: Fold<T>> Kernel for FoldPart<'_, T, F> {
    type Output = F::Output;
    #[inline(always)]
    fn run(self) -> F::Output {
        let mut packed = self.runs.room(self.part.len());
        fold_block(self.fold, self.runs.part(self.start, self.part, &mut packed), self.pivot)
    }
}

/// out[i] ← fold of run `i`. `pivots` is as long as `out`, or empty if the terms have none.
pub(crate) fn fold_runs<T: Element, F: Fold<T>>(
    fold: F,
    runs: Runs<'_, T>,
    pivots: &[F::Output],
    out: &mut [F::Output],
) {
    let len = runs.run.len();
    let parallel = worth_splitting::<T>(len * out.len());
    if len > BLOCK {
        fold_blocks(fold.joining(), len, parallel, out, &|index, part| {
            let start = runs.offset.wrapping_add_signed(runs.kept.shift(index));
            dispatch(FoldPart { fold, runs, start, part, pivot: pivot::<T, F>(fold, pivots, index) })
        });
    } else if parallel {
        let rows = PIECE / len;
        for_each_chunk(out, rows, parallel, &|piece, out| {
            dispatch(FoldRuns { fold, runs, first: piece * rows, pivots, out });
        });
    } else {
        dispatch(FoldRuns { fold, runs, first: 0, pivots, out });
    }
}

/// The fold of at most a block of neighbours.
struct FoldSlice<'a, T, F> {
    fold: F,
    x: &'a [T],
}

impl<T: Element, F: Fold<T>> Kernel for FoldSlice<'_, T, F> {
    type Output = F::Output;
    #[inline(always)]
    fn run(self) -> F::Output {
        fold_block(self.fold, self.x, self.fold.joining().identity())
    }
}

/// The fold of neighbours as one run, without pivot.
#[inline]
pub(crate) fn fold_slice<T: Element, F: Fold<T>>(fold: F, x: &[T]) -> F::Output {
    if x.len() <= BLOCK {
        return dispatch(FoldSlice { fold, x });
    }
    let mut result = fold.joining().identity();
    let leaf = |_, block: Range<usize>| dispatch(FoldSlice { fold, x: &x[block] });
    let out = std::slice::from_mut(&mut result);
    fold_blocks(fold.joining(), x.len(), worth_splitting::<T>(x.len()), out, &leaf);
    result
}
