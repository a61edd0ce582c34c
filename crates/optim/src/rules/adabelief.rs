//! AdaBelief: long steps where gradients are as predicted, short ones where they surprise.

use gradus_tensor::Real;
use serde::{Deserialize, Serialize};

use super::adam::corrections;
use crate::moment::Moment;
use crate::rule::common_fields;
use crate::{
    Coordinate, CoordinateUpdate, Denominator, Epsilon, OptimError, Pass, Rule, Slot, WeightDecay,
    hyperparameter, limit,
};

/// AdaBelief; PyTorch does not have it.
///
/// With η the learning rate and t the number of the step, counted from 1, coordinate by coordinate:
///
/// ```text
/// m ← β₁·m + (1 − β₁)·g                    m̂ = m/(1 − β₁ᵗ)
/// s ← β₂·s + (1 − β₂)·(g − m)² + ε         ŝ = s/(1 − β₂ᵗ)        (m is the new average)
/// x ← x − η/(√ŝ + ε)·m̂
/// ```
///
/// The effective step is η/(√ŝ + ε), the direction is m̂. The state is `exp_avg` (m) and `exp_avg_var` (s). ε is added
/// to s at every step, so s does not fall below ε/(1 − β₂) in the long run.
///
/// Source: Zhuang and others, *AdaBelief optimizer: adapting stepsizes by the belief in observed gradients* (NeurIPS
/// 2020), algorithm 2.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdaBelief {
    /// η ≥ 0; 1e-3 by default.
    pub learning_rate: f64,
    /// (β₁, β₂), the decays of the averages, each in [0, 1); (0.9, 0.999) by default.
    pub betas: (f64, f64),
    /// ε ≥ 0; 1e-16 by default, as in the authors' package since its version 0.2; the paper has 1e-8.
    pub eps: f64,
    /// How parameters are pulled towards 0; not by default.
    pub weight_decay: WeightDecay,
    /// Whether to ascend; off by default.
    pub maximize: bool,
}

impl Default for AdaBelief {
    fn default() -> Self {
        Self {
            learning_rate: 1e-3,
            betas: (0.9, 0.999),
            eps: 1e-16,
            weight_decay: WeightDecay::None,
            maximize: false,
        }
    }
}

const NAME: &str = "adabelief";

impl<T: Real> Rule<T> for AdaBelief {
    fn name(&self) -> &'static str {
        NAME
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::betas(NAME, self.betas)?;
        hyperparameter::adaptive::<T>(NAME, self.learning_rate, self.eps)
    }

    common_fields!();

    fn largest_gradient(&self) -> T {
        // The variance of a constant gradient is 0, and only ε divides.
        let longest = if self.eps > 0.0 { self.learning_rate / self.eps.sqrt() } else { 0.0 };
        limit::of_squares::<T>().minimum(limit::of_steps(longest))
    }

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::zeros("exp_avg"), Slot::zeros("exp_avg_var").non_negative()]
    }

    fn update(&self, pass: Pass<'_, T>) {
        let corrections = corrections(true, self.betas, pass.step());
        pass.fused(Update {
            first: Moment::average(self.betas.0),
            second: Moment::average(self.betas.1),
            first_factor: T::constant(1.0 / corrections.0),
            second_factor: T::constant(1.0 / corrections.1),
            eps: T::constant(self.eps),
            learning_rate: T::constant(self.learning_rate),
            denominator: Epsilon::OutsideRoot.denominator(self.eps, corrections.1),
        });
    }
}

#[derive(Clone, Copy)]
struct Update<T> {
    first: Moment<T>,
    second: Moment<T>,
    first_factor: T,
    second_factor: T,
    eps: T,
    learning_rate: T,
    denominator: Denominator<T>,
}

impl<T: Real> CoordinateUpdate<T, 2> for Update<T> {
    #[inline(always)]
    fn apply(self, gradient: T, _point: T, [m, s]: [T; 2]) -> Coordinate<T, 2> {
        let m = self.first.next(m, gradient);
        let surprise = gradient - m;
        let s = self.second.next(s, surprise * surprise) + self.eps;
        let effective_step = self.denominator.divide(self.learning_rate, s * self.second_factor);
        Coordinate { state: [m, s], effective_step, direction: m * self.first_factor }
    }
}
