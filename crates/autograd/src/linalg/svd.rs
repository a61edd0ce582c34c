//! Singular values, A = U·diag(s)·Vᵀ: with K(X) = F∘(X − Xᵀ), Fᵢⱼ = 1/(sⱼ² − sᵢ²), 0 where equal,
//!
//! gA = U·(K(Uᵀ·gU)·S + S·K(Vᵀ·gV) + diag(gs))·Vᵀ + (1 − U·Uᵀ)·gU·S⁻¹·Vᵀ + U·S⁻¹·gVᵀ·(1 − V·Vᵀ).

use gradus_tensor::{LinalgError, Real, Shape, Tensor, linalg};

use super::routine::{Pack, Routine, differences, reciprocal_or_zero, record, scale_columns};
use crate::ops::transposed;
use crate::{Reverse, Var};

/// U, s and Vᵀ of the thin form, packed.
struct Decomposition;

fn pack(shape: Shape) -> Pack {
    let [rows, columns] = [shape[shape.rank() - 2], shape[shape.rank() - 1]];
    let inner = rows.min(columns);
    Pack::new(shape, &[&[rows, inner], &[inner], &[inner, columns]])
}

impl<T: Real> Routine<T> for Decomposition {
    fn name(&self) -> &'static str {
        "svd"
    }

    fn answer(&self, inputs: &[&Tensor<T>]) -> Result<Tensor<T>, LinalgError> {
        let linalg::Svd { u, s, vt } = linalg::svd(inputs[0])?;
        Ok(pack(inputs[0].shape()).pack(&[&u, &s, &vt]))
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let shape = reverse.input(0).shape();
        let (rows, columns) = (shape[shape.rank() - 2], shape[shape.rank() - 1]);
        let pack = pack(shape);
        let [u, s, vt] = pack.unpack(reverse.output());
        let [gu, gs, gvt] = pack.unpack(reverse.gradient());
        let (ut, v, gv) = (transposed(u), transposed(vt), transposed(gvt));
        let f = reciprocal_or_zero(differences(s.square()));
        let [of_u, of_v] = [ut.matmul(gu), vt.matmul(gv)].map(|product| f * (product - transposed(product)));
        // diag(s)·K = (Kᵀ·diag(s))ᵀ.
        let inner = scale_columns(of_u, s) + transposed(scale_columns(transposed(of_v), s));
        let mut left = u.matmul(inner) + scale_columns(u, gs);
        let inverse = reciprocal_or_zero(s);
        if rows > columns {
            let outside = gu - u.matmul(ut.matmul(gu));
            left = left + scale_columns(outside, inverse);
        }
        let mut contribution = left.matmul(vt);
        if columns > rows {
            let outside = gvt - gvt.matmul(v).matmul(vt);
            contribution = contribution + scale_columns(u, inverse).matmul(outside);
        }
        reverse.add(0, contribution);
    }
}

/// Matrices as A = U·diag(s)·Vᵀ, with k = min(m, n) singular values: the thin form.
#[derive(Clone, Copy, Debug)]
pub struct Svd<'t, T: Real> {
    /// Orthonormal columns, `[..., m, k]`. A loss should not depend on the signs of a pair of vectors.
    pub u: Var<'t, T>,
    /// The singular values in descending order, `[..., k]`.
    pub s: Var<'t, T>,
    /// Orthonormal rows, `[..., k, n]`.
    pub vt: Var<'t, T>,
}

/// The thin singular value decompositions of matrices `[..., m, n]`, as [`gradus_tensor::linalg::svd`].
///
/// Vectors of repeated singular values, and of the value 0, have no derivative; the part of their gradient that mixes
/// them is left out, which is right for whatever depends on the values alone.
///
/// # Errors
/// When there are fewer than two axes, an element is not finite, or an iteration does not converge.
pub fn svd<T: Real>(a: Var<'_, T>) -> Result<Svd<'_, T>, LinalgError> {
    let packed = record(Decomposition, [a])?;
    let [u, s, vt] = pack(a.shape()).unpack(packed);
    Ok(Svd { u, s, vt })
}

/// The singular values of matrices `[..., m, n]` in descending order, `[..., min(m, n)]`: those of [`svd`].
///
/// # Errors
/// As [`svd`].
pub fn svdvals<T: Real>(a: Var<'_, T>) -> Result<Var<'_, T>, LinalgError> {
    Ok(svd(a)?.s)
}

/// The condition numbers of matrices `[..., m, n]` in the 2-norm: the largest singular value over the smallest one.
///
/// # Errors
/// As [`svd`].
///
/// # Panics
/// When the matrices have no elements.
#[track_caller]
pub fn cond<T: Real>(a: Var<'_, T>) -> Result<Var<'_, T>, LinalgError> {
    let s = svdvals(a)?;
    let (axis, shape) = (s.rank() - 1, a.shape());
    let count = s.shape()[axis];
    assert!(count > 0, "cond: matrices of shape {shape} have no singular values");
    Ok(s.select(axis, 0) / s.select(axis, count - 1))
}
