//! NAdam: Adam with Nesterov's momentum.

use gradus_tensor::Real;
use serde::{Deserialize, Serialize};

use super::adam::Moments;
use crate::moment::bias_correction;
use crate::rule::common_fields;
use crate::{
    Coordinate, CoordinateUpdate, Denominator, Epsilon, OptimError, Pass, Rule, Slot, WeightDecay,
    hyperparameter, limit,
};

/// NAdam, as PyTorch's `NAdam`.
///
/// With η the learning rate, ψ the momentum decay and t the number of the step, counted from 1, coordinate by
/// coordinate:
///
/// ```text
/// μ_t = β₁·(1 − ½·0.96^(t·ψ))              Π_t = μ_1·…·μ_t
/// m ← β₁·m + (1 − β₁)·g
/// v ← β₂·v + (1 − β₂)·g²                   v̂ = v/(1 − β₂ᵗ)
/// p = (1 − μ_t)/(1 − Π_t)·g + μ_{t+1}/(1 − Π_{t+1})·m
/// x ← x − η/(√v̂ + ε)·p
/// ```
///
/// The effective step is η/(√v̂ + ε), the direction is p. The state is `exp_avg` (m), `exp_avg_sq` (v) and the
/// scalar `mu_product` (Π).
///
/// Source: Dozat, *Incorporating Nesterov momentum into Adam* (ICLR 2016 workshop), algorithm 2; μ_t is that of
/// Sutskever and others with Dozat's constants.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NAdam {
    /// η ≥ 0; 2e-3 by default.
    pub learning_rate: f64,
    /// (β₁, β₂), the decays of the averages, each in [0, 1); (0.9, 0.999) by default.
    pub betas: (f64, f64),
    /// ε ≥ 0; 1e-8 by default.
    pub eps: f64,
    /// ψ ≥ 0, how fast the momentum grows from about β₁/2 to β₁; 4e-3 by default.
    pub momentum_decay: f64,
    /// How parameters are pulled towards 0; not by default.
    pub weight_decay: WeightDecay,
    /// Whether to ascend; off by default.
    pub maximize: bool,
}

impl Default for NAdam {
    fn default() -> Self {
        Self {
            learning_rate: 2e-3,
            betas: (0.9, 0.999),
            eps: 1e-8,
            momentum_decay: 4e-3,
            weight_decay: WeightDecay::None,
            maximize: false,
        }
    }
}

impl NAdam {
    /// μ_t.
    fn momentum(&self, step: u64) -> f64 {
        self.betas.0 * (1.0 - 0.5 * 0.96_f64.powf(step as f64 * self.momentum_decay))
    }
}

const NAME: &str = "nadam";

impl<T: Real> Rule<T> for NAdam {
    fn name(&self) -> &'static str {
        NAME
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::betas(NAME, self.betas)?;
        hyperparameter::adaptive::<T>(NAME, self.learning_rate, self.eps)?;
        hyperparameter::non_negative(NAME, "momentum_decay", self.momentum_decay)
    }

    common_fields!();

    fn largest_gradient(&self) -> T {
        limit::of_squares()
    }

    fn slots(&self) -> Vec<Slot> {
        vec![
            Slot::zeros("exp_avg"),
            Slot::zeros("exp_avg_sq").non_negative(),
            Slot::scalar("mu_product", 1.0).non_negative(),
        ]
    }

    fn update(&self, mut pass: Pass<'_, T>) {
        let step = pass.step();
        let (momentum, next) = (self.momentum(step), self.momentum(step + 1));
        let product = pass.scalar_state(2);
        *product *= momentum;
        let product = *product;
        let correction = bias_correction(self.betas.1, step);
        pass.fused(Update {
            moments: Moments::new(self.betas),
            gradient_factor: T::constant((1.0 - momentum) / (1.0 - product)),
            moment_factor: T::constant(next / (1.0 - product * next)),
            second_factor: T::constant(1.0 / correction),
            learning_rate: T::constant(self.learning_rate),
            denominator: Epsilon::OutsideRoot.denominator(self.eps, correction),
        });
    }
}

#[derive(Clone, Copy)]
struct Update<T> {
    moments: Moments<T>,
    gradient_factor: T,
    moment_factor: T,
    second_factor: T,
    learning_rate: T,
    denominator: Denominator<T>,
}

impl<T: Real> CoordinateUpdate<T, 2> for Update<T> {
    #[inline(always)]
    fn apply(self, gradient: T, _point: T, [m, v]: [T; 2]) -> Coordinate<T, 2> {
        let (m, v) = self.moments.next(m, v, gradient);
        let direction = self.gradient_factor * gradient + self.moment_factor * m;
        let effective_step = self.denominator.divide(self.learning_rate, v * self.second_factor);
        Coordinate { state: [m, v], effective_step, direction }
    }
}
