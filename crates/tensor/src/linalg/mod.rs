//! Dense linear algebra (feature `linalg`) by the pure-Rust library nalgebra.
//!
//! Matrices stand in the last two axes; leading axes are a batch, and every routine answers for each matrix of it.
//! Both element types are computed in `f64`, and an `f32` result is rounded once at the end: there is one instance of
//! each factorisation to compile, and residuals of `f32` matrices are those of rounding the answer.
//!
//! What a matrix cannot give (a singular one its inverse) is a [`LinalgError`](crate::LinalgError) with the place;
//! operands that do not fit together are bugs and panic at the caller's line. An infinite or NaN element of the matrix
//! is an error, one of a right-hand side passes into the solution.

mod cholesky;
mod eigh;
mod jacobi;
mod least_squares;
mod lu;
mod matrices;
mod qr;
mod svd;
mod triangular;

pub use self::cholesky::{cholesky, solve_positive_definite};
pub use self::eigh::{Eigh, eigh, eigvalsh};
pub use self::least_squares::{LeastSquares, lstsq, pinv};
pub use self::lu::{LogDet, det, inv, slogdet, solve};
pub use self::qr::{Qr, orthonormal_rows, qr, qr_complete};
pub use self::svd::{Svd, cond, matrix_rank, svd, svdvals};
pub use self::triangular::{Triangle, solve_triangular};
