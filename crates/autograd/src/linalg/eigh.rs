//! Symmetric eigenproblems, A = V·Λ·Vᵀ: gA = sym(V·(diag(gλ) + F∘(Vᵀ·gV))·Vᵀ) with Fᵢⱼ = 1/(λⱼ − λᵢ), 0 where equal.

use gradus_tensor::{LinalgError, Real, Shape, Tensor, linalg};

use super::routine::{Pack, Routine, differences, reciprocal_or_zero, record, scale_columns, symmetric};
use crate::ops::transposed;
use crate::{Reverse, Var};

/// Eigenvalues and eigenvectors, packed.
struct Decomposition;

fn pack(shape: Shape) -> Pack {
    let order = shape[shape.rank() - 1];
    Pack::new(shape, &[&[order], &[order, order]])
}

impl<T: Real> Routine<T> for Decomposition {
    fn name(&self) -> &'static str {
        "eigh"
    }

    fn answer(&self, inputs: &[&Tensor<T>]) -> Result<Tensor<T>, LinalgError> {
        let linalg::Eigh { values, vectors } = linalg::eigh(inputs[0])?;
        Ok(pack(inputs[0].shape()).pack(&[&values, &vectors]))
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let pack = pack(reverse.input(0).shape());
        let [values, v] = pack.unpack(reverse.output());
        let [of_values, of_vectors] = pack.unpack(reverse.gradient());
        let turning = transposed(v).matmul(of_vectors) * reciprocal_or_zero(differences(values));
        let inner = scale_columns(v, of_values) + v.matmul(turning);
        reverse.add(0, symmetric(inner.matmul(transposed(v))));
    }
}

/// Symmetric matrices as A = V·diag(values)·Vᵀ.
#[derive(Clone, Copy, Debug)]
pub struct Eigh<'t, T: Real> {
    /// The eigenvalues in ascending order, `[..., n]`.
    pub values: Var<'t, T>,
    /// The eigenvectors, `[..., n, n]`; column `j` belongs to value `j`. A loss should not depend on their signs.
    pub vectors: Var<'t, T>,
}

/// The eigen-decompositions of symmetric matrices, as [`gradus_tensor::linalg::eigh`]. The gradient is symmetric.
///
/// Vectors of repeated eigenvalues have no derivative; the part of their gradient that mixes them is left out, which is
/// right for whatever depends on the eigenvalues alone.
///
/// # Errors
/// When the matrices are not square or not finite, or the iteration does not converge.
pub fn eigh<T: Real>(a: Var<'_, T>) -> Result<Eigh<'_, T>, LinalgError> {
    let packed = record(Decomposition, [a])?;
    let [values, vectors] = pack(a.shape()).unpack(packed);
    Ok(Eigh { values, vectors })
}

/// The eigenvalues of symmetric matrices in ascending order, `[..., n]`, as [`eigh`].
///
/// # Errors
/// As [`eigh`].
pub fn eigvalsh<T: Real>(a: Var<'_, T>) -> Result<Var<'_, T>, LinalgError> {
    Ok(eigh(a)?.values)
}
