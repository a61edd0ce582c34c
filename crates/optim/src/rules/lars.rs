//! LARS: momentum whose step is in proportion to the norm of each parameter.

use gradus_tensor::Real;
use serde::{Deserialize, Serialize};

use crate::epsilon::quotient;
use crate::rule::learning_rate_field;
use crate::{
    Common, Coordinate, CoordinateUpdate, OptimError, Pass, Rule, Slot, hyperparameter, limit, reduction,
};

/// LARS, layer-wise adaptive rate scaling; PyTorch does not have it.
///
/// With η the learning rate, for every parameter (tensor) x with gradient g:
///
/// ```text
/// r   = trust·‖x‖/(‖g‖ + λ·‖x‖ + ε)        (1 where ‖x‖ or ‖g‖ is 0)
/// buf ← b·buf + η·r·(g + λ·x)
/// x   ← x − buf
/// ```
///
/// The effective step is 1, the direction is buf: it holds the learning rates of all steps. The state is
/// `momentum_buffer` (buf). The authors leave biases and the parameters of normalisations to plain momentum.
///
/// A step passes over every parameter several times: its step is known only after the norms of x and g.
///
/// Source: You, Gitman, Ginsburg, *Large batch training of convolutional networks* (arXiv 1708.03888), algorithm 1;
/// the case of zero norms is that of common implementations.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lars {
    /// η ≥ 0; 1 by default.
    pub learning_rate: f64,
    /// b in [0, 1); 0.9 by default.
    pub momentum: f64,
    /// The trust coefficient, at least 0; 0.001 by default.
    pub trust: f64,
    /// ε ≥ 0; 0 by default.
    pub eps: f64,
    /// λ ≥ 0, part of the ratio of norms; 0 by default.
    pub weight_decay: f64,
    /// Whether to ascend; off by default.
    pub maximize: bool,
}

impl Default for Lars {
    fn default() -> Self {
        Self { learning_rate: 1.0, momentum: 0.9, trust: 1e-3, eps: 0.0, weight_decay: 0.0, maximize: false }
    }
}

const NAME: &str = "lars";

impl<T: Real> Rule<T> for Lars {
    fn name(&self) -> &'static str {
        NAME
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::non_negative(NAME, "learning_rate", self.learning_rate)?;
        hyperparameter::decay(NAME, "momentum", self.momentum)?;
        hyperparameter::non_negative(NAME, "trust", self.trust)?;
        hyperparameter::non_negative(NAME, "eps", self.eps)?;
        hyperparameter::non_negative(NAME, "weight_decay", self.weight_decay)
    }

    learning_rate_field!();

    fn common(&self) -> Common {
        Common { maximize: self.maximize, ..Common::default() }
    }

    fn largest_gradient(&self) -> T {
        limit::of_steps(self.learning_rate.max(1.0) / (1.0 - self.momentum))
    }

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::zeros("momentum_buffer")]
    }

    fn update(&self, pass: Pass<'_, T>) {
        let (decay, momentum) = (T::constant(self.weight_decay), T::constant(self.momentum));
        pass.per_parameter(|mut parameter| {
            let (size, slope) = (reduction::norm(parameter.values), reduction::norm(parameter.gradient));
            let ratio = if size == 0.0 || slope == 0.0 {
                1.0
            } else {
                quotient(self.trust * size, slope + self.weight_decay * size + self.eps)
            };
            parameter.fused(Update { momentum, decay, gain: limit::clamped(self.learning_rate * ratio) });
            T::one()
        });
    }
}

#[derive(Clone, Copy)]
struct Update<T> {
    momentum: T,
    decay: T,
    gain: T,
}

impl<T: Real> CoordinateUpdate<T, 1> for Update<T> {
    #[inline(always)]
    fn apply(self, gradient: T, point: T, [buffer]: [T; 1]) -> Coordinate<T, 1> {
        let buffer = self.momentum * buffer + self.gain * (gradient + self.decay * point);
        Coordinate { state: [buffer], effective_step: T::one(), direction: buffer }
    }
}
