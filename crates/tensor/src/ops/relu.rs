use super::UnaryOp;
use crate::Scalar;

/// max(x, 0), NaN for NaN; slope 0 at 0 (PyTorch's subgradient).
#[derive(Clone, Copy, Debug, Default)]
pub struct Relu;

impl UnaryOp for Relu {
    const NAME: &'static str = "relu";
    const DEGREE: usize = 1;
    #[inline(always)]
    fn value<S: Scalar>(self, x: S) -> S {
        x.maximum(S::zero())
    }
    #[inline(always)]
    fn slope<S: Scalar>(self, x: S, _y: S) -> S {
        if x > S::zero() { S::one() } else { S::zero() }
    }
}
