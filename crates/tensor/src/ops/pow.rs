use super::{BinaryOp, powf_slope};
use crate::Scalar;

/// aᵇ, a⁰ = 1, NaN where a is negative and finite and b is not an integer; slopes b·aᵇ⁻¹, 0 for b = 0, and aᵇ·ln a, 0 for a = 0 and b ≥ 0
/// (PyTorch's).
#[derive(Clone, Copy, Debug, Default)]
pub struct Pow;

impl BinaryOp for Pow {
    const NAME: &'static str = "pow";
    #[inline(always)]
    fn value<S: Scalar>(self, a: S, b: S) -> S {
        a.powf(b)
    }
    #[inline(always)]
    fn slopes<S: Scalar>(self, a: S, b: S, y: S) -> (S, S) {
        (powf_slope(a, b), exponent_slope(a, b, y))
    }
}

/// ∂y/∂b of y = aᵇ. At a = 0 the product 0·ln 0 would be NaN, where the power is 0 on a whole neighbourhood of b > 0.
#[inline(always)]
pub(crate) fn exponent_slope<S: Scalar>(a: S, b: S, y: S) -> S {
    let zero = S::zero();
    // By order, not by `==`: a dual number equals 0 only with its tangent.
    if a.abs() <= zero && b >= zero { zero } else { y * a.ln() }
}
