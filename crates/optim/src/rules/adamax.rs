//! Adamax: Adam with a decaying maximum in place of the root mean square.

use gradus_tensor::Real;
use serde::{Deserialize, Serialize};

use crate::epsilon::quotient;
use crate::moment::{Moment, bias_correction};
use crate::rule::common_fields;
use crate::{Coordinate, CoordinateUpdate, OptimError, Pass, Rule, Slot, WeightDecay, hyperparameter, limit};

/// Adamax, as PyTorch's `Adamax`.
///
/// With η the learning rate and t the number of the step, counted from 1, coordinate by coordinate:
///
/// ```text
/// m ← β₁·m + (1 − β₁)·g                    m̂ = m/(1 − β₁ᵗ)
/// u ← max(β₂·u, |g| + ε)
/// x ← x − η/u·m̂
/// ```
///
/// The effective step is η/u, the direction is m̂. A coordinate with u = ε = 0 does not move. The state is `exp_avg`
/// (m) and `exp_inf` (u).
///
/// Source: Kingma, Ba, *Adam: a method for stochastic optimization* (ICLR 2015), algorithm 2, which has no ε.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Adamax {
    /// η ≥ 0; 2e-3 by default.
    pub learning_rate: f64,
    /// (β₁, β₂), the decays of the average and of the maximum, each in [0, 1); (0.9, 0.999) by default.
    pub betas: (f64, f64),
    /// ε ≥ 0, added to every |g|; 1e-8 by default.
    pub eps: f64,
    /// How parameters are pulled towards 0; not by default.
    pub weight_decay: WeightDecay,
    /// Whether to ascend; off by default.
    pub maximize: bool,
}

impl Default for Adamax {
    fn default() -> Self {
        Self {
            learning_rate: 2e-3,
            betas: (0.9, 0.999),
            eps: 1e-8,
            weight_decay: WeightDecay::None,
            maximize: false,
        }
    }
}

const NAME: &str = "adamax";

impl<T: Real> Rule<T> for Adamax {
    fn name(&self) -> &'static str {
        NAME
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::non_negative(NAME, "learning_rate", self.learning_rate)?;
        hyperparameter::betas(NAME, self.betas)?;
        hyperparameter::non_negative(NAME, "eps", self.eps)
    }

    common_fields!();

    fn largest_gradient(&self) -> T {
        limit::of_steps(1.0)
    }

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::zeros("exp_avg"), Slot::zeros("exp_inf").non_negative()]
    }

    fn update(&self, pass: Pass<'_, T>) {
        let correction = bias_correction(self.betas.0, pass.step());
        pass.fused(Update {
            first: Moment::average(self.betas.0),
            first_factor: T::constant(1.0 / correction),
            beta2: T::constant(self.betas.1),
            eps: T::constant(self.eps),
            learning_rate: T::constant(self.learning_rate),
        });
    }
}

#[derive(Clone, Copy)]
struct Update<T> {
    first: Moment<T>,
    first_factor: T,
    beta2: T,
    eps: T,
    learning_rate: T,
}

impl<T: Real> CoordinateUpdate<T, 2> for Update<T> {
    #[inline(always)]
    fn apply(self, gradient: T, _point: T, [m, u]: [T; 2]) -> Coordinate<T, 2> {
        let m = self.first.next(m, gradient);
        let u = (self.beta2 * u).maximum(gradient.abs() + self.eps);
        // Without ε the maximum decays down to the smallest numbers where gradients stay 0.
        let effective_step = quotient(self.learning_rate, u).minimum(T::max_value());
        Coordinate { state: [m, u], effective_step, direction: m * self.first_factor }
    }
}
