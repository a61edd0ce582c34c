//! Tensors of independent random numbers.

use std::ops::Range;

use num_traits::PrimInt;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Exp1, StandardNormal};
use rayon::prelude::*;

use super::Rng;
use crate::parallel::worth_splitting;
use crate::{Element, Real, Shape, Tensor};

/// Elements that one counter block of a fill covers.
const BLOCK: usize = 4096;

/// Words of the ChaCha stream reserved per block: 16 per element. A normal deviate takes about 2.04 on average, and the
/// most wasteful rejection, of [`truncated_normal`](Rng::truncated_normal), 8.2 ± 6 per element: the sum over a block
/// reaches the limit at more than 80 standard deviations.
const WORDS_PER_BLOCK: u128 = 1 << 16;

impl Rng {
    /// Independent standard normal elements.
    pub fn normal<T: Real>(&mut self, shape: impl Into<Shape>) -> Tensor<T> {
        self.fill(shape.into(), |source| T::constant(StandardNormal.sample(source)))
    }

    /// Independent elements with density e⁻ˣ, x ≥ 0: exponential of rate 1. Divide by another rate.
    pub fn exponential<T: Real>(&mut self, shape: impl Into<Shape>) -> Tensor<T> {
        self.fill(shape.into(), |source| T::constant(Exp1.sample(source)))
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

    /// Independent integers, uniform in `range`.
    ///
    /// # Panics
    /// When the range is empty.
    #[track_caller]
    pub fn integers<T: Element + PrimInt>(&mut self, shape: impl Into<Shape>, range: Range<T>) -> Tensor<T> {
        let Range { start, end } = range;
        assert!(start < end, "integers: there is no integer in {start}..{end}");
        // Modulo 2⁶⁴, where signed integers and their differences have their place too.
        let start: u64 = start.cast();
        let width = Element::cast::<u64>(end).wrapping_sub(start);
        self.fill(shape.into(), |source| start.wrapping_add(source.random_range(0..width)).cast())
    }

    /// Independent elements that are 1 (or `true`) with probability `p` and 0 (or `false`) otherwise: a mask of truth
    /// values, or of factors.
    ///
    /// # Panics
    /// When `p` is not in [0, 1].
    #[track_caller]
    pub fn bernoulli<T: Element>(&mut self, shape: impl Into<Shape>, p: f64) -> Tensor<T> {
        assert!((0.0..=1.0).contains(&p), "bernoulli: {p} is no probability");
        self.fill(shape.into(), |source| (source.random::<f64>() < p).cast())
    }

    #[track_caller]
    pub(super) fn fill<T: Element>(
        &mut self,
        shape: Shape,
        draw: impl Fn(&mut ChaCha8Rng) -> T + Sync,
    ) -> Tensor<T> {
        self.fills += 1;
        let (key, stream) = (self.draws.get_seed(), self.fills);
        let fill_block = |(block, out): (usize, &mut [T])| {
            let mut source = ChaCha8Rng::from_seed(key);
            source.set_stream(stream);
            source.set_word_pos(block as u128 * WORDS_PER_BLOCK);
            out.iter_mut().for_each(|slot| *slot = draw(&mut source));
        };
        Tensor::build(shape, |out| {
            // A normal deviate costs about as much as moving eight `f32`.
            if worth_splitting::<f32>(8 * out.len()) {
                out.par_chunks_mut(BLOCK).enumerate().for_each(fill_block);
            } else {
                out.chunks_mut(BLOCK).enumerate().for_each(fill_block);
            }
        })
    }
}
