use super::UnaryOp;
use crate::Scalar;

/// 1/√x, infinite at 0 and NaN for x < 0; slope −½y³.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rsqrt;

impl UnaryOp for Rsqrt {
    const NAME: &'static str = "rsqrt";
    #[inline(always)]
    fn value<S: Scalar>(self, x: S) -> S {
        x.rsqrt()
    }
    #[inline(always)]
    fn slope<S: Scalar>(self, _x: S, y: S) -> S {
        S::constant(-0.5) * (y * y * y)
    }
}
