//! Steps that are found by evaluating the function along a direction: line searches, and L-BFGS, which needs one.
//!
//! | what | direction | search |
//! | --- | --- | --- |
//! | [`LineSearchSgd`] | −g | [`Armijo`] backtracking or [`StrongWolfe`]; mini-batches and full batches |
//! | [`Lbfgs`] | −H·g, H from past gradients | [`StrongWolfe`], or none |
//!
//! Their optimizers are given the function itself: a closure that is called with parameters and room for the gradient,
//! or none where only the loss is needed, and returns the loss. Within one step it must be the same function: the
//! same mini-batch, the same dropout mask.
//!
//! Both are [`AnyOptimizer`](crate::AnyOptimizer)s too, whose `step_with` takes the closure that all optimizers take,
//! and whose `save` and `load` keep what a run must be resumed with. Transforms are refused: a search has to see the
//! function, its gradient and its parameters as they are.
//!
//! ```
//! use gradus_optim::line_search::LineSearchSgd;
//! use gradus_tensor::{Params, Tensor};
//!
//! // f(x) = ½ (x₀² + 10 x₁²): no learning rate to be found.
//! let mut params = Params::single("x", &Tensor::vector(&[1.0_f64, 1.0]));
//! let mut optimizer = LineSearchSgd::full_batch().optimizer(&params)?;
//! for _ in 0..200 {
//!     optimizer.step_with(&mut params, &mut |x, gradient| {
//!         let x = x.as_slice();
//!         if let Some(gradient) = gradient {
//!             gradient.copy_from_slice(&[x[0], 10.0 * x[1]]);
//!         }
//!         0.5 * (x[0] * x[0] + 10.0 * x[1] * x[1])
//!     })?;
//! }
//! assert!(params.as_slice().iter().all(|x| x.abs() < 1e-3));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod any;
mod armijo;
mod descent;
mod lbfgs;
mod strong_wolfe;

use gradus_tensor::{Params, Real, vector};

pub use armijo::Armijo;
pub use descent::{FirstStep, LineSearchDescent, LineSearchSgd, Search, Searched};
pub use lbfgs::{Lbfgs, LbfgsOptimizer, LbfgsStep, Stop};
pub use strong_wolfe::StrongWolfe;

use crate::reduction::{dot, largest};
use crate::transform::scale;
use crate::{Layout, OptimError, Place};

/// The function to be minimised: returns the loss at the parameters, and writes the gradient where there is room for
/// it.
pub type Function<'a, T> = &'a mut dyn FnMut(&Params<T>, Option<&mut [T]>) -> T;

/// Why a search found no step. Parameters and state are as they were.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SearchError {
    /// The parameters are those of another model.
    #[error(transparent)]
    Optim(#[from] OptimError),
    /// The loss at the parameters is infinite or NaN.
    #[error("line search: the loss before the step is {0}")]
    NonFiniteLoss(f64),
    /// The gradient at the parameters is infinite or NaN.
    #[error("line search: {place} is {value}")]
    NonFiniteGradient {
        /// The first such coordinate.
        place: Place,
        /// Its value.
        value: f64,
    },
    /// The function does not fall along the direction.
    #[error("line search: the slope along the direction is {slope}, not below 0")]
    NotDescent {
        /// The directional derivative.
        slope: f64,
    },
    /// No step tried made the function small enough.
    #[error(
        "line search: after {evaluations} evaluations, down to step {step}, the loss {loss} did not fall below \
         {bound}; the gradient may be wrong, or the loss at its rounding floor"
    )]
    NoStep {
        /// How many steps were tried.
        evaluations: u64,
        /// The last, shortest step.
        step: f64,
        /// The loss there.
        loss: f64,
        /// What it should have been at most.
        bound: f64,
    },
}

/// The function at one step along the direction.
#[derive(Clone, Debug)]
struct Probe<T> {
    step: f64,
    value: f64,
    /// The directional derivative.
    slope: f64,
    gradient: Vec<T>,
}

impl SearchError {
    /// The error of −f as one of f, where it speaks of what the function returned.
    fn of_negated(self) -> Self {
        match self {
            Self::NonFiniteLoss(loss) => Self::NonFiniteLoss(-loss),
            Self::NonFiniteGradient { place, value } => Self::NonFiniteGradient { place, value: -value },
            other => other,
        }
    }

    /// Whether the loss or the gradient before the step is infinite or NaN.
    fn is_non_finite(&self) -> bool {
        matches!(self, Self::NonFiniteLoss(_) | Self::NonFiniteGradient { .. })
    }
}

/// −f and its gradient.
fn negated<T: Real>(function: Function<'_, T>) -> impl FnMut(&Params<T>, Option<&mut [T]>) -> T {
    move |parameters, gradient| match gradient {
        None => -function(parameters, None),
        Some(gradient) => {
            let loss = function(parameters, Some(&mut *gradient));
            scale(-T::one(), gradient);
            -loss
        }
    }
}

impl<T> Probe<T> {
    fn is_finite(&self) -> bool {
        self.value.is_finite() && self.slope.is_finite()
    }
}

/// target ← x + step·direction.
fn move_along<T: Real>(target: &mut Params<T>, x: &[T], step: f64, direction: &[T]) {
    let target = target.as_mut_slice();
    target.copy_from_slice(x);
    vector::axpy(T::constant(step), direction, target);
}

/// Loss and gradient at the parameters, checked.
fn evaluate<T: Real>(
    params: &Params<T>,
    gradient: &mut [T],
    function: Function<'_, T>,
) -> Result<f64, SearchError> {
    let loss = function(params, Some(&mut *gradient)).to_f64();
    if !loss.is_finite() {
        return Err(SearchError::NonFiniteLoss(loss));
    }
    match vector::first_non_finite(gradient) {
        None => Ok(loss),
        Some(index) => {
            let (place, value) = (Layout::from(params).place(index), gradient[index].to_f64());
            Err(SearchError::NonFiniteGradient { place, value })
        }
    }
}

/// Whether the parameters are those of the layout.
fn check_layout<T: Real>(rule: &'static str, layout: &Layout, params: &Params<T>) -> Result<(), SearchError> {
    match layout.difference(params) {
        None => Ok(()),
        Some(difference) => Err(OptimError::Layout { rule, what: "parameters", difference }.into()),
    }
}
