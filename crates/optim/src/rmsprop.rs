//! RMSProp: every coordinate is divided by a running root mean square of its gradients.

use gradus_tensor::Real;
use serde::{Deserialize, Serialize};

use crate::moment::Moment;
use crate::{
    Coordinate, CoordinateUpdate, Denominator, Epsilon, OptimError, Pass, Rule, Slot, hyperparameter,
};

/// RMSProp, as PyTorch's `RMSprop`: [`Adam`](crate::Adam) with β₁ = 0, β₂ = α and no bias correction.
///
/// With η the learning rate, coordinate by coordinate:
///
/// ```text
/// v ← α·v + (1 − α)·g²
/// a = η/(√v + ε)                           a = η/√(v + ε)    (inside_root)
/// x ← x − a·g
/// ```
///
/// The effective step is a, the direction is g. The state is `square_avg`. On λx²/2 with λ > 2ε/η a run does
/// not converge to the minimiser: outside the root, ±(η/2 − ε/λ) is an attracting cycle.
///
/// PyTorch has no `inside_root`; its `momentum` and `centered` are not here.
///
/// Source: Tieleman, Hinton, *Neural networks for machine learning*, lecture 6.5 (2012).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RmsProp {
    /// η ≥ 0; 0.01 by default.
    pub learning_rate: f64,
    /// α in [0, 1), the decay of the average of squares; 0.99 by default.
    pub alpha: f64,
    /// ε ≥ 0; 1e-8 by default.
    pub eps: f64,
    /// Where ε stands; outside the root by default.
    pub epsilon: Epsilon,
}

impl Default for RmsProp {
    fn default() -> Self {
        Self { learning_rate: 0.01, alpha: 0.99, eps: 1e-8, epsilon: Epsilon::OutsideRoot }
    }
}

const NAME: &str = "rmsprop";

impl<T: Real> Rule<T> for RmsProp {
    fn name(&self) -> &'static str {
        NAME
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::non_negative(NAME, "learning_rate", self.learning_rate)?;
        hyperparameter::decay(NAME, "alpha", self.alpha)?;
        hyperparameter::non_negative(NAME, "eps", self.eps)?;
        hyperparameter::not_hat(NAME, self.epsilon)
    }

    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    fn set_learning_rate(&mut self, value: f64) {
        self.learning_rate = value;
    }

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::zeros("square_avg")]
    }

    fn update(&self, pass: Pass<'_, T>) {
        pass.fused(Update {
            second: Moment::average(self.alpha),
            learning_rate: T::constant(self.learning_rate),
            denominator: self.epsilon.denominator(self.eps, 1.0),
        });
    }
}

#[derive(Clone, Copy)]
struct Update<T> {
    second: Moment<T>,
    learning_rate: T,
    denominator: Denominator<T>,
}

impl<T: Real> CoordinateUpdate<T, 1> for Update<T> {
    #[inline(always)]
    fn apply(self, gradient: T, [v]: [T; 1]) -> Coordinate<T, 1> {
        let v = self.second.next(v, gradient * gradient);
        let effective_step = self.denominator.divide(self.learning_rate, v);
        Coordinate { state: [v], effective_step, direction: gradient }
    }
}
