use super::UnaryOp;
use crate::Scalar;

/// xⁿ for an integer n, 0⁰ = 1; slope n·xⁿ⁻¹, and 0 for n = 0.
#[derive(Clone, Copy, Debug)]
pub struct Powi {
    /// The exponent n.
    pub exponent: i32,
}

impl UnaryOp for Powi {
    const NAME: &'static str = "powi";
    #[inline(always)]
    fn value<S: Scalar>(self, x: S) -> S {
        x.powi(self.exponent)
    }
    #[inline(always)]
    fn slope<S: Scalar>(self, x: S, y: S) -> S {
        let power = match self.exponent.checked_sub(1) {
            _ if self.exponent == 0 => return S::zero(),
            Some(less) => x.powi(less),
            // i32::MIN has no exponent below it. Not for all: y/x would be NaN at x = 0.
            None => y / x,
        };
        S::constant(f64::from(self.exponent)) * power
    }
}
