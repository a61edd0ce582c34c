//! A run with full gradients: every step is observed, judged and recorded.

use gradus_losses::Batch;
use gradus_optim::Trace;

use super::plan::{Plan, plan};
use super::row::{Curves, Findings, Row};
use super::tally::Tally;
use super::{Limits, Problem, StudyError, Task};
use crate::certificates::{Contraction, NoClaim};
use crate::fit::{self, RateFit, Shape};
use crate::{Claim, Hypotheses, Observation, Rounding, stability};

/// A gap that has grown by this factor has diverged.
const DIVERGED: f64 = 1e12;

/// Everything that was seen of a run.
struct Recording {
    /// (step, gap).
    curve: Vec<(usize, f64)>,
    worst_gap_factor: f64,
    tallies: Vec<Tally>,
    hypotheses: Hypotheses,
    last_step: Vec<f64>,
}

pub(super) fn run(task: &Task<'_>, seed: u64, limits: &Limits) -> Result<(Row, Curves), StudyError> {
    let problem = task.problem;
    let plan = plan(task);
    let rounding = Rounding::new(problem.value_scale(), problem.infimum());
    let (rule, refusals) = (plan.rule.clone(), plan.refusals.clone());
    let recording = record(task, plan, &rounding, limits)?;
    let Recording { curve, worst_gap_factor, tallies, hypotheses, last_step } = recording;

    let initial_gap = problem.initial_gap();
    let floor_level = fit::floor(&curve);
    let smooth = if rule.momentum() > 0.0 { fit::peaks(&curve) } else { curve.clone() };
    let tail_floor = floor_level.map_or(rounding.floor(), |level| 10.0 * level);
    let shape = fit::shape(&smooth, tail_floor);
    // A straight line through a curve that is none would be a lie.
    let tail = fit::tail(&smooth, tail_floor).filter(|fit| shape == Shape::Linear && fit.factor < 1.0);
    let claim = judge(problem, &tallies, &refusals, &hypotheses, (&smooth, rounding.floor()), tail);
    let best = best_promise(&tallies, initial_gap, limits.target);
    let momentum = rule.momentum();
    let findings = Findings {
        claim,
        tallies: &tallies,
        hypotheses: &hypotheses,
        best,
        curve: &curve,
        target: limits.target,
    };
    let row = Row::new(task, rule, findings);
    let row = Row {
        measured_worst_factor: row
            .measured_worst_factor
            .or((worst_gap_factor > 0.0).then_some(worst_gap_factor)),
        tail,
        predicted_tail: (!last_step.is_empty())
            .then(|| problem.objective().preconditioned_spectrum(&last_step))
            .flatten()
            .map(|spectrum| stability::tail_factor(momentum, spectrum.smallest, spectrum.largest)),
        shape,
        floor: floor_level,
        seed,
        ..row
    };
    let bound = bound_curve(&tallies, best, initial_gap, row.steps, false);
    let measured = curve.iter().map(|&(step, gap)| (step as f64, gap)).collect();
    Ok((row, Curves { measured, bound, floor: floor_level }))
}

fn record(
    task: &Task<'_>,
    plan: Plan<'_>,
    rounding: &Rounding,
    limits: &Limits,
) -> Result<Recording, StudyError> {
    let (objective, problem) = (task.problem.objective(), task.problem);
    let refused = |source| StudyError::Optimizer {
        objective: problem.name().to_owned(),
        method: task.method.name(),
        source,
    };
    let Plan { rule, mut certificates, .. } = plan;
    let mut x = objective.start().clone();
    let mut optimizer = rule.optimizer(x.len()).map_err(refused)?;
    let mut tallies: Vec<Tally> = certificates
        .iter()
        .map(|certificate| Tally::new(certificate.name(), certificate.a_priori()))
        .collect();
    let mut hypotheses = Hypotheses::new(*problem.claimed(), *rounding);
    let mut trace = Trace::default();
    let mut gradient = problem.initial_gradient().to_vec();
    let mut next_gradient = vec![0.0; gradient.len()];
    let mut value = problem.initial_value();
    let mut gap = problem.initial_gap();
    hypotheses.observe_gap(0, gap, value);
    let (initial_gap, mut curve, mut worst_gap_factor) = (gap, vec![(0, gap)], 0.0f64);
    let end = rounding.floor().max(limits.tail_target * initial_gap);
    let work = 4.0 * (objective.samples() * x.len()) as f64;
    for step in 0..limits.batch_steps.min((limits.batch_work / work) as usize) {
        if gap <= end || gap > DIVERGED * initial_gap || !gap.is_finite() {
            break;
        }
        if optimizer.step_traced(x.as_mut_slice(), &gradient, &mut trace).is_err() {
            // The gradient overflowed: the run has diverged, and the curve shows it.
            break;
        }
        let next_value = objective.value_and_gradient(&x, Batch::Full, &mut next_gradient);
        let next_gap = next_value - problem.infimum();
        let observation = Observation::new(step, (gap, next_gap), (&gradient, &next_gradient), &trace, None);
        hypotheses.observe(&observation, value);
        hypotheses.observe_gap(step + 1, next_gap, next_value);
        if next_gap > problem.claimed().level() {
            let because = "the step left the sublevel set on which mu and L hold (A0)";
            tallies.iter_mut().for_each(|tally| tally.end(step, because.to_owned()));
        }
        let local = problem.claimed().level().is_finite();
        for (certificate, tally) in certificates.iter_mut().zip(&mut tallies) {
            // Local constants mean nothing once the certificate has ended.
            if local && tally.ended.is_some() {
                continue;
            }
            if let Some(certified) = tally.measure(certificate.observe(&observation), rounding) {
                tally.add(certified);
            }
        }
        worst_gap_factor = worst_gap_factor.max(next_gap / gap);
        curve.push((step + 1, next_gap));
        (gap, value) = (next_gap, next_value);
        std::mem::swap(&mut gradient, &mut next_gradient);
    }
    Ok(Recording { curve, worst_gap_factor, tallies, hypotheses, last_step: trace.effective_step })
}

