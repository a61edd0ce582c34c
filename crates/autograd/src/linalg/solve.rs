//! Systems A·x = b: gb = A⁻ᵀ·gx, gA = −gb·xᵀ.

use gradus_tensor::linalg::{self, Triangle};
use gradus_tensor::{LinalgError, Real, Tensor};

use super::routine::{Routine, record};
use crate::ops::transposed;
use crate::{Reverse, Var};

/// The solution for right-hand sides that are matrices.
struct Solve;

impl<T: Real> Routine<T> for Solve {
    fn name(&self) -> &'static str {
        "solve"
    }

    fn answer(&self, inputs: &[&Tensor<T>]) -> Result<Tensor<T>, LinalgError> {
        linalg::solve(inputs[0], inputs[1])
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let a = reverse.input(0);
        // A has been factorised, so its transpose can be: a pivot may come out as 0 only by rounding.
        let Ok(gb) = record(Self, [transposed(a), reverse.gradient()]) else {
            return not_a_number(reverse);
        };
        add_contributions(reverse, gb, |ga| ga);
    }
}

/// The solution of triangular systems for right-hand sides that are matrices.
struct SolveTriangular {
    triangle: Triangle,
}

impl<T: Real> Routine<T> for SolveTriangular {
    fn name(&self) -> &'static str {
        "solve_triangular"
    }

    fn answer(&self, inputs: &[&Tensor<T>]) -> Result<Tensor<T>, LinalgError> {
        linalg::solve_triangular(inputs[0], inputs[1], self.triangle)
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let triangle = self.triangle;
        let gb = triangular(reverse.input(0), reverse.gradient(), triangle.transposed());
        add_contributions(reverse, gb, |ga| {
            let ga = if triangle.transposed { transposed(ga) } else { ga };
            let diagonal = isize::from(triangle.unit_diagonal);
            if triangle.upper { ga.triu(diagonal) } else { ga.tril(-diagonal) }
        });
    }
}

/// Adds gb to the right-hand side and `of_matrix`(−gb·xᵀ) to the matrix.
fn add_contributions<'t, T: Real>(
    reverse: &mut Reverse<'_, 't, T>,
    gb: Var<'t, T>,
    of_matrix: impl FnOnce(Var<'t, T>) -> Var<'t, T>,
) {
    if reverse.wants(0) {
        let ga = -gb.matmul(transposed(reverse.output()));
        reverse.add(0, of_matrix(ga).sum_to(reverse.input(0).shape()));
    }
    if reverse.wants(1) {
        reverse.add(1, gb.sum_to(reverse.input(1).shape()));
    }
}

/// Adds NaN to the gradient of every input.
pub(super) fn not_a_number<T: Real>(reverse: &mut Reverse<'_, '_, T>) {
    for i in (0..reverse.inputs()).filter(|&i| reverse.wants(i)).collect::<Vec<_>>() {
        let nan = Tensor::full(reverse.input(i).shape(), T::constant(f64::NAN));
        reverse.add(i, reverse.gradient().tape().constant(&nan));
    }
}

/// The solution of a triangular system that has been solved before.
pub(super) fn triangular<'t, T: Real>(a: Var<'t, T>, b: Var<'t, T>, triangle: Triangle) -> Var<'t, T> {
    record(SolveTriangular { triangle }, [a, b]).expect("the diagonal was checked in the forward pass")
}

/// Records a system; a right-hand side that is a vector is one column for every matrix.
#[track_caller]
pub(super) fn record_system<'t, T: Real>(
    routine: impl Routine<T>,
    a: Var<'t, T>,
    b: Var<'t, T>,
) -> Result<Var<'t, T>, LinalgError> {
    if b.rank() != 1 {
        return record(routine, [a, b]);
    }
    let x = record(routine, [a, b.unsqueeze(1)])?;
    Ok(x.squeeze_axis(x.rank() - 1))
}

/// The solution of A·x = b for square matrices, as [`gradus_tensor::linalg::solve`].
///
/// # Errors
/// When the matrices are not square, not finite or singular.
///
/// # Panics
/// When the shapes do not fit.
#[track_caller]
pub fn solve<'t, T: Real>(a: Var<'t, T>, b: Var<'t, T>) -> Result<Var<'t, T>, LinalgError> {
    record_system(Solve, a, b)
}

/// The solution of triangular systems, as [`gradus_tensor::linalg::solve_triangular`]. The gradient of what is not read of
/// the matrices is 0.
///
/// # Errors
/// When the matrices are not square, an element that is read is not finite, or one on the diagonal is 0.
///
/// # Panics
/// When the shapes do not fit.
#[track_caller]
pub fn solve_triangular<'t, T: Real>(
    a: Var<'t, T>,
    b: Var<'t, T>,
    triangle: Triangle,
) -> Result<Var<'t, T>, LinalgError> {
    record_system(SolveTriangular { triangle }, a, b)
}
