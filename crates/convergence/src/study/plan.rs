//! From a task to a run: rule, batch size and the theorems that might cover it.

use super::coverage::{attach_batch, attach_stochastic};
use super::settings::{certified_batch, certified_stochastic, pytorch_defaults};
use super::{Gradients, Method, Problem, RuleSettings, Setting, Task};
use crate::certificates::{Certificate, NoClaim, StochasticCertificate, StochasticModel};

/// The share of L_max/μ that a mini-batch leaves: batches are made so large that L_max/b ≤ 20μ.
const NOISE_TO_CURVATURE: f64 = 20.0;

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
pub(super) struct Known {
    pub(super) mu: f64,
    pub(super) smoothness: f64,
    pub(super) sample_smoothness: f64,
    pub(super) level: f64,
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
            certified_stochastic(task.method, problem, &noise_model(problem, &known, batch))
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
pub(super) fn noise_model(problem: &Problem, known: &Known, batch: usize) -> StochasticModel {
    StochasticModel {
        mu: known.mu,
        smoothness: known.smoothness,
        sample_smoothness: known.sample_smoothness,
        batch: batch as f64,
        minimum_noise: problem.noise_at_minimiser() / batch as f64,
    }
}
