//! AdaGrad-Norm: gradient descent with one step size that shrinks with the gradients seen.

use gradus_tensor::Real;
use serde::{Deserialize, Serialize};

use super::adagrad::SUM;
use super::sgd::Descent;
use crate::epsilon::quotient;
use crate::rule::common_fields;
use crate::{
    Accumulator, AdaGrad, Epsilon, OptimError, Pass, Rule, Slot, WeightDecay, hyperparameter, limit,
    reduction,
};

/// AdaGrad-Norm; PyTorch does not have it.
///
/// ```text
/// s ← s + ‖g‖²                             (one number; initial_accumulator_value before the first step)
/// a = η/(√s + ε)                           a = η/√(s + ε)    (inside_root)
/// x ← x − a·g
/// ```
///
/// With a [delayed](Accumulator::Delayed) accumulator a is formed before s. The effective step is a in every
/// coordinate, the direction is g; for s = ε = 0 nothing moves. The state is the scalar `sum`. The defaults are
/// those of [`AdaGrad`](crate::AdaGrad).
///
/// A step passes over the gradient twice: s, and with it the step of every coordinate, is known only after ‖g‖.
///
/// Source: Ward, Wu, Bottou, *AdaGrad stepsizes: sharp convergence over nonconvex landscapes* (ICML 2019);
/// under the PL condition Xie, Wu, Ward (AISTATS 2020, arXiv 1908.10525).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdaGradNorm {
    /// η ≥ 0; 0.01 by default.
    pub learning_rate: f64,
    /// ε ≥ 0; 1e-10 by default.
    pub eps: f64,
    /// s before the first step, at least 0; 0 by default.
    pub initial_accumulator_value: f64,
    /// Where ε stands; outside the root by default.
    pub epsilon: Epsilon,
    /// Whether a step sees its own gradient in s; it does by default.
    pub accumulator: Accumulator,
    /// How parameters are pulled towards 0; not by default.
    pub weight_decay: WeightDecay,
    /// Whether to ascend; off by default.
    pub maximize: bool,
}

impl Default for AdaGradNorm {
    fn default() -> Self {
        let AdaGrad {
            learning_rate,
            eps,
            initial_accumulator_value,
            epsilon,
            accumulator,
            weight_decay,
            maximize,
            lr_decay: _,
        } = AdaGrad::default();
        Self { learning_rate, eps, initial_accumulator_value, epsilon, accumulator, weight_decay, maximize }
    }
}

const NAME: &str = "adagrad_norm";

impl<T: Real> Rule<T> for AdaGradNorm {
    fn name(&self) -> &'static str {
        NAME
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::adaptive::<T>(NAME, self.learning_rate, self.eps)?;
        hyperparameter::non_negative(NAME, "initial_accumulator_value", self.initial_accumulator_value)?;
        hyperparameter::not_hat(NAME, self.epsilon)
    }

    common_fields!();

    fn largest_gradient(&self) -> T {
        limit::of_squares()
    }

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::scalar(SUM, self.initial_accumulator_value).non_negative()]
    }

    fn update(&self, mut pass: Pass<'_, T>) {
        let squared_norm = reduction::squared_norm(pass.gradient());
        let sum = pass.scalar_state(0);
        let before = *sum;
        *sum += squared_norm;
        let denominator = self.epsilon.denominator::<f64>(self.eps, 1.0);
        let step = denominator.divide(self.learning_rate, self.accumulator.choose(before, *sum));
        // A delayed sum that is tiny beside the gradient makes a step that no element type holds.
        let longest = quotient(T::max_value().to_f64() / 4.0, squared_norm.sqrt());
        let step = if squared_norm > 1.0 { step.min(longest) } else { step };
        pass.fused(Descent { effective_step: limit::clamped(step) });
    }
}
