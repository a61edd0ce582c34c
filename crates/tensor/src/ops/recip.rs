use super::UnaryOp;
use crate::Scalar;

/// 1/x; slope −y².
#[derive(Clone, Copy, Debug, Default)]
pub struct Recip;

impl UnaryOp for Recip {
    const NAME: &'static str = "recip";
    #[inline(always)]
    fn value<S: Scalar>(self, x: S) -> S {
        S::one() / x
    }
    #[inline(always)]
    fn slope<S: Scalar>(self, _x: S, y: S) -> S {
        -(y * y)
    }
}
