//! Adam: averages of the gradient over roots of averages of its square.

use gradus_tensor::Real;
use serde::{Deserialize, Serialize};

use crate::moment::{Moment, bias_correction};
use crate::rule::common_fields;
use crate::{
    Coordinate, CoordinateUpdate, Denominator, Epsilon, OptimError, Pass, Rule, Slot, WeightDecay,
    hyperparameter, limit,
};

/// Adam, as PyTorch's `Adam`.
///
/// With η the learning rate and t the number of the step, counted from 1, coordinate by coordinate:
///
/// ```text
/// m ← β₁·m + (1 − β₁)·g                    m̂ = m/(1 − β₁ᵗ)
/// v ← β₂·v + (1 − β₂)·g²                   v̂ = v/(1 − β₂ᵗ)
/// a = η/(√v̂ + ε)                           (outside_root)
/// a = η/√(v̂ + ε)                           (inside_root)
/// a = η/(√v̂ + ε/√(1 − β₂ᵗ))                (hat)
/// x ← x − a·m̂
/// ```
///
/// The form with ε̂ is that of TensorFlow: a·m̂ = η·√(1 − β₂ᵗ)/(1 − β₁ᵗ) · m/(√v + ε). Without bias correction
/// m and v stand for m̂ and v̂. The effective step is a, the direction is m̂ (m without bias correction). The
/// state is `exp_avg` (m) and `exp_avg_sq` (v).
///
/// PyTorch has only `outside_root` with bias correction; its `amsgrad` is [`AmsGrad`](crate::AmsGrad).
///
/// Source: Kingma, Ba, *Adam: a method for stochastic optimization* (ICLR 2015), algorithm 1 and, for ε̂, the
/// end of section 2.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Adam {
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
    /// How parameters are pulled towards 0; not by default.
    pub weight_decay: WeightDecay,
    /// Whether to ascend; off by default.
    pub maximize: bool,
}

impl Default for Adam {
    fn default() -> Self {
        Self {
            learning_rate: 1e-3,
            betas: (0.9, 0.999),
            eps: 1e-8,
            epsilon: Epsilon::OutsideRoot,
            bias_correction: true,
            weight_decay: WeightDecay::None,
            maximize: false,
        }
    }
}

const NAME: &str = "adam";

impl Adam {
    /// Whether every hyper-parameter is in its range, under the name of the rule that has it.
    pub(crate) fn validate_as<T: Real>(&self, name: &'static str) -> Result<(), OptimError> {
        hyperparameter::betas(name, self.betas)?;
        hyperparameter::adaptive::<T>(name, self.learning_rate, self.eps)
    }
}

impl<T: Real> Rule<T> for Adam {
    fn name(&self) -> &'static str {
        NAME
    }

    fn validate(&self) -> Result<(), OptimError> {
        self.validate_as::<T>(NAME)
    }

    common_fields!();

    fn largest_gradient(&self) -> T {
        limit::of_squares()
    }

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::zeros("exp_avg"), Slot::zeros("exp_avg_sq").non_negative()]
    }

    fn update(&self, pass: Pass<'_, T>) {
        let corrections = corrections(self.bias_correction, self.betas, pass.step());
        pass.fused(Update {
            moments: Moments::new(self.betas),
            first_factor: T::constant(1.0 / corrections.0),
            second_factor: T::constant(1.0 / corrections.1),
            learning_rate: T::constant(self.learning_rate),
            denominator: self.epsilon.denominator(self.eps, corrections.1),
        });
    }
}

/// 1 − β₁ᵗ and 1 − β₂ᵗ, or 1 and 1 without bias correction.
pub(crate) fn corrections(enabled: bool, (beta1, beta2): (f64, f64), step: u64) -> (f64, f64) {
    if enabled { (bias_correction(beta1, step), bias_correction(beta2, step)) } else { (1.0, 1.0) }
}

/// The first and the second moment of the Adam family.
#[derive(Clone, Copy)]
pub(crate) struct Moments<T> {
    first: Moment<T>,
    second: Moment<T>,
}

impl<T: Real> Moments<T> {
    pub(crate) fn new((beta1, beta2): (f64, f64)) -> Self {
        Self { first: Moment::average(beta1), second: Moment::average(beta2) }
    }

    #[inline(always)]
    pub(crate) fn next(self, m: T, v: T, gradient: T) -> (T, T) {
        (self.first.next(m, gradient), self.second.next(v, gradient * gradient))
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Update<T> {
    pub(crate) moments: Moments<T>,
    /// Factors, not divisors: division is the slowest operation of the loop.
    pub(crate) first_factor: T,
    pub(crate) second_factor: T,
    pub(crate) learning_rate: T,
    pub(crate) denominator: Denominator<T>,
}

impl<T: Real> CoordinateUpdate<T, 2> for Update<T> {
    #[inline(always)]
    fn apply(self, gradient: T, _point: T, [m, v]: [T; 2]) -> Coordinate<T, 2> {
        let (m, v) = self.moments.next(m, v, gradient);
        let effective_step = self.denominator.divide(self.learning_rate, v * self.second_factor);
        Coordinate { state: [m, v], effective_step, direction: m * self.first_factor }
    }
}
