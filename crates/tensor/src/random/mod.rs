//! Seeded random numbers, the same for any number of threads.

mod choice;
mod fill;
mod truncated_normal;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use crate::Real;

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
#[derive(Debug)]
pub struct Rng {
    draws: ChaCha8Rng,
    fills: u64,
}

/// Where an [`Rng`] stands: all that a checkpoint needs to continue with the same numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RngState {
    /// The key of the generator, made from the seed and the purposes it was split for.
    pub key: [u8; 32],
    /// The position of the next single draw in stream 0, in words of 32 bits.
    pub position: u64,
    /// The number of fills so far: the stream of the last one.
    pub fills: u64,
}

impl Clone for Rng {
    fn clone(&self) -> Self {
        Self::from_state(&self.state())
    }
}

impl Rng {
    /// The generator of a seed.
    pub fn new(seed: u64) -> Self {
        Self { draws: ChaCha8Rng::seed_from_u64(seed), fills: 0 }
    }

    /// Where the generator stands, to be continued by [`from_state`](Self::from_state).
    pub fn state(&self) -> RngState {
        // 2⁶⁴ single draws take centuries.
        let position = self.draws.get_word_pos() as u64;
        RngState { key: self.draws.get_seed(), position, fills: self.fills }
    }

    /// The generator that continues where the one with this [`state`](Self::state) stood.
    pub fn from_state(state: &RngState) -> Self {
        let mut draws = ChaCha8Rng::from_seed(state.key);
        draws.set_word_pos(u128::from(state.position));
        Self { draws, fills: state.fills }
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
}
