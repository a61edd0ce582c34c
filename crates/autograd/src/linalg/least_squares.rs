//! Pseudo-inverses Y at constant rank (G. Golub, V. Pereyra, *The differentiation of pseudo-inverses and nonlinear least
//! squares problems whose variables separate*, 1973): gA = −Yᵀ·gY·Yᵀ + (1 − A·Y)·gYᵀ·Y·Yᵀ + Yᵀ·Y·gYᵀ·(1 − Y·A).

use gradus_tensor::{LinalgError, Real, Tensor, linalg};

use super::routine::{Routine, record};
use super::solve::record_system;
use crate::ops::transposed;
use crate::{Reverse, Var};

struct PseudoInverse {
    rcond: Option<f64>,
}

impl<T: Real> Routine<T> for PseudoInverse {
    fn name(&self) -> &'static str {
        "pinv"
    }

    fn answer(&self, inputs: &[&Tensor<T>]) -> Result<Tensor<T>, LinalgError> {
        linalg::pinv(inputs[0], self.rcond)
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let (a, y, g) = (reverse.input(0), reverse.output(), reverse.gradient());
        let (yt, gt) = (transposed(y), transposed(g));
        let from_the_left = gt.matmul(y.matmul(yt));
        let from_the_right = yt.matmul(y).matmul(gt);
        let outside = from_the_left - a.matmul(y.matmul(from_the_left)) + from_the_right
            - from_the_right.matmul(y).matmul(a);
        reverse.add(0, outside - yt.matmul(g).matmul(yt));
    }
}

/// The least-squares solution for right-hand sides that are matrices.
struct LeastSquares {
    rcond: Option<f64>,
}

impl<T: Real> Routine<T> for LeastSquares {
    fn name(&self) -> &'static str {
        "lstsq"
    }

    fn answer(&self, inputs: &[&Tensor<T>]) -> Result<Tensor<T>, LinalgError> {
        Ok(linalg::lstsq(inputs[0], inputs[1], self.rcond)?.solution)
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        reverse.add_through(|inputs| {
            let inverse = pinv(inputs[0], self.rcond).expect("decomposed in the forward pass");
            inverse.matmul(inputs[1])
        });
    }
}

/// The Moore–Penrose pseudo-inverses of matrices `[..., m, n]`, as [`gradus_tensor::linalg::pinv`]. The derivative is that
/// at constant rank.
///
/// # Errors
/// When there are fewer than two axes, an element is not finite, `rcond` is negative or NaN, or an iteration does not
/// converge.
pub fn pinv<T: Real>(a: Var<'_, T>, rcond: Option<f64>) -> Result<Var<'_, T>, LinalgError> {
    record(PseudoInverse { rcond }, [a])
}

/// The least-squares solution x of the least norm of A·x ≈ b: the `solution` of [`gradus_tensor::linalg::lstsq`], which
/// also tells the rank. The derivative is that at constant rank, and of A⁺·b.
///
/// # Errors
/// As [`pinv`].
///
/// # Panics
/// When the shapes do not fit.
#[track_caller]
pub fn lstsq<'t, T: Real>(
    a: Var<'t, T>,
    b: Var<'t, T>,
    rcond: Option<f64>,
) -> Result<Var<'t, T>, LinalgError> {
    record_system(LeastSquares { rcond }, a, b)
}
