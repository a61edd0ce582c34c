//! Sums over the windows of an image of products of all taps with all channels of a gradient.

use crate::Real;
use crate::memory::Buffer;
use crate::simd::{Kernel, Level, active, dispatch};

/// Taps that share one pass over the gradient, at most: those of a 3 × 3 kernel.
const BLOCK: usize = 9;

/// Channels per register, at most.
const LANES: usize = 16;

/// Sums for one group of channels of a gradient: `sums[o][k]` = Σ `gradient[o][i][j]`·`image[offsets[k] + i·pitch + j]`
/// over images, windows in row-major order within each.
///
/// Channels are lanes: the gradient is transposed once per image, and no sum over an image is split. Multiplications
/// and additions are not fused: the same bits at every level.
pub(super) struct OuterSums<T: Real> {
    channels: usize,
    terms: usize,
    /// Per block of channels and per term, one lane per channel.
    /// As many channels as a register holds: the choice does not change a bit.
    lanes: usize,
    sums: Buffer<T>,
    /// A block of channels of the gradient, transposed.
    gradient: Buffer<T>,
}

/// One image and its gradient.
#[derive(Clone, Copy)]
pub(super) struct Factors<'a, T> {
    pub(super) image: &'a [T],
    pub(super) offsets: &'a [usize],
    pub(super) gradient: &'a [T],
    pub(super) width: usize,
    pub(super) pitch: usize,
}

impl<T: Real> OuterSums<T> {
    /// Zeros for `channels` × `terms` sums over images of `windows` windows.
    pub(super) fn new(channels: usize, terms: usize, windows: usize) -> Self {
        let mut sums = Buffer::new(channels.next_multiple_of(LANES) * terms);
        sums.exclusive().fill(T::zero());
        let wide = active() == Level::Avx512 && size_of::<T>() == 4 && channels > 8;
        Self {
            channels,
            terms,
            lanes: if wide { LANES } else { 8 },
            sums,
            gradient: Buffer::new(windows * LANES),
        }
    }

    /// Adds the products of one image.
    pub(super) fn add(&mut self, factors: Factors<'_, T>) {
        let (lanes, channels) = (self.lanes, self.channels);
        let sums = self.sums.exclusive();
        let scratch = self.gradient.exclusive();
        if lanes == LANES {
            dispatch(Blocked::<T, LANES> { factors, channels, sums, scratch });
        } else {
            dispatch(Blocked::<T, 8> { factors, channels, sums, scratch });
        }
    }

    /// Writes the sums, channel by channel.
    pub(super) fn finish(&self, to: &mut [T]) {
        let lanes = self.lanes;
        for (channel, to) in to.chunks_exact_mut(self.terms).enumerate() {
            let block = &self.sums[channel / lanes * lanes * self.terms..];
            let sums = block[channel % lanes..].iter().step_by(lanes);
            to.iter_mut().zip(sums).for_each(|(to, &sum)| *to = sum);
        }
    }
}

struct Blocked<'a, T, const L: usize> {
    factors: Factors<'a, T>,
    channels: usize,
    sums: &'a mut [T],
    scratch: &'a mut [T],
}

/// One array per tap stays in registers.
macro_rules! blocks {
    ($($name:ident $count:literal [$($sum:ident $row:ident $tap:literal)*];)*) => {$(
        #[inline(always)]
        fn $name<T: Real, const L: usize>(
            image: &[T], offsets: &[usize], gradient: &[T], width: usize, pitch: usize,
        ) -> [[T; L]; $count] {
            $(let mut $sum = [T::zero(); L];)*
            for (i, gradient) in gradient.chunks_exact(width * L).enumerate() {
                let row = &image[i * pitch..];
                $(let $row = &row[offsets[$tap]..][..width];)*
                for (j, g) in gradient.as_chunks::<L>().0.iter().enumerate() {
                    for lane in 0..L {
                        $($sum[lane] += g[lane] * $row[j];)*
                    }
                }
            }
            [$($sum),*]
        }
    )*};
}
blocks! {
    nine 9 [s0 r0 0 s1 r1 1 s2 r2 2 s3 r3 3 s4 r4 4 s5 r5 5 s6 r6 6 s7 r7 7 s8 r8 8];
    eight 8 [s0 r0 0 s1 r1 1 s2 r2 2 s3 r3 3 s4 r4 4 s5 r5 5 s6 r6 6 s7 r7 7];
    four 4 [s0 r0 0 s1 r1 1 s2 r2 2 s3 r3 3];
    one 1 [s0 r0 0];
}

impl<T: Real, const L: usize> Kernel for Blocked<'_, T, L> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { factors: Factors { image, offsets, gradient, width, pitch }, channels, sums, scratch } =
            self;
        let windows = gradient.len() / channels;
        let terms = offsets.len();
        for (first, sums) in (0..channels).step_by(L).zip(sums.as_chunks_mut::<L>().0.chunks_exact_mut(terms))
        {
            let here = L.min(channels - first);
            let lanes = &mut scratch[..windows * L];
            transpose::<T, L>(&gradient[first * windows..][..here * windows], windows, lanes);
            let mut k = 0;
            while k < terms {
                let part = &offsets[k..];
                let mut values = [[T::zero(); L]; BLOCK];
                // Blocks of eight for all, after as many of nine as that takes.
                let count = match part.len() {
                    9.. if part.len() % 8 > 0 => {
                        values = nine::<T, L>(image, part, lanes, width, pitch);
                        9
                    }
                    8.. => {
                        values[..8].copy_from_slice(&eight::<T, L>(image, part, lanes, width, pitch));
                        8
                    }
                    4.. => {
                        values[..4].copy_from_slice(&four::<T, L>(image, part, lanes, width, pitch));
                        4
                    }
                    _ => {
                        values[..1].copy_from_slice(&one::<T, L>(image, part, lanes, width, pitch));
                        1
                    }
                };
                for (sum, value) in sums[k..k + count].iter_mut().zip(&values) {
                    for lane in 0..L {
                        sum[lane] += value[lane];
                    }
                }
                k += count;
            }
        }
    }
}

/// `to[w][lane]` ← `from[lane][w]`; lanes without a channel are zero.
#[inline(always)]
fn transpose<T: Real, const L: usize>(from: &[T], windows: usize, to: &mut [T]) {
    let channels = from.len() / windows;
    if channels < L {
        to.fill(T::zero());
    }
    let to = to.as_chunks_mut::<L>().0;
    let whole = windows - windows % SIDE;
    for (group, from) in from.chunks(SIDE * windows).enumerate() {
        let lanes = group * SIDE..group * SIDE + from.len() / windows;
        let squares = if lanes.len() == SIDE { whole } else { 0 };
        for w in (0..squares).step_by(SIDE) {
            let rows: [&[T; SIDE]; SIDE] = std::array::from_fn(
                #[inline(always)]
                |lane| chunk(&from[lane * windows + w..]),
            );
            for (i, to) in to[w..w + SIDE].iter_mut().enumerate() {
                for (lane, row) in rows.iter().enumerate() {
                    to[group * SIDE + lane] = row[i];
                }
            }
        }
        for (lane, from) in lanes.zip(from.chunks_exact(windows)) {
            for (to, &value) in to[squares..].iter_mut().zip(&from[squares..]) {
                to[lane] = value;
            }
        }
    }
}

/// Side of the squares that are transposed at once.
const SIDE: usize = 4;

#[inline(always)]
fn chunk<T>(elements: &[T]) -> &[T; SIDE] {
    elements.first_chunk().expect("a whole square")
}
