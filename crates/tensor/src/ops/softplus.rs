use super::UnaryOp;
use crate::Scalar;

/// ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|), without overflow; slope the logistic sigmoid.
#[derive(Clone, Copy, Debug, Default)]
pub struct Softplus;

impl UnaryOp for Softplus {
    const NAME: &'static str = "softplus";
    #[inline(always)]
    fn value<S: Scalar>(self, x: S) -> S {
        x.softplus()
    }
    #[inline(always)]
    fn slope<S: Scalar>(self, x: S, _y: S) -> S {
        x.sigmoid()
    }
}
