use super::UnaryOp;
use crate::Scalar;

const LAMBDA: f64 = 1.0507009873554805;
const ALPHA: f64 = 1.6732632423543772;

/// λx for x > 0, λα(eˣ − 1) else; slope λ, and λαeˣ for x ≤ 0 (also at 0, as in PyTorch).
///
/// λ and α make mean 0 and variance 1 a fixed point: Klambauer et al., *Self-Normalizing Neural Networks*, 2017.
#[derive(Clone, Copy, Debug, Default)]
pub struct Selu;

impl UnaryOp for Selu {
    const NAME: &'static str = "selu";
    #[inline(always)]
    fn value<S: Scalar>(self, x: S) -> S {
        if x > S::zero() { S::constant(LAMBDA) * x } else { S::constant(LAMBDA * ALPHA) * x.exp_m1() }
    }
    #[inline(always)]
    fn slope<S: Scalar>(self, x: S, _y: S) -> S {
        if x > S::zero() { S::constant(LAMBDA) } else { S::constant(LAMBDA * ALPHA) * x.exp() }
    }
}
