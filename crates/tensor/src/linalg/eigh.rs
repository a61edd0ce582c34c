//! Eigenvalues and eigenvectors of symmetric matrices.

use nalgebra::{DMatrix, SymmetricEigen};

use super::matrices::{Matrices, Place, collect, row_major};
use crate::{LinalgError, Real, Tensor};

/// Sweeps of the QR iteration per eigenvalue before it is given up; some two to three are usual.
const SWEEPS_PER_EIGENVALUE: usize = 100;

/// Symmetric matrices as orthonormal eigenvectors and eigenvalues: A = V·diag(values)·Vᵀ.
#[derive(Clone, Debug)]
pub struct Eigh<T: Real> {
    /// The eigenvalues in ascending order, `[..., n]`.
    pub values: Tensor<T>,
    /// The eigenvectors, `[..., n, n]`; column `j` belongs to value `j`. Unique up to the sign where the value is
    /// simple.
    pub vectors: Tensor<T>,
}

/// Below this fraction of the largest element, an element is taken for 0. The rotations of nalgebra square elements, and
/// those of a graded matrix become NaN by underflow; what this changes is 10²⁴ times smaller than rounding.
const NEGLIGIBLE: f64 = 1e-40;

fn without_negligible(mut a: DMatrix<f64>) -> DMatrix<f64> {
    let least = NEGLIGIBLE * a.amax();
    a.apply(|x| {
        if x.abs() < least {
            *x = 0.0;
        }
    });
    a
}

fn values(a: DMatrix<f64>) -> Vec<f64> {
    // nalgebra panics on the empty matrix, here and below.
    if a.is_empty() {
        return Vec::new();
    }
    let mut values = without_negligible(a).symmetric_eigenvalues().as_slice().to_vec();
    values.sort_by(f64::total_cmp);
    values
}

/// The eigenvalues in ascending order and the matrix of eigenvectors.
pub(super) fn decompose(a: DMatrix<f64>, place: Place<'_>) -> Result<(Vec<f64>, DMatrix<f64>), LinalgError> {
    let order = a.nrows();
    if order == 0 {
        return Ok((Vec::new(), a));
    }
    let SymmetricEigen { eigenvalues, eigenvectors } =
        SymmetricEigen::try_new(without_negligible(a), f64::EPSILON, SWEEPS_PER_EIGENVALUE * order)
            .ok_or_else(|| place.no_convergence())?;
    let mut rank: Vec<usize> = (0..order).collect();
    rank.sort_by(|&i, &j| eigenvalues[i].total_cmp(&eigenvalues[j]));
    let values = rank.iter().map(|&i| eigenvalues[i]).collect();
    Ok((values, eigenvectors.select_columns(&rank)))
}

/// The eigenvalues of symmetric matrices `[..., n, n]` in ascending order, `[..., n]`. Only the lower triangle matters,
/// but every element must be finite. Elements below 1e-40 of the largest one count as 0.
///
/// # Errors
/// When the matrices are not square or not finite.
pub fn eigvalsh<T: Real>(a: &Tensor<T>) -> Result<Tensor<T>, LinalgError> {
    let a = Matrices::square("eigvalsh", a)?;
    let all = a.map(|a, _| Ok(values(a)))?;
    Ok(collect(a.with_batch(&[a.rows]), all.into_iter().flatten()))
}

/// The eigen-decompositions of symmetric matrices `[..., n, n]`. Only the lower triangle matters, but every element
/// must be finite. Elements below 1e-40 of the largest one count as 0.
///
/// # Errors
/// When the matrices are not square or not finite, or the QR iteration does not converge.
pub fn eigh<T: Real>(a: &Tensor<T>) -> Result<Eigh<T>, LinalgError> {
    let a = Matrices::square("eigh", a)?;
    let all = a.map(decompose)?;
    Ok(Eigh {
        values: collect(a.with_batch(&[a.rows]), all.iter().flat_map(|(values, _)| values.iter().copied())),
        vectors: collect(
            a.with_batch(&[a.rows, a.rows]),
            all.iter().flat_map(|(_, vectors)| row_major(vectors)),
        ),
    })
}
