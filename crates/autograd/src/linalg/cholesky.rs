//! Cholesky, A = L·Lᵀ: gA = sym(L⁻ᵀ·Φ(Lᵀ·gL)·L⁻¹), Φ being the lower triangle with half the diagonal.

use gradus_tensor::linalg::{self, Triangle};
use gradus_tensor::{LinalgError, Real, Tensor};

use super::routine::{Routine, record, symmetric};
use super::solve::{solve_triangular, triangular};
use crate::ops::transposed;
use crate::{Reverse, Var};

struct Cholesky;

impl<T: Real> Routine<T> for Cholesky {
    fn name(&self) -> &'static str {
        "cholesky"
    }

    fn answer(&self, inputs: &[&Tensor<T>]) -> Result<Tensor<T>, LinalgError> {
        linalg::cholesky(inputs[0])
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let l = reverse.output();
        let product = transposed(l).matmul(reverse.gradient());
        let phi = (product.tril(0) + product.tril(-1)) * T::constant(0.5);
        // The factor of a definite matrix has no 0 on its diagonal.
        let upper = Triangle::LOWER.transposed();
        let left = triangular(l, phi, upper);
        let both = triangular(l, transposed(left), upper);
        reverse.add(0, symmetric(both));
    }
}

/// The lower triangular L of A = L·Lᵀ, as [`gradus_tensor::linalg::cholesky`]. The gradient is symmetric.
///
/// ```
/// use gradus_autograd::{linalg, value_and_grad};
/// use gradus_tensor::{Params, Tensor};
/// let params = Params::single("a", &Tensor::<f64>::from_rows([[4.0, 0.0], [0.0, 9.0]]));
/// let a = params.ids().next().unwrap();
/// // ln det A = 2 Σ ln Lᵢᵢ, whose gradient is A⁻¹.
/// let (log_det, gradient) = value_and_grad(&params, |p| {
///     let l = linalg::cholesky(p.get(a)).expect("positive definite");
///     l.diagonal(0, 0, 1).ln().sum() * 2.0
/// });
/// assert!((log_det - 36f64.ln()).abs() < 1e-14);
/// assert_eq!(gradient.as_slice(), [0.25, 0.0, 0.0, 1.0 / 9.0]);
/// ```
///
/// # Errors
/// When the matrices are not square, not finite or not positive definite.
#[track_caller]
pub fn cholesky<T: Real>(a: Var<'_, T>) -> Result<Var<'_, T>, LinalgError> {
    record(Cholesky, [a])
}

/// The solution of A·x = b for symmetric positive definite matrices, as
/// [`gradus_tensor::linalg::solve_positive_definite`], through the Cholesky factor.
///
/// # Errors
/// When the matrices are not square, not finite or not positive definite.
///
/// # Panics
/// When the shapes do not fit.
#[track_caller]
pub fn solve_positive_definite<'t, T: Real>(a: Var<'t, T>, b: Var<'t, T>) -> Result<Var<'t, T>, LinalgError> {
    let l = cholesky(a)?;
    // For several matrices, a vector would not be one in between.
    let columns = if b.rank() == 1 { b.unsqueeze(1) } else { b };
    let y = solve_triangular(l, columns, Triangle::LOWER)?;
    let x = solve_triangular(l, y, Triangle::LOWER.transposed())?;
    Ok(if b.rank() == 1 { x.squeeze_axis(x.rank() - 1) } else { x })
}
