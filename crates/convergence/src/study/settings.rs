//! Settings: PyTorch's defaults, and those that theory chooses from μ and L.

use gradus_optim::{Accumulator, AdaGrad, AdaGradNorm, Adam, AmsGrad, AnyOptimizer, Epsilon, OptimError};
use gradus_optim::{RmsProp, Rule, Sgd};
use gradus_tensor::vector;
use serde::Serialize;

use super::{Gradients, Method, Problem, Task};
use crate::certificates::{
    AdaGradBound, AdaGradForm, Certificate, DiagonalStep, ExactQuadratic, Lyapunov, LyapunovRun, NoClaim,
    PreconditionedPl, PredictablePreconditioner, SgdGap, SgdSquaredDistance, SmallestStep, SpectrumBound,
    StochasticCertificate, StochasticLyapunov, StochasticModel,
};
use crate::stability::stability_limit;
use crate::text::number;

/// The share of L_max/μ that a mini-batch leaves: batches are made so large that L_max/b ≤ 20μ.
const NOISE_TO_CURVATURE: f64 = 20.0;

/// Who chose the hyper-parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    /// Learning rate, eps, initial accumulator and batch size from μ and L (theory A1, A2, B2, C).
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
    fn constant_step(&self) -> Option<f64> {
        match self {
            Self::Sgd(rule) => Some(rule.learning_rate / (1.0 - rule.momentum)),
            _ => None,
        }
    }

    /// The largest effective step that the rule can take (theory section 1), and how the smallest follows.
    fn step_range(&self) -> Option<(f64, SmallestStep)> {
        let from = |learning_rate: f64, eps: f64, epsilon: Epsilon| match epsilon {
            Epsilon::InsideRoot => {
                (learning_rate / eps.sqrt(), SmallestStep::InsideRoot { learning_rate, eps })
            }
            _ => (learning_rate / eps, SmallestStep::OutsideRoot { learning_rate, eps }),
        };
        match self {
            Self::Sgd(_) => Some((self.constant_step()?, SmallestStep::Constant)),
            Self::RmsProp(rule) => Some(from(rule.learning_rate, rule.eps, rule.epsilon)),
            Self::Adam(rule) => Some(from(rule.learning_rate, rule.eps, rule.epsilon)),
            Self::AmsGrad(rule) => Some(from(rule.learning_rate, rule.eps, rule.epsilon)),
            Self::AdaGrad(_) | Self::AdaGradNorm(_) => None,
        }
    }

    /// The squared error ‖p₀ − g₀‖² of the first direction, as a multiple of ‖g₀‖²: β² where the average starts
    /// at 0, 0 with bias correction.
    fn initial_error(&self) -> f64 {
        match self {
            Self::Sgd(rule) => rule.momentum * rule.momentum,
            Self::Adam(rule) if !rule.bias_correction => rule.betas.0 * rule.betas.0,
            Self::AmsGrad(rule) if !rule.bias_correction => rule.betas.0 * rule.betas.0,
            _ => 0.0,
        }
    }
}

/// Everything a run needs: the rule, the batch size, and the theorems that might cover it.
pub(super) struct Plan<'a> {
    pub(super) rule: RuleSettings,
    /// 0 for full gradients.
    pub(super) batch: usize,
    pub(super) certificates: Vec<Box<dyn Certificate + 'a>>,
    pub(super) stochastic: Vec<Box<dyn StochasticCertificate + 'a>>,
    /// Theorems that refuse the settings altogether.
    pub(super) refusals: Vec<NoClaim>,
}

/// The constants that settings are chosen from. A negative control may lack some.
struct Known {
    mu: f64,
    smoothness: f64,
    sample_smoothness: f64,
    level: f64,
}

impl Known {
    fn of(problem: &Problem) -> Option<Self> {
        let claimed = problem.claimed();
        Some(Self {
            mu: claimed.mu.value().filter(|&mu| mu > 0.0)?,
            smoothness: claimed.smoothness.value()?,
            sample_smoothness: claimed.sample_smoothness.value()?,
            level: claimed.level(),
        })
    }
}

/// The plan of a task.
pub(super) fn plan<'a>(task: &Task<'a>) -> Plan<'a> {
    let problem = task.problem;
    let Some(known) = Known::of(problem) else {
        let because = NoClaim("no theorem applies: mu or L is not known".into());
        let rule = pytorch_defaults(task.method);
        let (certificates, stochastic) = (Vec::new(), Vec::new());
        return Plan { rule, batch: 0, certificates, stochastic, refusals: vec![because] };
    };
    let batch = match task.gradients {
        Gradients::Batch => 0,
        Gradients::Stochastic => batch_size(task, &known),
    };
    let rule = match (task.setting, task.gradients) {
        (Setting::PyTorchDefaults, _) => pytorch_defaults(task.method),
        (Setting::Certified, Gradients::Batch) => certified_batch(task.method, problem, &known),
        (Setting::Certified, Gradients::Stochastic) => {
            certified_stochastic(task.method, problem, &known, batch)
        }
    };
    let mut plan =
        Plan { rule, batch, certificates: Vec::new(), stochastic: Vec::new(), refusals: Vec::new() };
    match task.gradients {
        Gradients::Batch => attach_batch(&mut plan, problem, &known),
        Gradients::Stochastic => attach_stochastic(&mut plan, problem, &known),
    }
    plan
}

