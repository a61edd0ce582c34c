use super::UnaryOp;
use crate::Scalar;

/// ln(1 + x), accurate near 0; slope 1/(1 + x).
#[derive(Clone, Copy, Debug, Default)]
pub struct Ln1p;

impl UnaryOp for Ln1p {
    const NAME: &'static str = "ln_1p";
    #[inline(always)]
    fn value<S: Scalar>(self, x: S) -> S {
        x.ln_1p()
    }
    #[inline(always)]
    fn slope<S: Scalar>(self, x: S, _y: S) -> S {
        S::one() / (S::one() + x)
    }
}
