//! Line searches and L-BFGS: against PyTorch, their conditions, and what they refuse.

use crate::methods::bits;
use crate::problems::Problem;
use gradus_optim::line_search::{
    Armijo, FirstStep, Lbfgs, LineSearchSgd, Search, SearchError, Stop, StrongWolfe,
};
use gradus_optim::schedule::Exponential;
use gradus_optim::{AnyOptimizer, OptimError};
use gradus_tensor::{Params, Real, Tensor};
use serde::Deserialize;
use serde_json::Value;

/// Relative to the largest coordinate. A search decides by comparisons; as long as both sides decide alike they differ
/// by roundings, which the differences of gradients near a minimiser enlarge.
const F64_TOLERANCE: f64 = 1e-10;

#[derive(Deserialize)]
struct Golden {
    torch: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    problem: String,
    settings: Value,
    points: Vec<Point>,
}

#[derive(Deserialize)]
struct Point {
    step: u64,
    loss: f64,
    iterations: u64,
    evaluations: u64,
    x: Vec<f64>,
}

#[test]
fn lbfgs_follows_pytorch() {
    let golden: Golden = serde_json::from_str(include_str!("../golden/lbfgs.json")).unwrap();
    assert_eq!((golden.torch.as_str(), golden.cases.len()), ("2.15.0", 12));
    for Case { problem, settings, points } in &golden.cases {
        let function = Problem::<f64>::named(problem);
        let mut params = function.params();
        let rule: Lbfgs = serde_json::from_value(settings.clone()).unwrap();
        let mut lbfgs = rule.optimizer(&params).unwrap();
        let mut evaluations = 0;
        for point in points {
            let found = lbfgs.step_with(&mut params, &mut |x, g| function.evaluate(x, g)).unwrap();
            evaluations += found.evaluations;
            let name = format!("{problem} {settings} step {}: {found:?}", point.step);
            assert!((found.loss - point.loss).abs() <= F64_TOLERANCE * (1.0 + point.loss), "{name}");
            assert_eq!((lbfgs.iterations(), evaluations), (point.iterations, point.evaluations), "{name}");
            let size = point.x.iter().fold(0.0, |size: f64, x| size.max(x.abs()));
            for (x, expected) in params.as_slice().iter().zip(&point.x) {
                assert!((x - expected).abs() <= F64_TOLERANCE * size, "{name}: {x} is not {expected}");
            }
        }
    }
}

#[test]
fn lbfgs_minimises_in_f32() {
    let function = Problem::<f32>::named("rosenbrock");
    let mut params = function.params();
    let mut lbfgs = Lbfgs { max_iterations: 100, ..Lbfgs::default() }.optimizer(&params).unwrap();
    let found = lbfgs.step_with(&mut params, &mut |x, g| function.evaluate(x, g)).unwrap();
    assert!(found.next_loss < 1e-8 && found.stop != Stop::Evaluations, "{found:?}");
}

/// Every condition ends a step, and says so.
#[test]
fn lbfgs_says_why_it_stops() {
    let function = Problem::<f64>::named("quadratic");
    let stop = |rule: Lbfgs| {
        let mut params = function.params();
        let mut lbfgs = rule.optimizer(&params).unwrap();
        lbfgs.step_with(&mut params, &mut |x, g| function.evaluate(x, g)).unwrap().stop
    };
    let rule = Lbfgs { max_iterations: 1000, max_evaluations: Some(1000), ..Lbfgs::default() };
    assert_eq!(stop(Lbfgs { tolerance_gradient: 1e-4, tolerance_change: 0.0, ..rule }), Stop::Gradient);
    assert_eq!(stop(Lbfgs { tolerance_gradient: 1e6, ..rule }), Stop::Gradient);
    assert_eq!(stop(Lbfgs { tolerance_gradient: 0.0, tolerance_change: 1e-3, ..rule }), Stop::Change);
    assert_eq!(stop(Lbfgs { max_iterations: 2, ..rule }), Stop::Iterations);
    assert_eq!(stop(Lbfgs { max_evaluations: Some(3), ..rule }), Stop::Evaluations);
}