/// PyTorch's defaults. AdaGrad-Norm, which PyTorch lacks, has AdaGrad's.
fn pytorch_defaults(method: Method) -> RuleSettings {
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
fn certified_batch(method: Method, problem: &Problem, known: &Known) -> RuleSettings {
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
        }),
        Method::AdaGradNorm => RuleSettings::AdaGradNorm(AdaGradNorm {
            learning_rate: eps / smoothness,
            eps: 0.0,
            initial_accumulator_value: eps * eps,
            epsilon: Epsilon::InsideRoot,
            accumulator: Accumulator::Current,
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

/// Single samples for SGD under interpolation, where C1′ is sharp; else so many that L_max/b ≤ 20μ.
fn batch_size(task: &Task<'_>, known: &Known) -> usize {
    let single = task.method == Method::Sgd
        && task.problem.claimed().interpolation
        && task.problem.minimiser().is_some();
    if single {
        return 1;
    }
    let wanted = (known.sample_smoothness / (NOISE_TO_CURVATURE * known.mu)).ceil() as usize;
    wanted.clamp(1, task.problem.objective().samples())
}

/// The noise of batches of size `batch` on a problem.
fn noise_model(problem: &Problem, known: &Known, batch: usize) -> StochasticModel {
    StochasticModel {
        mu: known.mu,
        smoothness: known.smoothness,
        sample_smoothness: known.sample_smoothness,
        batch: batch as f64,
        minimum_noise: problem.noise_at_minimiser() / batch as f64,
    }
}

/// C1′: η = 1/L_max. C1, C2: the a with the best factor; the initial accumulator as large as the accumulator
/// will grow under interpolation, so that a_lo > a_hi/2. C4: 1 − β₁ = μ/(2L_c), the largest a_hi, eps at the size
/// of the first gradients.
fn certified_stochastic(method: Method, problem: &Problem, known: &Known, batch: usize) -> RuleSettings {
    let model = noise_model(problem, known, batch);
    let StochasticModel { mu, smoothness, sample_smoothness, batch: b, .. } = model;
    let beta = (1.0 - 0.5 * mu / model.noise_slope()).clamp(0.0, 0.999);
    let cap = |beta| Lyapunov::largest_cap(mu, smoothness, beta, 1.0);
    let gap = problem.initial_gap();
    let first_gradient_sq = 2.0 * (sample_smoothness / b + smoothness) * gap;
    let eps = first_gradient_sq.sqrt();
    let step = SgdGap::best_learning_rate(&model);
    // Σ‖ĝ‖² of a gap that falls like exp(−2μ·step·t).
    let accumulated = first_gradient_sq / (2.0 * mu * step);
    match method {
        Method::GradientDescent | Method::Sgd => {
            let learning_rate = if batch == 1 { 1.0 / sample_smoothness } else { step };
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
            })
        }
        Method::AdaGradNorm => RuleSettings::AdaGradNorm(AdaGradNorm {
            learning_rate: step * accumulated.sqrt(),
            eps: 0.0,
            initial_accumulator_value: accumulated,
            epsilon: Epsilon::InsideRoot,
            accumulator: Accumulator::Delayed,
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

/// The theorems of sections 2 and 3 that speak of the rule.
fn attach_batch<'a>(plan: &mut Plan<'a>, problem: &'a Problem, known: &Known) {
    let Known { mu, smoothness, level, .. } = *known;
    let gap = problem.initial_gap();
    if gap > level {
        plan.refusals.push(NoClaim(format!(
            "mu and L hold on the sublevel set up to {level}, but D_0 = {gap} (A0)",
            level = number(level),
            gap = number(gap)
        )));
        return;
    }
    let momentum = plan.rule.momentum();
    let constant_step = plan.rule.constant_step();
    if momentum == 0.0 {
        plan.certificates.push(Box::new(DiagonalStep::new(mu, smoothness, constant_step)));
        let quadratic = problem.objective().is_quadratic();
        let spectrum = || SpectrumBound::new(problem.objective());
        plan.certificates.push(Box::new(PreconditionedPl::new(smoothness, quadratic.then(spectrum))));
        if quadratic {
            plan.certificates.push(Box::new(ExactQuadratic::new(spectrum(), mu, smoothness, constant_step)));
        }
    }
    let adagrad = match &plan.rule {
        RuleSettings::AdaGrad(AdaGrad {
            learning_rate,
            eps,
            initial_accumulator_value,
            epsilon,
            accumulator,
        })
        | RuleSettings::AdaGradNorm(AdaGradNorm {
            learning_rate,
            eps,
            initial_accumulator_value,
            epsilon,
            accumulator,
        }) => Some((*learning_rate, *eps, *initial_accumulator_value, *epsilon, *accumulator)),
        _ => None,
    };
    if let Some((eta, eps, accumulated, epsilon, accumulator)) = adagrad {
        let denominator = match epsilon {
            Epsilon::InsideRoot => (accumulated + eps).sqrt(),
            // Outside the root the bound needs b₀ ≥ eps.
            _ if accumulated.sqrt() >= eps => accumulated.sqrt() + eps,
            _ => 0.0,
        };
        let form = match accumulator {
            Accumulator::Current => AdaGradForm::Current,
            Accumulator::Delayed => AdaGradForm::Delayed,
        };
        match AdaGradBound::new((mu, smoothness), eta, denominator, gap, form) {
            Ok(bound) => plan.certificates.push(Box::new(bound)),
            Err(because) => plan.refusals.push(because),
        }
    }
    if let Some((largest, smallest)) = plan.rule.step_range() {
        if let Some(because) = instability(&plan.rule, largest, smoothness) {
            plan.refusals.push(because);
        }
        let cap = Lyapunov::largest_cap(mu, smoothness, momentum, 1.0);
        // A rule whose steps stay below the cap has better constants with its own bound.
        let cap = if largest > 0.0 { cap.min(largest) } else { cap };
        match Lyapunov::new(mu, smoothness, momentum, 1.0, cap) {
            Ok(constants) => {
                let gradient_sq = vector::squared_norm(problem.initial_gradient());
                let initial = (gap, plan.rule.initial_error() * gradient_sq);
                plan.certificates
                    .push(Box::new(LyapunovRun::new(constants, largest, smallest, initial, level)));
            }
            Err(because) => plan.refusals.push(because),
        }
    }
}

/// B3: where the step tends to a_hi as the gradients vanish and a_hi·L exceeds the stability limit, the minimiser
/// is unstable in the steepest direction. AMSGrad's step need not grow again, and is left out.
fn instability(rule: &RuleSettings, largest: f64, smoothness: f64) -> Option<NoClaim> {
    let (limit, sharpness) = (stability_limit(rule.momentum()), largest * smoothness);
    let grows = matches!(rule, RuleSettings::Adam(_) | RuleSettings::RmsProp(_));
    let eta = match rule {
        RuleSettings::Adam(rule) => rule.learning_rate,
        RuleSettings::RmsProp(rule) => rule.learning_rate,
        _ => 0.0,
    };
    (grows && sharpness > limit).then(|| {
        NoClaim(format!(
            "the minimiser is unstable for these settings: eta L/eps = {sharpness} > {limit:.0} (B3); near it the gap \
             hovers around L eta^2 = {:.1e}",
            smoothness * eta * eta, sharpness = number(sharpness)))
    })
}

/// The theorems of section 4 that speak of the rule.
fn attach_stochastic<'a>(plan: &mut Plan<'a>, problem: &'a Problem, known: &Known) {
    if known.level.is_finite() {
        plan.refusals
            .push(NoClaim("stochastic theorems need constants that hold on all of space (A0)".into()));
        return;
    }
    let model = noise_model(problem, known, plan.batch);
    let Known { mu, smoothness, sample_smoothness, .. } = *known;
    let momentum = plan.rule.momentum();
    match &plan.rule {
        RuleSettings::Sgd(Sgd { learning_rate, momentum: 0.0, .. }) => {
            if problem.claimed().interpolation && plan.batch == 1 && problem.minimiser().is_some() {
                plan.stochastic.push(Box::new(SgdSquaredDistance::new(
                    mu,
                    smoothness,
                    sample_smoothness,
                    *learning_rate,
                )));
            }
            plan.stochastic.push(Box::new(SgdGap::new(model, *learning_rate)));
        }
        RuleSettings::AdaGrad(AdaGrad { accumulator, .. })
        | RuleSettings::AdaGradNorm(AdaGradNorm { accumulator, .. }) => {
            if model.minimum_noise > 0.0 {
                plan.refusals.push(NoClaim(
                    "stochastic AdaGrad with noise that persists at the minimiser has no fixed rate: its accumulator \
                     grows like t, and the gap like t^(-1/2) in the end (C5)"
                        .into(),
                ));
            } else if *accumulator == Accumulator::Delayed {
                plan.stochastic.push(Box::new(PredictablePreconditioner::new(model)));
            } else {
                plan.refusals.push(NoClaim(
                    "C2 needs a preconditioner known before the draw: the accumulator is not delayed".into(),
                ));
            }
        }
        _ => {
            let cap = Lyapunov::largest_cap(mu, smoothness, momentum, 1.0);
            match Lyapunov::new(mu, smoothness, momentum, 1.0, cap) {
                Ok(constants) => {
                    let gradient_sq = vector::squared_norm(problem.initial_gradient());
                    let noise = 2.0 * model.noise_slope() * problem.initial_gap() + model.noise();
                    let error = momentum * momentum * gradient_sq + (1.0 - momentum).powi(2) * noise;
                    let initial = (problem.initial_gap(), error);
                    plan.stochastic.push(Box::new(StochasticLyapunov::new(
                        constants,
                        model.noise_slope(),
                        model.noise(),
                        plan.rule.constant_step(),
                        initial,
                    )));
                }
                Err(because) => plan.refusals.push(because),
            }
        }
    }
}
