//! Least squares and pseudo-inverses by singular values: the minimum-norm answers, whatever the rank.

use nalgebra::DMatrix;

use super::matrices::{Matrices, collect, row_major};
use super::svd::{Factors, decompose, relative_cutoff};
use crate::{LinalgError, Real, Tensor};

/// What [`lstsq`] finds.
#[derive(Clone, Debug)]
pub struct LeastSquares<T: Real> {
    /// The x of the least ‖x‖ among those of the least ‖A·x − b‖: `[..., n]` for a vector b, else `[..., n, k]`.
    pub solution: Tensor<T>,
    /// The numerical ranks of the matrices, `[...]`.
    pub rank: Tensor<usize>,
    /// The singular values of the matrices in descending order, `[..., min(m, n)]`.
    pub singular_values: Tensor<T>,
}

impl Factors {
    /// The pseudo-inverse times `b`: V·diag(1/s)·Uᵀ·b over the singular values that count.
    fn pseudo_solve(&self, b: &DMatrix<f64>, cutoff: f64) -> DMatrix<f64> {
        let rank = self.s.rank(cutoff);
        let mut coefficients = self.u.columns(0, rank).transpose() * b;
        for (mut row, &value) in coefficients.row_iter_mut().zip(&self.s.scaled) {
            row.apply(|x| *x = *x / value * self.s.scale);
        }
        self.v.columns(0, rank) * coefficients
    }
}

/// The least-squares solution of A·x ≈ b for matrices `[..., m, n]` of any shape and rank: of all x that make
/// ‖A·x − b‖ least, the one of the least ‖x‖. `b` is a vector `[m]` or matrices `[..., m, k]`; leading axes broadcast.
///
/// Singular values of at most `rcond` times the largest one count as 0; by default max(m, n)·ε, as NumPy's.
///
/// # Errors
/// When there are fewer than two axes, an element of a matrix is not finite, `rcond` is negative or NaN, or an
/// iteration does not converge.
///
/// # Panics
/// When the shapes do not fit.
#[track_caller]
pub fn lstsq<T: Real>(
    a: &Tensor<T>,
    b: &Tensor<T>,
    rcond: Option<f64>,
) -> Result<LeastSquares<T>, LinalgError> {
    const ROUTINE: &str = "lstsq";
    let a = Matrices::finite(ROUTINE, a)?;
    let cutoff = relative_cutoff::<T>(ROUTINE, &a, rcond)?;
    let all = a.map(decompose)?;
    let solution = a.solve(
        b,
        a.columns,
        |_, place| Ok(place.position),
        |&position, b| all[position].pseudo_solve(&b, cutoff),
    )?;
    Ok(LeastSquares {
        solution,
        rank: Tensor::from_fn(a.batch, |i| all[i].s.rank(cutoff)),
        singular_values: collect(
            a.with_batch(&[a.rows.min(a.columns)]),
            all.iter().flat_map(|one| one.s.unscaled()),
        ),
    })
}

/// The Moore–Penrose pseudo-inverses, `[..., n, m]`, of matrices `[..., m, n]`.
///
/// Singular values of at most `rcond` times the largest one count as 0; by default max(m, n)·ε of the type. (NumPy's
/// default is 1e-15 for both types, which keeps the rounding of large matrices and of all in `f32`.)
///
/// # Errors
/// When there are fewer than two axes, an element is not finite, `rcond` is negative or NaN, or an iteration does not
/// converge.
pub fn pinv<T: Real>(a: &Tensor<T>, rcond: Option<f64>) -> Result<Tensor<T>, LinalgError> {
    const ROUTINE: &str = "pinv";
    let a = Matrices::finite(ROUTINE, a)?;
    let cutoff = relative_cutoff::<T>(ROUTINE, &a, rcond)?;
    let identity = DMatrix::identity(a.rows, a.rows);
    let inverses = a.map(|a, place| Ok(decompose(a, place)?.pseudo_solve(&identity, cutoff)))?;
    Ok(collect(a.with_batch(&[a.columns, a.rows]), inverses.iter().flat_map(row_major)))
}
