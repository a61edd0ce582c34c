use super::UnaryOp;
use crate::Scalar;

/// x / divisor with a constant; slope 1/divisor. Not `x · (1/divisor)`: that rounds twice, so that 49/49 is not 1,
/// and overflows for a subnormal divisor.
#[derive(Clone, Copy, Debug)]
pub struct DivBy {
    /// The divisor.
    pub divisor: f64,
}

impl UnaryOp for DivBy {
    const NAME: &'static str = "div_by";
    const DEGREE: usize = 1;
    #[inline(always)]
    fn value<S: Scalar>(self, x: S) -> S {
        x / S::constant(self.divisor)
    }
    #[inline(always)]
    fn slope<S: Scalar>(self, _x: S, _y: S) -> S {
        S::one() / S::constant(self.divisor)
    }
    #[inline(always)]
    fn constant_slope(self) -> Option<f64> {
        Some(1.0 / self.divisor)
    }
}
