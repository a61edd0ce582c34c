//! A rule chosen at run time, and what theory needs to know of it.

use gradus_optim::{
    AdaGrad, AdaGradNorm, Adam, AmsGrad, AnyOptimizer, Common, Epsilon, OptimError, RmsProp, Rule, Sgd,
};
use serde::Serialize;

use crate::certificates::SmallestStep;

/// A rule with its hyper-parameters.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the variants are the rules they hold")]
pub enum RuleSettings {
    Sgd(Sgd),
    AdaGrad(AdaGrad),
    AdaGradNorm(AdaGradNorm),
    RmsProp(RmsProp),
    Adam(Adam),
    AmsGrad(AmsGrad),
}

impl RuleSettings {
    /// The optimizer for `dim` coordinates.
    ///
    /// # Errors
    /// When a hyper-parameter is out of range.
    pub fn optimizer(&self, dim: usize) -> Result<Box<dyn AnyOptimizer<f64>>, OptimError> {
        Ok(match self.clone() {
            Self::Sgd(rule) => Box::new(rule.optimizer(dim)?),
            Self::AdaGrad(rule) => Box::new(rule.optimizer(dim)?),
            Self::AdaGradNorm(rule) => Box::new(rule.optimizer(dim)?),
            Self::RmsProp(rule) => Box::new(rule.optimizer(dim)?),
            Self::Adam(rule) => Box::new(rule.optimizer(dim)?),
            Self::AmsGrad(rule) => Box::new(rule.optimizer(dim)?),
        })
    }

    /// Weight decay and the direction of search, which every rule has.
    pub(super) fn common(&self) -> Common {
        match self {
            Self::Sgd(rule) => Rule::<f64>::common(rule),
            Self::AdaGrad(rule) => Rule::<f64>::common(rule),
            Self::AdaGradNorm(rule) => Rule::<f64>::common(rule),
            Self::RmsProp(rule) => Rule::<f64>::common(rule),
            Self::Adam(rule) => Rule::<f64>::common(rule),
            Self::AmsGrad(rule) => Rule::<f64>::common(rule),
        }
    }

    /// β₁, the decay of the average that the direction is; 0 where the direction is the gradient.
    pub fn momentum(&self) -> f64 {
        match self {
            Self::Sgd(rule) => rule.momentum,
            Self::Adam(rule) => rule.betas.0,
            Self::AmsGrad(rule) => rule.betas.0,
            Self::AdaGrad(_) | Self::AdaGradNorm(_) | Self::RmsProp(_) => 0.0,
        }
    }

    /// The step of SGD, which is the same number always.
    pub(super) fn constant_step(&self) -> Option<f64> {
        match self {
            Self::Sgd(rule) if rule.dampening == 0.0 && !rule.nesterov => {
                Some(rule.learning_rate / (1.0 - rule.momentum))
            }
            _ => None,
        }
    }

    /// The largest effective step that the rule can take (theory section 1), and how the smallest follows.
    pub(super) fn step_range(&self) -> Option<(f64, SmallestStep)> {
        let from = |learning_rate: f64, eps: f64, epsilon: Epsilon| match epsilon {
            Epsilon::InsideRoot => {
                (learning_rate / eps.sqrt(), SmallestStep::InsideRoot { learning_rate, eps })
            }
            _ => (learning_rate / eps, SmallestStep::OutsideRoot { learning_rate, eps }),
        };
        match self {
            Self::Sgd(_) => Some((self.constant_step()?, SmallestStep::Constant)),
            Self::RmsProp(rule) => Some(from(rule.learning_rate, rule.eps, rule.epsilon)),
            // ε-hat is at most eps/√(1 − β₂) outside the root.
            Self::Adam(rule) if rule.epsilon == Epsilon::Hat => {
                let eps = rule.eps / (1.0 - rule.betas.1).sqrt();
                let smallest = SmallestStep::OutsideRoot { learning_rate: rule.learning_rate, eps };
                Some((rule.learning_rate / rule.eps, smallest))
            }
            Self::Adam(rule) => Some(from(rule.learning_rate, rule.eps, rule.epsilon)),
            Self::AmsGrad(rule) => Some(from(rule.learning_rate, rule.eps, rule.epsilon)),
            Self::AdaGrad(_) | Self::AdaGradNorm(_) => None,
        }
    }

    /// Whether the averages are divided by the sums of their weights.
    pub(super) fn corrects_bias(&self) -> bool {
        match self {
            Self::Adam(rule) => rule.bias_correction,
            Self::AmsGrad(rule) => rule.bias_correction,
            Self::Sgd(_) | Self::AdaGrad(_) | Self::AdaGradNorm(_) | Self::RmsProp(_) => false,
        }
    }

    /// The squared error ‖p₀ − g₀‖² of the first direction, as a multiple of ‖g₀‖²: β² where the average starts
    /// at 0, 0 with bias correction.
    pub(super) fn initial_error(&self) -> f64 {
        match self {
            Self::Sgd(rule) => rule.momentum * rule.momentum,
            Self::Adam(rule) if !rule.bias_correction => rule.betas.0 * rule.betas.0,
            Self::AmsGrad(rule) if !rule.bias_correction => rule.betas.0 * rule.betas.0,
            _ => 0.0,
        }
    }
}
