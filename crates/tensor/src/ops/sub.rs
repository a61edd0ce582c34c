use super::BinaryOp;
use crate::Scalar;

/// a − b; slopes 1 and −1.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sub;

impl BinaryOp for Sub {
    const NAME: &'static str = "sub";
    const DEGREE: usize = 1;
    #[inline(always)]
    fn value<S: Scalar>(self, a: S, b: S) -> S {
        a - b
    }
    #[inline(always)]
    fn slopes<S: Scalar>(self, _a: S, _b: S, _y: S) -> (S, S) {
        (S::one(), -S::one())
    }
    #[inline(always)]
    fn constant_slopes(self) -> Option<[f64; 2]> {
        Some([1.0, -1.0])
    }
}
