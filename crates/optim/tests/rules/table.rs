//! Optimizers × problems: each reaches the minimum of each problem it should, and what it should not is named.

use crate::minima::{self, Minimum};
use gradus_optim::line_search::{Lbfgs, LineSearchSgd, Search, StrongWolfe};
use gradus_optim::schedule::Exponential;
use gradus_optim::{
    AdaBelief, AdaGrad, AdaGradNorm, Adadelta, Adafactor, Adam, AdamW, Adamax, Adan, AmsGrad, AnyOptimizer,
    Lamb, Lars, Lion, Momo, MomoAdam, Muon, NAdam, Prodigy, RAdam, RmsProp, Rule, ScheduleFreeAdamW,
    ScheduleFreeSgd, Sgd, StochasticPolyak, WeightDecay,
};

const STEPS: u64 = 20_000;

/// The last steps, in all of which the value must be small: a run must not pass by the minimum.
const LAST: u64 = 100;

/// Of the value at the start.
const REACHED: f64 = 1e-11;

/// What a run that ends in a cycle, or is slow, reaches all the same, of the value at the start.
const NEAR: f64 = 0.05;

type Boxed = Box<dyn AnyOptimizer<f64>>;

/// An optimizer with this learning rate for this problem.
type Build = fn(f64, &Minimum) -> Boxed;

/// What a run does on a problem, with a learning rate.
#[derive(Clone, Copy)]
enum Run {
    /// It reaches the minimum.
    R(f64),
    /// It does not, and why.
    N(f64, Why),
    /// The rule does not work on parameters of this shape.
    Matrix,
}

/// Why a minimum is not reached.
#[derive(Clone, Copy, Debug)]
enum Why {
    /// Steps have a length that does not go to 0 with the gradient: with a constant learning rate a run ends in a cycle
    /// around the minimiser.
    Cycle,
    /// Steps are in proportion to the norm of the parameter, which here does not go to 0 with the gradient.
    Proportion,
    /// x⁴ is not PL: the value falls like a power of the number of steps, not linearly.
    NotPl,
    /// Along the valley steps are so short that 20 000 do not suffice.
    Valley,
}

use Run::{Matrix, N, R};
use Why::{Cycle, NotPl, Proportion, Valley};

fn boxed<R: Rule<f64>>(rule: R, problem: &Minimum) -> Boxed {
    Box::new(rule.optimizer(problem.layout()).expect("the settings are legal"))
}

/// With a learning rate that falls by a factor of e every 2000 steps.
fn falling<R: Rule<f64>>(rule: R, problem: &Minimum) -> Boxed {
    let optimizer = rule.optimizer(problem.layout()).expect("the settings are legal");
    Box::new(optimizer.scheduled(Exponential { gamma: 0.9995 }).expect("the settings are legal"))
}

