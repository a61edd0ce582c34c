//! The stochastic Polyak step: as long as the loss is far from its lower bound.

use gradus_tensor::{Real, vector};
use serde::{Deserialize, Serialize};

use super::sgd::Descent;
use crate::epsilon::quotient;
use crate::rule::learning_rate_field;
use crate::{Extent, OptimError, Pass, Rule, Slot, hyperparameter};

/// Gradient descent with stochastic Polyak steps (SPS, SPS_max); PyTorch does not have it.
///
/// With f the loss of the batch and f* the lower bound of such losses:
///
/// ```text
/// γ = max(0, f − f*)/(c·‖g‖²)              at most largest_step, and at most growth·(last γ)
/// x ← x − η·γ·g
/// ```
///
/// Without the two limits this is SPS, with the first SPS_max; the second is the authors' smoothing γ_b ← τ^(b/n)·γ for
/// batches of b among n samples. Where g is 0 nothing moves. The effective step is η·γ in every coordinate, the
/// direction is g. The state is the scalar `step_size` (γ). Steps need the loss:
/// [`step_with`](crate::AnyOptimizer::step_with).
///
/// Source: Loizou, Vaswani, Laradji, Lacoste-Julien, *Stochastic Polyak step-size for SGD: an adaptive learning rate
/// for fast convergence* (AISTATS 2021), equations 3 and 4 and section 4.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StochasticPolyak {
    /// η ≥ 0, a factor on the Polyak step; 1 by default.
    pub learning_rate: f64,
    /// f*; 0 by default, right for squared errors and cross-entropies that can be fitted.
    pub lower_bound: f64,
    /// c > 0; ½ by default.
    pub c: f64,
    /// The largest γ, above 0; without a limit by default.
    pub largest_step: Option<f64>,
    /// How many times longer than the last γ may be, at least 1; without a limit by default.
    pub growth: Option<f64>,
}

impl Default for StochasticPolyak {
    fn default() -> Self {
        Self { learning_rate: 1.0, lower_bound: 0.0, c: 0.5, largest_step: None, growth: None }
    }
}

const NAME: &str = "stochastic_polyak";

impl<T: Real> Rule<T> for StochasticPolyak {
    fn name(&self) -> &'static str {
        NAME
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::non_negative(NAME, "learning_rate", self.learning_rate)?;
        hyperparameter::finite(NAME, "lower_bound", self.lower_bound)?;
        hyperparameter::positive(NAME, "c", self.c)?;
        self.largest_step.map_or(Ok(()), |step| hyperparameter::positive(NAME, "largest_step", step))?;
        self.growth.map_or(Ok(()), |growth| {
            let holds = growth.is_finite() && growth >= 1.0;
            hyperparameter::require(holds, NAME, "growth", growth, "finite and at least 1")
        })
    }

    learning_rate_field!();

    fn needs_loss(&self) -> bool {
        true
    }

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::zeros("step_size").per(Extent::Scalar)]
    }

    fn update(&self, mut pass: Pass<'_, T>) {
        let gap = (pass.loss() - T::constant(self.lower_bound)).maximum(T::zero());
        let squared_norm = vector::squared_norm(pass.gradient());
        // Where ‖g‖² is tiny the quotient overflows; 0 times the largest number is 0, 0 times infinity is not.
        let mut step = quotient(gap, T::constant(self.c) * squared_norm).minimum(T::max_value());
        if let Some(largest) = self.largest_step {
            step = step.minimum(T::constant(largest));
        }
        let first = pass.step() == 1;
        let last = pass.scalar_state(0);
        if let (Some(growth), false) = (self.growth, first) {
            step = step.minimum(T::constant(growth) * *last);
        }
        *last = step;
        pass.fused(Descent { effective_step: T::constant(self.learning_rate) * step });
    }
}
