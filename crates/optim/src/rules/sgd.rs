//! Gradient descent, with momentum in the forms of Polyak and of Nesterov.

use gradus_tensor::Real;
use serde::{Deserialize, Serialize};

use crate::moment::Moment;
use crate::rule::common_fields;
use crate::{Coordinate, CoordinateUpdate, OptimError, Pass, Rule, Slot, WeightDecay, hyperparameter, limit};

/// Gradient descent with momentum, as PyTorch's `SGD`.
///
/// With η the learning rate, b the momentum and τ the dampening:
///
/// ```text
/// buf₀ = g₀                                (the first gradient is not dampened)
/// buf  ← b·buf + (1 − τ)·g
/// x    ← x − η·buf                         x ← x − η·(g + b·buf)    (nesterov)
/// ```
///
/// without momentum x ← x − η·g, and there is no state. Otherwise the state is `momentum_buffer`.
///
/// **Effective step and direction.** The buffer is a sum; theory speaks of averages. With
/// k = (1 − b)/(1 − τ) the direction is the average m = k·buf, which obeys m ← b·m + (1 − b)·g, and the
/// effective step is η/k in every coordinate. So for τ = 0 the effective step is η/(1 − b), and m starts at
/// (1 − b)·g₀; for τ = b it is η, and m starts at g₀. Nesterov's direction is (1 − b)·g + b·m. The step is
/// PyTorch's to rounding.
///
/// Unlike PyTorch, momentum and dampening of 1 or more are refused: the former sums without forgetting, with
/// the latter no gradient after the first would count.
///
/// Sources: Polyak, *Some methods of speeding up the convergence of iteration methods* (1964); Sutskever,
/// Martens, Dahl, Hinton, *On the importance of initialization and momentum in deep learning* (2013).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sgd {
    /// η ≥ 0; 1e-3 by default.
    pub learning_rate: f64,
    /// b in [0, 1); 0 by default.
    pub momentum: f64,
    /// τ in [0, 1); 0 by default.
    pub dampening: f64,
    /// Whether the gradient is taken as if at the point ahead; needs momentum and no dampening. Off by
    /// default.
    pub nesterov: bool,
    /// How parameters are pulled towards 0; not by default.
    pub weight_decay: WeightDecay,
    /// Whether to ascend; off by default.
    pub maximize: bool,
}

impl Default for Sgd {
    fn default() -> Self {
        Self {
            learning_rate: 1e-3,
            momentum: 0.0,
            dampening: 0.0,
            nesterov: false,
            weight_decay: WeightDecay::None,
            maximize: false,
        }
    }
}

const NAME: &str = "sgd";

impl<T: Real> Rule<T> for Sgd {
    fn name(&self) -> &'static str {
        NAME
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::non_negative(NAME, "learning_rate", self.learning_rate)?;
        hyperparameter::decay(NAME, "momentum", self.momentum)?;
        hyperparameter::decay(NAME, "dampening", self.dampening)?;
        hyperparameter::require(
            !self.nesterov || (self.momentum > 0.0 && self.dampening == 0.0),
            NAME,
            "nesterov",
            self.nesterov,
            "true only with momentum above 0 and dampening 0",
        )
    }

    common_fields!();

    fn largest_gradient(&self) -> T {
        if self.momentum == 0.0 {
            return limit::of_steps(self.learning_rate);
        }
        // The buffer is a sum, and the first gradient in it is not dampened.
        let average = (1.0 - self.momentum) / (1.0 - self.dampening);
        limit::of_steps((1.0 + 1.0 / average) * average.max(1.0) * self.learning_rate.max(1.0))
    }

    fn slots(&self) -> Vec<Slot> {
        if self.momentum == 0.0 { Vec::new() } else { vec![Slot::zeros("momentum_buffer")] }
    }

    fn update(&self, pass: Pass<'_, T>) {
        if self.momentum == 0.0 {
            return pass.fused(Descent { effective_step: T::constant(self.learning_rate) });
        }
        let gain = if pass.step() == 1 { 1.0 } else { 1.0 - self.dampening };
        let sum = Moment::new(self.momentum, gain);
        let average = (1.0 - self.momentum) / (1.0 - self.dampening);
        let effective_step = T::constant(self.learning_rate / average);
        let average = T::constant(average);
        if self.nesterov {
            pass.fused(Nesterov { sum, momentum: T::constant(self.momentum), average, effective_step });
        } else {
            pass.fused(HeavyBall { sum, average, effective_step });
        }
    }
}

/// x ← x − a·g with the same a for all coordinates.
#[derive(Clone, Copy)]
pub(crate) struct Descent<T> {
    pub(crate) effective_step: T,
}

impl<T: Real> CoordinateUpdate<T, 0> for Descent<T> {
    #[inline(always)]
    fn apply(self, gradient: T, _point: T, state: [T; 0]) -> Coordinate<T, 0> {
        Coordinate { state, effective_step: self.effective_step, direction: gradient }
    }
}

#[derive(Clone, Copy)]
struct HeavyBall<T> {
    sum: Moment<T>,
    average: T,
    effective_step: T,
}

impl<T: Real> CoordinateUpdate<T, 1> for HeavyBall<T> {
    #[inline(always)]
    fn apply(self, gradient: T, _point: T, [buffer]: [T; 1]) -> Coordinate<T, 1> {
        let buffer = self.sum.next(buffer, gradient);
        Coordinate { state: [buffer], effective_step: self.effective_step, direction: self.average * buffer }
    }
}

#[derive(Clone, Copy)]
struct Nesterov<T> {
    sum: Moment<T>,
    momentum: T,
    average: T,
    effective_step: T,
}

impl<T: Real> CoordinateUpdate<T, 1> for Nesterov<T> {
    #[inline(always)]
    fn apply(self, gradient: T, _point: T, [buffer]: [T; 1]) -> Coordinate<T, 1> {
        let buffer = self.sum.next(buffer, gradient);
        let direction = self.average * (gradient + self.momentum * buffer);
        Coordinate { state: [buffer], effective_step: self.effective_step, direction }
    }
}
