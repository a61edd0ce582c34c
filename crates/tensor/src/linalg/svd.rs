//! Singular values, and what they tell: rank and condition.
//!
//! nalgebra 0.35 has an SVD, but its QR iteration loses singular values of rank-deficient matrices: that of
//! `Tensor::ones([5, 3])` rebuilds a matrix that is off by as much as its elements. See `jacobi`.

use nalgebra::DMatrix;

use super::jacobi::Rotated;
use super::matrices::{Matrices, Place, collect, row_major};
use crate::{LinalgError, Real, Tensor};

/// Matrices as A = U·diag(s)·Vᵀ, with k = min(m, n) singular values: the thin form.
///
/// The singular values are unique; a pair of singular vectors is up to its common sign, where the value is simple and
/// not 0.
#[derive(Clone, Debug)]
pub struct Svd<T: Real> {
    /// Orthonormal columns, `[..., m, k]`.
    pub u: Tensor<T>,
    /// The singular values in descending order, `[..., k]`.
    pub s: Tensor<T>,
    /// Orthonormal rows, `[..., k, n]`.
    pub vt: Tensor<T>,
}

/// The singular values of one matrix times `scale`, in descending order: those of huge matrices may be out of range.
pub(super) struct Values {
    pub(super) scaled: Vec<f64>,
    pub(super) scale: f64,
}

impl Values {
    fn of(rotated: &Rotated) -> Self {
        Self { scaled: rotated.scaled_values(), scale: rotated.scale }
    }

    pub(super) fn unscaled(&self) -> impl Iterator<Item = f64> + '_ {
        self.scaled.iter().map(|value| value / self.scale)
    }

    /// The number of values above `cutoff` times the largest one.
    pub(super) fn rank(&self, cutoff: f64) -> usize {
        self.scaled.iter().take_while(|&&value| value > cutoff * self.scaled[0]).count()
    }
}

/// U, s and V of one matrix.
pub(super) struct Factors {
    pub(super) u: DMatrix<f64>,
    pub(super) s: Values,
    pub(super) v: DMatrix<f64>,
}

pub(super) fn decompose(a: DMatrix<f64>, place: Place<'_>) -> Result<Factors, LinalgError> {
    if a.nrows() < a.ncols() {
        let Factors { u, s, v } = decompose(a.transpose(), place)?;
        return Ok(Factors { u: v, s, v: u });
    }
    let rotated = Rotated::new(a, place)?;
    let s = Values::of(&rotated);
    let (u, v) = rotated.into_vectors();
    Ok(Factors { u, s, v })
}

/// The thin singular value decompositions of matrices `[..., m, n]`. Residuals are a small multiple of the rounding of
/// the largest singular value. Those beyond the range of the type are infinite.
///
/// # Errors
/// When there are fewer than two axes, an element is not finite, or an iteration does not converge.
pub fn svd<T: Real>(a: &Tensor<T>) -> Result<Svd<T>, LinalgError> {
    let a = Matrices::finite("svd", a)?;
    let (m, n, k) = (a.rows, a.columns, a.rows.min(a.columns));
    let all = a.map(decompose)?;
    Ok(Svd {
        u: collect(a.with_batch(&[m, k]), all.iter().flat_map(|one| row_major(&one.u))),
        s: collect(a.with_batch(&[k]), all.iter().flat_map(|one| one.s.unscaled())),
        vt: collect(a.with_batch(&[k, n]), all.iter().flat_map(|one| one.v.iter().copied())),
    })
}

fn values(a: &Matrices) -> Result<Vec<Values>, LinalgError> {
    a.map(|a, place| {
        let tall = if a.nrows() < a.ncols() { a.transpose() } else { a };
        Ok(Values::of(&Rotated::new(tall, place)?))
    })
}

/// The singular values of matrices `[..., m, n]` in descending order, `[..., min(m, n)]`: those of [`svd`].
///
/// # Errors
/// As [`svd`].
pub fn svdvals<T: Real>(a: &Tensor<T>) -> Result<Tensor<T>, LinalgError> {
    let a = Matrices::finite("svdvals", a)?;
    let all = values(&a)?;
    Ok(collect(a.with_batch(&[a.rows.min(a.columns)]), all.iter().flat_map(Values::unscaled)))
}

/// How small a singular value counts as 0, relative to the largest one: `rcond`, or by default max(m, n)·ε of the type.
pub(super) fn relative_cutoff<T: Real>(
    routine: &'static str,
    a: &Matrices,
    rcond: Option<f64>,
) -> Result<f64, LinalgError> {
    match rcond {
        None => Ok(a.rows.max(a.columns) as f64 * T::EPSILON.to_f64()),
        Some(rcond) if rcond >= 0.0 => Ok(rcond),
        Some(rcond) => Err(LinalgError::InvalidTolerance { routine, rcond }),
    }
}

/// The numerical ranks of matrices `[..., m, n]`: the numbers of singular values above `rcond` times the largest one,
/// by default max(m, n)·ε as NumPy's `matrix_rank`.
///
/// # Errors
/// As [`svd`], and when `rcond` is negative or NaN.
pub fn matrix_rank<T: Real>(a: &Tensor<T>, rcond: Option<f64>) -> Result<Tensor<usize>, LinalgError> {
    const ROUTINE: &str = "matrix_rank";
    let a = Matrices::finite(ROUTINE, a)?;
    let cutoff = relative_cutoff::<T>(ROUTINE, &a, rcond)?;
    let all = values(&a)?;
    Ok(Tensor::from_fn(a.batch, |i| all[i].rank(cutoff)))
}

/// The condition numbers of matrices `[..., m, n]` in the 2-norm: the largest singular value over the smallest one, ∞
/// where that is 0 (and 0 for a matrix without elements).
///
/// # Errors
/// As [`svd`].
pub fn cond<T: Real>(a: &Tensor<T>) -> Result<Tensor<T>, LinalgError> {
    let a = Matrices::finite("cond", a)?;
    let all = values(&a)?;
    let ratio = |values: Values| match (values.scaled.first(), values.scaled.last()) {
        (Some(_), Some(0.0)) => f64::INFINITY,
        (Some(largest), Some(smallest)) => largest / smallest,
        _ => 0.0,
    };
    Ok(collect(a.batch, all.into_iter().map(ratio)))
}
