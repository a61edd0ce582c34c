//! Where ε stands in the denominator of an adaptive rule.

use gradus_tensor::Real;
use serde::{Deserialize, Serialize};

/// Where ε stands in the denominator. The literature uses one name for three rules whose largest possible
/// effective steps differ by orders of magnitude.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Epsilon {
    /// √v + ε, the form of PyTorch and of Kingma and Ba: effective steps up to η/ε.
    #[default]
    OutsideRoot,
    /// √(v + ε), the form of most proofs: effective steps up to η/√ε.
    InsideRoot,
    /// √v̂ + ε/√(1 − β₂ᵗ), the "ε̂" of Kingma and Ba (end of section 2) and of TensorFlow: ε is added to the
    /// root of the *uncorrected* average, so it counts for more in the first steps. Only [`Adam`](crate::Adam)
    /// has it; without bias correction it is `OutsideRoot`.
    Hat,
}

impl Epsilon {
    /// The denominator as a function of the second moment, with a factor of bias correction
    /// 1 − β₂ᵗ (1 where there is none).
    pub fn denominator<T: Real>(self, eps: f64, correction: f64) -> Denominator<T> {
        let (inside, outside) = match self {
            Epsilon::OutsideRoot => (0.0, eps),
            Epsilon::InsideRoot => (eps, 0.0),
            Epsilon::Hat => (0.0, eps / correction.sqrt()),
        };
        Denominator { inside: T::constant(inside), outside: T::constant(outside) }
    }
}

/// √(v + inside) + outside. One of the two is 0, and adding it is exact: the placement costs no branch in the
/// loop and no rounding.
#[derive(Clone, Copy, Debug)]
pub struct Denominator<T> {
    inside: T,
    outside: T,
}

impl<T: Real> Denominator<T> {
    /// The denominator at a second moment v ≥ 0.
    #[inline(always)]
    pub fn at(self, v: T) -> T {
        (v + self.inside).sqrt() + self.outside
    }

    /// numerator / denominator, with x/0 := 0: a coordinate whose gradient has always been 0 does not move.
    #[inline(always)]
    pub fn divide(self, numerator: T, v: T) -> T {
        quotient(numerator, self.at(v))
    }
}

/// numerator / denominator, with x/0 := 0.
#[inline(always)]
pub(crate) fn quotient<T: Real>(numerator: T, denominator: T) -> T {
    if denominator == T::zero() { T::zero() } else { numerator / denominator }
}
