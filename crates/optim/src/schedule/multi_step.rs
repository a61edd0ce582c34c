//! A factor that falls at given steps.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Finite, Schedule};
use crate::{OptimError, hyperparameter};

/// A factor that is multiplied by γ at every milestone, as PyTorch's `MultiStepLR`.
///
/// ```text
/// f(t) = γ^(number of milestones ≤ t)
/// ```
///
/// A milestone that is given twice counts twice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MultiStep {
    /// The milestones, in ascending order.
    pub milestones: Vec<u64>,
    /// γ ≥ 0; 0.1 where a file does not name it, PyTorch's default.
    #[serde(default = "gamma")]
    pub gamma: f64,
}

/// PyTorch's default of γ.
pub(super) fn gamma() -> f64 {
    0.1
}

impl Schedule for MultiStep {
    fn at(&self, step: u64) -> f64 {
        let passed = self.milestones.partition_point(|&milestone| milestone <= step);
        self.gamma.powf(passed as f64)
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::require(
            self.milestones.is_sorted(),
            "multi_step",
            "milestones",
            format!("{:?}", self.milestones),
            "in ascending order",
        )?;
        hyperparameter::non_negative("multi_step", "gamma", self.gamma)
    }
}

impl Finite for MultiStep {
    fn end(&self) -> u64 {
        self.milestones.last().copied().unwrap_or(0)
    }
}

impl fmt::Display for MultiStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "multiplied by {} at steps {:?}", self.gamma, self.milestones)
    }
}
