//! Softmax and its logarithm along an axis.

use super::columns::Stream;
use super::fold::{Largest, ShiftedExponentials, Sum};
use super::lanes::{
    BLOCK, LANES, block_range, blocks, fold_block, join_blocks, join_lane_rows, join_lanes, settled,
};
use super::rows::fold_slice;
use super::strips::{Strip, along_axis};
use crate::parallel::{for_each_chunk, worth_splitting};
use crate::simd::{Kernel, dispatch};
use crate::{Real, Tensor};

impl<T: Real> Tensor<T> {
    /// eˣ / Σ eˣ along `axis`, computed with x − max x, so that nothing overflows. All NaN along the axis if an element is
    /// NaN or ∞, or if all are −∞.
    ///
    /// # Panics
    /// When the axis lies outside.
    #[track_caller]
    pub fn softmax(&self, axis: usize) -> Self {
        softmax::<T, false>("softmax", self, axis)
    }

    /// x − ln Σ eˣ along `axis`: the logarithm of [`softmax`](Self::softmax), accurate also where that underflows. All
    /// NaN in the same cases.
    ///
    /// # Panics
    /// When the axis lies outside.
    #[track_caller]
    pub fn log_softmax(&self, axis: usize) -> Self {
        softmax::<T, true>("log_softmax", self, axis)
    }
}

#[track_caller]
fn softmax<T: Real, const LOG: bool>(op: &str, x: &Tensor<T>, axis: usize) -> Tensor<T> {
    let in_rows = |x: &[T], len: usize, out: &mut [T]| {
        if len <= BLOCK {
            dispatch(Rows::<T, LOG> { x, len, out });
        } else {
            let rows = x.chunks_exact(len).zip(out.chunks_exact_mut(len));
            rows.for_each(|(x, out)| long_row::<T, LOG>(x, out));
        }
    };
    along_axis(op, x, axis, &in_rows, &|x, strip| dispatch(Columns::<T, LOG> { x, strip }))
}

/// Writes eˣ⁻ᵖ of a block and sums it as [`fold_block`] does.
#[inline(always)]
fn write_exponentials<T: Real>(x: &[T], pivot: T, out: &mut [T]) -> T {
    let ((xs, x_tail), (outs, out_tail)) = (x.as_chunks::<LANES>(), out.as_chunks_mut::<LANES>());
    let mut lanes = [T::zero(); LANES];
    for (x, out) in xs.iter().zip(outs) {
        for lane in 0..LANES {
            out[lane] = (x[lane] - pivot).exp();
            lanes[lane] += out[lane];
        }
    }
    let mut lanes = settled(lanes);
    for ((lane, &x), out) in lanes.iter_mut().zip(x_tail).zip(out_tail) {
        *out = (x - pivot).exp();
        *lane += *out;
    }
    join_lanes(lanes, Sum)
}

/// The last pass: what was written, or x itself for the logarithm, given max x and Σ eˣ⁻ᵐᵃˣ.
#[inline(always)]
fn normalize<T: Real, const LOG: bool>(x: &[T], pivot: T, sum: T, out: &mut [T]) {
    if LOG {
        let shift = sum.ln();
        for (out, &x) in out.iter_mut().zip(x) {
            *out = (x - pivot) - shift;
        }
    } else {
        // The sum is at least 1, so its reciprocal is a normal number, and a product costs a twentieth of a division.
        let factor = T::one() / sum;
        for out in out {
            *out *= factor;
        }
    }
}

/// Rows of at most a block.
struct Rows<'a, T, const LOG: bool> {
    x: &'a [T],
    len: usize,
    out: &'a mut [T],
}

impl<T: Real, const LOG: bool> Kernel for Rows<'_, T, LOG> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (x, out) in self.x.chunks_exact(self.len).zip(self.out.chunks_exact_mut(self.len)) {
            let pivot = fold_block(Largest, x, T::zero());
            let sum = if LOG {
                fold_block(ShiftedExponentials, x, pivot)
            } else {
                write_exponentials(x, pivot, out)
            };
            normalize::<T, LOG>(x, pivot, sum, out);
        }
    }
}

