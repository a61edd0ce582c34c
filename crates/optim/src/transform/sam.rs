//! Sharpness-aware minimisation.

use gradus_tensor::{Real, vector};
use serde::{Deserialize, Serialize};

use super::Transform;
use crate::{Layout, OptimError, hyperparameter, reduction};

/// Sharpness-aware minimisation: the gradient of the step is that at x + ρ·g/(‖g‖ + 10⁻¹²), with g the gradient at x.
/// Where the rule ascends it is that at x − ρ·g/(‖g‖ + 10⁻¹²): the worst neighbour either way.
///
/// Rules that [need the loss](crate::Rule::needs_loss) refuse it: the loss at x and the gradient at another point are no
/// model of the function.
///
/// Every step needs two gradients, and so the function: it is taken by
/// [`step_with`](crate::AnyOptimizer::step_with).
///
/// Source: Foret, Kleiner, Mobahi, Neyshabur, *Sharpness-aware minimization for efficiently improving generalization*
/// (ICLR 2021), equation 2 with p = 2.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sam {
    /// ρ above 0; 0.05 by default.
    pub rho: f64,
}

impl Default for Sam {
    fn default() -> Self {
        Self { rho: 0.05 }
    }
}

/// So that a gradient of 0 moves nothing.
const EPS: f64 = 1e-12;

impl<T: Real> Transform<T> for Sam {
    fn name(&self) -> &'static str {
        "sam"
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::positive("sam", "rho", self.rho)
    }

    fn mixes_gradients(&self) -> bool {
        true
    }

    fn displaces(&self) -> bool {
        true
    }

    fn displace(&self, parameters: &mut [T], gradient: &[T], layout: &Layout) {
        let norms = layout.runs().iter().map(|run| reduction::norm(&gradient[run.slab.clone()]));
        let factor = T::constant(self.rho / (norms.fold(0.0, f64::hypot) + EPS));
        for run in layout.runs() {
            vector::axpy(factor, &gradient[run.slab.clone()], &mut parameters[run.slab.clone()]);
        }
    }
}
