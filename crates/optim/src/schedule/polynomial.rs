//! A power of the share of steps that is left.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Finite, Schedule, share};
use crate::{OptimError, hyperparameter};

/// A power of the share of steps that is left, as PyTorch's `PolynomialLR`.
///
/// ```text
/// f(t) = (1 − min(t, T)/T)^p
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Polynomial {
    /// T ≥ 1; 5 by default, PyTorch's `total_iters`.
    pub steps: u64,
    /// p > 0; 1 by default.
    pub power: f64,
}

impl Default for Polynomial {
    fn default() -> Self {
        Self { steps: 5, power: 1.0 }
    }
}

impl Schedule for Polynomial {
    fn at(&self, step: u64) -> f64 {
        (1.0 - share(step, self.steps)).powf(self.power)
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::require(self.steps >= 1, "polynomial", "steps", self.steps, "at least 1")?;
        hyperparameter::positive("polynomial", "power", self.power)
    }
}

impl Finite for Polynomial {
    fn end(&self) -> u64 {
        self.steps
    }
}

impl fmt::Display for Polynomial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "polynomial of power {} from 1 to 0 over {} steps", self.power, self.steps)
    }
}