const METHODS: [(&str, Build, [Run; 7]); 33] = [
    (
        "sgd",
        |learning_rate, problem| boxed(Sgd { learning_rate, ..Sgd::default() }, problem),
        [R(0.03), R(0.1), R(1.0), R(0.01), R(0.003), N(0.001, Valley), N(0.3, NotPl)],
    ),
    (
        "momentum",
        |learning_rate, problem| boxed(Sgd { learning_rate, momentum: 0.9, ..Sgd::default() }, problem),
        [R(0.003), R(0.1), R(0.1), R(0.001), R(0.0003), R(0.003), N(0.1, NotPl)],
    ),
    (
        "nesterov",
        |learning_rate, problem| {
            boxed(Sgd { learning_rate, momentum: 0.9, nesterov: true, ..Sgd::default() }, problem)
        },
        [R(0.003), R(0.1), R(0.3), R(0.001), R(0.0003), R(0.001), N(0.1, NotPl)],
    ),
    (
        "adagrad",
        |learning_rate, problem| boxed(AdaGrad { learning_rate, ..AdaGrad::default() }, problem),
        [R(0.3), R(0.3), R(3.0), R(0.1), R(0.3), R(0.3), N(1.0, NotPl)],
    ),
    (
        "adagrad-norm",
        |learning_rate, problem| boxed(AdaGradNorm { learning_rate, ..AdaGradNorm::default() }, problem),
        [R(1.0), R(3.0), R(3.0), R(0.1), R(0.3), R(1.0), N(1.0, NotPl)],
    ),
    (
        "adadelta",
        |learning_rate, problem| boxed(Adadelta { learning_rate, ..Adadelta::default() }, problem),
        [R(0.03), R(0.1), R(1.0), R(0.3), R(0.03), N(0.01, Cycle), N(0.3, NotPl)],
    ),
    (
        "rmsprop",
        |learning_rate, problem| boxed(RmsProp { learning_rate, ..RmsProp::default() }, problem),
        [
            N(0.0003, Cycle),
            N(0.0003, Cycle),
            R(0.01),
            N(0.0003, Cycle),
            N(0.0003, Cycle),
            N(0.0003, Cycle),
            R(0.0003),
        ],
    ),
    (
        "rmsprop, eps 1",
        |learning_rate, problem| boxed(RmsProp { learning_rate, eps: 1.0, ..RmsProp::default() }, problem),
        [R(0.03), R(0.1), R(1.0), R(0.3), R(0.003), N(0.001, Valley), N(0.3, NotPl)],
    ),
    (
        "centered rmsprop with momentum, eps 1",
        |learning_rate, problem| {
            let rule =
                RmsProp { learning_rate, eps: 1.0, centered: true, momentum: 0.5, ..RmsProp::default() };
            boxed(rule, problem)
        },
        [R(0.01), R(0.3), R(0.3), R(0.01), R(0.003), R(0.001), N(0.3, NotPl)],
    ),
    (
        "adam, eps 1",
        |learning_rate, problem| boxed(Adam { learning_rate, eps: 1.0, ..Adam::default() }, problem),
        [R(0.03), R(1.0), R(0.3), R(0.01), R(0.003), R(0.03), N(0.3, NotPl)],
    ),
    (
        "amsgrad",
        |learning_rate, problem| boxed(AmsGrad { learning_rate, ..AmsGrad::default() }, problem),
        [R(0.03), R(0.03), R(0.1), R(0.003), R(0.01), R(0.3), R(1.0)],
    ),
    (
        "adamw, falling",
        |learning_rate, problem| {
            falling(AdamW { learning_rate, weight_decay: WeightDecay::None, ..AdamW::default() }, problem)
        },
        [R(0.03), R(0.03), R(0.1), R(0.003), R(0.03), R(0.1), R(1.0)],
    ),
    (
        "adamax, eps 1",
        |learning_rate, problem| boxed(Adamax { learning_rate, eps: 1.0, ..Adamax::default() }, problem),
        [R(0.03), R(1.0), R(1.0), R(0.01), R(0.003), R(0.03), N(0.3, NotPl)],
    ),
    (
        "nadam, eps 1",
        |learning_rate, problem| boxed(NAdam { learning_rate, eps: 1.0, ..NAdam::default() }, problem),
        [R(0.03), R(1.0), R(1.0), R(0.01), R(0.003), R(0.01), N(0.3, NotPl)],
    ),
    (
        "radam, eps 1",
        |learning_rate, problem| boxed(RAdam { learning_rate, eps: 1.0, ..RAdam::default() }, problem),
        [R(0.03), R(1.0), R(1.0), R(0.01), R(0.003), R(0.003), N(0.3, NotPl)],
    ),
    (
        "adabelief, eps 0.01",
        |learning_rate, problem| {
            boxed(AdaBelief { learning_rate, eps: 0.01, ..AdaBelief::default() }, problem)
        },
        [R(0.1), R(3.0), R(3.0), R(0.3), R(0.01), R(0.03), N(0.3, NotPl)],
    ),
    (
        "lion",
        |learning_rate, problem| boxed(Lion { learning_rate, ..Lion::default() }, problem),
        [
            N(0.0003, Cycle),
            N(0.0003, Cycle),
            N(0.0001, Cycle),
            N(0.0003, Cycle),
            N(0.0003, Cycle),
            N(0.0003, Cycle),
            R(0.0001),
        ],
    ),
    (
        "lion, falling",
        |learning_rate, problem| falling(Lion { learning_rate, ..Lion::default() }, problem),
        [R(0.003), R(0.003), R(0.001), R(0.003), R(0.003), R(0.003), R(0.001)],
    ),
    (
        "adan, eps 1",
        |learning_rate, problem| boxed(Adan { learning_rate, eps: 1.0, ..Adan::default() }, problem),
        [R(1.0), R(1.0), R(1.0), R(0.01), R(0.1), R(0.01), N(0.3, NotPl)],
    ),
    (
        "lars",
        |learning_rate, problem| boxed(Lars { learning_rate, ..Lars::default() }, problem),
        [R(3.0), R(3.0), N(0.01, Proportion), N(0.03, Proportion), R(3.0), N(0.1, Proportion), R(10.0)],
    ),
    (
        "lars, falling",
        |learning_rate, problem| falling(Lars { learning_rate, trust: 0.01, ..Lars::default() }, problem),
        [R(10.0), R(30.0), R(0.01), R(0.03), R(10.0), R(0.1), R(30.0)],
    ),
    (
        "lamb",
        |learning_rate, problem| boxed(Lamb { learning_rate, weight_decay: 0.0, ..Lamb::default() }, problem),
        [
            R(0.03),
            R(0.03),
            N(0.0001, Proportion),
            N(0.0003, Proportion),
            R(0.1),
            N(0.003, Proportion),
            R(0.3),
        ],
    ),
    (
        "lamb, falling",
        |learning_rate, problem| {
            falling(Lamb { learning_rate, weight_decay: 0.0, ..Lamb::default() }, problem)
        },
        [R(1.0), R(1.0), R(0.001), R(0.003), R(1.0), N(0.03, Valley), R(0.3)],
    ),
    (
        "adafactor",
        |learning_rate, problem| boxed(Adafactor { learning_rate, ..Adafactor::default() }, problem),
        [R(0.01), R(0.01), R(0.003), R(0.001), R(0.01), N(0.003, Proportion), R(1.0)],
    ),
    (
        "adafactor, falling",
        |learning_rate, problem| falling(Adafactor { learning_rate, ..Adafactor::default() }, problem),
        [R(0.3), R(0.3), R(0.01), R(0.003), R(0.1), R(0.03), R(100.0)],
    ),
    (
        "muon",
        |learning_rate, problem| {
            boxed(Muon { learning_rate, weight_decay: WeightDecay::None, ..Muon::default() }, problem)
        },
        [Matrix, Matrix, N(0.0001, Cycle), Matrix, Matrix, Matrix, Matrix],
    ),
    (
        "muon, falling",
        |learning_rate, problem| {
            falling(Muon { learning_rate, weight_decay: WeightDecay::None, ..Muon::default() }, problem)
        },
        [Matrix, Matrix, R(0.001), Matrix, Matrix, Matrix, Matrix],
    ),
    (
        "schedule-free sgd",
        |learning_rate, problem| {
            boxed(ScheduleFreeSgd { learning_rate, ..ScheduleFreeSgd::default() }, problem)
        },
        [R(1.0), R(1.0), R(3.0), R(0.3), R(1.0), N(0.003, Valley), N(0.3, NotPl)],
    ),
    (
        "schedule-free adamw",
        |learning_rate, problem| {
            boxed(ScheduleFreeAdamW { learning_rate, ..ScheduleFreeAdamW::default() }, problem)
        },
        [R(0.003), R(0.003), R(0.001), R(0.003), R(0.003), N(0.01, Valley), R(1.0)],
    ),
    (
        "prodigy",
        |learning_rate, problem| boxed(Prodigy { learning_rate, ..Prodigy::default() }, problem),
        [R(0.001), R(0.001), R(0.003), R(0.001), R(0.001), R(0.003), R(0.3)],
    ),
    (
        "stochastic polyak",
        |learning_rate, problem| {
            boxed(StochasticPolyak { learning_rate, ..StochasticPolyak::default() }, problem)
        },
        [R(0.03), R(0.3), R(1.0), R(0.001), R(0.03), R(0.1), R(1.0)],
    ),
    (
        "momo",
        |learning_rate, problem| boxed(Momo { learning_rate, ..Momo::default() }, problem),
        [R(0.03), R(1.0), R(1.0), R(0.01), R(0.003), R(0.01), N(0.3, NotPl)],
    ),
    (
        "momo-adam",
        |learning_rate, problem| boxed(MomoAdam { learning_rate, ..MomoAdam::default() }, problem),
        [R(0.001), R(0.001), R(0.03), R(0.0003), R(0.001), R(0.003), R(100.0)],
    ),
];

