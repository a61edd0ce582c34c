use super::{Sign, UnaryOp};
use crate::Scalar;

/// |x|; slope sign x, 0 at 0 (PyTorch's subgradient).
#[derive(Clone, Copy, Debug, Default)]
pub struct Abs;

impl UnaryOp for Abs {
    const NAME: &'static str = "abs";
    const DEGREE: usize = 1;
    #[inline(always)]
    fn value<S: Scalar>(self, x: S) -> S {
        x.abs()
    }
    #[inline(always)]
    fn slope<S: Scalar>(self, x: S, _y: S) -> S {
        Sign.value(x)
    }
}