/// One block of a long row: the second pass.
struct Block<'a, T, const LOG: bool> {
    x: &'a [T],
    pivot: T,
    out: &'a mut [T],
}

impl<T: Real, const LOG: bool> Kernel for Block<'_, T, LOG> {
    type Output = T;
    #[inline(always)]
    fn run(self) -> T {
        if LOG {
            fold_block(ShiftedExponentials, self.x, self.pivot)
        } else {
            write_exponentials(self.x, self.pivot, self.out)
        }
    }
}

/// One block of a long row: the third pass.
struct Normalize<'a, T, const LOG: bool> {
    x: &'a [T],
    pivot: T,
    sum: T,
    out: &'a mut [T],
}

impl<T: Real, const LOG: bool> Kernel for Normalize<'_, T, LOG> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        normalize::<T, LOG>(self.x, self.pivot, self.sum, self.out);
    }
}

/// A row of several blocks, which threads share.
fn long_row<T: Real, const LOG: bool>(x: &[T], out: &mut [T]) {
    let pivot = fold_slice(Largest, x);
    let parallel = worth_splitting::<T>(2 * x.len());
    let mut sums = vec![T::zero(); blocks(x.len())];
    let parts = x.chunks(BLOCK).zip(out.chunks_mut(BLOCK)).zip(&mut sums);
    for_each_chunk(&mut parts.collect::<Vec<_>>(), 1, parallel, &|_, parts| {
        for ((x, out), sum) in parts {
            **sum = dispatch(Block::<T, LOG> { x, pivot, out });
        }
    });
    join_blocks(Sum, &mut sums, 1);
    let sum = sums[0];
    for_each_chunk(out, BLOCK, parallel, &|block, out| {
        let x = &x[block * BLOCK..][..out.len()];
        dispatch(Normalize::<T, LOG> { x, pivot, sum, out });
    });
}

/// Columns of a slab.
struct Columns<'a, T, const LOG: bool> {
    x: &'a [T],
    strip: Strip<'a, T>,
}

impl<T: Real, const LOG: bool> Kernel for Columns<'_, T, LOG> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { x, mut strip } = self;
        let Strip { rows, columns, first, .. } = strip;
        let stride = x.len() / rows;
        let mut pivots = vec![-T::INFINITY; columns];
        let all = Stream { x, start: first, stride: stride as isize, count: rows };
        all.fold_into(Largest, &[], &mut pivots);
        let mut sums = Vec::with_capacity(blocks(rows) * columns);
        let mut lanes = vec![T::zero(); rows.min(LANES) * columns];
        for block in 0..blocks(rows) {
            let block = block_range(block, rows);
            let lanes = &mut lanes[..block.len().min(LANES) * columns];
            lanes.fill(T::zero());
            for row in block.clone() {
                let lane = (row - block.start) % LANES;
                let lane = &mut lanes[lane * columns..(lane + 1) * columns];
                let x = &x[row * stride + first..][..columns];
                if LOG {
                    for i in 0..columns {
                        lane[i] += (x[i] - pivots[i]).exp();
                    }
                } else {
                    let out = &mut strip.row(row)[..columns];
                    for i in 0..columns {
                        out[i] = (x[i] - pivots[i]).exp();
                        lane[i] += out[i];
                    }
                }
            }
            join_lane_rows(Sum, lanes, columns);
            sums.extend_from_slice(&lanes[..columns]);
        }
        join_blocks(Sum, &mut sums, columns);
        let sums = &mut sums[..columns];
        if LOG {
            for sum in &mut *sums {
                *sum = sum.ln();
            }
        } else {
            for sum in &mut *sums {
                *sum = T::one() / *sum;
            }
        }
        let (sums, pivots) = (&*sums, &pivots[..columns]);
        for row in 0..rows {
            let out = &mut strip.row(row)[..columns];
            if LOG {
                let x = &x[row * stride + first..][..columns];
                for i in 0..columns {
                    out[i] = (x[i] - pivots[i]) - sums[i];
                }
            } else {
                for i in 0..columns {
                    out[i] *= sums[i];
                }
            }
        }
    }
}
