use super::{Sigmoid, UnaryOp};
use crate::Scalar;

/// ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|), without overflow; slope the logistic sigmoid.
#[derive(Clone, Copy, Debug, Default)]
pub struct Softplus;

impl UnaryOp for Softplus {
    const NAME: &'static str = "softplus";
    #[inline(always)]
    fn value<S: Scalar>(self, x: S) -> S {
        // Both branches differentiate to the sigmoid, also at 0, where `abs` and `maximum` would not.
        let (positive, magnitude) = if x < S::zero() { (S::zero(), -x) } else { (x, x) };
        positive + (-magnitude).exp().ln_1p()
    }
    #[inline(always)]
    fn slope<S: Scalar>(self, x: S, _y: S) -> S {
        Sigmoid.value(x)
    }
}
