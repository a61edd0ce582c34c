//! Rules that look at a parameter as a whole and rules that keep points, against plain transcriptions.

use crate::problems::Problem;
use gradus_optim::{
    Adafactor, AdafactorEpsilon, Lamb, Lars, Muon, OptimError, Prodigy, Rule, ScheduleFreeAdamW,
    ScheduleFreeSgd, WeightDecay,
};
use gradus_tensor::{Params, Tensor};

const STEPS: i32 = 60;

/// The two sides group products differently, and steps that are scaled to a length do not damp roundings.
const TOLERANCE: f64 = 1e-10;

type Matrix = Vec<Vec<f64>>;

/// The net's parameters as lists of rows; a vector is one row.
fn split(problem: &Problem<f64>, x: &[f64]) -> Vec<Matrix> {
    let mut rest = x;
    let mut take = |len: usize| {
        let (row, after) = rest.split_at(len);
        rest = after;
        row.to_vec()
    };
    problem
        .shapes
        .iter()
        .map(|shape| match **shape {
            [rows, columns] => (0..rows).map(|_| take(columns)).collect(),
            [len] => vec![take(len)],
            _ => panic!("no such shape"),
        })
        .collect()
}

fn norm(matrix: &Matrix) -> f64 {
    matrix.iter().flatten().map(|x| x * x).sum::<f64>().sqrt()
}

/// Runs `rule` on the net beside `formula`, which changes the parameters given the step from 1, and their gradients.
fn check<R: Rule<f64>>(rule: R, mut formula: impl FnMut(i32, &[Matrix], &mut [Matrix])) {
    let problem = Problem::<f64>::named("net");
    let name = format!("{rule:?}");
    let mut optimizer = rule.optimizer(problem.layout()).expect("the settings are legal");
    let mut x = problem.start.clone();
    let mut expected = split(&problem, &x);
    for t in 1..=STEPS {
        let g = (problem.gradient)(&x);
        optimizer.step(&mut x, &g).expect("the gradient is finite");
        let flat: Vec<f64> = expected.iter().flatten().flatten().copied().collect();
        formula(t, &split(&problem, &(problem.gradient)(&flat)), &mut expected);
        for (x, expected) in x.iter().zip(expected.iter().flatten().flatten()) {
            assert!((x - expected).abs() <= TOLERANCE, "{name}, step {t}: {x} is not {expected}");
        }
    }
    assert!((problem.value)(&x) < (problem.value)(&problem.start), "{name} went up");
}

fn zeros(like: &[Matrix]) -> Vec<Matrix> {
    like.iter().map(|matrix| matrix.iter().map(|row| vec![0.0; row.len()]).collect()).collect()
}

/// Calls `f` with the elements of all that is given.
macro_rules! each {
    ($k:ident; $($name:ident),*; $body:expr) => {
        for i in 0..$k.len() {
            for j in 0..$k[i].len() {
                $(let $name = &mut $name[i][j];)*
                $body
            }
        }
    };
}

#[test]
fn lars() {
    let (eta, b, trust, lambda, eps) = (0.5, 0.8, 0.05, 0.01, 0.3);
    let rule = Lars { learning_rate: eta, momentum: b, trust, weight_decay: lambda, eps, ..Lars::default() };
    let mut buffers = None;
    check(rule, |_, gradients, parameters| {
        let buffers = buffers.get_or_insert_with(|| zeros(gradients));
        for ((g, x), buffer) in gradients.iter().zip(parameters).zip(buffers) {
            let ratio = trust * norm(x) / (norm(g) + lambda * norm(x) + eps);
            let mut g = g.clone();
            each!(g; g, x, buffer; {
                *buffer = b * *buffer + eta * ratio * (*g + lambda * *x);
                *x -= *buffer;
            });
        }
    });
}

