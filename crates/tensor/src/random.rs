//! Seeded random numbers, the same for any number of threads.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use crate::parallel::worth_splitting;
use crate::{Real, Shape, Tensor};

/// Elements that one counter block of a fill covers.
const BLOCK: usize = 4096;

/// Words of the ChaCha stream reserved per block; a block of normals uses about 2.04 words per element.
const WORDS_PER_BLOCK: u128 = 1 << 16;

/// The one generator type: ChaCha8, seeded by a number.
///
/// Single draws come from stream 0. Each tensor fill takes the next stream, and block `b` of the fill starts
/// at a fixed position of it, so the numbers depend on the seed and the order of calls alone, not on threads.
///
/// ```
/// use gradus_tensor::{Rng, Tensor};
/// let x: Tensor<f64> = Rng::new(7).normal([3]);
/// assert_eq!(x, Rng::new(7).normal([3]));
/// assert_ne!(x, Rng::new(8).normal([3]));
/// ```
#[derive(Clone, Debug)]
pub struct Rng {
    draws: ChaCha8Rng,
    fills: u64,
}

impl Rng {
    /// The generator of a seed.
    pub fn new(seed: u64) -> Self {
        Self { draws: ChaCha8Rng::seed_from_u64(seed), fills: 0 }
    }

    /// A generator for a named purpose, independent of every other name and of how much has been drawn from
    /// `self`: what is added to a program later does not shift the numbers of what was there before.
    #[must_use]
    pub fn split(&self, purpose: &str) -> Self {
        // FNV-1a: stable across platforms and versions, which the standard library's hasher is not.
        let hash = purpose.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let mut key = self.draws.get_seed();
        for (byte, mix) in key.iter_mut().zip(hash.to_le_bytes()) {
            *byte ^= mix;
        }
        // Hash and seed could cancel in a plain xor of both; one ChaCha block separates them.
        let mut mixed = ChaCha8Rng::from_seed(key);
        mixed.set_stream(hash);
        Self { draws: ChaCha8Rng::from_rng(&mut mixed), fills: 0 }
    }

    /// A uniform integer in `0..bound`.
    ///
    /// # Panics
    /// When `bound` is 0.
    #[track_caller]
    pub fn index(&mut self, bound: usize) -> usize {
        assert!(bound > 0, "index: there is no integer in 0..0");
        self.draws.random_range(0..bound)
    }

    /// +1 or −1 with probability ½ each.
    pub fn sign<T: Real>(&mut self) -> T {
        if self.draws.random::<bool>() { T::one() } else { -T::one() }
    }

    /// A random order of `0..n`.
    pub fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        for i in (1..n).rev() {
            order.swap(i, self.index(i + 1));
        }
        order
    }

    /// Independent standard normal elements.
    pub fn normal<T: Real>(&mut self, shape: impl Into<Shape>) -> Tensor<T> {
        self.fill(shape.into(), |source| T::constant(StandardNormal.sample(source)))
    }

    /// Independent uniform elements in `[low, high)`; all equal to `low` if that is `high`.
    ///
    /// # Panics
    /// When `high` is less than `low`, or the width of the interval is not finite.
    #[track_caller]
    pub fn uniform<T: Real>(&mut self, shape: impl Into<Shape>, low: f64, high: f64) -> Tensor<T> {
        assert!(low <= high && (high - low).is_finite(), "uniform: no interval [{low}, {high})");
        let (first, end) = (T::constant(low), T::constant(high));
        self.fill(shape.into(), |source| {
            let x = T::constant(low + (high - low) * source.random::<f64>());
            // One `f32` in 2²⁵ rounds up to the excluded end.
            if x < end { x } else { first }
        })
    }

    fn fill<T: Real>(&mut self, shape: Shape, draw: impl Fn(&mut ChaCha8Rng) -> T + Sync) -> Tensor<T> {
        self.fills += 1;
        let (key, stream) = (self.draws.get_seed(), self.fills);
        let fill_block = |(block, out): (usize, &mut [T])| {
            let mut source = ChaCha8Rng::from_seed(key);
            source.set_stream(stream);
            source.set_word_pos(block as u128 * WORDS_PER_BLOCK);
            out.iter_mut().for_each(|slot| *slot = draw(&mut source));
        };
        Tensor::build(shape, |out| {
            // A normal deviate costs about as much as moving eight elements.
            if worth_splitting::<T>(8 * out.len()) {
                out.par_chunks_mut(BLOCK).enumerate().for_each(fill_block);
            } else {
                out.chunks_mut(BLOCK).enumerate().for_each(fill_block);
            }
        })
    }
}
