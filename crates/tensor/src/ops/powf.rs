use super::UnaryOp;
use crate::Scalar;

/// xᵖ for any exponent p, x⁰ = 1, NaN where x is negative and finite and p is not an integer; slope p·xᵖ⁻¹, and 0 for p = 0
/// (PyTorch's: infinite at 0 for p < 1).
#[derive(Clone, Copy, Debug)]
pub struct Powf {
    /// The exponent p.
    pub exponent: f64,
}

impl UnaryOp for Powf {
    const NAME: &'static str = "powf";
    #[inline(always)]
    fn value<S: Scalar>(self, x: S) -> S {
        x.powf(S::constant(self.exponent))
    }
    #[inline(always)]
    fn slope<S: Scalar>(self, x: S, _y: S) -> S {
        powf_slope(x, S::constant(self.exponent))
    }
}

/// ∂xʸ/∂x.
#[inline(always)]
pub(crate) fn powf_slope<S: Scalar>(x: S, y: S) -> S {
    if y.is_zero() { y } else { y * x.powf(y - S::one()) }
}
