//! Dense linear algebra in `f64`, by the pure-Rust library nalgebra (feature `linalg`).

use nalgebra::{DMatrix, DVector, SymmetricEigen};

use crate::{LinalgError, Tensor};

/// Sweeps of the QR iteration per eigenvalue before it is given up; some two to three are usual.
const SWEEPS_PER_EIGENVALUE: usize = 100;

/// A symmetric matrix as orthonormal eigenvectors and eigenvalues.
#[derive(Clone, Debug)]
pub struct Eigh {
    /// The eigenvalues in ascending order, shape `[n]`.
    pub values: Tensor<f64>,
    /// The eigenvectors, shape `[n, n]`; column `j` belongs to value `j`.
    pub vectors: Tensor<f64>,
}

fn square(routine: &'static str, a: &Tensor<f64>) -> Result<DMatrix<f64>, LinalgError> {
    let shape = a.shape();
    if a.rank() != 2 || shape[0] != shape[1] {
        return Err(LinalgError::NotSquare { routine, shape });
    }
    let n = shape[0];
    let elements = a.to_vec();
    if let Some(i) = crate::vector::first_non_finite(&elements) {
        return Err(LinalgError::NotFinite { routine, row: i / n, column: i % n, value: elements[i] });
    }
    Ok(DMatrix::from_row_slice(n, n, &elements))
}

/// The eigenvalues of a symmetric matrix in ascending order. Only the lower triangle matters,
/// but every element must be finite.
///
/// # Errors
/// When the matrix is not square or not finite.
pub fn eigvalsh(a: &Tensor<f64>) -> Result<Vec<f64>, LinalgError> {
    let matrix = square("eigvalsh", a)?;
    // nalgebra refuses the empty matrix.
    if matrix.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = matrix.symmetric_eigenvalues().as_slice().to_vec();
    values.sort_by(f64::total_cmp);
    Ok(values)
}

/// The eigen-decomposition A = V·diag(values)·Vᵀ of a symmetric matrix. Only the lower triangle matters,
/// but every element must be finite.
///
/// # Errors
/// When the matrix is not square or not finite, or the QR iteration does not converge.
pub fn eigh(a: &Tensor<f64>) -> Result<Eigh, LinalgError> {
    let matrix = square("eigh", a)?;
    let order = matrix.nrows();
    if order == 0 {
        // nalgebra panics on it.
        return Ok(Eigh { values: Tensor::zeros([0]), vectors: Tensor::zeros([0, 0]) });
    }
    let SymmetricEigen { eigenvalues, eigenvectors } =
        SymmetricEigen::try_new(matrix, f64::EPSILON, SWEEPS_PER_EIGENVALUE * order)
            .ok_or(LinalgError::NoConvergence { routine: "eigh", order })?;
    let mut rank: Vec<usize> = (0..order).collect();
    rank.sort_by(|&i, &j| eigenvalues[i].total_cmp(&eigenvalues[j]));
    Ok(Eigh {
        values: Tensor::from_fn([order], |i| eigenvalues[rank[i]]),
        vectors: Tensor::from_fn([order, order], |i| eigenvectors[(i / order, rank[i % order])]),
    })
}

/// The solution of A·x = b for a symmetric positive definite A, by Cholesky.
///
/// # Errors
/// When the matrix is not square, not finite or not positive definite.
///
/// # Panics
/// When `b` is not a vector of matching length.
#[track_caller]
pub fn solve_positive_definite(a: &Tensor<f64>, b: &Tensor<f64>) -> Result<Tensor<f64>, LinalgError> {
    const ROUTINE: &str = "solve_positive_definite";
    let matrix = square(ROUTINE, a)?;
    let order = matrix.nrows();
    assert!(
        b.rank() == 1 && b.len() == order,
        "{ROUTINE}: matrix {}, right-hand side {}",
        a.shape(),
        b.shape()
    );
    let factor = matrix.cholesky().ok_or(LinalgError::NotPositiveDefinite { routine: ROUTINE, order })?;
    Ok(Tensor::vector(factor.solve(&DVector::from_vec(b.to_vec())).as_slice()))
}

/// A matrix with orthonormal rows, `[n, d]` with n ≤ d: the rows of a Gaussian matrix, orthonormalised.
///
/// # Panics
/// When `gaussian` is not a matrix with at least as many columns as rows.
#[track_caller]
pub fn orthonormal_rows(gaussian: &Tensor<f64>) -> Tensor<f64> {
    let shape = gaussian.shape();
    assert!(
        gaussian.rank() == 2 && shape[0] <= shape[1],
        "orthonormal_rows: shape {shape} has more rows than columns"
    );
    let columns = DMatrix::from_column_slice(shape[1], shape[0], &gaussian.to_vec());
    let q = columns.qr().q();
    Tensor::vector(q.as_slice()).reshape(shape)
}
