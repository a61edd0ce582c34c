//! Cholesky: symmetric positive definite matrices as L·Lᵀ.

use nalgebra::{Cholesky, DMatrix, Dyn};

use super::matrices::{Matrices, Place, collect, row_major};
use crate::{LinalgError, Real, Tensor};

fn factorise(a: DMatrix<f64>, place: Place<'_>) -> Result<Cholesky<f64, Dyn>, LinalgError> {
    // nalgebra says only that it failed. Column j of a factor depends on the leading minor of order j + 1 alone, so the
    // minors that succeed are those before the first that fails.
    let fails = |order: usize| a.view((0, 0), (order, order)).into_owned().cholesky().is_none();
    a.clone().cholesky().ok_or_else(|| {
        let (mut definite, mut failing) = (0, a.nrows());
        while failing - definite > 1 {
            let middle = definite.midpoint(failing);
            if fails(middle) {
                failing = middle;
            } else {
                definite = middle;
            }
        }
        place.not_positive_definite(failing)
    })
}

/// The lower triangular L with positive diagonal of A = L·Lᵀ for symmetric positive definite matrices `[..., n, n]`. It
/// is unique. Only the lower triangle matters, but every element must be finite.
///
/// # Errors
/// When the matrices are not square, not finite or not positive definite.
pub fn cholesky<T: Real>(a: &Tensor<T>) -> Result<Tensor<T>, LinalgError> {
    let a = Matrices::square("cholesky", a)?;
    let factors = a.map(|a, place| Ok(factorise(a, place)?.unpack()))?;
    Ok(collect(a.with_batch(&[a.rows, a.columns]), factors.iter().flat_map(row_major)))
}

/// The solution of A·x = b for symmetric positive definite matrices `[..., n, n]`, by Cholesky: half the work of
/// [`solve`](super::solve). `b` is a vector `[n]` or matrices `[..., n, k]`; leading axes broadcast.
///
/// # Errors
/// When the matrices are not square, not finite or not positive definite.
///
/// # Panics
/// When the shapes do not fit.
#[track_caller]
pub fn solve_positive_definite<T: Real>(a: &Tensor<T>, b: &Tensor<T>) -> Result<Tensor<T>, LinalgError> {
    let a = Matrices::square("solve_positive_definite", a)?;
    a.solve(b, a.columns, factorise, |factor, b| factor.solve(&b))
}
