//! The methods of a study.

use serde::Serialize;

use super::Gradients;

/// An optimization method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The full gradient, constant step.
    GradientDescent,
    /// Stochastic gradients, constant step.
    Sgd,
    /// Heavy ball, momentum 0.9 unless theory chooses it.
    Momentum,
    /// Coordinatewise AdaGrad.
    #[serde(rename = "adagrad")]
    AdaGrad,
    /// AdaGrad with one accumulator for all coordinates.
    #[serde(rename = "adagrad_norm")]
    AdaGradNorm,
    /// RMSProp.
    #[serde(rename = "rmsprop")]
    RmsProp,
    /// Adam.
    Adam,
    /// Adam with the running maximum of the second moment, PyTorch's form.
    #[serde(rename = "amsgrad")]
    AmsGrad,
}

impl Method {
    /// The methods that make sense with these gradients.
    pub fn with(gradients: Gradients) -> &'static [Method] {
        use Method::*;
        match gradients {
            Gradients::Batch => &[GradientDescent, Momentum, AdaGrad, AdaGradNorm, RmsProp, Adam, AmsGrad],
            Gradients::Stochastic => &[Sgd, Momentum, AdaGrad, AdaGradNorm, RmsProp, Adam, AmsGrad],
        }
    }

    /// The name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::GradientDescent => "gradient descent",
            Self::Sgd => "SGD",
            Self::Momentum => "momentum",
            Self::AdaGrad => "AdaGrad",
            Self::AdaGradNorm => "AdaGrad-Norm",
            Self::RmsProp => "RMSProp",
            Self::Adam => "Adam",
            Self::AmsGrad => "AMSGrad",
        }
    }
}
