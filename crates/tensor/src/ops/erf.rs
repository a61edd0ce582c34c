use super::UnaryOp;
use crate::Scalar;

/// erf x = 2/√π ∫₀ˣ e^(−t²) dt; slope 2/√π e^(−x²).
#[derive(Clone, Copy, Debug, Default)]
pub struct Erf;

impl UnaryOp for Erf {
    const NAME: &'static str = "erf";
    #[inline(always)]
    fn value<S: Scalar>(self, x: S) -> S {
        x.erf()
    }
    #[inline(always)]
    fn slope<S: Scalar>(self, x: S, _y: S) -> S {
        S::constant(std::f64::consts::FRAC_2_SQRT_PI) * (-(x * x)).exp()
    }
}
