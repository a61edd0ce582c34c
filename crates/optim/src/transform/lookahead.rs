//! Lookahead: slow weights that follow the fast ones.

use gradus_tensor::Real;
use serde::{Deserialize, Serialize};

use super::average::move_towards;
use super::{After, Transform};
use crate::{OptimError, Slot, hyperparameter};

/// Lookahead: after every k-th step
///
/// ```text
/// φ ← φ + α·(x − φ)
/// x ← φ
/// ```
///
/// with slow weights φ, at first the parameters. The state is `slow`; that of the rule goes on.
///
/// Rules that [keep points](crate::Rule::keeps_points) of their own and set the parameters from them refuse it, such as
/// [`ScheduleFreeSgd`](crate::ScheduleFreeSgd) and [`ScheduleFreeAdamW`](crate::ScheduleFreeAdamW): their next step would
/// go on from those points and undo the pull.
///
/// Source: Zhang, Lucas, Hinton, Ba, *Lookahead optimizer: k steps forward, 1 step back* (NeurIPS 2019), algorithm 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lookahead {
    /// k, at least 1; 5 by default.
    pub steps: u64,
    /// α in (0, 1]; 0.5 by default.
    pub alpha: f64,
}

impl Default for Lookahead {
    fn default() -> Self {
        Self { steps: 5, alpha: 0.5 }
    }
}

impl<T: Real> Transform<T> for Lookahead {
    fn name(&self) -> &'static str {
        "lookahead"
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::require(self.steps > 0, "lookahead", "steps", self.steps, "at least 1")?;
        let holds = self.alpha > 0.0 && self.alpha <= 1.0;
        hyperparameter::require(holds, "lookahead", "alpha", self.alpha, "above 0 and at most 1")
    }

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::parameters("slow")]
    }

    fn moves_parameters(&self) -> bool {
        true
    }

    fn after(&self, after: After<'_, T>) {
        let After { step, parameters, mut state, .. } = after;
        if step.is_multiple_of(self.steps) {
            move_towards(parameters, T::constant(self.alpha), &mut state[0]);
            parameters.copy_from_slice(&state[0]);
        }
    }
}
