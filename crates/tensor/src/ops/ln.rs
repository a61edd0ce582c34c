use super::UnaryOp;
use crate::Scalar;

/// ln x, NaN for x < 0; slope 1/x.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ln;

impl UnaryOp for Ln {
    const NAME: &'static str = "ln";
    #[inline(always)]
    fn value<S: Scalar>(self, x: S) -> S {
        x.ln()
    }
    #[inline(always)]
    fn slope<S: Scalar>(self, x: S, _y: S) -> S {
        S::one() / x
    }
}
