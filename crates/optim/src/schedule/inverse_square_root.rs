//! A factor that falls like the inverse square root of the step.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Schedule;
use crate::{OptimError, hyperparameter};

/// A factor that falls like the inverse square root of the step; PyTorch does not have it.
///
/// ```text
/// f(t) = √(w/(w + t))
/// ```
///
/// `Linear::warm_up(w).then(InverseSquareRoot { timescale: w })` is, up to the constant, the schedule of the
/// Transformer: min(n/w, √(w/n)) at the step with number n = t + 1, with its peak of 1 at n = w.
///
/// Source: Vaswani and others, *Attention is all you need* (NeurIPS 2017), section 5.3.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InverseSquareRoot {
    /// w ≥ 1: after 3w steps the factor is ½.
    pub timescale: u64,
}

impl Schedule for InverseSquareRoot {
    fn at(&self, step: u64) -> f64 {
        let w = self.timescale as f64;
        (w / (w + step as f64)).sqrt()
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::require(
            self.timescale >= 1,
            "inverse_square_root",
            "timescale",
            self.timescale,
            "at least 1",
        )
    }
}

impl fmt::Display for InverseSquareRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "inverse square root with timescale {}", self.timescale)
    }
}
