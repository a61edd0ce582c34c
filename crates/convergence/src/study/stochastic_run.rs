//! Runs with mini-batches: several seeds, exact conditional expectations at check points.

use gradus_losses::Batch;
use gradus_optim::{AnyOptimizer, Trace};
use gradus_tensor::{Params, Rng};

use super::batch_run::{best_promise, bound_curve, evidence, theorem_claim, why_no_theorem};
use super::plan::{Plan, plan};
use super::problem::sample_second_moment;
use super::row::{Curves, Findings, Row};
use super::tally::{Certified, Tally};
use super::{Limits, Problem, StudyError, Task};
use crate::certificates::{Contraction, NoClaim, StochasticCertificate};
use crate::fit::{self, Shape};
use crate::{Claim, Expectation, Hypotheses, Observation, Rounding};

/// Points of the gap curve that all seeds share.
const GRID: usize = 120;

/// Multiply–adds that a step costs beyond its arithmetic (tape, draw, dispatch), measured at about 2 µs.
const OVERHEAD: f64 = 2e4;

/// Work of the other seeds relative to the first.
const OTHER_SEEDS: f64 = 0.25;

/// One seed's run in progress.
struct Walk<'a> {
    problem: &'a Problem,
    batch: usize,
    x: Params<f64>,
    optimizer: Box<dyn AnyOptimizer<f64>>,
    rng: Rng,
    indices: Vec<usize>,
    gradient: Vec<f64>,
    trace: Trace<f64>,
}

impl Walk<'_> {
    /// Draws a batch and steps; false if the gradient overflowed.
    fn step(&mut self) -> bool {
        let objective = self.problem.objective();
        self.indices.clear();
        for _ in 0..self.batch {
            self.indices.push(self.rng.index(objective.samples()));
        }
        objective.value_and_gradient(&self.x, Batch::Indices(&self.indices), &mut self.gradient);
        self.optimizer.step_traced(self.x.as_mut_slice(), &self.gradient, &mut self.trace).is_ok()
    }

    fn gap(&self) -> f64 {
        self.problem.objective().value(&self.x) - self.problem.infimum()
    }

    /// E‖ĝ − g‖² of a batch at the current point, by enumeration.
    fn noise(&self, gradient_sq: f64) -> f64 {
        let moment = sample_second_moment(self.problem.objective(), &self.x);
        (moment - gradient_sq).max(0.0) / self.batch as f64
    }

    /// E[D⁺] and E‖x⁺ − x*‖² over the draw of the next step, by enumeration of single samples.
    ///
    /// For a quadratic and a preconditioner that does not depend on the draw, D⁺ is quadratic in ĝ, so for a
    /// batch of b: E_b D⁺ = (1/b)·E_1 D⁺ + (1 − 1/b)·D(x − Ag). Likewise for the squared distance.
    fn enumerate(&self, full_gradient: &[f64]) -> Option<(f64, Option<f64>)> {
        let objective = self.problem.objective();
        if self.batch > 1 && !objective.is_quadratic() {
            return None;
        }
        let outcome = |gradient: &[f64]| {
            let (mut x, mut optimizer) = (self.x.clone(), self.optimizer.clone());
            optimizer.step(x.as_mut_slice(), gradient).ok()?;
            let gap = objective.value(&x) - self.problem.infimum();
            Some((gap, self.problem.minimiser().map(|m| distance_sq(x.as_slice(), m))))
        };
        let n = objective.samples();
        let mut gradient = vec![0.0; self.x.len()];
        let (mut gap, mut distance) = (0.0, 0.0);
        for i in 0..n {
            objective.value_and_gradient(&self.x, Batch::Indices(&[i]), &mut gradient);
            let (one_gap, one_distance) = outcome(&gradient)?;
            gap += one_gap / n as f64;
            distance += one_distance.unwrap_or(0.0) / n as f64;
        }
        let share = 1.0 / self.batch as f64;
        let (mean_gap, mean_distance) = outcome(full_gradient)?;
        Some((
            share * gap + (1.0 - share) * mean_gap,
            mean_distance.map(|mean| share * distance + (1.0 - share) * mean),
        ))
    }
}

