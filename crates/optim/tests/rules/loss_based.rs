//! Rules that need the loss, against plain transcriptions of their formulas.

use crate::problems::Problem;
use gradus_optim::{AnyOptimizer, Momo, MomoAdam, OptimError, Rule, StochasticPolyak};
use gradus_tensor::{Params, Tensor};

const STEPS: i32 = 20;

/// The two sides group products differently, and long Polyak steps enlarge roundings.
const TOLERANCE: f64 = 1e-10;

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Runs `rule` on the net beside `formula`, which changes the point given the step from 1, the loss and the gradient.
fn check<R: Rule<f64>>(rule: R, mut formula: impl FnMut(i32, f64, &[f64], &mut [f64])) {
    let problem = Problem::<f64>::named("net");
    let name = format!("{rule:?}");
    let mut params = problem.params();
    let mut optimizer = rule.optimizer(&params).expect("the settings are legal");
    let mut expected = problem.start.clone();
    for t in 1..=STEPS {
        let loss = optimizer
            .step_with(&mut params, &mut |x, gradient| problem.evaluate(x, Some(gradient)))
            .expect("the loss is finite");
        let value = (problem.value)(&expected);
        assert!((loss - value).abs() <= TOLERANCE, "{name}, step {t}: {loss} is not {value}");
        formula(t, value, &(problem.gradient)(&expected.clone()), &mut expected);
        for (x, expected) in params.as_slice().iter().zip(&expected) {
            assert!((x - expected).abs() <= TOLERANCE, "{name}, step {t}: {x} is not {expected}");
        }
    }
    assert!((problem.value)(&expected) < (problem.value)(&problem.start), "{name} went up");
}

#[test]
fn stochastic_polyak() {
    for (c, largest_step, growth, lower_bound) in
        [(1.5, None, None, 0.0), (1.0, Some(0.3), None, 0.01), (0.7, Some(5.0), Some(1.2), -0.05)]
    {
        let eta = 0.8;
        let rule =
            StochasticPolyak { learning_rate: eta, lower_bound, c, largest_step, growth, maximize: false };
        let mut last = None;
        check(rule, |_, loss, g, x| {
            let mut step = (loss - lower_bound).max(0.0) / (c * dot(g, g));
            step = step.min(largest_step.unwrap_or(f64::INFINITY));
            if let (Some(growth), Some(last)) = (growth, last) {
                step = step.min(growth * last);
            }
            last = Some(step);
            (0..x.len()).for_each(|i| x[i] -= eta * step * g[i]);
        });
    }
}

/// On a consistent least-squares problem with one sample, SPS with c = 1 and f = r²/2 is a projection: half of it with
/// c = 2, the whole with c = ½·2.
#[test]
fn polyak_step_projects() {
    let mut params = Params::single("x", &Tensor::vector(&[1.0_f64, -2.0, 0.5]));
    let mut optimizer = StochasticPolyak::default().optimizer(&params).unwrap();
    let a = [3.0, 1.0, -1.0];
    let residual = |x: &[f64]| dot(&a, x) - 7.0;
    optimizer
        .step_with(&mut params, &mut |x, gradient| {
            let residual = residual(x.as_slice());
            (0..3).for_each(|i| gradient[i] = residual * a[i]);
            residual * residual / 2.0
        })
        .unwrap();
    assert!(residual(params.as_slice()).abs() < 1e-14);
    // ½r²/(½·r²‖a‖²)
    assert!((optimizer.scalar("step_size").unwrap() - 1.0 / dot(&a, &a)).abs() < 1e-15);
}

#[test]
fn momo() {
    for (bias_correction, estimated, lower_bound, eta) in [
        (false, false, 0.0, 1.0),
        (true, false, 0.02, 0.5),
        (false, true, 0.0, 3.0),
        (true, true, -0.1, 10.0),
    ] {
        let beta = 0.8_f64;
        let rule = Momo {
            learning_rate: eta,
            beta,
            lower_bound,
            estimate_lower_bound: estimated,
            bias_correction,
            maximize: false,
        };
        let mut d: Vec<f64> = Vec::new();
        let (mut f, mut product, mut bound) = (0.0, 0.0, lower_bound);
        check(rule, |t, loss, g, x| {
            if t == 1 {
                (d, f, product) = match bias_correction {
                    true => (vec![0.0; x.len()], 0.0, 0.0),
                    false => (g.to_vec(), loss, dot(g, x)),
                };
            }
            let rho = if bias_correction { 1.0 - beta.powi(t) } else { 1.0 };
            f = beta * f + (1.0 - beta) * loss;
            product = beta * product + (1.0 - beta) * dot(g, x);
            (0..x.len()).for_each(|i| d[i] = beta * d[i] + (1.0 - beta) * g[i]);
            let model = f + dot(&d, x) - product;
            if estimated && model < rho * bound {
                bound = (model / (2.0 * rho)).max(lower_bound);
            }
            let tau = (eta / rho).min((model - rho * bound).max(0.0) / dot(&d, &d));
            if estimated {
                bound = ((model - 0.5 * tau * dot(&d, &d)) / rho).max(lower_bound);
            }
            (0..x.len()).for_each(|i| x[i] -= tau * d[i]);
        });
    }
}

