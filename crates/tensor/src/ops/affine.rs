use super::UnaryOp;
use crate::Scalar;

/// scale · x + shift with constants; slope `scale`. Sums and products with plain numbers are this op; quotients
/// are [`DivBy`](super::DivBy).
#[derive(Clone, Copy, Debug)]
pub struct Affine {
    /// The factor.
    pub scale: f64,
    /// The summand.
    pub shift: f64,
}

impl UnaryOp for Affine {
    const NAME: &'static str = "affine";
    const DEGREE: usize = 1;
    #[inline(always)]
    fn value<S: Scalar>(self, x: S) -> S {
        S::constant(self.scale) * x + S::constant(self.shift)
    }
    #[inline(always)]
    fn slope<S: Scalar>(self, _x: S, _y: S) -> S {
        S::constant(self.scale)
    }
    #[inline(always)]
    fn constant_slope(self) -> Option<f64> {
        Some(self.scale)
    }
}
