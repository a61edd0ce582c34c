use super::UnaryOp;
use crate::Scalar;

/// The sign of x: 1, −1, or x where it is 0 or NaN (NumPy's for NaN; PyTorch has 0 there). Slope 0.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sign;

impl UnaryOp for Sign {
    const NAME: &'static str = "sign";
    const DEGREE: usize = 0;
    #[inline(always)]
    fn value<S: Scalar>(self, x: S) -> S {
        if x > S::zero() {
            S::one()
        } else if x < S::zero() {
            -S::one()
        } else {
            x * S::zero()
        }
    }
    #[inline(always)]
    fn slope<S: Scalar>(self, _x: S, _y: S) -> S {
        S::zero()
    }
}
