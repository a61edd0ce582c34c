//! AdamW: Adam with decoupled weight decay.

use gradus_tensor::Real;
use serde::{Deserialize, Serialize};

use crate::rule::common_fields;
use crate::{Adam, Epsilon, OptimError, Pass, Rule, Slot, WeightDecay, limit};

/// AdamW, as PyTorch's `AdamW`: the update of [`Adam`], after x ← (1 − η·λ)·x.
///
/// Its fields are those of [`Adam`], and so is all but the name and the default of
/// [`weight_decay`](Self::weight_decay). The state is `exp_avg` and `exp_avg_sq`.
///
/// Source: Loshchilov, Hutter, *Decoupled weight decay regularization* (ICLR 2019), algorithm 2 without the factor
/// η_t of the schedule, which here is part of η.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdamW {
    /// η ≥ 0; 1e-3 by default.
    pub learning_rate: f64,
    /// (β₁, β₂), the decays of the averages, each in [0, 1); (0.9, 0.999) by default.
    pub betas: (f64, f64),
    /// ε ≥ 0; 1e-8 by default.
    pub eps: f64,
    /// Where ε stands; outside the root by default.
    pub epsilon: Epsilon,
    /// Whether the averages are divided by the sums of their weights; on by default.
    pub bias_correction: bool,
    /// How parameters are pulled towards 0; decoupled with λ = 0.01 by default.
    pub weight_decay: WeightDecay,
    /// Whether to ascend; off by default.
    pub maximize: bool,
}

impl Default for AdamW {
    fn default() -> Self {
        let Adam { learning_rate, betas, eps, epsilon, bias_correction, weight_decay: _, maximize } =
            Adam::default();
        let weight_decay = WeightDecay::Decoupled(0.01);
        Self { learning_rate, betas, eps, epsilon, bias_correction, weight_decay, maximize }
    }
}

impl From<AdamW> for Adam {
    fn from(rule: AdamW) -> Self {
        let AdamW { learning_rate, betas, eps, epsilon, bias_correction, weight_decay, maximize } = rule;
        Self { learning_rate, betas, eps, epsilon, bias_correction, weight_decay, maximize }
    }
}

const NAME: &str = "adamw";

impl<T: Real> Rule<T> for AdamW {
    fn name(&self) -> &'static str {
        NAME
    }

    fn validate(&self) -> Result<(), OptimError> {
        Adam::from(*self).validate_as::<T>(NAME)
    }

    common_fields!();

    fn largest_gradient(&self) -> T {
        limit::of_squares()
    }

    fn slots(&self) -> Vec<Slot> {
        Rule::<T>::slots(&Adam::from(*self))
    }

    fn update(&self, pass: Pass<'_, T>) {
        Adam::from(*self).update(pass);
    }
}
