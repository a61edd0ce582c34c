//! Learning-rate schedules: pure functions from the step to a factor on the base learning rate.
//!
//! | schedule | factor |
//! | --- | --- |
//! | [`Constant`] | the same at every step |
//! | [`Linear`] | a straight line, such as a [warm-up](Linear::warm_up) |
//! | [`StepDecay`], [`MultiStep`] | multiplied by γ every k steps, at given steps |
//! | [`Exponential`] | multiplied by γ at every step |
//! | [`Polynomial`] | a power of the share of steps that is left |
//! | [`Cosine`], [`CosineRestarts`] | half a cosine, once or again and again |
//! | [`OneCycle`] | up to 1 and down to almost nothing |
//! | [`InverseSquareRoot`] | √(w/(w + t)) |
//! | [`ReduceOnPlateau`] | multiplied when a metric stops to improve: the one that has a state |
//!
//! Schedules compose: one [after](Finite::then) another, one [up to](Schedule::until) a step, a
//! [product](Schedule::times) of two. They print as sentences, and [`values`](Schedule::values) is what one
//! plots.
//!
//! ```
//! use gradus_optim::schedule::{Cosine, Finite, Linear, Schedule};
//!
//! let schedule = Linear::warm_up(100).then(Cosine { steps: 900, floor: 0.01 });
//! schedule.validate()?;
//! assert_eq!(
//!     schedule.to_string(),
//!     "linear from 0.01 to 1 over 99 steps, then cosine from 1 to 0.01 over 900 steps"
//! );
//! assert_eq!((schedule.at(0), schedule.at(99), schedule.at(999)), (0.01, 1.0, 0.01));
//! assert_eq!(schedule.values(1000).len(), 1000);
//! # Ok::<(), gradus_optim::OptimError>(())
//! ```

mod combine;
mod constant;
mod cosine;
mod exponential;
mod factors;
mod inverse_square_root;
mod linear;
mod multi_step;
mod one_cycle;
mod plateau;
mod polynomial;
mod step_decay;

use std::fmt::{Debug, Display};

pub use combine::{Then, Times, Until};
pub use constant::Constant;
pub use cosine::{Cosine, CosineRestarts};
pub use exponential::Exponential;
pub(crate) use factors::Factors;
pub use inverse_square_root::InverseSquareRoot;
pub use linear::Linear;
pub use multi_step::MultiStep;
pub use one_cycle::{Anneal, OneCycle};
pub use plateau::{Goal, Plateau, ReduceOnPlateau, Threshold};
pub use polynomial::Polynomial;
pub use step_decay::StepDecay;

use crate::OptimError;

/// A factor on the base learning rate as a function of the step.
///
/// Being pure functions, schedules have no state to save: the step count of the optimizer is enough to go on.
/// Its `Display` reads like part of a sentence.
pub trait Schedule: Debug + Display + Send + Sync {
    /// The factor of the step with number `step`, counted from 0: PyTorch's `last_epoch`. At least 0.
    fn at(&self, step: u64) -> f64;

    /// Whether every setting is in its range; [`at`](Self::at) means nothing otherwise.
    ///
    /// # Errors
    /// [`OptimError::Hyperparameter`] with the schedule, the name, the value and the range of the first that is
    /// not.
    fn validate(&self) -> Result<(), OptimError>;

    /// The factors of the first `steps` steps, for plots.
    fn values(&self, steps: u64) -> Vec<f64> {
        (0..steps).map(|step| self.at(step)).collect()
    }

    /// This schedule for `steps` steps, so that another can follow.
    fn until(self, steps: u64) -> Until<Self>
    where
        Self: Sized,
    {
        Until { schedule: self, steps }
    }

    /// The product of two schedules.
    fn times<S: Schedule>(self, other: S) -> Times<Self, S>
    where
        Self: Sized,
    {
        Times { first: self, second: other }
    }
}

/// A schedule that comes to an end, and keeps its last factor from there on.
pub trait Finite: Schedule {
    /// The first step from which the factor no longer changes.
    fn end(&self) -> u64;

    /// This schedule, and from its [end](Self::end) on `next`, which counts its steps from there.
    fn then<S: Schedule>(self, next: S) -> Then<Self, S>
    where
        Self: Sized,
    {
        Then { first: self, next }
    }
}

impl<S: Schedule + ?Sized> Schedule for Box<S> {
    fn at(&self, step: u64) -> f64 {
        (**self).at(step)
    }

    fn validate(&self) -> Result<(), OptimError> {
        (**self).validate()
    }
}

/// The share of `steps` that has passed, at most 1; no steps have passed at once.
fn share(step: u64, steps: u64) -> f64 {
    if step >= steps { 1.0 } else { step as f64 / steps as f64 }
}

/// Half a cosine from 1 at 0 to 0 at 1.
fn half_cosine(share: f64) -> f64 {
    (1.0 + (std::f64::consts::PI * share).cos()) / 2.0
}