/// The promise that reaches the target first.
pub(super) fn best_promise(tallies: &[Tally], initial_gap: f64, target: f64) -> Option<Contraction> {
    let steps = |c: &Contraction| c.steps_to(initial_gap, target * initial_gap).unwrap_or(f64::INFINITY);
    tallies
        .iter()
        .filter_map(|tally| tally.a_priori.as_ref().ok().copied())
        .filter(|contraction| contraction.factor < 1.0)
        .min_by(|a, b| steps(a).total_cmp(&steps(b)).then(a.factor.total_cmp(&b.factor)))
}

/// What contradicts the claimed constants: points of the run, or what the objective knows of itself.
pub(super) fn evidence(problem: &Problem, hypotheses: &Hypotheses) -> Option<Claim> {
    if let Some(witness) = hypotheses.refutation().or_else(|| problem.contradiction()) {
        return Some(Claim::Refuted { witness });
    }
    let unknown = problem.claimed().mu.value().is_none();
    let because = hypotheses.diagnosis().filter(|_| unknown)?;
    Some(Claim::NoClaim { because })
}

/// The strongest claim that the run supports.
fn judge(
    problem: &Problem,
    tallies: &[Tally],
    refusals: &[NoClaim],
    hypotheses: &Hypotheses,
    (curve, floor): (&[(usize, f64)], f64),
    tail: Option<RateFit>,
) -> Claim {
    let because = why_no_theorem(tallies, refusals);
    if let Some(claim) = evidence(problem, hypotheses).or_else(|| theorem_claim(tallies)) {
        return claim;
    }
    let straight = fit::shape(curve, floor) == Shape::Linear && fit::floor(curve).is_none();
    let falling = tail.is_some_and(|fit| fit.factor < 1.0 && fit.high < 1.0);
    if straight && falling && hypotheses.points() > 0 {
        let (smallest_ratio, points) = (hypotheses.smallest_ratio(), hypotheses.points());
        return Claim::ConsistentWithSamples { smallest_ratio, points, because };
    }
    Claim::NoClaim { because }
}

/// Proved, certified or refuted by theorems; `None` if none covers the run.
pub(super) fn theorem_claim(tallies: &[Tally]) -> Option<Claim> {
    if let Some(witness) = tallies.iter().find_map(|tally| tally.first_violation.clone()) {
        return Some(Claim::Refuted { witness });
    }
    let names = |covers: &dyn Fn(&Tally) -> bool| {
        let names: Vec<&str> = tallies.iter().filter(|t| covers(t)).map(|t| t.name).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    if let Some(theorem) = names(&|t| t.covers_run() && t.a_priori.as_ref().is_ok_and(|c| c.factor < 1.0)) {
        return Some(Claim::ProvedAPriori { theorem });
    }
    names(&Tally::covers_run).map(|theorem| Claim::CertifiedOnThisRun { theorem })
}

/// The reasons to give where no theorem covers the run: what was known before it, and where the theorem that held
/// out longest ended.
pub(super) fn why_no_theorem(tallies: &[Tally], refusals: &[NoClaim]) -> String {
    let longest = tallies.iter().filter_map(|tally| tally.ended.as_ref()).max_by_key(|&&(step, _)| step);
    let mut reasons: Vec<String> = refusals.iter().map(ToString::to_string).collect();
    reasons.extend(longest.map(|(_, why)| why.clone()));
    if reasons.is_empty() { "no theorem speaks of this method".to_owned() } else { reasons.join("; ") }
}

/// The a-priori bound if there is one, else the product of the certified factors.
pub(super) fn bound_curve(
    tallies: &[Tally],
    best: Option<Contraction>,
    initial_gap: f64,
    steps: usize,
    stochastic: bool,
) -> Vec<(f64, f64)> {
    const POINTS: usize = 200;
    if let Some(contraction) = best {
        return (0..=POINTS)
            .map(|i| {
                let step = i * steps / POINTS;
                (step as f64, contraction.bound(initial_gap, step))
            })
            .collect();
    }
    // The product of certified factors bounds a deterministic run; in expectation only a fixed factor does.
    let longest =
        tallies.iter().filter(|tally| !stochastic && tally.a_priori.is_err()).max_by_key(|t| t.bound.len());
    let Some(tally) = longest else { return Vec::new() };
    tally.bound.iter().map(|&(step, bound)| (step as f64, bound)).collect()
}
