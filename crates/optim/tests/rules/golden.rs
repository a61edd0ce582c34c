//! Trajectories of PyTorch's optimizers, made by `golden/generate.py`.

use approx::assert_relative_eq;
use gradus_optim::{AdaGrad, Adam, AmsGrad, AnyOptimizer, RmsProp, Rule, Sgd};
use gradus_tensor::Real;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Relative to the largest coordinate. Both sides compute in f64 but group products differently; in 200 steps
/// this makes up to 1e-15.
const F64_TOLERANCE: f64 = 1e-12;

/// f32 is compared with PyTorch's float64 points: two f32 runs differ by their roundings, so the exact
/// trajectory is the one both should follow. On the quadratic the roundings (6e-8 each) are damped, not
/// amplified; they add up to 1e-6.
const F32_TOLERANCE: f64 = 1e-5;

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    problem: String,
    rule: String,
    settings: serde_json::Value,
    points: Vec<Point>,
}

#[derive(Deserialize)]
struct Point {
    step: u64,
    x: Vec<f64>,
}

fn golden() -> Vec<Case> {
    serde_json::from_str::<Golden>(include_str!("../golden/trajectories.json"))
        .expect("written by the script")
        .cases
}

fn optimizer<T: Real>(case: &Case, dim: usize) -> Box<dyn AnyOptimizer<T>> {
    fn build<T: Real, R: Rule<T> + DeserializeOwned>(case: &Case, dim: usize) -> Box<dyn AnyOptimizer<T>> {
        let rule: R = serde_json::from_value(case.settings.clone()).expect("settings of the rule");
        Box::new(rule.optimizer(dim).expect("the settings are legal"))
    }
    match case.rule.as_str() {
        "sgd" => build::<T, Sgd>(case, dim),
        "adagrad" => build::<T, AdaGrad>(case, dim),
        "rmsprop" => build::<T, RmsProp>(case, dim),
        "adam" => build::<T, Adam>(case, dim),
        "amsgrad" => build::<T, AmsGrad>(case, dim),
        other => panic!("no rule {other}"),
    }
}

type Gradient<T> = fn(&[T]) -> Vec<T>;

/// ½ (x − x*)ᵀ H (x − x*).
fn quadratic<T: Real>(x: &[T]) -> Vec<T> {
    const HESSIAN: [[f64; 4]; 4] =
        [[100.0, 3.0, 0.0, 0.0], [3.0, 10.0, 0.5, 0.0], [0.0, 0.5, 1.0, 0.1], [0.0, 0.0, 0.1, 0.1]];
    const MINIMISER: [f64; 4] = [1.0, 2.0, -1.0, 0.5];
    let row = |row: [f64; 4]| {
        let terms = row.iter().zip(x).zip(MINIMISER);
        terms.fold(T::zero(), |sum, ((&h, &x), m)| sum + T::constant(h) * (x - T::constant(m)))
    };
    HESSIAN.map(row).to_vec()
}

/// (1 − x)² + 100 (y − x²)².
fn rosenbrock<T: Real>(x: &[T]) -> Vec<T> {
    let c = T::constant;
    let valley = x[1] - x[0] * x[0];
    vec![c(-2.0) * (c(1.0) - x[0]) - c(400.0) * x[0] * valley, c(200.0) * valley]
}

fn compare<T: Real>(case: &Case, tolerance: f64) {
    let (gradient, start): (Gradient<T>, &[f64]) = match case.problem.as_str() {
        "quadratic" => (quadratic, &[3.0, -2.0, 4.0, 2.5]),
        "rosenbrock" => (rosenbrock, &[-1.2, 1.0]),
        other => panic!("no problem {other}"),
    };
    let mut x: Vec<T> = start.iter().map(|&x| T::constant(x)).collect();
    let mut optimizer = optimizer::<T>(case, x.len());
    for point in &case.points {
        while optimizer.steps() < point.step {
            let gradient = gradient(&x);
            optimizer.step(&mut x, &gradient).expect("the gradient is finite");
        }
        let size = point.x.iter().fold(0.0, |size: f64, x| size.max(x.abs()));
        for (found, &expected) in x.iter().map(|x| x.to_f64()).zip(&point.x) {
            assert!(
                (found - expected).abs() <= tolerance * size,
                "{} {} {} step {}: {found} is not {expected}",
                case.problem,
                case.rule,
                case.settings,
                point.step
            );
        }
    }
}

#[test]
fn f64_follows_pytorch() {
    let cases = golden();
    assert_eq!(cases.len(), 30);
    for case in &cases {
        compare::<f64>(case, F64_TOLERANCE);
    }
}

#[test]
fn f32_follows_pytorch_on_the_quadratic() {
    for case in golden().iter().filter(|case| case.problem == "quadratic") {
        compare::<f32>(case, F32_TOLERANCE);
    }
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
