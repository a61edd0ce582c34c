//! A factor that falls at every step.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Schedule;
use crate::{OptimError, hyperparameter};

/// A factor that is multiplied by γ at every step, as PyTorch's `ExponentialLR`.
///
/// ```text
/// f(t) = γᵗ
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exponential {
    /// γ ≥ 0.
    pub gamma: f64,
}

impl Schedule for Exponential {
    fn at(&self, step: u64) -> f64 {
        self.gamma.powf(step as f64)
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::non_negative("exponential", "gamma", self.gamma)
    }
}

impl fmt::Display for Exponential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "multiplied by {} at every step", self.gamma)
    }
}
