//! A straight line, such as a warm-up.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Finite, Schedule, share};
use crate::{OptimError, hyperparameter};

/// A straight line between two factors, as PyTorch's `LinearLR`.
///
/// ```text
/// f(t) = from + (to − from)·min(t, T)/T
/// ```
///
/// with T the `steps`; for T = 0 it is `to` from the start.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Linear {
    /// The factor of the first step, at least 0; 1/3 by default, which is PyTorch's `start_factor`.
    pub from: f64,
    /// The factor from step T on, at least 0; 1 by default, PyTorch's `end_factor`.
    pub to: f64,
    /// T; 5 by default, PyTorch's `total_iters`.
    pub steps: u64,
}

impl Default for Linear {
    fn default() -> Self {
        Self { from: 1.0 / 3.0, to: 1.0, steps: 5 }
    }
}

impl Linear {
    /// f(t) = (t + 1)/w: the warm-up whose w-th step is the first with the full learning rate, and whose first
    /// step is not lost with a factor of 0. No warm-up for w = 0.
    pub fn warm_up(w: u64) -> Self {
        Self { from: 1.0 / w.max(1) as f64, to: 1.0, steps: w.saturating_sub(1) }
    }
}

impl Schedule for Linear {
    fn at(&self, step: u64) -> f64 {
        let share = share(step, self.steps);
        self.from * (1.0 - share) + self.to * share
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::non_negative("linear", "from", self.from)?;
        hyperparameter::non_negative("linear", "to", self.to)
    }
}

impl Finite for Linear {
    fn end(&self) -> u64 {
        self.steps
    }
}

impl fmt::Display for Linear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "linear from {} to {} over {} steps", self.from, self.to, self.steps)
    }
}
