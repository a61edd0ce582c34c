//! A factor that falls every k steps.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Schedule;
use crate::{OptimError, hyperparameter};

/// A factor that is multiplied by γ every k steps, as PyTorch's `StepLR`.
///
/// ```text
/// f(t) = γ^⌊t/k⌋
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepDecay {
    /// k ≥ 1, PyTorch's `step_size`.
    pub period: u64,
    /// γ ≥ 0; 0.1 where a file does not name it, PyTorch's default.
    #[serde(default = "super::multi_step::gamma")]
    pub gamma: f64,
}

impl Schedule for StepDecay {
    fn at(&self, step: u64) -> f64 {
        self.gamma.powf((step / self.period.max(1)) as f64)
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::require(self.period >= 1, "step_decay", "period", self.period, "at least 1")?;
        hyperparameter::non_negative("step_decay", "gamma", self.gamma)
    }
}

impl fmt::Display for StepDecay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "multiplied by {} every {} steps", self.gamma, self.period)
    }
}
