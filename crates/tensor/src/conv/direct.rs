//! Correlation straight from the image, without a matrix of its windows.

use crate::Real;
use crate::simd::{Kernel, Level, active, dispatch};

/// Elements behind the last position that the kernel may read.
pub(super) const SLACK: usize = 64;

/// Positions between two writes of the results: one band of rows at a time stays in the L1 cache.
const BAND: usize = 256;

/// Output channels that share one pass over the image, at most.
const BLOCK: usize = 8;

/// The channels that the kernel computes for the sake of `left` remaining ones.
fn block(left: usize) -> usize {
    match left {
        0 | 1 => left,
        2..=4 => 4,
        _ => BLOCK,
    }
}

/// The channels that the kernel computes for the sake of `channels`.
pub(super) fn padded(channels: usize) -> usize {
    channels / BLOCK * BLOCK + block(channels % BLOCK)
}

/// The weights and the biases in the order of the kernel: per block of channels, all terms and then the biases; zeros
/// for channels that do not exist.
pub(super) fn pack<T: Real>(
    terms: usize,
    channels: usize,
    weight: impl Fn(usize, usize) -> T,
    bias: impl Fn(usize) -> T,
    packed: &mut [T],
) {
    let mut rest = packed;
    let mut first = 0;
    while first < channels {
        let block = block(channels - first);
        let (part, tail) = rest.split_at_mut((terms + 1) * block);
        rest = tail;
        for (term, lanes) in part.chunks_exact_mut(block).enumerate() {
            for (lane, slot) in lanes.iter_mut().enumerate() {
                *slot = match first + lane {
                    channel if channel >= channels => T::zero(),
                    channel if term == terms => bias(channel),
                    channel => weight(term, channel),
                };
            }
        }
        first += block;
    }
}

/// `out[o][i][j]` ← (Σₖ `weights[k][o]`·`image[offsets[k] + i·pitch + j]`) + `bias[o]`, k in order.
///
/// Multiplications and additions are not fused, and each sum has one accumulator: the same bits at every level.
pub(super) struct Direct<'a, T> {
    pub(super) image: &'a [T],
    pub(super) offsets: &'a [usize],
    /// As [`pack`] writes them.
    pub(super) weights: &'a [T],
    pub(super) channels: usize,
    pub(super) rows: usize,
    pub(super) width: usize,
    pub(super) pitch: usize,
    pub(super) out: &'a mut [T],
    /// At least [`Direct::room`] elements.
    pub(super) scratch: &'a mut [T],
}

impl<T: Real> Direct<'_, T> {
    fn band(rows: usize, pitch: usize) -> usize {
        BAND.div_ceil(pitch).min(rows)
    }

    /// The scratch elements needed.
    pub(super) fn room(channels: usize, rows: usize, pitch: usize) -> usize {
        padded(channels) * (Self::band(rows, pitch) * pitch).next_multiple_of(SLACK)
    }

    /// Runs the kernel at the active level, with as many positions per accumulator as a register holds: the choice
    /// does not change a bit.
    pub(super) fn run(self) {
        if active() == Level::Avx512 && size_of::<T>() == 4 {
            dispatch(Blocked::<T, 16>(self));
        } else {
            dispatch(Blocked::<T, 8>(self));
        }
    }
}

struct Blocked<'a, T, const P: usize>(Direct<'a, T>);

/// One array per channel stays in registers; an array of arrays is spilled, and runs at a fortieth of the speed.
macro_rules! blocks {
    ($($name:ident $width:literal [$($sum:ident $channel:literal)*];)*) => {$(
        #[inline(always)]
        fn $name<T: Real, const P: usize>(
            image: &[T], offsets: &[usize], weights: &[T], out: &mut [T], stride: usize,
        ) {
            $(let mut $sum = [T::zero(); P];)*
            let weights = weights.as_chunks::<$width>().0;
            for (&offset, weight) in offsets.iter().zip(weights) {
                let x = chunk::<T, P>(&image[offset..]);
                for p in 0..P {
                    $($sum[p] += weight[$channel] * x[p];)*
                }
            }
            let bias = weights[offsets.len()];
            for p in 0..P {
                $($sum[p] += bias[$channel];)*
            }
            $(out[$channel * stride..][..P].copy_from_slice(&$sum);)*
        }
    )*};
}
blocks! {
    eight 8 [s0 0 s1 1 s2 2 s3 3 s4 4 s5 5 s6 6 s7 7];
    four 4 [s0 0 s1 1 s2 2 s3 3];
    one 1 [s0 0];
}

