//! QR by Householder reflections.

use nalgebra::DMatrix;

use super::matrices::{Matrices, collect, row_major, scale};
use crate::{LinalgError, Real, Tensor};

/// Matrices as A = Q·R: Q has orthonormal columns, R is upper triangular with a diagonal of at least 0. Both are unique
/// (in the reduced form) where the first min(m, n) columns of A are linearly independent.
#[derive(Clone, Debug)]
pub struct Qr<T: Real> {
    /// `[..., m, k]`, with k = min(m, n) in the reduced form and k = m in the complete one.
    pub q: Tensor<T>,
    /// `[..., k, n]`.
    pub r: Tensor<T>,
}

fn decompose<T: Real>(routine: &'static str, a: &Tensor<T>, complete: bool) -> Result<Qr<T>, LinalgError> {
    let a = Matrices::finite(routine, a)?;
    let (m, n) = (a.rows, a.columns);
    let k = if complete { m } else { m.min(n) };
    let factors = a.map(|a, _| {
        let scale = scale(&a);
        let factor = (a * scale).qr();
        let q = if complete {
            let mut transposed = DMatrix::identity(m, m);
            factor.q_tr_mul(&mut transposed);
            transposed.transpose()
        } else {
            factor.q()
        };
        Ok((q, (factor.unpack_r() / scale).resize_vertically(k, 0.0)))
    })?;
    Ok(Qr {
        q: collect(a.with_batch(&[m, k]), factors.iter().flat_map(|(q, _)| row_major(q))),
        r: collect(a.with_batch(&[k, n]), factors.iter().flat_map(|(_, r)| row_major(r))),
    })
}

/// The reduced QR decompositions of matrices `[..., m, n]`: Q is m × min(m, n), R min(m, n) × n.
///
/// # Errors
/// When there are fewer than two axes, or an element is not finite.
pub fn qr<T: Real>(a: &Tensor<T>) -> Result<Qr<T>, LinalgError> {
    decompose("qr", a, false)
}

/// The complete QR decompositions of matrices `[..., m, n]`: Q is m × m, R m × n.
///
/// # Errors
/// When there are fewer than two axes, or an element is not finite.
pub fn qr_complete<T: Real>(a: &Tensor<T>) -> Result<Qr<T>, LinalgError> {
    decompose("qr_complete", a, true)
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
