//! The same factor at every step.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Schedule;
use crate::{OptimError, hyperparameter};

/// The same factor at every step.
///
/// ```text
/// f(t) = factor
/// ```
///
/// PyTorch's `ConstantLR`, which reduces the rate for the first T steps, is
/// `Constant { factor: 1.0 / 3.0 }.until(5).then(Constant::default())`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Constant {
    /// The factor, at least 0; 1 by default.
    pub factor: f64,
}

impl Default for Constant {
    fn default() -> Self {
        Self { factor: 1.0 }
    }
}

impl Schedule for Constant {
    fn at(&self, _step: u64) -> f64 {
        self.factor
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::non_negative("constant", "factor", self.factor)
    }
}

impl fmt::Display for Constant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "constant {}", self.factor)
    }
}