/// The largest value of the last steps, of that at the start.
fn tail(mut optimizer: Boxed, problem: &Minimum) -> f64 {
    let mut params = problem.params();
    let mut largest = 0.0_f64;
    for step in 0..STEPS {
        let outcome =
            optimizer.step_with(&mut params, &mut |x, gradient| problem.evaluate(x, Some(gradient)));
        if outcome.is_err() {
            return f64::INFINITY;
        }
        if step >= STEPS - LAST {
            // Schedule-free methods are evaluated at their average.
            let x = optimizer.state("x").unwrap_or(params.as_slice());
            largest = largest.max((problem.value)(x));
        }
    }
    largest / (problem.value)(&problem.start)
}

#[test]
fn optimizers_reach_the_minima_they_should() {
    let problems = minima::all();
    let mut wrong = Vec::new();
    for (name, build, runs) in METHODS {
        for (problem, run) in problems.iter().zip(runs) {
            let (learning_rate, why) = match run {
                R(learning_rate) => (learning_rate, None),
                N(learning_rate, why) => (learning_rate, Some(why)),
                Matrix => continue,
            };
            let found = tail(build(learning_rate, problem), problem);
            let right = match why {
                None => found <= REACHED,
                Some(_) => found > REACHED && found < NEAR,
            };
            if !right {
                wrong.push(format!("{name} on {}: {found:.1e}, {why:?}", problem.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// At the minimum the loss cannot fall any more in floating point: the search says so, and the run is over.
#[test]
fn line_searches_reach_the_minima() {
    let backtracking = LineSearchSgd::full_batch();
    let wolfe = LineSearchSgd { search: Search::StrongWolfe(StrongWolfe::default()), ..backtracking };
    for problem in minima::all() {
        for rule in [backtracking, wolfe] {
            let mut params = problem.params();
            let mut optimizer = rule.optimizer(&params).expect("the settings are legal");
            let mut step =
                || optimizer.step_with(&mut params, &mut |x, gradient| problem.evaluate(x, gradient));
            (0..STEPS).find(|_| step().is_err());
            let found = (problem.value)(params.as_slice()) / (problem.value)(&problem.start);
            assert!(found <= REACHED, "{rule:?} on {}: {found:.1e}", problem.name);
        }
    }
}

#[test]
fn lbfgs_reaches_the_minima() {
    for problem in minima::all() {
        let mut params = problem.params();
        let rule = Lbfgs { tolerance_change: 0.0, tolerance_gradient: 1e-9, ..Lbfgs::default() };
        let mut lbfgs = rule.optimizer(&params).expect("the settings are legal");
        let mut evaluations = 0;
        for _ in 0..10 {
            let step = lbfgs.step_with(&mut params, &mut |x, gradient| problem.evaluate(x, gradient));
            evaluations += step.expect("the loss is finite").evaluations;
        }
        let found = (problem.value)(params.as_slice()) / (problem.value)(&problem.start);
        assert!(found <= REACHED, "{}: {found:.1e} after {evaluations} evaluations", problem.name);
    }
}
