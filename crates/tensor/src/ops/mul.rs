use super::BinaryOp;
use crate::Scalar;

/// a · b; slopes b and a.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mul;

impl BinaryOp for Mul {
    const NAME: &'static str = "mul";
    const DEGREE: usize = 2;
    #[inline(always)]
    fn value<S: Scalar>(self, a: S, b: S) -> S {
        a * b
    }
    #[inline(always)]
    fn slopes<S: Scalar>(self, a: S, b: S, _y: S) -> (S, S) {
        (b, a)
    }
}
