//! With the true constants nothing is refuted: not on long runs, not at the floor, not where a run hovers
//! above it.

use gradus_convergence::{Hypotheses, Observation, Rounding};
use gradus_losses::{Constant, Constants, LeastSquares, Objective, spectrum};
use gradus_optim::{AdaGrad, Adam, AmsGrad, AnyOptimizer, RmsProp, Rule, Sgd, Trace};
use gradus_tensor::Rng;

use crate::methods::{Known, boxed, certified};
use crate::negative_controls::claim;
use crate::problems::{self, Problem, infimum};
use crate::run::{follow, inspect, rounding};

const SEEDS: u64 = 3;

/// Long enough for most runs to reach the floor and to stay there for hundreds of steps.
const STEPS: usize = 800;

#[test]
fn certified_settings_are_never_refuted() {
    for seed in 0..SEEDS {
        for (kind, problem) in problems::all(seed) {
            for mut case in certified(&Known::of(&*problem)) {
                let hypotheses = inspect(&*problem, problem.constants(), &mut *case.optimizer, STEPS);
                assert_eq!(hypotheses.refutation(), None, "{} on {kind}, seed {seed}", case.name);
                assert!(hypotheses.points() > 0);
                assert_brackets(&hypotheses, &*problem, kind);
            }
        }
    }
}

/// Sampled ratios are upper bounds on μ, sampled curvatures lower bounds on L.
fn assert_brackets(hypotheses: &Hypotheses, problem: &dyn Objective<f64>, context: &str) {
    /// The rounding of curvatures that `Hypotheses` still looks at.
    const CURVATURE: f64 = 0.1;
    let (constants, rounding) = (problem.constants(), rounding(problem));
    let (mu, l) = (constants.mu.value().expect("mu"), constants.smoothness.value().expect("L"));
    let tolerance = rounding.tolerance(rounding.floor());
    let (ratio, curvature) = (hypotheses.smallest_ratio(), hypotheses.largest_curvature());
    assert!(ratio >= mu * (1.0 - tolerance), "{context}: {ratio} < {mu}");
    assert!(curvature <= l * (1.0 + CURVATURE), "{context}: {curvature} > {l}");
}

/// PyTorch's defaults and much longer steps, most of which no theorem covers.
fn uncertified(dim: usize) -> Vec<Box<dyn AnyOptimizer<f64>>> {
    let mut optimizers: Vec<Box<dyn AnyOptimizer<f64>>> = Vec::new();
    for learning_rate in [1e-3, 1e-2, 0.3] {
        optimizers.push(boxed(Sgd { learning_rate, ..Sgd::default() }, dim));
        let rule = Sgd { learning_rate, momentum: 0.9, ..Sgd::default() };
        optimizers.push(boxed(rule, dim));
        optimizers.push(boxed(AdaGrad { learning_rate, ..AdaGrad::default() }, dim));
        optimizers.push(boxed(RmsProp { learning_rate, ..RmsProp::default() }, dim));
        optimizers.push(boxed(Adam { learning_rate, ..Adam::default() }, dim));
        optimizers.push(boxed(AmsGrad { learning_rate, ..AmsGrad::default() }, dim));
    }
    optimizers
}

/// RMSProp and Adam hover at a floor far above rounding (theory B3, B4): gap and gradient go up and down
/// together, and neither is evidence against f* or PL.
#[test]
fn hovering_runs_are_not_refuted() {
    for seed in 0..SEEDS {
        let condition = [10.0, 1e3, 1e5][(seed % 3) as usize];
        let spectrum = spectrum::power_law(10, 1.0 / condition, condition);
        let steep = LeastSquares::synthetic(&spectrum, 20, &mut Rng::new(seed)).unwrap();
        let mut all = problems::all(seed);
        all.push(("ill-conditioned least squares", Box::new(steep) as Problem));
        for (kind, problem) in all {
            for mut optimizer in uncertified(problem.start().len()) {
                let context = format!("{optimizer:?} on {kind}, seed {seed}");
                let hypotheses = inspect(&*problem, problem.constants(), &mut *optimizer, 2000);
                assert_eq!(hypotheses.refutation(), None, "{context}");
                let diagnosis = hypotheses.diagnosis().unwrap_or_default();
                assert!(!diagnosis.contains("plateau"), "{context}: {diagnosis}");
            }
        }
    }
}

/// A long hover of RMSProp with its default settings: the ratio has come down from L to μ, but does not go on
/// falling.
#[test]
fn rmsprop_at_its_floor_is_not_called_not_pl() {
    for seed in 0..SEEDS {
        for (kind, problem) in problems::all(seed) {
            let mut optimizer = RmsProp::default().optimizer(problem.start().len()).unwrap();
            let hypotheses = inspect(&*problem, problem.constants(), &mut optimizer, 6000);
            assert_eq!(hypotheses.refutation(), None, "{kind}, seed {seed}");
            assert_eq!(hypotheses.diagnosis(), None, "{kind}, seed {seed}");
        }
    }
}

/// f* ≠ 0: the gap is a difference of two numbers of the size of f*, all the way down.
#[test]
fn contradictory_labels_do_not_refute() {
    for seed in 0..SEEDS {
        let problem = problems::least_squares(10, 24, 0.3, seed).with_contradictory_labels(0.5).unwrap();
        assert!(infimum(&problem) > 0.1);
        for mut case in certified(&Known::of(&problem)) {
            let hypotheses = inspect(&problem, problem.constants(), &mut *case.optimizer, STEPS);
            assert_eq!(hypotheses.refutation(), None, "{}, seed {seed}", case.name);
        }
    }
}

/// L holds on a sublevel set, up to 1 here. Uphill from a gap of 0.9, a segment may leave the set and come
/// back at 0.95: what the gradient does on the way is no evidence against L. The same step downhill stays
/// inside, and is.
#[test]
fn steps_that_leave_the_sublevel_set_do_not_refute_local_constants() {
    let local = |value| Constant::Local { value, level: 1.0 };
    let claimed = Constants { mu: local(0.5), smoothness: local(1.0), ..claim(0.5, 1.0, 0.0) };
    for (direction, refuted) in [(-1.2, false), (1.2, true)] {
        let mut hypotheses = Hypotheses::new(claimed, Rounding::new(0.9, 0.0));
        let trace = Trace { effective_step: vec![0.2], direction: vec![direction], shrink: vec![1.0] };
        hypotheses.observe(&Observation::new(0, (0.9, 0.95), (&[1.2], &[-1.2]), &trace, None), 0.9);
        assert_eq!(hypotheses.refutation().is_some(), refuted, "{:?}", hypotheses.refutation());
    }
}

/// Rounding: at the floor an f of a singular quadratic is off by ε·L·‖x − x*‖², where x − x* has a part that
/// never goes away. f itself may come out negative.
#[test]
fn tiny_negative_gaps_do_not_refute() {
    let problem = problems::diagonal(&[1.0, 0.1], &[1.0, 1.0]);
    let constants = problem.constants();
    let rounding = Rounding::new(problem.value(problem.start()), 0.0);
    let refutation = |shift: f64| {
        let mut hypotheses = Hypotheses::new(constants, rounding);
        let mut optimizer = Sgd { learning_rate: 1.0, ..Sgd::default() }.optimizer(2).unwrap();
        follow(&problem, shift, &mut optimizer, 400, |o, value, _| {
            hypotheses.observe(o, value - shift);
            true
        });
        hypotheses.refutation()
    };
    assert_eq!(refutation(0.9 * rounding.floor()), None);
    assert!(refutation(2.0 * rounding.floor()).unwrap().contains("below the claimed f*"));
}
