use super::UnaryOp;
use crate::Scalar;

/// x between bounds: min(max(x, `min`), `max`), NaN for NaN; `max` everywhere if `min` is above it. Slope 1 for
/// `min` ≤ x ≤ `max`, bounds included, 0 else (PyTorch's).
#[derive(Clone, Copy, Debug)]
pub struct Clamp {
    /// The lower bound; −∞ for none.
    pub min: f64,
    /// The upper bound; ∞ for none.
    pub max: f64,
}

impl UnaryOp for Clamp {
    const NAME: &'static str = "clamp";
    #[inline(always)]
    fn value<S: Scalar>(self, x: S) -> S {
        x.maximum(S::constant(self.min)).minimum(S::constant(self.max))
    }
    #[inline(always)]
    fn slope<S: Scalar>(self, x: S, _y: S) -> S {
        if x >= S::constant(self.min) && x <= S::constant(self.max) { S::one() } else { S::zero() }
    }
}
