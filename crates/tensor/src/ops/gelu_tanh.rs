use super::UnaryOp;
use crate::Scalar;

/// 2√(2/π), the factor of x in 2u.
const LINEAR: f64 = 2.0 * std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2;
/// The factor of x³ in 2u.
const CUBIC: f64 = 0.044715 * LINEAR;

/// ½x(1 + tanh u) = x σ(2u) with u = √(2/π)(x + 0.044715 x³), PyTorch's `approximate="tanh"`; −0 at −∞. Slope
/// σ + y(1 − σ)·2u′ with σ = σ(2u).
#[derive(Clone, Copy, Debug, Default)]
pub struct GeluTanh;

impl UnaryOp for GeluTanh {
    const NAME: &'static str = "gelu_tanh";
    #[inline(always)]
    fn value<S: Scalar>(self, x: S) -> S {
        x.gelu_tanh()
    }
    #[inline(always)]
    fn slope<S: Scalar>(self, x: S, y: S) -> S {
        let square = x * x;
        let sigmoid = (x * (S::constant(LINEAR) + S::constant(CUBIC) * square)).sigmoid();
        let inner = S::constant(LINEAR) + S::constant(3.0 * CUBIC) * square;
        let rest = S::one() - sigmoid;
        let change = if rest > S::zero() { y * rest * inner } else { rest };
        // ±∞ · 0 far out, on either side.
        if sigmoid > S::zero() { sigmoid + change } else { sigmoid }
    }
}
