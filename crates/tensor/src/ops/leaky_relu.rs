use super::UnaryOp;
use crate::Scalar;

/// x for x > 0, `negative_slope` · x else; slope 1, and `negative_slope` for x ≤ 0 (also at 0, as in PyTorch).
#[derive(Clone, Copy, Debug)]
pub struct LeakyRelu {
    /// The slope for x ≤ 0.
    pub negative_slope: f64,
}

impl UnaryOp for LeakyRelu {
    const NAME: &'static str = "leaky_relu";
    const DEGREE: usize = 1;
    #[inline(always)]
    fn value<S: Scalar>(self, x: S) -> S {
        if x > S::zero() { x } else { S::constant(self.negative_slope) * x }
    }
    #[inline(always)]
    fn slope<S: Scalar>(self, x: S, _y: S) -> S {
        if x > S::zero() { S::one() } else { S::constant(self.negative_slope) }
    }
}
