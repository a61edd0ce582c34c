use super::UnaryOp;
use crate::Scalar;

/// x for x > 0, α(eˣ − 1) else; slope 1, and αeˣ for x ≤ 0 (also at 0, as in PyTorch).
#[derive(Clone, Copy, Debug)]
pub struct Elu {
    /// The factor α; −α is the limit for x → −∞.
    pub alpha: f64,
}

impl UnaryOp for Elu {
    const NAME: &'static str = "elu";
    #[inline(always)]
    fn value<S: Scalar>(self, x: S) -> S {
        if x > S::zero() { x } else { S::constant(self.alpha) * x.exp_m1() }
    }
    #[inline(always)]
    fn slope<S: Scalar>(self, x: S, _y: S) -> S {
        if x > S::zero() { S::one() } else { S::constant(self.alpha) * x.exp() }
    }
}