/// ½ x² + ¼ x⁴ with a wall beyond |x| = 3, as of a loss that overflows.
fn walled(x: f64) -> (f64, f64) {
    if x.abs() > 3.0 { (f64::INFINITY, f64::NAN) } else { (x * x / 2.0 + x.powi(4) / 4.0, x + x.powi(3)) }
}

fn searches() -> [Search; 2] {
    [Search::Armijo(Armijo::default()), Search::StrongWolfe(StrongWolfe::default())]
}

/// From any first step, however long or short, the step found satisfies the conditions; the strong ones too.
#[test]
fn steps_satisfy_their_conditions() {
    for search in searches() {
        for initial_step in [1e-6, 1e-3, 0.1, 1.0, 10.0, 1e4, 1e20] {
            // Halvings from 10²⁰ are more than 25.
            if initial_step > 1e10 && matches!(search, Search::StrongWolfe(_)) {
                continue;
            }
            let rule = LineSearchSgd {
                search,
                initial_step,
                first_step: FirstStep::Initial,
                largest_step: f64::MAX,
                maximize: false,
            };
            let mut params = Params::single("x", &Tensor::vector(&[2.5_f64]));
            let mut optimizer = rule.optimizer(&params).unwrap();
            let (before, slope) = walled(2.5);
            let found = optimizer
                .step_with(&mut params, &mut |x, gradient| {
                    let (value, slope) = walled(x.as_slice()[0]);
                    gradient.into_iter().for_each(|gradient| gradient[0] = slope);
                    value
                })
                .unwrap();
            let name = format!("{rule:?}: {found:?}");
            let x = params.as_slice()[0];
            assert_eq!((found.loss, found.next_loss), (before, walled(x).0), "{name}");
            assert_eq!(x, 2.5 - found.step_size * slope, "{name}");
            assert!(found.next_loss <= before - 1e-4 * found.step_size * slope * slope, "{name}");
            if matches!(search, Search::StrongWolfe(_)) {
                assert!((walled(x).1 * slope).abs() <= 0.9 * slope * slope, "{name}");
            }
        }
    }
}

/// ½ x², whose gradient is not a number below 2: lower values there are no place to rest.
#[test]
fn lbfgs_rests_where_the_gradient_is_finite() {
    for max_evaluations in [1, 2, 3, 6, 25] {
        let mut params = Params::single("x", &Tensor::vector(&[2.5_f64]));
        let rule = Lbfgs { max_evaluations: Some(max_evaluations), ..Lbfgs::default() };
        let mut lbfgs = rule.optimizer(&params).unwrap();
        let mut broken = 0;
        let found = lbfgs
            .step_with(&mut params, &mut |x, gradient| {
                let x = x.as_slice()[0];
                broken += u64::from(x < 2.0);
                gradient.into_iter().for_each(|gradient| gradient[0] = if x < 2.0 { f64::NAN } else { x });
                x * x / 2.0
            })
            .unwrap();
        let x = params.as_slice()[0];
        assert!(broken > 0 && x >= 2.0, "{max_evaluations}: {x}");
        assert_eq!(found.next_loss, x * x / 2.0, "{max_evaluations}");
    }
}