#[test]
fn lamb() {
    let (eta, b1, b2, eps, lambda) = (0.02, 0.8_f64, 0.95_f64, 0.01, 0.05);
    for corrected in [true, false] {
        let rule = Lamb {
            learning_rate: eta,
            betas: (b1, b2),
            eps,
            weight_decay: lambda,
            bias_correction: corrected,
            ..Lamb::default()
        };
        let mut moments = None;
        check(rule, |t, gradients, parameters| {
            let (ms, vs) = moments.get_or_insert_with(|| (zeros(gradients), zeros(gradients)));
            let (c1, c2) = if corrected { (1.0 - b1.powi(t), 1.0 - b2.powi(t)) } else { (1.0, 1.0) };
            for (((g, x), m), v) in gradients.iter().zip(parameters).zip(ms).zip(vs) {
                let mut p = g.clone();
                each!(p; p, m, v, x; {
                    *m = b1 * *m + (1.0 - b1) * *p;
                    *v = b2 * *v + (1.0 - b2) * *p * *p;
                    *p = *m / c1 / ((*v / c2).sqrt() + eps) + lambda * *x;
                });
                let step = eta * norm(x) / norm(&p);
                each!(p; p, x; *x -= step * *p);
            }
        });
    }
}

/// Algorithms 4 and 5 of the paper: ε₁ is added to the squares, R and C are sums there, means here.
#[test]
fn adafactor_of_the_paper() {
    let (eta, eps1, eps2, d) = (0.05, 1e-4, 1e-2, 0.7);
    let rule = Adafactor {
        learning_rate: eta,
        eps1: Some(eps1),
        eps2,
        clip: d,
        epsilon: AdafactorEpsilon::Added,
        ..Adafactor::default()
    };
    let mut averages: Option<Vec<[Vec<f64>; 3]>> = None;
    check(rule, |t, gradients, parameters| {
        let averages = averages.get_or_insert_with(|| {
            let of = |g: &Matrix| [g.len(), g[0].len(), g[0].len()].map(|len| vec![0.0; len]);
            gradients.iter().map(of).collect()
        });
        let beta = 1.0 - f64::from(t).powf(-0.8);
        for ((g, x), [r, c, v]) in gradients.iter().zip(parameters).zip(averages) {
            let (rows, columns) = (g.len(), g[0].len());
            let count = (rows * columns) as f64;
            let alpha = eps2.max(norm(x) / count.sqrt()) * eta.min(1.0 / f64::from(t).sqrt());
            let squares: Matrix = g.iter().map(|row| row.iter().map(|g| g * g + eps1).collect()).collect();
            for i in 0..rows {
                r[i] = beta * r[i] + (1.0 - beta) * squares[i].iter().sum::<f64>();
            }
            for j in 0..columns {
                c[j] = beta * c[j] + (1.0 - beta) * squares.iter().map(|row| row[j]).sum::<f64>();
                v[j] = beta * v[j] + (1.0 - beta) * squares[0][j];
            }
            let total: f64 = r.iter().sum();
            let mut u = g.clone();
            for i in 0..rows {
                for j in 0..columns {
                    let square = if rows > 1 { r[i] * c[j] / total } else { v[j] };
                    u[i][j] /= square.sqrt();
                }
            }
            let clipped = (norm(&u) / count.sqrt() / d).max(1.0);
            each!(u; u, x; *x -= alpha / clipped * *u);
        }
    });
}

fn product(a: &Matrix, b: &Matrix) -> Matrix {
    let entry = |row: &Vec<f64>, j: usize| row.iter().zip(b).map(|(a, row)| a * row[j]).sum();
    a.iter().map(|row| (0..b[0].len()).map(|j| entry(row, j)).collect()).collect()
}

fn transposed(a: &Matrix) -> Matrix {
    (0..a[0].len()).map(|j| a.iter().map(|row| row[j]).collect()).collect()
}

