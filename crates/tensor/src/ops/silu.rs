use super::UnaryOp;
use crate::Scalar;

/// x σ(x) with the logistic sigmoid σ, also called swish; −0 at −∞. Slope σ(x) + y(1 − σ(x)).
#[derive(Clone, Copy, Debug, Default)]
pub struct Silu;

impl UnaryOp for Silu {
    const NAME: &'static str = "silu";
    #[inline(always)]
    fn value<S: Scalar>(self, x: S) -> S {
        x.silu()
    }
    #[inline(always)]
    fn slope<S: Scalar>(self, x: S, y: S) -> S {
        let sigmoid = x.sigmoid();
        let rest = S::one() - sigmoid;
        // ∞ · 0 far out.
        sigmoid + if rest > S::zero() { y * rest } else { rest }
    }
}