/// A failed search changes neither the parameters nor the state, and says what was wrong.
#[test]
fn failures_are_typed_and_change_nothing() {
    fn fails<T: Real>(rule: LineSearchSgd, x: T, value: fn(T) -> T, slope: fn(T) -> T) -> SearchError {
        let mut params = Params::single("x", &Tensor::vector(&[x]));
        let mut optimizer = rule.optimizer(&params).unwrap();
        let mut step = |params: &mut Params<T>| {
            optimizer.step_with(params, &mut |x, gradient| {
                gradient.into_iter().for_each(|gradient| gradient[0] = slope(x.as_slice()[0]));
                value(x.as_slice()[0])
            })
        };
        let error = step(&mut params).unwrap_err();
        assert_eq!(bits(params.as_slice()), bits(&[x]));
        // Once more, with the same outcome: there is no memory of the failure.
        assert_eq!(format!("{:?}", step(&mut params).unwrap_err()), format!("{error:?}"));
        assert_eq!(optimizer.steps(), 0);
        error
    }
    for search in searches() {
        let rule = LineSearchSgd { search, ..LineSearchSgd::full_batch() };
        let error = fails(rule, 1.0_f64, |_| f64::NAN, |x| x);
        assert_eq!(error.to_string(), "line search: the loss before the step is NaN");
        let error = fails(rule, 1.0_f64, |x| x * x, |_| f64::INFINITY);
        assert_eq!(error.to_string(), "line search: gradient of x, element 0 of shape [1], is inf");
        // The gradient has the wrong sign.
        let error = fails(rule, 1.0_f32, |x| x * x, |x| -x);
        assert!(matches!(error, SearchError::NoStep { .. }), "{error}");
        let text = error.to_string();
        assert!(text.contains("did not fall below") && text.contains("the gradient may be wrong"), "{text}");
    }
    let other = Params::single("y", &Tensor::vector(&[1.0_f64]));
    let mut optimizer = LineSearchSgd::full_batch().optimizer(&other).unwrap();
    let mut params = Params::single("x", &Tensor::vector(&[1.0_f64]));
    let error = optimizer.step_with(&mut params, &mut |_, _| 0.0).unwrap_err();
    assert!(error.to_string().starts_with("line_search_sgd: the parameters of another model"), "{error}");
}

#[test]
fn lbfgs_failure_changes_nothing() {
    let function = Problem::<f64>::named("quadratic");
    let mut params = function.params();
    let mut lbfgs = Lbfgs { max_iterations: 3, ..Lbfgs::default() }.optimizer(&params).unwrap();
    lbfgs.step_with(&mut params, &mut |x, g| function.evaluate(x, g)).unwrap();
    let (before, iterations, mut twin, mut own) =
        (params.clone(), lbfgs.iterations(), lbfgs.clone(), params.clone());
    for broken in [0, 1] {
        // The gradient breaks at once, then the loss in the middle of the step when there is no search.
        let mut calls = 0;
        let outcome = lbfgs.step_with(&mut params, &mut |x, gradient| {
            let loss = function.evaluate(x, gradient);
            calls += 1;
            if broken == 0 && calls == 1 { f64::NAN } else { loss }
        });
        if broken == 0 {
            assert_eq!(outcome.unwrap_err().to_string(), "line search: the loss before the step is NaN");
            assert_eq!((&params, lbfgs.iterations()), (&before, iterations));
        } else {
            twin.step_with(&mut own, &mut |x, g| function.evaluate(x, g)).unwrap();
            assert_eq!(bits(params.as_slice()), bits(own.as_slice()), "the failure left no trace");
        }
    }
}

#[test]
fn settings_out_of_range_are_named() {
    let params = Params::single("x", &Tensor::vector(&[1.0_f64]));
    let refusal = |rule: LineSearchSgd| rule.optimizer(&params).unwrap_err().to_string();
    let armijo = |armijo| LineSearchSgd { search: Search::Armijo(armijo), ..LineSearchSgd::default() };
    let wolfe = |wolfe| LineSearchSgd { search: Search::StrongWolfe(wolfe), ..LineSearchSgd::default() };
    let lbfgs = |rule: Lbfgs| rule.optimizer(&params).unwrap_err().to_string();
    let rows = [
        (
            refusal(armijo(Armijo { sufficient_decrease: 0.0, ..Armijo::default() })),
            "armijo: sufficient_decrease = 0, allowed: above 0 and below 1",
        ),
        (
            refusal(armijo(Armijo { shrink: 1.0, ..Armijo::default() })),
            "armijo: shrink = 1, allowed: above 0 and below 1",
        ),
        (
            refusal(wolfe(StrongWolfe { curvature: 1e-5, ..StrongWolfe::default() })),
            "strong_wolfe: curvature = 0.00001, allowed: above sufficient_decrease and below 1",
        ),
        (
            refusal(LineSearchSgd { initial_step: f64::NAN, ..LineSearchSgd::default() }),
            "line_search_sgd: initial_step = NaN, allowed: finite and above 0",
        ),
        (
            refusal(LineSearchSgd { first_step: FirstStep::Longer(0.5), ..LineSearchSgd::default() }),
            "line_search_sgd: first_step = 0.5, allowed: finite and at least 1",
        ),
        (
            lbfgs(Lbfgs { history_size: 0, ..Lbfgs::default() }),
            "lbfgs: history_size = 0, allowed: at least 1",
        ),
        (
            lbfgs(Lbfgs { learning_rate: 0.0, ..Lbfgs::default() }),
            "lbfgs: learning_rate = 0, allowed: finite and above 0",
        ),
    ];
    for (found, expected) in rows {
        assert_eq!(found, expected);
    }
}

