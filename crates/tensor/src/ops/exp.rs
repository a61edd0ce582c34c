use super::UnaryOp;
use crate::Scalar;

/// eˣ; slope y.
#[derive(Clone, Copy, Debug, Default)]
pub struct Exp;

impl UnaryOp for Exp {
    const NAME: &'static str = "exp";
    #[inline(always)]
    fn value<S: Scalar>(self, x: S) -> S {
        x.exp()
    }
    #[inline(always)]
    fn slope<S: Scalar>(self, _x: S, y: S) -> S {
        y
    }
}
