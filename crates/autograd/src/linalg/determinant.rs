//! Determinants: gA = g·det A·A⁻ᵀ, the matrix of cofactors; of ln |det A|, gA = g·A⁻ᵀ.

use gradus_tensor::{LinalgError, Real, Tensor, linalg};

use super::inverse::inv;
use super::routine::{Routine, record, scale_columns};
use super::solve::not_a_number;
use super::svd::svd;
use crate::ops::transposed;
use crate::{Reverse, Var};

struct Determinant;

impl<T: Real> Routine<T> for Determinant {
    fn name(&self) -> &'static str {
        "det"
    }

    fn answer(&self, inputs: &[&Tensor<T>]) -> Result<Tensor<T>, LinalgError> {
        linalg::det(inputs[0])
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let (a, gradient) = (reverse.input(0), per_matrix(reverse.gradient()));
        let cofactors = match inv(a) {
            Ok(inverse) => Ok(transposed(inverse) * per_matrix(reverse.output())),
            Err(_) => cofactors_of_singular(a),
        };
        match cofactors {
            Ok(cofactors) => reverse.add(0, cofactors * gradient),
            Err(_) => not_a_number(reverse),
        }
    }
}

/// A number per matrix, as matrices of one element.
fn per_matrix<T: Real>(x: Var<'_, T>) -> Var<'_, T> {
    let rank = x.rank();
    x.unsqueeze(rank).unsqueeze(rank)
}

/// U·diag(∏ⱼ≠ᵢ sⱼ)·Vᵀ·det(U·Vᵀ), which divides by nothing.
fn cofactors_of_singular<T: Real>(a: Var<'_, T>) -> Result<Var<'_, T>, LinalgError> {
    let factors = svd(a)?;
    let rotation = factors.u.matmul(factors.vt).value();
    let sign = a.tape().constant(&linalg::det(&rotation)?.sign());
    // The values again for each of them, which is left out of its row.
    let (rank, order) = (factors.s.rank(), a.shape()[a.rank() - 1]);
    let rows =
        factors.s.unsqueeze(rank - 1).masked_fill(&Tensor::<T>::eye(order).not_equal(T::zero()), T::one());
    let others = rows.prod_axes(&[rank]);
    Ok(scale_columns(factors.u, others).matmul(factors.vt) * per_matrix(sign))
}

/// The determinants of square matrices, one per matrix, as [`gradus_tensor::linalg::det`].
///
/// # Errors
/// When the matrices are not square or not finite.
pub fn det<T: Real>(a: Var<'_, T>) -> Result<Var<'_, T>, LinalgError> {
    record(Determinant, [a])
}

struct LogAbsDeterminant;

impl<T: Real> Routine<T> for LogAbsDeterminant {
    fn name(&self) -> &'static str {
        "slogdet"
    }

    fn answer(&self, inputs: &[&Tensor<T>]) -> Result<Tensor<T>, LinalgError> {
        Ok(linalg::slogdet(inputs[0])?.log_abs)
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        match inv(reverse.input(0)) {
            Ok(inverse) => reverse.add(0, transposed(inverse) * per_matrix(reverse.gradient())),
            Err(_) => not_a_number(reverse),
        }
    }
}

/// A determinant as sign·exp(log_abs), one per matrix.
#[derive(Clone, Debug)]
pub struct LogDet<'t, T: Real> {
    /// 1, −1, or 0 for a singular matrix; it has no gradient.
    pub sign: Tensor<T>,
    /// ln |det A|, −∞ for a singular matrix.
    pub log_abs: Var<'t, T>,
}

/// The signs and logarithms of the determinants of square matrices, as [`gradus_tensor::linalg::slogdet`].
///
/// # Errors
/// When the matrices are not square or not finite.
pub fn slogdet<T: Real>(a: Var<'_, T>) -> Result<LogDet<'_, T>, LinalgError> {
    Ok(LogDet { sign: linalg::slogdet(&a.value())?.sign, log_abs: record(LogAbsDeterminant, [a])? })
}
