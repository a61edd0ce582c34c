//! The trait of everything that can be minimised and judged.

use gradus_autograd::{Bound, Var, value, value_and_grad_into};
use gradus_tensor::{Params, Real};

use crate::Constants;

/// Which summands of a finite sum f = (1/n)Σfᵢ a loss is taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Batch<'a> {
    /// All of them: f itself.
    Full,
    /// The mean over these, which may repeat.
    Indices(&'a [usize]),
}

/// The extreme non-zero eigenvalues of A^½ΛA^½ for a diagonal A ⪰ 0 and the Hessian (or upper model) Λ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PreconditionedSpectrum {
    /// The smallest non-zero eigenvalue: the preconditioned PL constant μ_A of a quadratic.
    pub smallest: f64,
    /// The largest eigenvalue: the preconditioned sharpness L_A.
    pub largest: f64,
}

/// A function f : ℝᵈ → ℝ, possibly a finite sum, written once over [`Var`] and aware of its constants.
pub trait Objective<T: Real>: Send + Sync {
    /// The name in tables and on the command line, in snake case.
    fn name(&self) -> &str;

    /// The formula, for the reader of a report.
    fn formula(&self) -> String;

    /// The start x₀; its layout is the layout of every point.
    fn start(&self) -> &Params<T>;

    /// The number n of summands; 1 if f is not a finite sum.
    fn samples(&self) -> usize {
        1
    }

    /// The mean of the summands of `batch` at the parameters `p`; NaN for no summands at all.
    ///
    /// # Panics
    /// When an index is not below [`samples`](Self::samples).
    fn loss<'t>(&self, p: &Bound<'t, T>, batch: Batch<'_>) -> Var<'t, T>;

    /// μ, L, f* and what else is known, with provenance.
    fn constants(&self) -> Constants;

    /// Whether f is a quadratic polynomial, so that one-step expectations follow from those of one sample.
    fn is_quadratic(&self) -> bool {
        false
    }

    /// The size of the terms that cancel in f near a minimiser, such as ‖y‖²/(2n) for least squares: what its rounding
    /// error is relative to, whatever the start. 0 if nothing cancels.
    fn value_scale(&self) -> f64 {
        0.0
    }

    /// The exact extreme eigenvalues of A^½HA^½ for A = diag(`a`), if the Hessian H is constant and they can
    /// be computed.
    fn preconditioned_spectrum(&self, _a: &[T]) -> Option<PreconditionedSpectrum> {
        None
    }

    /// The minimiser nearest to `x`, if it is known in closed form.
    fn nearest_minimiser(&self, _x: &[T]) -> Option<Vec<T>> {
        None
    }

    /// f(x).
    fn value(&self, x: &Params<T>) -> T {
        value(x, |p| self.loss(p, Batch::Full))
    }

    /// The loss of `batch` at `x`; its gradient is written to `gradient`.
    ///
    /// # Panics
    /// When `gradient` has another length than `x`.
    fn value_and_gradient(&self, x: &Params<T>, batch: Batch<'_>, gradient: &mut [T]) -> T {
        value_and_grad_into(x, gradient, |p| self.loss(p, batch))
    }
}
