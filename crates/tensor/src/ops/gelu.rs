use super::UnaryOp;
use crate::Scalar;

/// x Φ(x) with the normal distribution Φ (the erf form, PyTorch's default); −0 at −∞. Slope Φ(x) + x φ(x) with the
/// normal density φ.
///
/// Hendrycks and Gimpel, *Gaussian Error Linear Units*, 2016.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gelu;

impl UnaryOp for Gelu {
    const NAME: &'static str = "gelu";
    #[inline(always)]
    fn value<S: Scalar>(self, x: S) -> S {
        x.gelu()
    }
    #[inline(always)]
    fn slope<S: Scalar>(self, x: S, _y: S) -> S {
        let density = x.normal_pdf();
        // ±∞ · 0 far out.
        x.normal_cdf() + if density > S::zero() { x * density } else { density }
    }
}
