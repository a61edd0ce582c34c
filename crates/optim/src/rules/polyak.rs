//! The stochastic Polyak step: as long as the loss is far from its lower bound.

use gradus_tensor::Real;
use serde::{Deserialize, Serialize};

use super::sgd::Descent;
use crate::epsilon::quotient;
use crate::rule::learning_rate_field;
use crate::{Common, OptimError, Pass, Rule, Slot, hyperparameter, reduction};

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
/// A step passes over the gradient twice: γ is known only after ‖g‖.
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
    /// Whether to ascend; off by default. Then −f is what is minimised, and its lower bound is that of −f.
    pub maximize: bool,
}

impl Default for StochasticPolyak {
    fn default() -> Self {
        Self {
            learning_rate: 1.0,
            lower_bound: 0.0,
            c: 0.5,
            largest_step: None,
            growth: None,
            maximize: false,
        }
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

    fn common(&self) -> Common {
        Common { maximize: self.maximize, ..Common::default() }
    }

    fn needs_loss(&self) -> bool {
        true
    }

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::scalar("step_size", 0.0).non_negative()]
    }

    fn update(&self, mut pass: Pass<'_, T>) {
        let gap = (pass.loss().to_f64() - self.lower_bound).max(0.0);
        let norm = reduction::norm(pass.gradient());
        let mut step = quotient(gap / self.c, norm) / norm.max(f64::MIN_POSITIVE);
        step = step.min(self.largest_step.unwrap_or(f64::MAX));
        let first = pass.step() == 1;
        let last = pass.scalar_state(0);
        if let (Some(growth), false) = (self.growth, first) {
            step = step.min(growth * *last);
        }
        *last = step;
        // As long as the element type holds: beside a tiny gradient the quotient is longer.
        let longest = T::max_value().to_f64() / 4.0 / norm.max(1.0);
        pass.fused(Descent { effective_step: T::constant((self.learning_rate * step).min(longest)) });
    }
}