/// Mini-batches of an over-parameterised least-squares problem: every sample can be fitted, so that steps of the
/// stochastic search need not shrink, and the loss of all goes to 0.
#[test]
fn stochastic_search_interpolates() {
    const SAMPLES: usize = 6;
    const DIM: usize = 12;
    let feature = |sample: usize, i: usize| ((1 + sample) as f64 * (1 + i) as f64 * 1.7).sin();
    let residual = |x: &[f64], sample: usize| {
        (0..DIM).map(|i| feature(sample, i) * x[i]).sum::<f64>() - (sample as f64).cos()
    };
    let mut params = Params::single("x", &Tensor::vector(&[0.0_f64; DIM]));
    let mut optimizer = LineSearchSgd::mini_batch(SAMPLES as u64).optimizer(&params).unwrap();
    for step in 0..600 {
        let sample = (step * 5 + step / SAMPLES) % SAMPLES;
        optimizer
            .step_with(&mut params, &mut |x, gradient| {
                let residual = residual(x.as_slice(), sample);
                if let Some(gradient) = gradient {
                    (0..DIM).for_each(|i| gradient[i] = residual * feature(sample, i));
                }
                residual * residual / 2.0
            })
            .unwrap();
    }
    let loss: f64 = (0..SAMPLES).map(|sample| residual(params.as_slice(), sample).powi(2)).sum();
    assert!(loss < 1e-16, "{loss}");
}

/// A step of the trait is a step of the type, and its loss is that before the step.
#[test]
fn searches_are_optimizers() {
    let function = Problem::<f64>::named("net");
    let (mut params, mut own) = (function.params(), function.params());
    let mut lbfgs = Lbfgs { max_iterations: 3, ..Lbfgs::default() }.optimizer(&params).unwrap();
    let mut search = LineSearchSgd::full_batch().optimizer(&params).unwrap();
    let mut boxed: [Box<dyn AnyOptimizer<f64>>; 2] = [Box::new(lbfgs.clone()), Box::new(search.clone())];
    for _ in 0..4 {
        let expected = lbfgs.step_with(&mut params, &mut |x, g| function.evaluate(x, g)).unwrap();
        let loss = boxed[0].step_with(&mut own, &mut |x, g| function.evaluate(x, Some(g))).unwrap();
        assert_eq!((loss, bits(own.as_slice())), (expected.loss, bits(params.as_slice())));
        let expected = search.step_with(&mut params, &mut |x, g| function.evaluate(x, g)).unwrap();
        let loss = boxed[1].step_with(&mut own, &mut |x, g| function.evaluate(x, Some(g))).unwrap();
        assert_eq!((loss, bits(own.as_slice())), (expected.loss, bits(params.as_slice())));
    }
    assert_eq!(boxed.each_ref().map(|optimizer| optimizer.steps()), [4, 4]);
    assert_eq!(boxed[0].state("direction").unwrap().len(), params.len());
    assert_eq!(boxed[1].scalar("step_size"), search.step_size());
    for optimizer in &mut boxed {
        let error = optimizer.step_params(&mut own, &params).unwrap_err().to_string();
        assert!(
            error.ends_with("a step needs the function, not only its gradient; use `step_with`"),
            "{error}"
        );
        let error = optimizer.step_with(&mut own, &mut |_, _| f64::NAN).unwrap_err();
        assert_eq!(error.to_string(), "line search: the loss before the step is NaN");
        assert!(matches!(error, OptimError::Search(_)));
        let mut skipping = optimizer.clone().skip_non_finite();
        assert!(skipping.step_with(&mut own, &mut |_, _| f64::NAN).unwrap().is_nan());
        assert_eq!((skipping.skipped(), skipping.steps(), &own), (1, 4, &params));
    }
}

