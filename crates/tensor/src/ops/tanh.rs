use super::UnaryOp;
use crate::Scalar;

/// tanh x; slope 1 − y².
#[derive(Clone, Copy, Debug, Default)]
pub struct Tanh;

impl UnaryOp for Tanh {
    const NAME: &'static str = "tanh";
    #[inline(always)]
    fn value<S: Scalar>(self, x: S) -> S {
        x.tanh()
    }
    #[inline(always)]
    fn slope<S: Scalar>(self, _x: S, y: S) -> S {
        S::one() - y * y
    }
}