#[inline(always)]
fn chunk<T, const P: usize>(elements: &[T]) -> &[T; P] {
    elements.first_chunk().expect("slack behind the image")
}

/// [`one`] for four neighbouring blocks of positions: a single sum would wait for each addition.
#[inline(always)]
fn one_by_four<T: Real, const P: usize>(image: &[T], offsets: &[usize], weights: &[T], out: &mut [T]) {
    let [mut s0, mut s1, mut s2, mut s3] = [[T::zero(); P]; 4];
    for (&offset, &weight) in offsets.iter().zip(weights) {
        let x = &image[offset..][..4 * P];
        for p in 0..P {
            s0[p] += weight * x[p];
            s1[p] += weight * x[P + p];
            s2[p] += weight * x[2 * P + p];
            s3[p] += weight * x[3 * P + p];
        }
    }
    let bias = weights[offsets.len()];
    for (out, sums) in out.chunks_exact_mut(P).zip([s0, s1, s2, s3]) {
        for (out, sum) in out.iter_mut().zip(sums) {
            *out = sum + bias;
        }
    }
}

impl<T: Real, const P: usize> Kernel for Blocked<'_, T, P> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let body = self.rows_in_place();
        let Direct { image, offsets, weights, channels, rows, width, pitch, out, scratch } = self.0;
        let terms = offsets.len() + 1;
        let band = Direct::<T>::band(rows, pitch);
        let mut row = 0;
        while row < rows {
            let in_place = row < body;
            let count = if in_place { 1 } else { band.min(rows - row) };
            let positions = (count - 1) * pitch + width;
            let padded = positions.next_multiple_of(P);
            let stride = if in_place { rows * width } else { padded };
            let sums = if in_place { &mut out[row * width..] } else { &mut *scratch };
            let mut p = 0;
            while p < positions {
                let image = &image[row * pitch + p..];
                if channels == 1 && padded - p >= 4 * P {
                    one_by_four::<T, P>(image, offsets, weights, &mut sums[p..]);
                    p += 4 * P;
                    continue;
                }
                let mut o = 0;
                while o < channels {
                    let (weights, sums) = (&weights[o * terms..], &mut sums[o * stride + p..]);
                    match block(channels - o) {
                        1 => one::<T, P>(image, offsets, weights, sums, stride),
                        4 => four::<T, P>(image, offsets, weights, sums, stride),
                        _ => eight::<T, P>(image, offsets, weights, sums, stride),
                    }
                    o += block(channels - o);
                }
                p += P;
            }
            if !in_place {
                for (o, plane) in out.chunks_exact_mut(rows * width).enumerate() {
                    let to = &mut plane[row * width..][..count * width];
                    close_up::<T, P>(&scratch[o * stride..][..stride], pitch, width, to);
                }
            }
            row += count;
        }
    }
}

impl<T: Real, const P: usize> Blocked<'_, T, P> {
    /// How many of the first rows are written in place, each in whole registers: what exceeds a row is overwritten by
    /// the next ones, except in the last rows. The others go through scratch without gaps between rows, where fewer
    /// registers suffice, and are closed up afterwards.
    #[inline(always)]
    fn rows_in_place(&self) -> usize {
        let &Direct { offsets, channels, rows, width, pitch, .. } = &self.0;
        let (separate, joint) = (rows * width.div_ceil(P), ((rows - 1) * pitch + width).div_ceil(P));
        // Closing up a register takes as long as two to three terms of its sum.
        let closing = separate * 5 / 2;
        if channels == 1
            || padded(channels) > channels
            || joint * offsets.len() + closing < separate * offsets.len()
        {
            return 0;
        }
        rows.saturating_sub((P - 1).div_ceil(width))
    }
}

/// Writes the rows of `from`, `pitch` apart, without the gaps.
///
/// Rows are written in whole registers; what exceeds a row is overwritten by the next one.
#[inline(always)]
fn close_up<T: Real, const P: usize>(from: &[T], pitch: usize, width: usize, to: &mut [T]) {
    let rows = to.len() / width;
    for row in 0..rows {
        for j in (0..width).step_by(P) {
            let (source, target) = (&from[row * pitch + j..], &mut to[row * width + j..]);
            match (source.first_chunk::<P>(), target.first_chunk_mut::<P>()) {
                (Some(source), Some(target)) => *target = *source,
                _ => {
                    let rest = (width - j).min(P);
                    target[..rest].copy_from_slice(&source[..rest]);
                }
            }
        }
    }
}
