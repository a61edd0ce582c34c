use super::UnaryOp;
use crate::Scalar;

/// tan x, x in radians; slope 1 + y².
#[derive(Clone, Copy, Debug, Default)]
pub struct Tan;

impl UnaryOp for Tan {
    const NAME: &'static str = "tan";
    #[inline(always)]
    fn value<S: Scalar>(self, x: S) -> S {
        x.tan()
    }
    #[inline(always)]
    fn slope<S: Scalar>(self, _x: S, y: S) -> S {
        S::one() + y * y
    }
}
