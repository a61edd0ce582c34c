//! Normal numbers inside an interval.

use std::f64::consts::TAU;

use rand::{Rng as Source, RngExt};
use rand_distr::{Distribution, StandardNormal};

use super::Rng;
use crate::{Real, Shape, Tensor};

impl Rng {
    /// Independent standard normal elements under the condition that they lie in `[low, high]`, which may be infinite on
    /// either side; in `f32` rounded to the nearest number in the interval. For standard deviation σ and mean μ multiply by σ and add μ. Exact in the far tails too: drawn by
    /// rejection from the proposal that fits the interval, of which at least 49 % are accepted (Robert, *Simulation of
    /// truncated normal variables*, 1995).
    ///
    /// # Panics
    /// When there is no number in the interval.
    #[track_caller]
    pub fn truncated_normal<T: Real>(&mut self, shape: impl Into<Shape>, low: f64, high: f64) -> Tensor<T> {
        let (least, most) = (at_least::<T>(low), -at_least::<T>(-high));
        let some = least <= most && least < f64::INFINITY && most > f64::NEG_INFINITY;
        assert!(some, "truncated_normal: no {} in [{low}, {high}]", T::DTYPE);
        let proposal = Proposal::for_interval(low, high);
        self.fill(shape.into(), |source| T::constant(proposal.draw(source).clamp(least, most)))
    }
}

/// The least number of type `T` that is not below `bound`.
fn at_least<T: Real>(bound: f64) -> f64 {
    let nearest = T::constant(bound).to_f64();
    // Only an `f32` is rounded.
    if nearest < bound { f64::from((bound as f32).next_up()) } else { nearest }
}

/// Where candidates come from.
#[derive(Clone, Copy)]
enum Proposal {
    /// The normal distribution itself: for wide intervals around 0.
    Normal { low: f64, high: f64 },
    /// Uniform: for narrow intervals around 0.
    Uniform { low: f64, high: f64 },
    /// Exponential between the distances `near` and `far` from 0, on the side of `sign`.
    Tail { sign: f64, near: f64, far: f64, rate: f64 },
}

impl Proposal {
    fn for_interval(low: f64, high: f64) -> Self {
        if low > 0.0 || high < 0.0 {
            let (sign, near, far) = if low > 0.0 { (1.0, low, high) } else { (-1.0, -high, -low) };
            // (near + √(near² + 4))/2 accepts most, without the overflow of the square.
            return Self::Tail { sign, near, far, rate: near / 2.0 + (near / 2.0).hypot(1.0) };
        }
        // Where both accept alike for intervals that end in 0.
        if high - low > TAU.sqrt() { Self::Normal { low, high } } else { Self::Uniform { low, high } }
    }

    fn draw(self, source: &mut impl Source) -> f64 {
        loop {
            match self {
                Self::Normal { low, high } => {
                    let x: f64 = StandardNormal.sample(source);
                    if (low..=high).contains(&x) {
                        return x;
                    }
                }
                Self::Uniform { low, high } => {
                    let x = low + (high - low) * source.random::<f64>();
                    if source.random::<f64>() <= (-0.5 * x * x).exp() {
                        return x.min(high);
                    }
                }
                Self::Tail { sign, near, far, rate } => {
                    // The quantile function of the exponential distribution cut off at `far`.
                    let share = source.random::<f64>() * -(-rate * (far - near)).exp_m1();
                    let beyond = -(-share).ln_1p() / rate;
                    // x − rate, where rate = near + 1/rate: far out, the difference of the two would be rounding.
                    let miss = beyond - rate.recip();
                    if source.random::<f64>() <= (-0.5 * miss * miss).exp() {
                        return sign * (near + beyond).min(far);
                    }
                }
            }
        }
    }
}