fn distance_sq(x: &[f64], z: &[f64]) -> f64 {
    x.iter().zip(z).map(|(x, z)| (x - z) * (x - z)).sum()
}

/// What one seed's run gave.
struct Path {
    curve: Vec<(usize, f64)>,
}

pub(super) fn run(task: &Task<'_>, seed: u64, limits: &Limits) -> Result<(Row, Curves), StudyError> {
    let problem = task.problem;
    let plan = plan(task);
    let refused = |source| StudyError::Optimizer {
        objective: problem.name().to_owned(),
        method: task.method.name(),
        source,
    };
    let Plan { rule, batch, mut stochastic, refusals, .. } = plan;
    let dim = problem.initial_gradient().len();
    let optimizer = rule.optimizer(dim).map_err(refused)?;
    let purpose = format!("{}/{}/{}", problem.name(), task.method.name(), task.setting.name());
    let rng = Rng::new(seed).split(&purpose);
    let walk = |number: usize| Walk {
        problem,
        batch,
        x: problem.objective().start().clone(),
        optimizer: optimizer.clone_box(),
        rng: rng.split(&number.to_string()),
        indices: Vec::with_capacity(batch),
        gradient: vec![0.0; dim],
        trace: Trace::default(),
    };
    let cost = 4.0 * batch as f64 * dim as f64 + 10.0 * dim as f64 + OVERHEAD;
    let long = (limits.stochastic_work / cost) as usize / GRID * GRID;
    let short = (limits.stochastic_work * OTHER_SEEDS / cost) as usize / GRID * GRID;

    let rounding = Rounding::new(problem.value_scale(), problem.infimum());
    let mut tallies: Vec<Tally> =
        stochastic.iter().map(|certificate| Tally::new(certificate.name(), certificate.a_priori())).collect();
    let mut hypotheses = Hypotheses::new(*problem.claimed(), rounding);
    let first = follow_first(
        &mut walk(0),
        (long, short),
        limits,
        &rounding,
        (&mut stochastic, &mut tallies, &mut hypotheses),
    );
    let others: Vec<Path> =
        (1..limits.seeds).map(|number| follow(&mut walk(number), short, limits, &rounding)).collect();

    let initial_gap = problem.initial_gap();
    let mean = mean_curve(&first, &others);
    let longest = if first.curve.len() > mean.len() { &first.curve } else { &mean };
    let floor_level = fit::floor(longest);
    let tail_floor = floor_level.map_or(rounding.floor(), |level| 10.0 * level);
    let shared = |path: &Path| {
        let curve = &path.curve[..path.curve.len().min(mean.len())];
        fit::tail(curve, tail_floor).map(|fit| fit.factor.ln())
    };
    let slopes: Vec<f64> = std::iter::once(&first).chain(&others).filter_map(shared).collect();
    let shape = fit::shape(longest, tail_floor);
    let over_seeds = fit::seed_interval(&slopes);
    let falling = over_seeds.is_some_and(|interval| interval.high < 0.0);
    let law = if falling { shape } else { Shape::Undetermined };
    let claim = judge(problem, &tallies, &refusals, &hypotheses, (law, floor_level));
    // A straight line through a curve that is none would be a lie (theory C5).
    let straight = fit::shape(&mean, tail_floor) == Shape::Linear && falling;
    let best = best_promise(&tallies, initial_gap, limits.target);
    let findings = Findings {
        claim,
        tallies: &tallies,
        hypotheses: &hypotheses,
        best,
        curve: &first.curve,
        target: limits.target,
    };
    let row = Row {
        batch_size: Some(batch),
        tail: if straight {
            fit::tail(&mean, tail_floor)
        } else {
            fit::tail(longest, tail_floor).filter(|fit| shape == Shape::Linear && fit.factor < 1.0)
        },
        tail_over_seeds: over_seeds.filter(|_| straight).map(|i| fit::Interval {
            low: i.low.exp(),
            mean: i.mean.exp(),
            high: i.high.exp(),
        }),
        shape,
        floor: floor_level,
        seed,
        seeds: limits.seeds,
        ..Row::new(task, rule, findings)
    };
    let floor = floor_level.or(best.map(|c| c.floor()).filter(|&level| level > 0.0));
    let bound = bound_curve(&tallies, best, initial_gap, row.steps, true);
    let measured = longest.iter().map(|&(step, gap)| (step as f64, gap)).collect();
    Ok((row, Curves { measured, bound, floor }))
}

