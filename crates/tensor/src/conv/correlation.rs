//! Sums of shifted images: what a convolution and its gradient with respect to the input have in common.

use rayon::prelude::*;

use super::direct::{self, Direct, SLACK};
use super::im2col::{Matrix, product};
use crate::Real;
use crate::memory::Buffer;
use crate::window::Planes;

/// `out[o][i][j]` ← (Σₖ `weight(group, k, o)`·`image[offsets[k] + i·pitch + j]`) + `bias(group, o)` for `channels` ×
/// `rows` × `width` outputs, for several groups of weights.
pub(super) struct Correlation<T: Real> {
    offsets: Vec<usize>,
    channels: usize,
    rows: usize,
    width: usize,
    pitch: usize,
    algorithm: Algorithm,
    /// Per group, in the order of the algorithm.
    weights: Buffer<T>,
    group_len: usize,
}

/// Channels per piece of work: a multiple of what shares one pass over the image.
const PIECE_CHANNELS: usize = 16;

/// How a correlation is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Algorithm {
    /// From the image. A copy of the windows for a matrix product takes so long that it was slower at nearly every shape: 8 to 16
    /// channels on 13 × 13 by 1.6, 64 to 64 on 56 × 56 by 1.1, 512 to 512 on 7 × 7 by 1.3.
    Direct,
    /// As a matrix product with the image, where its planes are the columns: 1 × 1 kernels, windows side by side.
    Product,
}

impl<T: Real> Correlation<T> {
    pub(super) fn new(
        groups: usize,
        offsets: Vec<usize>,
        channels: usize,
        [rows, width]: [usize; 2],
        pitch: usize,
        weight: impl Fn(usize, usize, usize) -> T,
        bias: impl Fn(usize, usize) -> T,
    ) -> Self {
        let (terms, positions) = (offsets.len(), rows * width);
        let planes = pitch == width && offsets.iter().enumerate().all(|(k, &offset)| offset == k * positions);
        let algorithm = if planes { Algorithm::Product } else { Algorithm::Direct };
        let stored = if algorithm == Algorithm::Direct { direct::padded(channels) } else { channels };
        let group_len = (terms + 1) * stored;
        let mut weights = Buffer::new(groups * group_len);
        let slots = weights.get_mut().expect("a fresh buffer has one owner");
        for group in 0..groups {
            let slots = &mut slots[group * group_len..][..group_len];
            let weight = |term, channel| weight(group, term, channel);
            let bias = |channel| bias(group, channel);
            if algorithm == Algorithm::Direct {
                direct::pack(terms, channels, weight, bias, slots);
                continue;
            }
            for (i, slot) in slots.iter_mut().enumerate() {
                let (term, channel) = (i / channels, i % channels);
                *slot = if term < terms { weight(term, channel) } else { bias(channel) };
            }
        }
        Self { offsets, channels, rows, width, pitch, algorithm, weights, group_len }
    }

    /// Computes the channels of one group from one image that has [`SLACK`] elements behind what is summed; if `split`, in
    /// parallel.
    pub(super) fn run(&self, group: usize, image: &[T], out: &mut [T], split: bool) {
        let &Self { channels, rows, width, pitch, .. } = self;
        let (terms, positions) = (self.offsets.len(), rows * width);
        let weights = &self.weights[group * self.group_len..][..self.group_len];
        if out.is_empty() {
            return;
        }
        if self.algorithm == Algorithm::Direct {
            let some = |(piece, out): (usize, &mut [T])| {
                let channels = out.len() / positions;
                let mut scratch = Buffer::new(Direct::<T>::room(channels, rows, pitch));
                let kernel = Direct {
                    image,
                    offsets: &self.offsets,
                    weights: &weights[piece * PIECE_CHANNELS * (terms + 1)..],
                    channels,
                    rows,
                    width,
                    pitch,
                    out,
                    scratch: scratch.get_mut().expect("a fresh buffer has one owner"),
                };
                kernel.run();
            };
            if split {
                out.par_chunks_mut(PIECE_CHANNELS * positions).enumerate().for_each(some);
            } else {
                some((0, out));
            }
            return;
        }
        let (weights, biases) = weights.split_at(terms * channels);
        out.chunks_exact_mut(positions).zip(biases).for_each(|(plane, &bias)| plane.fill(bias));
        let weights = Matrix::rows(weights, channels).t();
        product(terms, weights, Matrix::rows(image, positions), T::one(), out, positions);
    }
}

/// Hands out images: copies of the planes of one input, or the planes themselves where they serve.
pub(super) struct Images<T: Real> {
    planes: Planes,
    channels: usize,
    copies: Option<Buffer<T>>,
}

impl<T: Real> Images<T> {
    pub(super) fn new(planes: Planes, channels: usize) -> Self {
        Self { planes, channels, copies: None }
    }

    /// The image made of the first `channels` planes of `input`, with [`SLACK`] elements behind it.
    pub(super) fn image<'a>(&'a mut self, input: &'a [T]) -> &'a [T] {
        let Self { planes, channels, .. } = *self;
        let (len, copy_len) = (planes.len(), planes.copy_len());
        if planes.is_identity() && input.len() >= channels * len + SLACK {
            return input;
        }
        let copies = self.copies.get_or_insert_with(|| {
            let mut copies = Buffer::new(channels * copy_len + SLACK);
            // Padding and slack stay zero from image to image.
            copies.get_mut().expect("a fresh buffer has one owner").fill(T::zero());
            copies
        });
        let elements = copies.get_mut().expect("nobody else owns it");
        for (plane, copy) in (0..channels).zip(elements.chunks_exact_mut(copy_len)) {
            planes.copy(&input[plane * len..][..len], copy);
        }
        copies
    }
}