/// To maximise f is to minimise −f, bit for bit; what is reported is f.
#[test]
fn searches_ascend() {
    let function = Problem::<f64>::named("net");
    let negated = |x: &Params<f64>, gradient: Option<&mut [f64]>| match gradient {
        None => -function.evaluate(x, None),
        Some(gradient) => {
            let loss = function.evaluate(x, Some(&mut *gradient));
            gradient.iter_mut().for_each(|g| *g = -*g);
            -loss
        }
    };
    let (mut up, mut down) = (function.params(), function.params());
    let rule = Lbfgs { max_iterations: 3, ..Lbfgs::default() };
    let mut ascending = Lbfgs { maximize: true, ..rule }.optimizer(&up).unwrap();
    let mut descending = rule.optimizer(&down).unwrap();
    for _ in 0..3 {
        let found = ascending.step_with(&mut up, &mut |x, g| negated(x, g)).unwrap();
        let expected = descending.step_with(&mut down, &mut |x, g| function.evaluate(x, g)).unwrap();
        assert_eq!((found.loss, found.next_loss, &up), (-expected.loss, -expected.next_loss, &down));
    }
    for search in searches() {
        let (mut up, mut down) = (function.params(), function.params());
        let rule = LineSearchSgd { search, ..LineSearchSgd::full_batch() };
        let mut ascending = LineSearchSgd { maximize: true, ..rule }.optimizer(&up).unwrap();
        let mut descending = rule.optimizer(&down).unwrap();
        for _ in 0..3 {
            let found = ascending.step_with(&mut up, &mut |x, g| negated(x, g)).unwrap();
            let expected = descending.step_with(&mut down, &mut |x, g| function.evaluate(x, g)).unwrap();
            assert_eq!((found.loss, found.next_loss, &up), (-expected.loss, -expected.next_loss, &down));
        }
        let error = ascending.step_with(&mut up, &mut |_, _| f64::INFINITY).unwrap_err();
        assert_eq!(error.to_string(), "line search: the loss before the step is inf");
    }
}

/// Schedules are factors on the learning rate of L-BFGS: without a search each step is as long as they say.
#[test]
fn lbfgs_has_schedules() {
    let mut params = Params::single("x", &Tensor::vector(&[4.0_f64]));
    let rule = Lbfgs { search: None, max_iterations: 1, ..Lbfgs::default() };
    let mut lbfgs = rule.optimizer(&params).unwrap().scheduled(Exponential { gamma: 0.5 }).unwrap();
    let mut rates = Vec::new();
    for _ in 0..3 {
        rates.push(lbfgs.learning_rate());
        let before = params.as_slice()[0];
        lbfgs
            .step_with(&mut params, &mut |x, gradient| {
                let x = x.as_slice()[0];
                gradient.into_iter().for_each(|gradient| gradient[0] = x);
                x * x / 2.0
            })
            .unwrap();
        let first = if rates.len() == 1 { 1.0_f64.min(1.0 / before) } else { 1.0 };
        let expected = before - rates[rates.len() - 1] * first * before;
        assert!((params.as_slice()[0] - expected).abs() < 1e-14, "{rates:?}");
    }
    assert_eq!(rates, [1.0, 0.5, 0.25]);
}