/// Runs one seed for `steps` steps, looking at the gap on the shared grid.
fn follow(walk: &mut Walk<'_>, steps: usize, limits: &Limits, rounding: &Rounding) -> Path {
    let initial = walk.problem.initial_gap();
    let mut path = Path { curve: vec![(0, initial)] };
    let every = (steps / GRID).max(1);
    for step in 1..=steps {
        if !walk.step()
            || step.is_multiple_of(every) && path.record(step, walk.gap(), initial, limits, rounding)
        {
            break;
        }
    }
    path
}

impl Path {
    /// Notes a gap; true if the run is over.
    fn record(&mut self, step: usize, gap: f64, initial: f64, limits: &Limits, rounding: &Rounding) -> bool {
        self.curve.push((step, gap));
        gap <= rounding.floor().max(limits.tail_target * initial) || !gap.is_finite()
    }
}

type Judges<'s, 'c> =
    (&'s mut Vec<Box<dyn StochasticCertificate + 'c>>, &'s mut Vec<Tally>, &'s mut Hypotheses);

/// Runs the first seed for up to `long` steps on the grid of `short`, with the theorems looking on: at every step
/// at the range of effective steps, at check points at exact expectations.
fn follow_first(
    walk: &mut Walk<'_>,
    (long, short): (usize, usize),
    limits: &Limits,
    rounding: &Rounding,
    (certificates, tallies, hypotheses): Judges<'_, '_>,
) -> Path {
    let initial = walk.problem.initial_gap();
    let mut path = Path { curve: vec![(0, initial)] };
    let every = (short / GRID).max(1);
    let checks = check_points(long, limits.checks);
    let outcomes = certificates.iter().any(|certificate| certificate.enumerates_outcomes());
    for step in 1..=long {
        let before = checks.binary_search(&(step - 1)).is_ok().then(|| Before::of(walk, outcomes));
        if !walk.step() {
            break;
        }
        let (smallest, largest) = range(&walk.trace.effective_step);
        for (certificate, tally) in certificates.iter().zip(tallies.iter_mut()) {
            match certificate.at_step(smallest, largest) {
                Ok(Contraction { factor, noise, prefactor }) => {
                    let current = prefactor * initial;
                    tally.add(Certified { step: step - 1, factor, noise, current });
                }
                Err(because) => tally.end(step - 1, because.to_string()),
            }
        }
        if let Some(before) = before {
            hypotheses.observe_gap(step - 1, before.gap, before.value);
            if before.gap <= rounding.floor() {
                break;
            }
            let (observation_gradient, next_gap, expectation) = before.after(walk);
            let observation = Observation::new(
                step - 1,
                (before.gap, next_gap),
                (&before.gradient, &observation_gradient),
                &walk.trace,
                Some(expectation),
            );
            hypotheses.observe(&observation, before.value);
            for (certificate, tally) in certificates.iter_mut().zip(tallies.iter_mut()) {
                tally.measure(certificate.observe(&observation), rounding);
            }
        }
        if step.is_multiple_of(every) && path.record(step, walk.gap(), initial, limits, rounding) {
            break;
        }
    }
    path
}

/// Steps at which expectations are enumerated: the first, and then evenly in the square root of the step, so that
/// early and late ones are among them.
fn check_points(steps: usize, count: usize) -> Vec<usize> {
    let mut points: Vec<usize> =
        (0..count).map(|i| (steps as f64 * (i as f64 / count as f64).powi(2)) as usize).collect();
    points.dedup();
    points
}

