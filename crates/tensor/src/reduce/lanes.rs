//! The order in which the terms of a run are joined: what makes the bits of a reduction.
//!
//! A run is cut into blocks of [`BLOCK`] elements. In a block, element `i` joins lane `i mod LANES`, lanes are joined
//! in a binary tree (lane `l` with lane `l + 16`, then with `l + 8`, … `l + 1`), and so are blocks. The order depends
//! on nothing but the length of the run. For a sum of n elements the error is at most
//! (133 + log₂⌈n/4096⌉)·u·Σ|xᵢ|, with u the unit roundoff: 128 additions per lane, 5 to join the lanes, then the
//! tree.

use std::ops::Range;

use super::fold::{Fold, Join};
use crate::Element;
use crate::parallel::{PIECE, for_each_chunk};

/// Accumulators of a run: four AVX-512 registers of `f64`, enough to hide the latency of an addition.
pub(crate) const LANES: usize = 32;

/// Elements joined lane by lane before the tree begins.
pub(crate) const BLOCK: usize = 4096;

/// Runs up to here are joined one by one, in the same tree: fewer elements do not fill the lanes.
pub(crate) const SHORT: usize = 16;

/// Folds the elements of one block.
///
/// NaN is not looked for apart ([`Join::POISON`]) as it is in columns: a block by itself gains a fifth, but among rows of
/// 1000 floats the compiler loses the lanes to memory, and a maximum takes three times as long.
#[inline(always)]
pub(crate) fn fold_block<T: Element, F: Fold<T>>(fold: F, block: &[T], pivot: F::Output) -> F::Output {
    if block.len() <= SHORT {
        return fold_short(fold, block, pivot);
    }
    let (chunks, tail) = block.as_chunks::<LANES>();
    let join = fold.joining();
    let mut lanes = [join.identity(); LANES];
    for chunk in chunks {
        for lane in 0..LANES {
            lanes[lane] = join.join(lanes[lane], fold.term(chunk[lane], pivot));
        }
    }
    let mut lanes = settled(lanes);
    for (lane, &x) in lanes.iter_mut().zip(tail) {
        *lane = join.join(*lane, fold.term(x, pivot));
    }
    join_lanes(lanes, join)
}

/// Whether a value differs from itself.
#[inline(always)]
#[allow(clippy::eq_op, reason = "only NaN differs from itself, and results of folds need not be floats")]
pub(crate) fn is_nan<S: PartialEq>(value: S) -> bool {
    value != value
}

/// The lanes, moved to memory all at once. Without this, the compiler sees how they are joined in the end, keeps them
/// in registers in the order that suits the joining, and shuffles them after every addition: a sum of 1000 floats takes
/// 140 ns, and 35 with it.
#[inline(always)]
pub(crate) fn settled<S>(lanes: [S; LANES]) -> [S; LANES] {
    std::hint::black_box(lanes)
}

/// Joins the lanes of a block.
#[inline(always)]
pub(crate) fn join_lanes<S: Element>(mut lanes: [S; LANES], join: impl Join<S>) -> S {
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] = join.join(lanes[lane], lanes[lane + width]);
        }
        width /= 2;
    }
    lanes[0]
}

/// What [`fold_block`] computes, for at most [`SHORT`] elements: lanes without elements stay out.
#[inline(always)]
fn fold_short<T: Element, F: Fold<T>>(fold: F, block: &[T], pivot: F::Output) -> F::Output {
    let join = fold.joining();
    let mut lanes = [join.identity(); SHORT];
    for (lane, &x) in lanes.iter_mut().zip(block) {
        *lane = join.join(*lane, fold.term(x, pivot));
    }
    let mut held = block.len();
    let mut width = held.next_power_of_two() / 2;
    while width > 0 {
        for lane in 0..held - width {
            lanes[lane] = join.join(lanes[lane], lanes[lane + width]);
        }
        (held, width) = (width, width / 2);
    }
    lanes[0]
}

/// Short rows folded side by side.
pub(crate) const SIDE_BY_SIDE: usize = 16;

/// What [`fold_block`] computes for each of several rows of `len` neighbours, at most [`SHORT`].
#[inline(always)]
pub(crate) fn fold_short_rows<T: Element, F: Fold<T>>(
    fold: F,
    rows: &[T],
    len: usize,
    pivots: &[F::Output; SIDE_BY_SIDE],
) -> [F::Output; SIDE_BY_SIDE] {
    let (join, rows) = (fold.joining(), &rows[..len * SIDE_BY_SIDE]);
    let mut lanes = [[join.identity(); SIDE_BY_SIDE]; SHORT];
    for (i, lane) in lanes[..len].iter_mut().enumerate() {
        for row in 0..SIDE_BY_SIDE {
            lane[row] = join.join(lane[row], fold.term(rows[row * len + i], pivots[row]));
        }
    }
    join_lane_rows(join, lanes[..len].as_flattened_mut(), SIDE_BY_SIDE);
    lanes[0]
}

/// The tree of [`join_lanes`] over rows of lanes, the first `columns` of which receive the result; at most `LANES` rows,
/// since lanes that hold nothing stay out.
#[inline(always)]
pub(crate) fn join_lane_rows<S: Element>(join: impl Join<S>, acc: &mut [S], columns: usize) {
    let mut held = acc.len() / columns;
    let mut width = held.next_power_of_two() / 2;
    while width > 0 {
        let (low, high) = acc.split_at_mut(width * columns);
        for (low, &high) in low.iter_mut().zip(&high[..(held - width) * columns]) {
            *low = join.join(*low, high);
        }
        (held, width) = (width, width / 2);
    }
}

/// The number of blocks of a run.
pub(crate) fn blocks(len: usize) -> usize {
    len.div_ceil(BLOCK)
}

/// The elements of a run of `len` that make up block `index`.
pub(crate) fn block_range(index: usize, len: usize) -> Range<usize> {
    index * BLOCK..((index + 1) * BLOCK).min(len)
}

/// Joins the values of blocks in the tree, a row of `columns` values each; the first row receives the result.
pub(crate) fn join_blocks<S: Element>(join: impl Join<S>, values: &mut [S], columns: usize) {
    let held = values.len() / columns;
    if held < 2 {
        return;
    }
    let (low, high) = values.split_at_mut(held.div_ceil(2) * columns);
    join_blocks(join, low, columns);
    join_blocks(join, high, columns);
    for (low, &high) in low.iter_mut().zip(&high[..columns]) {
        *low = join.join(*low, high);
    }
}

/// out[i] ← the fold of run `i` of `len` elements, more than a block, from the values that `leaf` gives of its blocks.
pub(crate) fn fold_blocks<S: Element>(
    join: impl Join<S>,
    len: usize,
    parallel: bool,
    out: &mut [S],
    leaf: &(dyn Fn(usize, Range<usize>) -> S + Sync),
) {
    let blocks = blocks(len);
    let mut values = vec![join.identity(); out.len() * blocks];
    for_each_chunk(&mut values, PIECE / BLOCK, parallel, &|chunk, values| {
        for (i, value) in (chunk * (PIECE / BLOCK)..).zip(values) {
            *value = leaf(i / blocks, block_range(i % blocks, len));
        }
    });
    for (out, values) in out.iter_mut().zip(values.chunks_exact_mut(blocks)) {
        join_blocks(join, values, 1);
        *out = values[0];
    }
}
