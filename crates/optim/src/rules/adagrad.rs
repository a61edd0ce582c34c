//! AdaGrad: every coordinate has a step that shrinks with the gradients it has seen.

use gradus_tensor::Real;
use serde::{Deserialize, Serialize};

use crate::rule::common_fields;
use crate::{
    Coordinate, CoordinateUpdate, Denominator, Epsilon, OptimError, Pass, Rule, Slot, WeightDecay,
    hyperparameter, limit,
};

/// AdaGrad, as PyTorch's `Adagrad`.
///
/// With η the learning rate, coordinate by coordinate:
///
/// ```text
/// s ← s + g²                               (s = initial_accumulator_value before the first step)
/// η_t = η/(1 + (t − 1)·lr_decay)           (t is the number of the step, counted from 1)
/// a = η_t/(√s + ε)                         a = η_t/√(s + ε)    (inside_root)
/// x ← x − a·g
/// ```
///
/// With a [delayed](Accumulator::Delayed) accumulator a is formed before s. The effective step is a, the
/// direction is g. A coordinate with s = ε = 0 does not move. The state is `sum`.
///
/// PyTorch has neither `inside_root` nor the delayed accumulator.
///
/// Source: Duchi, Hazan, Singer, *Adaptive subgradient methods for online learning and stochastic
/// optimization* (JMLR 2011).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdaGrad {
    /// η ≥ 0; 0.01 by default.
    pub learning_rate: f64,
    /// ε ≥ 0; 1e-10 by default.
    pub eps: f64,
    /// s before the first step, at least 0; 0 by default. When it is 0 the first step of every coordinate
    /// has length η (but for ε), however small the gradient.
    pub initial_accumulator_value: f64,
    /// Where ε stands; outside the root by default.
    pub epsilon: Epsilon,
    /// Whether a step sees its own gradient in s; it does by default.
    pub accumulator: Accumulator,
    /// How fast the learning rate falls with the steps, at least 0; 0 by default.
    pub lr_decay: f64,
    /// How parameters are pulled towards 0; not by default.
    pub weight_decay: WeightDecay,
    /// Whether to ascend; off by default.
    pub maximize: bool,
}

impl Default for AdaGrad {
    fn default() -> Self {
        Self {
            learning_rate: 0.01,
            eps: 1e-10,
            initial_accumulator_value: 0.0,
            epsilon: Epsilon::OutsideRoot,
            accumulator: Accumulator::Current,
            lr_decay: 0.0,
            weight_decay: WeightDecay::None,
            maximize: false,
        }
    }
}

/// Which sum of squares divides a step of AdaGrad.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Accumulator {
    /// The sum that includes the gradient of this step.
    #[default]
    Current,
    /// The sum up to the step before, so that the effective step does not depend on the gradient that it
    /// multiplies, which stochastic analyses ask for. The price: one step can be arbitrarily long. Give
    /// `initial_accumulator_value` a positive value, otherwise the first effective step is η/ε.
    Delayed,
}

impl Accumulator {
    /// The sum that divides, of the one before and the one after this step's gradient.
    #[inline(always)]
    pub(crate) fn choose<T>(self, before: T, after: T) -> T {
        match self {
            Accumulator::Current => after,
            Accumulator::Delayed => before,
        }
    }
}

/// The name of the state, PyTorch's.
pub(crate) const SUM: &str = "sum";

const NAME: &str = "adagrad";

impl<T: Real> Rule<T> for AdaGrad {
    fn name(&self) -> &'static str {
        NAME
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::adaptive::<T>(NAME, self.learning_rate, self.eps)?;
        hyperparameter::non_negative(NAME, "initial_accumulator_value", self.initial_accumulator_value)?;
        hyperparameter::not_hat(NAME, self.epsilon)?;
        hyperparameter::non_negative(NAME, "lr_decay", self.lr_decay)
    }

    common_fields!();

    fn largest_gradient(&self) -> T {
        let start = self.epsilon.denominator::<f64>(self.eps, 1.0).at(self.initial_accumulator_value);
        let root = start.max(limit::least_root::<T>());
        match self.accumulator {
            Accumulator::Current => limit::of_squares(),
            Accumulator::Delayed => {
                limit::of_squares::<T>().minimum(limit::of_steps(self.learning_rate / root))
            }
        }
    }

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::filled(SUM, self.initial_accumulator_value).non_negative()]
    }

    fn update(&self, pass: Pass<'_, T>) {
        let decayed = self.learning_rate / (1.0 + (pass.step() - 1) as f64 * self.lr_decay);
        pass.fused(Update {
            learning_rate: T::constant(decayed),
            denominator: self.epsilon.denominator(self.eps, 1.0),
            accumulator: self.accumulator,
        });
    }
}

#[derive(Clone, Copy)]
struct Update<T> {
    learning_rate: T,
    denominator: Denominator<T>,
    accumulator: Accumulator,
}

impl<T: Real> CoordinateUpdate<T, 1> for Update<T> {
    #[inline(always)]
    fn apply(self, gradient: T, _point: T, [before]: [T; 1]) -> Coordinate<T, 1> {
        let after = before + gradient * gradient;
        let sum = self.accumulator.choose(before, after);
        let effective_step = self.denominator.divide(self.learning_rate, sum);
        Coordinate { state: [after], effective_step, direction: gradient }
    }
}
