//! Lion: the sign of an average of gradients.

use gradus_tensor::Real;
use serde::{Deserialize, Serialize};

use crate::moment::Moment;
use crate::rule::common_fields;
use crate::{Coordinate, CoordinateUpdate, OptimError, Pass, Rule, Slot, WeightDecay, hyperparameter, limit};

/// Lion; PyTorch does not have it.
///
/// With η the learning rate, coordinate by coordinate:
///
/// ```text
/// c = β₁·m + (1 − β₁)·g
/// m ← β₂·m + (1 − β₂)·g
/// x ← x − η·sign(c)                        (sign(0) = 0)
/// ```
///
/// The effective step is η in every coordinate, the direction is sign(c): unlike the directions of other rules it is
/// no average of gradients, and has always the same size. So with a constant η a run does not converge: it ends
/// within about η of a minimiser. The state is `exp_avg` (m).
///
/// Source: Chen and others, *Symbolic discovery of optimization algorithms* (NeurIPS 2023), algorithm 2.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lion {
    /// η ≥ 0; 1e-4 by default.
    pub learning_rate: f64,
    /// (β₁, β₂), the weight of m in the direction and the decay of m, each in [0, 1); (0.9, 0.99) by default.
    pub betas: (f64, f64),
    /// How parameters are pulled towards 0; not by default.
    pub weight_decay: WeightDecay,
    /// Whether to ascend; off by default.
    pub maximize: bool,
}

impl Default for Lion {
    fn default() -> Self {
        Self { learning_rate: 1e-4, betas: (0.9, 0.99), weight_decay: WeightDecay::None, maximize: false }
    }
}

const NAME: &str = "lion";

impl<T: Real> Rule<T> for Lion {
    fn name(&self) -> &'static str {
        NAME
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::non_negative(NAME, "learning_rate", self.learning_rate)?;
        hyperparameter::betas(NAME, self.betas)
    }

    common_fields!();

    fn largest_gradient(&self) -> T {
        limit::of_steps(1.0)
    }

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::zeros("exp_avg")]
    }

    fn update(&self, pass: Pass<'_, T>) {
        pass.fused(Update {
            interpolation: Moment::average(self.betas.0),
            average: Moment::average(self.betas.1),
            learning_rate: T::constant(self.learning_rate),
        });
    }
}

#[derive(Clone, Copy)]
struct Update<T> {
    interpolation: Moment<T>,
    average: Moment<T>,
    learning_rate: T,
}

impl<T: Real> CoordinateUpdate<T, 1> for Update<T> {
    #[inline(always)]
    fn apply(self, gradient: T, _point: T, [m]: [T; 1]) -> Coordinate<T, 1> {
        let c = self.interpolation.next(m, gradient);
        let sign = if c > T::zero() {
            T::one()
        } else if c < T::zero() {
            -T::one()
        } else {
            T::zero()
        };
        Coordinate {
            state: [self.average.next(m, gradient)],
            effective_step: self.learning_rate,
            direction: sign,
        }
    }
}
