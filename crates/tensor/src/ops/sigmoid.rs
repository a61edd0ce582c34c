use super::UnaryOp;
use crate::Scalar;

/// Logistic sigmoid 1/(1 + e⁻ˣ), without overflow for any x; slope y(1 − y).
#[derive(Clone, Copy, Debug, Default)]
pub struct Sigmoid;

impl UnaryOp for Sigmoid {
    const NAME: &'static str = "sigmoid";
    #[inline(always)]
    fn value<S: Scalar>(self, x: S) -> S {
        x.sigmoid()
    }
    #[inline(always)]
    fn slope<S: Scalar>(self, _x: S, y: S) -> S {
        y * (S::one() - y)
    }
}