/// With coefficients (1.5, −0.5, 0), whose iteration converges, the step is the orthogonal factor of the gradient.
#[test]
fn muon_orthogonalises() {
    for shape in [[3, 5], [5, 3], [4, 4], [1, 3]] {
        let mut params = Params::<f64>::new();
        params.add("w", &Tensor::zeros(shape)).unwrap();
        let rule = Muon {
            learning_rate: 1.0,
            ns_coefficients: (1.5, -0.5, 0.0),
            ns_steps: 60,
            weight_decay: WeightDecay::None,
            ..Muon::default()
        };
        let mut gradient = params.zeros_like();
        for (i, g) in gradient.as_mut_slice().iter_mut().enumerate() {
            *g = (1.0 + i as f64 * 1.7).sin() + f64::from(i % 6 == 0);
        }
        rule.optimizer(&params).unwrap().step_params(&mut params, &gradient).unwrap();
        let scale = (shape[0] as f64 / shape[1] as f64).max(1.0).sqrt();
        let rows = |x: &[f64]| -> Matrix { x.chunks(shape[1]).map(<[f64]>::to_vec).collect() };
        let step: Matrix =
            rows(params.as_slice()).iter().map(|row| row.iter().map(|x| -x / scale).collect()).collect();
        let wide = shape[0] <= shape[1];
        let gram = if wide { product(&step, &transposed(&step)) } else { product(&transposed(&step), &step) };
        for (i, row) in gram.iter().enumerate() {
            for (j, &entry) in row.iter().enumerate() {
                assert!((entry - f64::from(i == j)).abs() < 1e-10, "{shape:?}: {gram:?}");
            }
        }
        // The polar factor is the one for which XᵀG is symmetric and positive.
        let polar = product(&transposed(&step), &rows(gradient.as_slice()));
        for i in 0..shape[1] {
            assert!(polar[i][i] > 0.0);
            (0..i).for_each(|j| assert!((polar[i][j] - polar[j][i]).abs() < 1e-10, "{polar:?}"));
        }
    }
}

#[test]
fn muon_refuses_what_is_no_matrix() {
    let mut params = Params::<f32>::new();
    params.add("weight", &Tensor::zeros([3, 2])).unwrap();
    params.add("bias", &Tensor::zeros([3])).unwrap();
    let error = Rule::<f32>::optimizer(Muon::default(), &params).unwrap_err();
    let text = "muon: bias has shape [3], allowed: matrices; leave other parameters to another rule";
    assert_eq!(error.to_string(), text);
    assert!(matches!(error, OptimError::Shape { .. }));
    let error = Rule::<f64>::optimizer(Muon::default(), 4).unwrap_err();
    let text =
        "muon: the parameter vector has shape [4], allowed: matrices; leave other parameters to another rule";
    assert_eq!(error.to_string(), text);
}

#[test]
fn schedule_free_sgd() {
    let (eta, beta, lambda) = (0.3, 0.8, 0.02);
    for (r, p) in [(0.0, 2.0), (1.5, 0.0)] {
        let rule = ScheduleFreeSgd {
            learning_rate: eta,
            interpolation: beta,
            weight_power: r,
            weight_lr_power: p,
            weight_decay: WeightDecay::L2(lambda),
            maximize: false,
        };
        let (mut points, mut sum) = (None, 0.0);
        check(rule, |t, gradients, parameters| {
            let (zs, xs) = points.get_or_insert_with(|| (parameters.to_vec(), parameters.to_vec()));
            let weight = f64::from(t).powf(r) * eta.powf(p);
            sum += weight;
            let c = weight / sum;
            for (((g, y), z), x) in gradients.iter().zip(parameters).zip(zs).zip(xs) {
                let mut g = g.clone();
                each!(g; g, y, z, x; {
                    *z -= eta * (*g + lambda * *y);
                    *x = (1.0 - c) * *x + c * *z;
                    *y = beta * *x + (1.0 - beta) * *z;
                });
            }
        });
    }
}

/// The average is in the state, and is the mean of all z for a constant rate.
#[test]
fn schedule_free_average_is_a_mean() {
    let rule = ScheduleFreeSgd { learning_rate: 0.1, ..ScheduleFreeSgd::default() };
    let mut optimizer = rule.optimizer(1).unwrap();
    let mut y = [1.0_f64];
    let mut run = Vec::new();
    for _ in 0..50 {
        let g = [y[0]];
        optimizer.step(&mut y, &g).unwrap();
        run.push(optimizer.state("z").unwrap()[0]);
        let mean = run.iter().sum::<f64>() / run.len() as f64;
        assert!((optimizer.state("x").unwrap()[0] - mean).abs() < TOLERANCE);
    }
}

