//! QR, A = Q·R for at least as many rows as columns: gA = (gQ + Q·sym₋(R·gRᵀ − gQᵀ·Q))·R⁻ᵀ, sym₋ being the lower triangle
//! mirrored at the diagonal. Of a wide matrix [X Y], Q·R = [X Y] with X = Q·U and V = Qᵀ·Y.

use gradus_tensor::linalg::{self, Triangle};
use gradus_tensor::{LinalgError, Real, Shape, Tensor};

use super::routine::{Pack, Routine, record};
use super::solve::{not_a_number, solve_triangular};
use crate::ops::transposed;
use crate::{Reverse, Var};

/// Q and R of the reduced form, packed.
struct Decomposition;

fn pack(shape: Shape) -> Pack {
    let [rows, columns] = [shape[shape.rank() - 2], shape[shape.rank() - 1]];
    let inner = rows.min(columns);
    Pack::new(shape, &[&[rows, inner], &[inner, columns]])
}

impl<T: Real> Routine<T> for Decomposition {
    fn name(&self) -> &'static str {
        "qr"
    }

    fn answer(&self, inputs: &[&Tensor<T>]) -> Result<Tensor<T>, LinalgError> {
        let linalg::Qr { q, r } = linalg::qr(inputs[0])?;
        Ok(pack(inputs[0].shape()).pack(&[&q, &r]))
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let a = reverse.input(0);
        let shape = a.shape();
        let pack = pack(shape);
        let [q, r] = pack.unpack(reverse.output());
        let [gq, gr] = pack.unpack(reverse.gradient());
        let axis = shape.rank() - 1;
        let (rows, columns) = (shape[axis - 1], shape[axis]);
        let contribution = if rows >= columns {
            tall(q, r, gq, gr)
        } else {
            let rest = columns - rows;
            let [y, gv] = [a, gr].map(|x| x.narrow(axis, rows, rest));
            let gq = gq + y.matmul(transposed(gv));
            tall(q, r.narrow(axis, 0, rows), gq, gr.narrow(axis, 0, rows))
                .map(|left| Var::concat(&[left, q.matmul(gv)], axis))
        };
        match contribution {
            Ok(contribution) => reverse.add(0, contribution),
            Err(_) => not_a_number(reverse),
        }
    }
}

fn tall<'t, T: Real>(
    q: Var<'t, T>,
    r: Var<'t, T>,
    gq: Var<'t, T>,
    gr: Var<'t, T>,
) -> Result<Var<'t, T>, LinalgError> {
    let m = r.matmul(transposed(gr)) - transposed(gq).matmul(q);
    let mirrored = m.tril(0) + transposed(m.tril(-1));
    let left = gq + q.matmul(mirrored);
    // X·R⁻ᵀ = (R⁻¹·Xᵀ)ᵀ.
    solve_triangular(r, transposed(left), Triangle::UPPER).map(transposed)
}

/// Matrices as A = Q·R: Q has orthonormal columns, R is upper triangular with a diagonal of at least 0.
#[derive(Clone, Copy, Debug)]
pub struct Qr<'t, T: Real> {
    /// `[..., m, k]`, with k = min(m, n).
    pub q: Var<'t, T>,
    /// `[..., k, n]`.
    pub r: Var<'t, T>,
}

/// The reduced QR decompositions of matrices `[..., m, n]`, as [`gradus_tensor::linalg::qr`]. Where the first min(m, n)
/// columns are linearly dependent there is no derivative, and the gradient is NaN.
///
/// # Errors
/// When there are fewer than two axes, or an element is not finite.
pub fn qr<T: Real>(a: Var<'_, T>) -> Result<Qr<'_, T>, LinalgError> {
    let packed = record(Decomposition, [a])?;
    let [q, r] = pack(a.shape()).unpack(packed);
    Ok(Qr { q, r })
}
