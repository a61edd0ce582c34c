use super::UnaryOp;
use crate::Scalar;

/// Logistic sigmoid 1/(1 + e⁻ˣ), without overflow for any finite x; slope y(1 − y).
#[derive(Clone, Copy, Debug, Default)]
pub struct Sigmoid;

impl UnaryOp for Sigmoid {
    const NAME: &'static str = "sigmoid";
    #[inline(always)]
    fn value<S: Scalar>(self, x: S) -> S {
        // −|x| with the slope −1 at 0: with the slope 0 of `abs` there, the derivative at 0 would be 0, not ¼.
        let z = (if x < S::zero() { x } else { -x }).exp();
        let numerator = if x < S::zero() { z } else { S::one() };
        numerator / (S::one() + z)
    }
    #[inline(always)]
    fn slope<S: Scalar>(self, _x: S, y: S) -> S {
        y * (S::one() - y)
    }
}
