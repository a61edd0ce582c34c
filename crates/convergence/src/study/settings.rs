//! Hyper-parameters: PyTorch's defaults, and those that theory chooses from μ and L.

use gradus_optim::{Accumulator, AdaGrad, AdaGradNorm, Adam, AmsGrad, Epsilon, RmsProp, Sgd};
use serde::Serialize;

use super::plan::Known;
use super::{Method, Problem, RuleSettings};
use crate::certificates::{Lyapunov, SgdGap, StochasticModel};

/// Who chose the hyper-parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    /// Learning rate, eps, initial accumulator and batch size from μ and L (theory A1, A2, B2, C). Where no theorem can
    /// cover the method (RMSProp with stochastic gradients, AdaGrad with persistent noise) the row says so.
    Certified,
    /// PyTorch's defaults; momentum 0.9 where PyTorch has none by default.
    #[serde(rename = "pytorch_defaults")]
    PyTorchDefaults,
}

impl Setting {
    /// The name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Certified => "certified",
            Self::PyTorchDefaults => "PyTorch defaults",
        }
    }

    /// The name in narrow columns.
    pub fn short(self) -> &'static str {
        match self {
            Self::Certified => "certified",
            Self::PyTorchDefaults => "PyTorch",
        }
    }
}

/// PyTorch's defaults. AdaGrad-Norm, which PyTorch lacks, has AdaGrad's.
pub(super) fn pytorch_defaults(method: Method) -> RuleSettings {
    match method {
        Method::GradientDescent | Method::Sgd => RuleSettings::Sgd(Sgd::default()),
        Method::Momentum => RuleSettings::Sgd(Sgd { momentum: 0.9, ..Sgd::default() }),
        Method::AdaGrad => RuleSettings::AdaGrad(AdaGrad::default()),
        Method::AdaGradNorm => RuleSettings::AdaGradNorm(AdaGradNorm::default()),
        Method::RmsProp => RuleSettings::RmsProp(RmsProp::default()),
        Method::Adam => RuleSettings::Adam(Adam::default()),
        Method::AmsGrad => RuleSettings::AmsGrad(AmsGrad::default()),
    }
}

/// A1: η = 1/L. A2 (v): η = b₀′/L with b₀′² = 2LD₀. B2: the largest a_hi that (★) admits and eps = √(2LV₀), so that
/// a_lo ≥ a_hi/2.
pub(super) fn certified_batch(method: Method, problem: &Problem, known: &Known) -> RuleSettings {
    let Known { mu, smoothness, .. } = *known;
    let cap = |beta| Lyapunov::largest_cap(mu, smoothness, beta, 1.0);
    let eps = (2.0 * smoothness * problem.initial_gap()).sqrt();
    match method {
        Method::GradientDescent | Method::Sgd => {
            RuleSettings::Sgd(Sgd { learning_rate: 1.0 / smoothness, ..Sgd::default() })
        }
        Method::Momentum => {
            let momentum = 0.9;
            let learning_rate = cap(momentum) * (1.0 - momentum);
            RuleSettings::Sgd(Sgd { learning_rate, momentum, ..Sgd::default() })
        }
        Method::AdaGrad => RuleSettings::AdaGrad(AdaGrad {
            learning_rate: eps / smoothness,
            eps: 0.0,
            initial_accumulator_value: eps * eps,
            epsilon: Epsilon::InsideRoot,
            accumulator: Accumulator::Current,
            ..AdaGrad::default()
        }),
        Method::AdaGradNorm => RuleSettings::AdaGradNorm(AdaGradNorm {
            learning_rate: eps / smoothness,
            eps: 0.0,
            initial_accumulator_value: eps * eps,
            epsilon: Epsilon::InsideRoot,
            accumulator: Accumulator::Current,
            ..AdaGradNorm::default()
        }),
        Method::RmsProp => {
            RuleSettings::RmsProp(RmsProp { learning_rate: cap(0.0) * eps, eps, ..RmsProp::default() })
        }
        Method::Adam => {
            let learning_rate = cap(Adam::default().betas.0) * eps;
            RuleSettings::Adam(Adam { learning_rate, eps, ..Adam::default() })
        }
        Method::AmsGrad => {
            let learning_rate = cap(AmsGrad::default().betas.0) * eps;
            RuleSettings::AmsGrad(AmsGrad { learning_rate, eps, ..AmsGrad::default() })
        }
    }
}

/// C1′: η = 1/L_max. C1, C2: the a with the best factor; the initial accumulator as large as the accumulator
/// will grow under interpolation, so that a_lo > a_hi/2. C4: 1 − β₁ = μ/(2L_c), the largest a_hi, eps at the size
/// of the first gradients.
pub(super) fn certified_stochastic(
    method: Method,
    problem: &Problem,
    model: &StochasticModel,
) -> RuleSettings {
    let StochasticModel { mu, smoothness, sample_smoothness, batch, .. } = *model;
    let beta = (1.0 - 0.5 * mu / model.noise_slope()).clamp(0.0, 0.999);
    let cap = |beta| Lyapunov::largest_cap(mu, smoothness, beta, 1.0);
    let gap = problem.initial_gap();
    let first_gradient_sq = 2.0 * (sample_smoothness / batch + smoothness) * gap;
    let eps = first_gradient_sq.sqrt();
    let step = SgdGap::best_learning_rate(model);
    // Σ‖ĝ‖² of a gap that falls like exp(−2μ·step·t).
    let accumulated = first_gradient_sq / (2.0 * mu * step);
    match method {
        Method::GradientDescent | Method::Sgd => {
            let learning_rate = if batch == 1.0 { 1.0 / sample_smoothness } else { step };
            RuleSettings::Sgd(Sgd { learning_rate, ..Sgd::default() })
        }
        Method::Momentum => RuleSettings::Sgd(Sgd {
            learning_rate: cap(beta) * (1.0 - beta),
            momentum: beta,
            ..Sgd::default()
        }),
        Method::AdaGrad => {
            let initial = accumulated / problem.initial_gradient().len() as f64;
            RuleSettings::AdaGrad(AdaGrad {
                learning_rate: step * initial.sqrt(),
                eps: 0.0,
                initial_accumulator_value: initial,
                epsilon: Epsilon::InsideRoot,
                accumulator: Accumulator::Delayed,
                ..AdaGrad::default()
            })
        }
        Method::AdaGradNorm => RuleSettings::AdaGradNorm(AdaGradNorm {
            learning_rate: step * accumulated.sqrt(),
            eps: 0.0,
            initial_accumulator_value: accumulated,
            epsilon: Epsilon::InsideRoot,
            accumulator: Accumulator::Delayed,
            ..AdaGradNorm::default()
        }),
        Method::RmsProp => {
            RuleSettings::RmsProp(RmsProp { learning_rate: cap(0.0) * eps, eps, ..RmsProp::default() })
        }
        // C4 speaks of one β for all steps, which bias correction does not have.
        Method::Adam => RuleSettings::Adam(Adam {
            learning_rate: cap(beta) * eps,
            betas: (beta, 0.999),
            eps,
            bias_correction: false,
            ..Adam::default()
        }),
        Method::AmsGrad => RuleSettings::AmsGrad(AmsGrad {
            learning_rate: cap(beta) * eps,
            betas: (beta, 0.999),
            eps,
            bias_correction: false,
            ..AmsGrad::default()
        }),
    }
}
