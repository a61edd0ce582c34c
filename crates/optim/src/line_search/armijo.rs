//! Backtracking until the function is small enough.

use serde::{Deserialize, Serialize};

use super::SearchError;
use crate::{OptimError, hyperparameter};

/// Backtracking: a step t along a direction d is shortened until
///
/// ```text
/// φ(t) ≤ φ(0) + c·t·φ′(0)                  φ(t) = f(x + t·d)
/// ```
///
/// holds, the Armijo condition, and φ(t) < φ(0) in floating point too. Losses that are not finite do not satisfy it.
///
/// Sources: Nocedal, Wright, *Numerical optimization* (2006), algorithm 3.1; for mini-batches Vaswani and others,
/// *Painless stochastic gradient* (NeurIPS 2019), algorithm 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Armijo {
    /// c in (0, 1); 1e-4 by default. For mini-batches the authors take 0.1 in practice and ½ in theory.
    pub sufficient_decrease: f64,
    /// What a step is multiplied by, in (0, 1); 0.5 by default. For mini-batches the authors take 0.9.
    pub shrink: f64,
    /// The largest number of steps tried, at least 1; 100 by default.
    pub max_evaluations: u64,
}

impl Default for Armijo {
    fn default() -> Self {
        Self { sufficient_decrease: 1e-4, shrink: 0.5, max_evaluations: 100 }
    }
}

impl Armijo {
    pub(super) fn validate(&self) -> Result<(), OptimError> {
        const NAME: &str = "armijo";
        let inside = |name, value: f64| {
            hyperparameter::require(value > 0.0 && value < 1.0, NAME, name, value, "above 0 and below 1")
        };
        inside("sufficient_decrease", self.sufficient_decrease)?;
        inside("shrink", self.shrink)?;
        hyperparameter::require(
            self.max_evaluations >= 1,
            NAME,
            "max_evaluations",
            self.max_evaluations,
            "at least 1",
        )
    }

    /// The step found, the function there, and how many steps were tried, the first one being `first`; `value` and
    /// `slope` are φ(0) and φ′(0), and `evaluate` is φ.
    ///
    /// # Errors
    /// [`SearchError::NotDescent`] when the slope is not below 0, [`SearchError::NoStep`] when the steps are used up.
    pub fn search(
        &self,
        value: f64,
        slope: f64,
        first: f64,
        mut evaluate: impl FnMut(f64) -> f64,
    ) -> Result<(f64, f64, u64), SearchError> {
        if slope >= 0.0 || slope.is_nan() {
            return Err(SearchError::NotDescent { slope });
        }
        let mut step = first;
        let mut evaluations = 1;
        loop {
            let loss = evaluate(step);
            let bound = value + self.sufficient_decrease * step * slope;
            // Infinity and NaN are not below the bound; −∞ is no loss to rest at. A bound that rounds to the loss at
            // the start asks for nothing.
            if loss <= bound && loss < value && loss.is_finite() {
                return Ok((step, loss, evaluations));
            }
            if evaluations == self.max_evaluations {
                return Err(SearchError::NoStep { evaluations, step, loss, bound });
            }
            evaluations += 1;
            step *= self.shrink;
        }
    }
}
