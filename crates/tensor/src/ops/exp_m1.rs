use super::UnaryOp;
use crate::Scalar;

/// eˣ − 1, accurate near 0; slope eˣ, not y + 1, which cancels for x ≪ 0.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExpM1;

impl UnaryOp for ExpM1 {
    const NAME: &'static str = "exp_m1";
    #[inline(always)]
    fn value<S: Scalar>(self, x: S) -> S {
        x.exp_m1()
    }
    #[inline(always)]
    fn slope<S: Scalar>(self, x: S, _y: S) -> S {
        x.exp()
    }
}
