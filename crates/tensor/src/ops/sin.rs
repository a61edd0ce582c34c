use super::UnaryOp;
use crate::Scalar;

/// sin x, x in radians; slope cos x.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sin;

impl UnaryOp for Sin {
    const NAME: &'static str = "sin";
    #[inline(always)]
    fn value<S: Scalar>(self, x: S) -> S {
        x.sin()
    }
    #[inline(always)]
    fn slope<S: Scalar>(self, x: S, _y: S) -> S {
        x.cos()
    }
}