#[test]
fn schedule_free_adamw() {
    let (eta, b1, b2, eps, lambda) = (0.01, 0.8, 0.95_f64, 0.01, 0.1);
    let rule = ScheduleFreeAdamW {
        learning_rate: eta,
        betas: (b1, b2),
        eps,
        weight_decay: lambda,
        ..ScheduleFreeAdamW::default()
    };
    let (mut points, mut sum) = (None, 0.0);
    check(rule, |t, gradients, parameters| {
        let (zs, xs, vs) =
            points.get_or_insert_with(|| (parameters.to_vec(), parameters.to_vec(), zeros(parameters)));
        // η_t grows, so it is the largest so far.
        let rate = eta * (1.0 - b2.powi(t)).sqrt();
        sum += rate * rate;
        let c = rate * rate / sum;
        for ((((g, y), z), x), v) in gradients.iter().zip(parameters).zip(zs).zip(xs).zip(vs) {
            let mut g = g.clone();
            each!(g; g, y, z, x, v; {
                *v = b2 * *v + (1.0 - b2) * *g * *g;
                *z -= rate * lambda * *y;
                *z -= rate * *g / (v.sqrt() + eps);
                *x = (1.0 - c) * *x + c * *z;
                *y = b1 * *x + (1.0 - b1) * *z;
            });
        }
    });
}

#[test]
fn prodigy() {
    let (b1, b2, eps, d0) = (0.8_f64, 0.95_f64, 1e-3, 1e-3);
    for (corrected, safeguard, growth, coefficient, lr, decay) in [
        (false, false, f64::INFINITY, 1.0, 1.0, 0.0),
        (true, false, 1.1, 0.5, 1.0, 0.2),
        (false, true, 1.3, 2.0, 0.5, 0.3),
    ] {
        let rule = Prodigy {
            learning_rate: lr,
            betas: (b1, b2),
            eps,
            bias_correction: corrected,
            safeguard_warmup: safeguard,
            d0,
            d_coef: coefficient,
            growth_rate: growth.is_finite().then_some(growth),
            weight_decay: WeightDecay::Decoupled(decay),
            ..Prodigy::default()
        };
        let b3 = b2.sqrt();
        let mut state = None;
        let (mut d, mut d_max, mut numerator) = (d0, d0, 0.0);
        check(rule, |t, gradients, parameters| {
            let (starts, ms, vs, ss) = state.get_or_insert_with(|| {
                (parameters.to_vec(), zeros(parameters), zeros(parameters), zeros(parameters))
            });
            let correction = if corrected { (1.0 - b2.powi(t)).sqrt() / (1.0 - b1.powi(t)) } else { 1.0 };
            let dlr = d * lr * correction;
            numerator *= b3;
            let mut denominator = 0.0;
            for (i, g) in gradients.iter().enumerate() {
                let (x, start, m, v, s) =
                    (&mut parameters[i], &mut starts[i], &mut ms[i], &mut vs[i], &mut ss[i]);
                let mut g = g.clone();
                each!(g; g, x, start, m, v, s; {
                    numerator += d / d0 * dlr * *g * (*start - *x);
                    *m = b1 * *m + (1.0 - b1) * d * *g;
                    *v = b2 * *v + (1.0 - b2) * d * d * *g * *g;
                    *s = b3 * *s + d / d0 * if safeguard { d } else { dlr } * *g;
                    denominator += s.abs();
                });
            }
            let estimate = coefficient * numerator / denominator;
            if d == d0 {
                d = d.max(estimate);
            }
            d_max = d_max.max(estimate);
            d = d_max.min(d * growth);
            for i in 0..gradients.len() {
                let (x, m, v) = (&mut parameters[i], &mut ms[i], &mut vs[i]);
                each!(x; x, m, v; *x = (1.0 - decay * dlr) * *x - dlr * *m / (v.sqrt() + d * eps));
            }
        });
        assert!(d > 10.0 * d0, "the estimate grew: {d}");
    }
}

/// Steps are in proportion to the parameters before decoupled decay, also where that leaves nothing of them.
#[test]
fn adafactor_measures_parameters_before_decay() {
    for (lambda, shrink) in [(1.0, 0.5), (2.0, 0.0), (4.0, -1.0)] {
        let rule = Adafactor {
            learning_rate: 0.5,
            weight_decay: WeightDecay::Decoupled(lambda),
            ..Adafactor::default()
        };
        let mut x = [3.0_f64, 4.0];
        rule.optimizer(2).unwrap().step(&mut x, &[1.0, -2.0]).unwrap();
        // After one step u is the sign of the gradient.
        let alpha = 0.5 * 12.5_f64.sqrt();
        for (x, expected) in x.into_iter().zip([shrink * 3.0 - alpha, shrink * 4.0 + alpha]) {
            assert!((x - expected).abs() < 1e-14, "λ = {lambda}: {x} is not {expected}");
        }
    }
}
