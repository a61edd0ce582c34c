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
    fn slope<S: Scalar>(self, x: S, _y: S) -> S {
        match self.exponent {
            0 => S::zero(),
            n => S::constant(f64::from(n)) * x.powi(n - 1),
        }
    }
}
