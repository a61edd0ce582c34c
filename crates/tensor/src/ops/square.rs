use super::UnaryOp;
use crate::Scalar;

/// x²; slope 2x.
#[derive(Clone, Copy, Debug, Default)]
pub struct Square;

impl UnaryOp for Square {
    const NAME: &'static str = "square";
    const DEGREE: usize = 2;
    #[inline(always)]
    fn value<S: Scalar>(self, x: S) -> S {
        x * x
    }
    #[inline(always)]
    fn slope<S: Scalar>(self, x: S, _y: S) -> S {
        x + x
    }
}
