//! LAMB: Adam whose step is in proportion to the norm of each parameter.

use gradus_tensor::Real;
use serde::{Deserialize, Serialize};

use super::adam::{Moments, corrections};
use crate::rule::learning_rate_field;
use crate::{
    Common, Coordinate, CoordinateUpdate, Denominator, Epsilon, OptimError, Pass, Rule, Slot, hyperparameter,
    limit, reduction,
};

/// LAMB, layer-wise adaptive moments for batch training; PyTorch does not have it.
///
/// With η the learning rate and t the number of the step, counted from 1, for every parameter (tensor) x:
///
/// ```text
/// m ← β₁·m + (1 − β₁)·g                    m̂ = m/(1 − β₁ᵗ)
/// v ← β₂·v + (1 − β₂)·g²                   v̂ = v/(1 − β₂ᵗ)
/// p = m̂/(√v̂ + ε) + λ·x
/// x ← x − η·‖x‖/‖p‖·p                      (x ← x − η·p where ‖x‖ or ‖p‖ is 0)
/// ```
///
/// The effective step is η·‖x‖/‖p‖ in all coordinates of a parameter, the direction is p, which is no average of
/// gradients. The state is `exp_avg` (m) and `exp_avg_sq` (v).
///
/// A step passes over every parameter several times: first u is written down, for its norm must be known before the
/// parameter can move.
///
/// Source: You and others, *Large batch optimization for deep learning: training BERT in 76 minutes* (ICLR 2020),
/// algorithm 2 with φ(z) = z.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lamb {
    /// η ≥ 0; 1e-3 by default.
    pub learning_rate: f64,
    /// (β₁, β₂), the decays of the averages, each in [0, 1); (0.9, 0.999) by default.
    pub betas: (f64, f64),
    /// ε ≥ 0; 1e-6 by default.
    pub eps: f64,
    /// λ ≥ 0, part of the direction; 0.01 by default.
    pub weight_decay: f64,
    /// Whether the averages are divided by the sums of their weights; on by default.
    pub bias_correction: bool,
    /// Whether to ascend; off by default.
    pub maximize: bool,
}

impl Default for Lamb {
    fn default() -> Self {
        Self {
            learning_rate: 1e-3,
            betas: (0.9, 0.999),
            eps: 1e-6,
            weight_decay: 0.01,
            bias_correction: true,
            maximize: false,
        }
    }
}

const NAME: &str = "lamb";

impl<T: Real> Rule<T> for Lamb {
    fn name(&self) -> &'static str {
        NAME
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::betas(NAME, self.betas)?;
        hyperparameter::adaptive::<T>(NAME, self.learning_rate, self.eps)?;
        hyperparameter::non_negative(NAME, "weight_decay", self.weight_decay)
    }

    learning_rate_field!();

    fn common(&self) -> Common {
        Common { maximize: self.maximize, ..Common::default() }
    }

    fn largest_gradient(&self) -> T {
        limit::of_squares()
    }

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::zeros("exp_avg"), Slot::zeros("exp_avg_sq").non_negative()]
    }

    fn update(&self, pass: Pass<'_, T>) {
        let corrections = corrections(self.bias_correction, self.betas, pass.step());
        let update = Update {
            moments: Moments::new(self.betas),
            first_factor: T::constant(1.0 / corrections.0),
            second_factor: T::constant(1.0 / corrections.1),
            denominator: Epsilon::OutsideRoot.denominator(self.eps, corrections.1),
            decay: T::constant(self.weight_decay),
        };
        pass.per_parameter(|mut parameter| {
            parameter.fused(update);
            let (size, length) = (reduction::norm(parameter.values), reduction::norm(parameter.direction));
            let trust = if size == 0.0 || length == 0.0 { 1.0 } else { size / length };
            limit::clamped(self.learning_rate * trust)
        });
    }
}

#[derive(Clone, Copy)]
struct Update<T> {
    moments: Moments<T>,
    first_factor: T,
    second_factor: T,
    denominator: Denominator<T>,
    decay: T,
}

impl<T: Real> CoordinateUpdate<T, 2> for Update<T> {
    #[inline(always)]
    fn apply(self, gradient: T, point: T, [m, v]: [T; 2]) -> Coordinate<T, 2> {
        let (m, v) = self.moments.next(m, v, gradient);
        let adapted = self.denominator.divide(m * self.first_factor, v * self.second_factor);
        let direction = adapted + self.decay * point;
        Coordinate { state: [m, v], effective_step: T::one(), direction }
    }
}
