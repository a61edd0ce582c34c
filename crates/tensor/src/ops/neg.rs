use super::UnaryOp;
use crate::Scalar;

/// −x; slope −1.
#[derive(Clone, Copy, Debug, Default)]
pub struct Neg;

impl UnaryOp for Neg {
    const NAME: &'static str = "neg";
    const DEGREE: usize = 1;
    #[inline(always)]
    fn value<S: Scalar>(self, x: S) -> S {
        -x
    }
    #[inline(always)]
    fn slope<S: Scalar>(self, _x: S, _y: S) -> S {
        -S::one()
    }
    #[inline(always)]
    fn constant_slope(self) -> Option<f64> {
        Some(-1.0)
    }
}
