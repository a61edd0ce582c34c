//! Derivatives of dense linear algebra (feature `linalg`): the routines of [`gradus_tensor::linalg`] under the same
//! names, for matrices in the last two axes, with the same errors.
//!
//! Rules are written with variables, so derivatives of every order exist. The formulas are those of M. Giles, *Collected
//! matrix derivative results for forward and reverse mode algorithmic differentiation* (2008), for QR of wide matrices and
//! singular vectors those of PyTorch.
//!
//! | routine | where the derivative is not defined | what is returned there |
//! | --- | --- | --- |
//! | [`solve`], [`inv`], [`cholesky`], … | singular (not definite) matrices | an error, as without derivatives |
//! | [`det`] | – | singular matrices have the gradient of cofactors; derivatives of order 2 need rank n − 1 |
//! | [`slogdet`] | singular matrices | NaN |
//! | [`eigh`] | vectors of repeated eigenvalues | the part of the gradient that mixes them is left out |
//! | [`svd`] | vectors of repeated singular values, or of the value 0 | the part of the gradient that mixes them is left out |
//! | [`qr`] | linearly dependent leading columns | NaN |
//! | [`pinv`], [`lstsq`] | a change of rank | the derivative at constant rank |
//!
//! What depends on eigenvalues or singular values through symmetric functions alone is differentiated correctly where
//! they repeat. The routines on symmetric matrices read one triangle; their gradient is symmetric, as PyTorch's: that of
//! the function of (A + Aᵀ)/2.

mod cholesky;
mod determinant;
mod eigh;
mod inverse;
mod least_squares;
mod qr;
mod routine;
mod solve;
mod svd;

pub use self::cholesky::{cholesky, solve_positive_definite};
pub use self::determinant::{LogDet, det, slogdet};
pub use self::eigh::{Eigh, eigh, eigvalsh};
pub use self::inverse::inv;
pub use self::least_squares::{lstsq, pinv};
pub use self::qr::{Qr, qr};
pub use self::solve::{solve, solve_triangular};
pub use self::svd::{Svd, cond, svd, svdvals};
pub use gradus_tensor::linalg::Triangle;
