use super::UnaryOp;
use crate::Scalar;

/// cos x, x in radians; slope −sin x.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cos;

impl UnaryOp for Cos {
    const NAME: &'static str = "cos";
    #[inline(always)]
    fn value<S: Scalar>(self, x: S) -> S {
        x.cos()
    }
    #[inline(always)]
    fn slope<S: Scalar>(self, x: S, _y: S) -> S {
        -x.sin()
    }
}
