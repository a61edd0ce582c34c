use super::BinaryOp;
use crate::Scalar;

/// The larger of a and b, NaN if either is; the slope goes to the larger, half to each where equal (PyTorch's).
#[derive(Clone, Copy, Debug, Default)]
pub struct Maximum;

impl BinaryOp for Maximum {
    const NAME: &'static str = "maximum";
    const DEGREE: usize = 1;
    #[inline(always)]
    fn value<S: Scalar>(self, a: S, b: S) -> S {
        a.maximum(b)
    }
    #[inline(always)]
    fn slopes<S: Scalar>(self, a: S, b: S, _y: S) -> (S, S) {
        let half = S::constant(0.5);
        if a > b {
            (S::one(), S::zero())
        } else if a == b {
            (half, half)
        } else {
            (S::zero(), S::one())
        }
    }
}
