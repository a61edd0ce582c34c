//! From a task to a run: rule, batch size and the theorems that might cover it.

use super::coverage::{attach_batch, attach_stochastic};
use super::settings::{certified_batch, certified_stochastic, pytorch_defaults};
use super::{Gradients, Method, Problem, RuleSettings, Setting, Task};
use crate::certificates::{Certificate, NoClaim, StochasticCertificate, StochasticModel};

/// The share of L_max/μ that a mini-batch leaves: batches are made so large that L_max/b ≤ 20μ.
const NOISE_TO_CURVATURE: f64 = 20.0;

/// The batch size where nothing is known that could choose one.
const UNINFORMED_BATCH: usize = 32;

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
        if problem.initial_gap() <= 0.0 {
            return None;
        }
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
        let because =
            NoClaim("no theorem applies: mu or L is not known, or the start is no better than f*".into());
        let rule = pytorch_defaults(task.method);
        let batch = match task.gradients {
            Gradients::Batch => 0,
            Gradients::Stochastic => problem.objective().samples().min(UNINFORMED_BATCH),
        };
        let (certificates, stochastic) = (Vec::new(), Vec::new());
        return Plan { rule, batch, certificates, stochastic, refusals: vec![because] };
    };
    let batch = match task.gradients {
        Gradients::Batch => 0,
        Gradients::Stochastic => batch_size(task, &known),
    };
    let rule = match (task.setting, task.gradients) {
        (Setting::PyTorchDefaults, _) => pytorch_defaults(task.method),
        (Setting::Certified, Gradients::Batch) => certified_batch(task.method, problem, &known),
        (Setting::Certified, Gradients::Stochastic) => {
            match noise_model(problem, &known, batch) {
                Some(model) => certified_stochastic(task.method, problem, &model),
                // Nothing to choose from; the refusal says so.
                None => pytorch_defaults(task.method),
            }
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

/// Whether C1′ applies, which makes batches of one sample the best: consistent least squares.
pub(super) fn single_samples_suffice(problem: &Problem) -> bool {
    problem.claimed().interpolation && problem.objective().is_quadratic() && problem.minimiser().is_some()
}

/// Single samples for SGD where C1′ applies; else so many that L_max/b ≤ 20μ.
fn batch_size(task: &Task<'_>, known: &Known) -> usize {
    if task.method == Method::Sgd && single_samples_suffice(task.problem) {
        return 1;
    }
    let wanted = (known.sample_smoothness / (NOISE_TO_CURVATURE * known.mu)).ceil() as usize;
    wanted.clamp(1, task.problem.objective().samples())
}

/// The noise of batches of size `batch` on a problem.
///
/// `None` if the noise at the minimiser is not known.
pub(super) fn noise_model(problem: &Problem, known: &Known, batch: usize) -> Option<StochasticModel> {
    Some(StochasticModel {
        mu: known.mu,
        smoothness: known.smoothness,
        sample_smoothness: known.sample_smoothness,
        batch: batch as f64,
        minimum_noise: problem.noise_at_minimiser()? / batch as f64,
    })
}
