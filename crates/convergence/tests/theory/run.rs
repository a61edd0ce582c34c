//! Runs, step by step, as certificates and hypotheses see them.

use gradus_convergence::certificates::{Certificate, Judgement, NoClaim};
use gradus_convergence::{Hypotheses, Observation, Rounding};
use gradus_losses::{Batch, Constants, Objective};
use gradus_optim::{AnyOptimizer, Trace};
use gradus_tensor::Params;

use crate::problems::{infimum, start_gap};

/// Runs an optimizer with full gradients from the problem's start and shows each step to `look`, with f(x)
/// and the optimizer after the step, until it says false.
pub(crate) fn follow(
    problem: &dyn Objective<f64>,
    infimum: f64,
    optimizer: &mut dyn AnyOptimizer<f64>,
    steps: usize,
    mut look: impl FnMut(&Observation<'_>, f64, &dyn AnyOptimizer<f64>) -> bool,
) -> Params<f64> {
    let mut x = problem.start().clone();
    let (mut gradient, mut next_gradient) = (vec![0.0; x.len()], vec![0.0; x.len()]);
    let mut trace = Trace::default();
    let mut value = problem.value_and_gradient(&x, Batch::Full, &mut gradient);
    for step in 0..steps {
        if optimizer.step_traced(x.as_mut_slice(), &gradient, &mut trace).is_err() {
            break;
        }
        let next = problem.value_and_gradient(&x, Batch::Full, &mut next_gradient);
        let gaps = (value - infimum, next - infimum);
        let observation = Observation::new(step, gaps, (&gradient, &next_gradient), &trace, None);
        if !look(&observation, value, optimizer) {
            break;
        }
        value = next;
        std::mem::swap(&mut gradient, &mut next_gradient);
    }
    x
}

/// The rounding rule of a problem with its true f*.
pub(crate) fn rounding(problem: &dyn Objective<f64>) -> Rounding {
    Rounding::new(problem.value(problem.start()), infimum(problem))
}

/// What a certificate said about a run, and how often it was wrong.
#[derive(Debug, Default)]
pub(crate) struct Record {
    pub(crate) judged: usize,
    pub(crate) worst_factor: f64,
    pub(crate) not_covered: Vec<(usize, NoClaim)>,
    pub(crate) violations: Vec<String>,
    pub(crate) final_gap: f64,
    pub(crate) factors: Vec<f64>,
}

/// Runs an optimizer under a certificate: each judgement and the a-priori promise against what was measured.
pub(crate) fn judge(
    problem: &dyn Objective<f64>,
    optimizer: &mut dyn AnyOptimizer<f64>,
    certificate: &mut dyn Certificate,
    steps: usize,
) -> Record {
    let rounding = rounding(problem);
    let promise = certificate.a_priori().ok();
    let initial = start_gap(problem);
    let mut record = Record::default();
    follow(problem, infimum(problem), optimizer, steps, |o, _, _| {
        record.final_gap = o.gap;
        if o.gap <= rounding.floor() {
            return false;
        }
        if let Some(promise) = promise {
            let bound = promise.bound(initial, o.step);
            if o.gap > bound * (1.0 + rounding.tolerance(o.gap)) {
                record
                    .violations
                    .push(format!("step {}: gap {:e} above the a-priori {bound:e}", o.step, o.gap));
            }
        }
        match certificate.observe(o) {
            Judgement::Pending => {}
            Judgement::NotCovered { step, because } => record.not_covered.push((step, because)),
            Judgement::Certified { step, factor, noise, current, next } => {
                record.judged += 1;
                record.factors.push(factor);
                record.worst_factor = record.worst_factor.max(factor);
                let tolerance = rounding.tolerance(current);
                let promised = promise.map_or(f64::INFINITY, |promise| promise.factor);
                for (which, factor) in [("certified", factor), ("a-priori", promised)] {
                    if next > (factor + tolerance) * current + noise {
                        record.violations.push(format!(
                            "step {step}: {next:e} > {factor} ({which}) x {current:e}, {:e} measured",
                            next / current
                        ));
                    }
                }
            }
        }
        true
    });
    record
}

/// Runs an optimizer with an eye on claimed constants.
pub(crate) fn inspect(
    problem: &dyn Objective<f64>,
    claimed: Constants,
    optimizer: &mut dyn AnyOptimizer<f64>,
    steps: usize,
) -> Hypotheses {
    let infimum = claimed.infimum.value().expect("a claimed infimum");
    let rounding = Rounding::new(problem.value(problem.start()), infimum);
    let mut hypotheses = Hypotheses::new(claimed, rounding);
    follow(problem, infimum, optimizer, steps, |o, value, _| {
        hypotheses.observe(o, value);
        o.gap.is_finite() && o.gap.abs() < 1e100
    });
    hypotheses
}
