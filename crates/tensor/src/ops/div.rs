use super::BinaryOp;
use crate::Scalar;

/// a / b; slopes 1/b and −y/b.
#[derive(Clone, Copy, Debug, Default)]
pub struct Div;

impl BinaryOp for Div {
    const NAME: &'static str = "div";
    #[inline(always)]
    fn value<S: Scalar>(self, a: S, b: S) -> S {
        a / b
    }
    #[inline(always)]
    fn slopes<S: Scalar>(self, _a: S, b: S, y: S) -> (S, S) {
        (S::one() / b, -y / b)
    }
}