#[test]
fn momo_adam() {
    for (estimated, lower_bound, eta) in [(false, 0.0, 0.1), (false, 0.05, 0.02), (true, 0.0, 0.5)] {
        let (b1, b2, eps) = (0.8_f64, 0.95_f64, 0.01);
        let rule = MomoAdam {
            learning_rate: eta,
            betas: (b1, b2),
            eps,
            lower_bound,
            estimate_lower_bound: estimated,
            maximize: false,
        };
        let (mut d, mut v) = (vec![0.0; 26], vec![0.0; 26]);
        let (mut f, mut product, mut bound) = (0.0, 0.0, lower_bound);
        check(rule, |t, loss, g, x| {
            let rho = 1.0 - b1.powi(t);
            f = b1 * f + (1.0 - b1) * loss;
            product = b1 * product + (1.0 - b1) * dot(g, x);
            let mut scaled = vec![0.0; x.len()];
            for i in 0..x.len() {
                d[i] = b1 * d[i] + (1.0 - b1) * g[i];
                v[i] = b2 * v[i] + (1.0 - b2) * g[i] * g[i];
                scaled[i] = d[i] / ((v[i] / (1.0 - b2.powi(t))).sqrt() + eps);
            }
            let norm = dot(&d, &scaled);
            let model = f + dot(&d, x) - product;
            if estimated && model < rho * bound {
                bound = (model / (2.0 * rho)).max(lower_bound);
            }
            let tau = (eta / rho).min((model - rho * bound).max(0.0) / norm);
            if estimated {
                bound = ((model - 0.5 * tau * norm) / rho).max(lower_bound);
            }
            (0..x.len()).for_each(|i| x[i] -= tau * scaled[i]);
        });
    }
}

/// Without the loss a step is refused, with the way out; a loss that is not finite changes nothing.
#[test]
fn the_loss_is_needed_and_must_be_finite() {
    let mut params = Params::single("x", &Tensor::vector(&[1.0_f64, 2.0]));
    let mut optimizer = StochasticPolyak::default().optimizer(&params).unwrap();
    let error = optimizer.step(&mut [1.0, 2.0], &[1.0, 1.0]).unwrap_err();
    assert!(matches!(error, OptimError::NeedsFunction { who: "stochastic_polyak" }), "{error}");
    let error = optimizer.step_with(&mut params, &mut |_, _| f64::NAN).unwrap_err();
    assert_eq!(error.to_string(), "stochastic_polyak: step 1: the loss is NaN");
    assert_eq!((params.as_slice(), optimizer.steps()), (&[1.0, 2.0][..], 0));
}

/// At a point whose gradient is 0, and where the loss is below its bound, nothing moves.
#[test]
fn nothing_moves_without_a_gap_or_a_gradient() {
    fn stays<R: Rule<f32>>(rule: R) {
        let mut params = Params::single("x", &Tensor::vector(&[1.0_f32, -2.0]));
        let mut optimizer = rule.clone().optimizer(&params).unwrap();
        for (loss, slope) in [(3.0, 0.0), (-1.0, 1.0)] {
            optimizer
                .step_with(&mut params, &mut |_, gradient| {
                    gradient.fill(slope);
                    loss
                })
                .unwrap();
            assert_eq!(params.as_slice(), [1.0, -2.0], "{rule:?}");
            optimizer = rule.clone().optimizer(&params).unwrap();
        }
    }
    stays(StochasticPolyak::default());
    stays(Momo::default());
    stays(MomoAdam::default());
}

#[test]
fn settings_out_of_range_are_named() {
    let refusal = |error: Result<gradus_optim::Optimizer<f64, StochasticPolyak>, OptimError>| {
        error.expect_err("the settings are illegal").to_string()
    };
    let rows = [
        (
            refusal(StochasticPolyak { c: 0.0, ..StochasticPolyak::default() }.optimizer(1)),
            "stochastic_polyak: c = 0, allowed: finite and above 0",
        ),
        (
            refusal(StochasticPolyak { growth: Some(0.9), ..StochasticPolyak::default() }.optimizer(1)),
            "stochastic_polyak: growth = 0.9, allowed: finite and at least 1",
        ),
        (
            refusal(StochasticPolyak { lower_bound: f64::NAN, ..StochasticPolyak::default() }.optimizer(1)),
            "stochastic_polyak: lower_bound = NaN, allowed: finite",
        ),
    ];
    for (found, expected) in rows {
        assert_eq!(found, expected);
    }
}

/// To maximise f is to minimise −f, bit for bit: the lower bound is that of −f.
#[test]
fn ascent_is_descent_of_the_negated_loss() {
    fn twins<R: Rule<f64>>(ascending: R, descending: R) {
        let problem = Problem::<f64>::named("net");
        let (mut up, mut down) = (problem.params(), problem.params());
        let mut ascending = ascending.optimizer(&up).expect("the settings are legal");
        let mut descending = descending.optimizer(&down).expect("the settings are legal");
        for _ in 0..STEPS {
            let negated = &mut |x: &Params<f64>, gradient: &mut [f64]| {
                let loss = problem.evaluate(x, Some(&mut *gradient));
                gradient.iter_mut().for_each(|g| *g = -*g);
                -loss
            };
            let found = ascending.step_with(&mut up, negated).expect("the loss is finite");
            let expected = descending
                .step_with(&mut down, &mut |x, gradient| problem.evaluate(x, Some(gradient)))
                .expect("the loss is finite");
            assert_eq!((found, &up), (-expected, &down));
        }
        assert_ne!(up, problem.params());
    }
    let polyak = StochasticPolyak { lower_bound: 0.01, c: 1.5, ..StochasticPolyak::default() };
    twins(StochasticPolyak { maximize: true, ..polyak }, polyak);
    let momo = Momo { estimate_lower_bound: true, ..Momo::default() };
    twins(Momo { maximize: true, ..momo }, momo);
    twins(MomoAdam { maximize: true, ..MomoAdam::default() }, MomoAdam::default());
}
