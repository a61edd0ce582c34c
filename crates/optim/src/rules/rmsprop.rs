//! RMSProp: every coordinate is divided by a running root mean square of its gradients.

use gradus_tensor::Real;
use serde::{Deserialize, Serialize};

use crate::moment::Moment;
use crate::rule::common_fields;
use crate::{
    Coordinate, CoordinateUpdate, Denominator, Epsilon, OptimError, Pass, Rule, Slot, WeightDecay,
    hyperparameter, limit,
};

/// RMSProp, as PyTorch's `RMSprop`: [`Adam`](crate::Adam) with β₁ = 0, β₂ = α and no bias correction.
///
/// With η the learning rate, coordinate by coordinate:
///
/// ```text
/// v ← α·v + (1 − α)·g²
/// w ← α·w + (1 − α)·g                      (centered: v − w², at least 0, stands for v below)
/// a = η/(√v + ε)                           a = η/√(v + ε)    (inside_root)
/// x ← x − a·g
///
/// b ← μ·b + a/η·g                          (momentum)
/// x ← x − η·b
/// ```
///
/// The effective step is a, the direction is g; with momentum they are η and b, which is no average of gradients, and
/// no theorem about averages speaks of it. The state is `square_avg` (v), if centered `grad_avg` (w), and with
/// momentum `momentum_buffer` (b). On λx²/2 with λ > 2ε/η a run without momentum that is not centered does not
/// converge to the minimiser: outside the root, ±(η/2 − ε/λ) is an attracting cycle.
///
/// PyTorch has no `inside_root`, and where rounding makes v − w² negative its root is NaN.
///
/// Sources: Tieleman, Hinton, *Neural networks for machine learning*, lecture 6.5 (2012); centered, with momentum:
/// Graves, *Generating sequences with recurrent neural networks* (arXiv 1308.0850), equations 38 to 45.
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
    /// μ in [0, 1), the momentum of the divided gradients; 0 by default.
    pub momentum: f64,
    /// Whether the average of squares is made a variance; off by default.
    pub centered: bool,
    /// How parameters are pulled towards 0; not by default.
    pub weight_decay: WeightDecay,
    /// Whether to ascend; off by default.
    pub maximize: bool,
}

impl Default for RmsProp {
    fn default() -> Self {
        Self {
            learning_rate: 0.01,
            alpha: 0.99,
            eps: 1e-8,
            epsilon: Epsilon::OutsideRoot,
            momentum: 0.0,
            centered: false,
            weight_decay: WeightDecay::None,
            maximize: false,
        }
    }
}

const NAME: &str = "rmsprop";

impl<T: Real> Rule<T> for RmsProp {
    fn name(&self) -> &'static str {
        NAME
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::decay(NAME, "alpha", self.alpha)?;
        hyperparameter::adaptive::<T>(NAME, self.learning_rate, self.eps)?;
        hyperparameter::not_hat(NAME, self.epsilon)?;
        hyperparameter::decay(NAME, "momentum", self.momentum)
    }

    common_fields!();

    fn largest_gradient(&self) -> T {
        // The variance of a centred average can be 0 beside any gradient.
        let longest = if self.centered { self.learning_rate.max(1.0) / self.eps } else { 0.0 };
        let longest = if self.eps > 0.0 { longest / (1.0 - self.momentum) } else { 0.0 };
        limit::of_squares::<T>().minimum(limit::of_steps(longest))
    }

    fn slots(&self) -> Vec<Slot> {
        let mut slots = vec![Slot::zeros("square_avg").non_negative()];
        if self.centered {
            slots.push(Slot::zeros("grad_avg"));
        }
        if self.momentum > 0.0 {
            slots.push(Slot::zeros("momentum_buffer"));
        }
        slots
    }

    fn update(&self, pass: Pass<'_, T>) {
        let average = Moment::average(self.alpha);
        let denominator = self.epsilon.denominator(self.eps, 1.0);
        let learning_rate = T::constant(self.learning_rate);
        let scaling = Scaling { average, denominator };
        let sum = Moment::new(self.momentum, 1.0);
        match (self.centered, self.momentum > 0.0) {
            (false, false) => pass.fused(Plain { scaling, learning_rate }),
            (true, false) => pass.fused(Centered { scaling, learning_rate }),
            (false, true) => pass.fused(Momentum { scaling, learning_rate, sum }),
            (true, true) => pass.fused(CenteredMomentum { scaling, learning_rate, sum }),
        }
    }
}

/// The averages, and what they divide.
#[derive(Clone, Copy)]
struct Scaling<T> {
    average: Moment<T>,
    denominator: Denominator<T>,
}

impl<T: Real> Scaling<T> {
    #[inline(always)]
    fn square(self, v: T, gradient: T) -> T {
        self.average.next(v, gradient * gradient)
    }

    /// The new averages of squares and of gradients, and the variance.
    #[inline(always)]
    fn variance(self, v: T, w: T, gradient: T) -> (T, T, T) {
        let (v, w) = (self.square(v, gradient), self.average.next(w, gradient));
        (v, w, (v - w * w).maximum(T::zero()))
    }
}

#[derive(Clone, Copy)]
struct Plain<T> {
    scaling: Scaling<T>,
    learning_rate: T,
}

impl<T: Real> CoordinateUpdate<T, 1> for Plain<T> {
    #[inline(always)]
    fn apply(self, gradient: T, _point: T, [v]: [T; 1]) -> Coordinate<T, 1> {
        let v = self.scaling.square(v, gradient);
        let effective_step = self.scaling.denominator.divide(self.learning_rate, v);
        Coordinate { state: [v], effective_step, direction: gradient }
    }
}

#[derive(Clone, Copy)]
struct Centered<T> {
    scaling: Scaling<T>,
    learning_rate: T,
}

impl<T: Real> CoordinateUpdate<T, 2> for Centered<T> {
    #[inline(always)]
    fn apply(self, gradient: T, _point: T, [v, w]: [T; 2]) -> Coordinate<T, 2> {
        let (v, w, variance) = self.scaling.variance(v, w, gradient);
        let effective_step = self.scaling.denominator.divide(self.learning_rate, variance);
        Coordinate { state: [v, w], effective_step, direction: gradient }
    }
}

#[derive(Clone, Copy)]
struct Momentum<T> {
    scaling: Scaling<T>,
    learning_rate: T,
    sum: Moment<T>,
}

impl<T: Real> CoordinateUpdate<T, 2> for Momentum<T> {
    #[inline(always)]
    fn apply(self, gradient: T, _point: T, [v, buffer]: [T; 2]) -> Coordinate<T, 2> {
        let v = self.scaling.square(v, gradient);
        let buffer = self.sum.next(buffer, self.scaling.denominator.divide(gradient, v));
        Coordinate { state: [v, buffer], effective_step: self.learning_rate, direction: buffer }
    }
}

#[derive(Clone, Copy)]
struct CenteredMomentum<T> {
    scaling: Scaling<T>,
    learning_rate: T,
    sum: Moment<T>,
}

impl<T: Real> CoordinateUpdate<T, 3> for CenteredMomentum<T> {
    #[inline(always)]
    fn apply(self, gradient: T, _point: T, [v, w, buffer]: [T; 3]) -> Coordinate<T, 3> {
        let (v, w, variance) = self.scaling.variance(v, w, gradient);
        let buffer = self.sum.next(buffer, self.scaling.denominator.divide(gradient, variance));
        Coordinate { state: [v, w, buffer], effective_step: self.learning_rate, direction: buffer }
    }
}
