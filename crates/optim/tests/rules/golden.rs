//! Trajectories of PyTorch's optimizers, made by `golden/generate.py`.

use approx::assert_relative_eq;
use gradus_optim::{
    AdaGrad, Adadelta, Adafactor, Adam, Adamax, AmsGrad, AnyOptimizer, Layout, Muon, NAdam, RAdam, RmsProp,
    Rule, Sgd,
};
use gradus_tensor::Real;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::problems::Problem;

/// Relative to the largest coordinate. Both sides compute in f64 but group products differently; in 200 steps
/// this makes up to 1e-15.
const F64_TOLERANCE: f64 = 1e-12;

/// f32 is compared with PyTorch's float64 points: two f32 runs differ by their roundings, so the exact
/// trajectory is the one both should follow. On the quadratic the roundings (6e-8 each) are damped, not
/// amplified; they add up to 1e-6.
const F32_TOLERANCE: f64 = 1e-5;

/// Rosenbrock's valley can amplify roundings beyond the tolerance. Then the yardstick is how far PyTorch's float32 run
/// ends from its float64 run: a run with other roundings differs by a few times as much.
const F32_AMPLIFICATION: f64 = 4.0;

/// The runs on Rosenbrock that do so, and by how much PyTorch's differ.
const AMPLIFIED: [(&str, u64, f64); 3] =
    [("amsgrad", 200, 1.1e-5), ("adadelta", 200, 0.053), ("adamax", 200, 1.9e-5)];

#[derive(Deserialize)]
struct Golden {
    torch: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    problem: String,
    rule: String,
    settings: Value,
    points: Vec<Point>,
}

#[derive(Deserialize)]
struct Point {
    step: u64,
    x: Vec<f64>,
    /// How far PyTorch's own run in float32 is from x, relative to the largest coordinate; on Rosenbrock only.
    #[serde(default)]
    f32_difference: f64,
}

fn golden() -> Vec<Case> {
    let golden: Golden =
        serde_json::from_str(include_str!("../golden/trajectories.json")).expect("written by the script");
    assert_eq!((golden.torch.as_str(), golden.cases.len()), ("2.15.0", 124));
    golden.cases
}

fn optimizer<T: Real>(case: &Case, layout: &Layout) -> Box<dyn AnyOptimizer<T>> {
    fn build<T: Real, R: Rule<T> + DeserializeOwned>(
        case: &Case,
        layout: &Layout,
    ) -> Box<dyn AnyOptimizer<T>> {
        let rule: R = serde_json::from_value(case.settings.clone()).expect("settings of the rule");
        Box::new(rule.optimizer(layout).expect("the settings are legal"))
    }
    match case.rule.as_str() {
        "sgd" => build::<T, Sgd>(case, layout),
        "adagrad" => build::<T, AdaGrad>(case, layout),
        "rmsprop" => build::<T, RmsProp>(case, layout),
        "adam" => build::<T, Adam>(case, layout),
        "amsgrad" => build::<T, AmsGrad>(case, layout),
        "adadelta" => build::<T, Adadelta>(case, layout),
        "adamax" => build::<T, Adamax>(case, layout),
        "nadam" => build::<T, NAdam>(case, layout),
        "radam" => build::<T, RAdam>(case, layout),
        "adafactor" => build::<T, Adafactor>(case, layout),
        "muon" => build::<T, Muon>(case, layout),
        other => panic!("no rule {other}"),
    }
}

fn compare<T: Real>(case: &Case, tolerance: impl Fn(&Point) -> f64) {
    let problem = Problem::<T>::named(&case.problem);
    let mut x = problem.start.clone();
    let mut optimizer = optimizer::<T>(case, &problem.layout());
    let maximize = case.settings["maximize"] == Value::Bool(true);
    for point in &case.points {
        while optimizer.steps() < point.step {
            let mut gradient = (problem.gradient)(&x);
            if maximize {
                gradient.iter_mut().for_each(|g| *g = -*g);
            }
            optimizer.step(&mut x, &gradient).expect("the gradient is finite");
        }
        let tolerance = tolerance(point);
        let size = point.x.iter().fold(0.0, |size: f64, x| size.max(x.abs()));
        let Case { problem, rule, settings, .. } = case;
        for (found, &expected) in x.iter().map(|x| x.to_f64()).zip(&point.x) {
            assert!(
                (found - expected).abs() <= tolerance * size,
                "{problem} {rule} {settings} step {}: {found} is not {expected}",
                point.step
            );
        }
    }
}

fn follow_pytorch<T: Real>(problem: &str, tolerance: impl Fn(&Point) -> f64) {
    let mut cases = golden();
    cases.retain(|case| case.problem == problem);
    for case in &cases {
        compare::<T>(case, &tolerance);
    }
}

#[test]
fn f64_follows_pytorch() {
    for problem in ["quadratic", "rosenbrock", "net", "weights"] {
        follow_pytorch::<f64>(problem, |_| F64_TOLERANCE);
    }
}

#[test]
fn f32_follows_pytorch() {
    for problem in ["quadratic", "net", "weights"] {
        follow_pytorch::<f32>(problem, |_| F32_TOLERANCE);
    }
    let amplified = |point: &Point| F32_TOLERANCE.max(F32_AMPLIFICATION * point.f32_difference);
    follow_pytorch::<f32>("rosenbrock", amplified);
}

#[test]
fn few_runs_amplify_roundings() {
    let cases = golden();
    let points = cases.iter().flat_map(|case| case.points.iter().map(move |point| (case, point)));
    let amplified: Vec<_> = points
        .filter(|(_, point)| point.f32_difference > F32_TOLERANCE)
        .map(|(case, point)| (case.rule.as_str(), point.step, point.f32_difference))
        .collect();
    assert_eq!(amplified, AMPLIFIED);
}

/// The slots hold PyTorch's state, not only its effect.
#[test]
fn state_is_pytorchs() {
    let mut x = [1.0, -2.0];
    let mut adam = AmsGrad::default().optimizer(2).unwrap();
    let mut sgd = Sgd { momentum: 0.5, dampening: 0.25, ..Sgd::default() }.optimizer(2).unwrap();
    for gradient in [[2.0, -4.0], [1.0, 8.0]] {
        adam.step(&mut x, &gradient).unwrap();
        sgd.step(&mut x, &gradient).unwrap();
    }
    let expected = [
        ("exp_avg", [0.9 * 0.2 + 0.1, -0.9 * 0.4 + 0.8]),
        ("exp_avg_sq", [0.999 * 0.004 + 0.001, 0.999 * 0.016 + 0.064]),
        ("max_exp_avg_sq", [0.999 * 0.004 + 0.001, 0.999 * 0.016 + 0.064]),
    ];
    for (name, expected) in expected {
        for (&found, expected) in adam.state(name).unwrap().iter().zip(expected) {
            assert_relative_eq!(found, expected, max_relative = 1e-14);
        }
    }
    assert_eq!(sgd.state("momentum_buffer").unwrap(), [0.5 * 2.0 + 0.75, -0.5 * 4.0 + 6.0]);
}