fn range(values: &[f64]) -> (f64, f64) {
    values.iter().fold((f64::INFINITY, 0.0), |(low, high), &v| (low.min(v), high.max(v)))
}

/// The state before a step whose expectation is enumerated.
struct Before {
    value: f64,
    gap: f64,
    gradient: Vec<f64>,
    outcomes: Option<(f64, Option<f64>)>,
    distance_sq: Option<f64>,
}

impl Before {
    fn of(walk: &Walk<'_>, enumerate: bool) -> Self {
        let mut gradient = vec![0.0; walk.x.len()];
        let value = walk.problem.objective().value_and_gradient(&walk.x, Batch::Full, &mut gradient);
        Self {
            value,
            gap: value - walk.problem.infimum(),
            outcomes: if enumerate { walk.enumerate(&gradient) } else { None },
            distance_sq: walk.problem.minimiser().map(|m| distance_sq(walk.x.as_slice(), m)),
            gradient,
        }
    }

    /// The full gradient and the gap after the step, and the expectations.
    fn after(&self, walk: &Walk<'_>) -> (Vec<f64>, f64, Expectation) {
        let mut gradient = vec![0.0; walk.x.len()];
        let value = walk.problem.objective().value_and_gradient(&walk.x, Batch::Full, &mut gradient);
        let gradient_sq = gradient.iter().map(|g| g * g).sum();
        let expectation = Expectation {
            next_gap: self.outcomes.map(|(gap, _)| gap),
            distance_sq: self.distance_sq,
            next_distance_sq: self.outcomes.and_then(|(_, distance)| distance),
            next_noise: walk.noise(gradient_sq),
        };
        (gradient, value - walk.problem.infimum(), expectation)
    }
}

/// The mean gap over the seeds, on the part of the grid that all of them reached.
fn mean_curve(first: &Path, others: &[Path]) -> Vec<(usize, f64)> {
    let shared = others.iter().map(|path| path.curve.len()).min().unwrap_or(usize::MAX);
    let count = 1.0 + others.len() as f64;
    first.curve[..shared.min(first.curve.len())]
        .iter()
        .enumerate()
        .map(|(i, &(step, gap))| {
            (step, (gap + others.iter().map(|path| path.curve[i].1).sum::<f64>()) / count)
        })
        .collect()
}

fn judge(
    problem: &Problem,
    tallies: &[Tally],
    refusals: &[NoClaim],
    hypotheses: &Hypotheses,
    (shape, floor): (Shape, Option<f64>),
) -> Claim {
    if let Some(claim) = evidence(problem, hypotheses).or_else(|| theorem_claim(tallies)) {
        return with_what_was_compared(claim, tallies);
    }
    let because = why_no_theorem(tallies, refusals);
    match (shape, floor) {
        (Shape::Linear, None) if hypotheses.points() > 0 => Claim::ConsistentWithSamples {
            smallest_ratio: hypotheses.smallest_ratio(),
            points: hypotheses.points(),
            because,
        },
        (Shape::Power | Shape::StretchedExponential, _) => {
            Claim::NoClaim { because: format!("the curve so far looks like {}; {because}", describe(shape)) }
        }
        _ => Claim::NoClaim { because },
    }
}

/// A theorem about expectations is not compared at every step: the claim says where it was.
fn with_what_was_compared(claim: Claim, tallies: &[Tally]) -> Claim {
    let points = tallies.iter().filter(|tally| tally.covers_run()).map(|tally| tally.judged).max();
    match (claim, points) {
        (Claim::CertifiedOnThisRun { theorem }, Some(points)) => Claim::CertifiedOnThisRun {
            theorem: format!(
                "{theorem}, whose hypotheses held at every step of the first seed and whose expectations were compared \
                 exactly at {points} of them"
            ),
        },
        (claim, _) => claim,
    }
}

fn describe(shape: Shape) -> &'static str {
    match shape {
        Shape::Linear => "exp(-rt)",
        Shape::Power => "a power of t",
        Shape::StretchedExponential => "exp(-r sqrt t)",
        Shape::Undetermined => "no law that can be told",
    }
}
