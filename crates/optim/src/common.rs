//! The settings that every rule has.

use gradus_tensor::Real;
use serde::{Deserialize, Serialize};

use crate::{OptimError, hyperparameter};

/// How parameters are pulled towards 0.
///
/// ```
/// use gradus_optim::{Adam, Rule, WeightDecay};
/// let adam = Adam { weight_decay: WeightDecay::L2(1e-4), ..Adam::default() };
/// let mut x = [1.0_f64];
/// adam.optimizer(1)?.step(&mut x, &[0.0])?;
/// assert!(x[0] < 1.0);
/// # Ok::<(), gradus_optim::OptimError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeightDecay {
    /// They are not.
    #[default]
    None,
    /// λ·x is added to the gradient, that of the loss plus ½λ‖x‖²: PyTorch's `weight_decay` of all optimizers but
    /// AdamW. An adaptive rule divides it like the gradient.
    L2(f64),
    /// x ← (1 − η·λ)·x before the update, η the learning rate of the step: AdamW. Source: Loshchilov, Hutter,
    /// *Decoupled weight decay regularization* (ICLR 2019).
    Decoupled(f64),
}

/// The settings that every rule has, applied by the fused loop: PyTorch's order of operations is that
/// `maximize` negates the gradient, then L2 weight decay is added to it; decoupled weight decay shrinks the
/// parameters before the update.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Common {
    /// How parameters are pulled towards 0.
    pub weight_decay: WeightDecay,
    /// Whether the rule ascends: it then uses −g for the gradient g.
    pub maximize: bool,
}

impl WeightDecay {
    /// λ of decoupled weight decay, 0 where there is none.
    pub(crate) fn decoupled(self) -> f64 {
        if let Self::Decoupled(lambda) = self { lambda } else { 0.0 }
    }
}

impl Common {
    /// The same where the rule takes decoupled weight decay upon itself.
    pub(crate) fn without_decoupled(self) -> Self {
        match self.weight_decay {
            WeightDecay::Decoupled(_) => Self { weight_decay: WeightDecay::None, ..self },
            _ => self,
        }
    }

    pub(crate) fn validate<T: Real>(self, rule: &'static str, learning_rate: f64) -> Result<(), OptimError> {
        let (lambda, product) = match self.weight_decay {
            WeightDecay::None => return Ok(()),
            WeightDecay::L2(lambda) => (lambda, lambda),
            WeightDecay::Decoupled(lambda) => (lambda, learning_rate * lambda),
        };
        hyperparameter::non_negative(rule, "weight_decay", lambda)?;
        let allowed = "small enough for learning_rate*weight_decay to be finite in the element type";
        hyperparameter::require(T::constant(product).is_finite(), rule, "weight_decay", lambda, allowed)
    }

    /// What the loop does before the rule, at a learning rate.
    pub(crate) fn adjustment<T: Real>(self, learning_rate: f64) -> Adjustment<T> {
        let (l2, shrink) = match self.weight_decay {
            WeightDecay::None => (0.0, 1.0),
            WeightDecay::L2(lambda) => (lambda, 1.0),
            WeightDecay::Decoupled(lambda) => (0.0, 1.0 - learning_rate * lambda),
        };
        Adjustment {
            sign: if self.maximize { -T::one() } else { T::one() },
            l2: T::constant(l2),
            shrink: T::constant(shrink),
        }
    }
}

/// What happens to gradient and point of a coordinate before the rule sees them.
///
/// What is off changes no bit: products with 1 are exact, and L2 is a selection, since 0·x is NaN at infinity and
/// the sum with 0 turns −0 into 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Adjustment<T> {
    sign: T,
    l2: T,
    pub(crate) shrink: T,
}

impl<T: Real> Adjustment<T> {
    /// Whether everything is off.
    pub(crate) fn is_none(self) -> bool {
        self.keeps_gradient() && self.shrink == T::one()
    }

    /// Whether the gradient stays as it is.
    pub(crate) fn keeps_gradient(self) -> bool {
        self.sign == T::one() && self.l2 == T::zero()
    }

    /// The value of which the rule sees the gradient, without weight decay.
    pub(crate) fn loss(self, loss: T) -> T {
        self.sign * loss
    }

    #[inline(always)]
    pub(crate) fn gradient(self, gradient: T, point: T) -> T {
        let gradient = self.sign * gradient;
        if self.l2 == T::zero() { gradient } else { gradient + self.l2 * point }
    }

    #[inline(always)]
    pub(crate) fn point(self, point: T) -> T {
        self.shrink * point
    }
}
