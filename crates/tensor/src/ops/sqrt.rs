use super::UnaryOp;
use crate::Scalar;

/// √x, NaN for x < 0; slope 1/(2y), infinite at 0.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sqrt;

impl UnaryOp for Sqrt {
    const NAME: &'static str = "sqrt";
    #[inline(always)]
    fn value<S: Scalar>(self, x: S) -> S {
        x.sqrt()
    }
    #[inline(always)]
    fn slope<S: Scalar>(self, _x: S, y: S) -> S {
        S::constant(0.5) / y
    }
}
