//! LU with partial pivoting: general square systems, inverses and determinants.

use nalgebra::{DMatrix, DVector, Dyn, LU};

use super::matrices::{Matrices, Place, collect, row_major};
use crate::{LinalgError, Real, Tensor};

fn factorise(a: DMatrix<f64>, place: Place<'_>) -> Result<LU<f64, Dyn, Dyn>, LinalgError> {
    let factor = a.lu();
    match pivots(&factor).iter().position(|&pivot| pivot == 0.0) {
        None => Ok(factor),
        Some(pivot) => Err(place.singular(pivot)),
    }
}

fn pivots(factor: &LU<f64, Dyn, Dyn>) -> DVector<f64> {
    factor.u().diagonal()
}

fn solve_with(factor: &LU<f64, Dyn, Dyn>, mut b: DMatrix<f64>) -> DMatrix<f64> {
    // nalgebra panics on a system of order 0.
    let solved = b.is_empty() || factor.solve_mut(&mut b);
    debug_assert!(solved, "the pivots were checked");
    b
}

/// The solution of A·x = b for square matrices `[..., n, n]`, by LU with partial pivoting. `b` is a vector `[n]` or
/// matrices `[..., n, k]`; leading axes broadcast.
///
/// Only a pivot that is exactly 0 makes a matrix singular here. Rounding hides most singular matrices, and the solution
/// is then large and meaningless: [`cond`](super::cond) tells.
///
/// # Errors
/// When the matrices are not square, not finite or singular.
///
/// # Panics
/// When the shapes do not fit.
#[track_caller]
pub fn solve<T: Real>(a: &Tensor<T>, b: &Tensor<T>) -> Result<Tensor<T>, LinalgError> {
    let a = Matrices::square("solve", a)?;
    a.solve(b, a.columns, factorise, solve_with)
}

/// The inverses of square matrices `[..., n, n]`. To solve a system, [`solve`] takes a third of the time and is more
/// accurate.
///
/// # Errors
/// When the matrices are not square, not finite or singular (see [`solve`]).
pub fn inv<T: Real>(a: &Tensor<T>) -> Result<Tensor<T>, LinalgError> {
    let a = Matrices::square("inv", a)?;
    let order = a.rows;
    let inverses =
        a.map(|a, place| Ok(solve_with(&factorise(a, place)?, DMatrix::identity(order, order))))?;
    Ok(collect(a.with_batch(&[order, order]), inverses.iter().flat_map(row_major)))
}

/// −1 for an odd number of exchanged rows, else 1.
fn parity(factor: &LU<f64, Dyn, Dyn>) -> f64 {
    factor.p().determinant()
}

/// The determinants of square matrices `[..., n, n]`, one per matrix. They leave the range of the type easily:
/// [`slogdet`] does not.
///
/// # Errors
/// When the matrices are not square or not finite.
pub fn det<T: Real>(a: &Tensor<T>) -> Result<Tensor<T>, LinalgError> {
    let a = Matrices::square("det", a)?;
    let determinants = a.map(|a, _| {
        let factor = a.lu();
        Ok(pivots(&factor).iter().fold(parity(&factor), |product, pivot| product * pivot))
    })?;
    Ok(collect(a.batch, determinants))
}

/// A determinant as sign·exp(log_abs), one per matrix.
#[derive(Clone, Debug)]
pub struct LogDet<T: Real> {
    /// 1, −1, or 0 for a singular matrix.
    pub sign: Tensor<T>,
    /// ln |det A|, −∞ for a singular matrix.
    pub log_abs: Tensor<T>,
}

/// The signs and logarithms of the determinants of square matrices `[..., n, n]`.
///
/// # Errors
/// When the matrices are not square or not finite.
pub fn slogdet<T: Real>(a: &Tensor<T>) -> Result<LogDet<T>, LinalgError> {
    let a = Matrices::square("slogdet", a)?;
    let determinants = a.map(|a, _| {
        let factor = a.lu();
        let pivots = pivots(&factor);
        let sign = pivots
            .iter()
            .fold(parity(&factor), |sign, &pivot| if pivot == 0.0 { 0.0 } else { sign * pivot.signum() });
        let log_abs: f64 = pivots.iter().map(|pivot| pivot.abs().ln()).sum();
        // −0 is what an empty sum gives.
        Ok((sign, if sign == 0.0 { f64::NEG_INFINITY } else { log_abs + 0.0 }))
    })?;
    let (sign, log_abs): (Vec<_>, Vec<_>) = determinants.into_iter().unzip();
    Ok(LogDet { sign: collect(a.batch, sign), log_abs: collect(a.batch, log_abs) })
}
