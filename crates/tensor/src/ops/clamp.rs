use super::UnaryOp;
use crate::Scalar;

/// x between bounds: min(max(x, `min`), `max`), NaN for NaN; `max` everywhere if `min` is above it. Slope 1 for
/// `min` < x < `max`, 0 else, also on a bound (as PyTorch 2.15; older versions have 1 there).
#[derive(Clone, Copy, Debug)]
pub struct Clamp {
    /// The lower bound; −∞ for none.
    pub min: f64,
    /// The upper bound; ∞ for none.
    pub max: f64,
}

impl UnaryOp for Clamp {
    const NAME: &'static str = "clamp";
    const DEGREE: usize = 1;
    #[inline(always)]
    fn value<S: Scalar>(self, x: S) -> S {
        x.maximum(S::constant(self.min)).minimum(S::constant(self.max))
    }
    #[inline(always)]
    fn slope<S: Scalar>(self, x: S, _y: S) -> S {
        let above = x > S::constant(self.min) || self.min == f64::NEG_INFINITY;
        let below = x < S::constant(self.max) || self.max == f64::INFINITY;
        if above && below { S::one() } else { S::zero() }
    }
}
