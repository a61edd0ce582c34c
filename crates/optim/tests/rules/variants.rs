//! The variants that PyTorch lacks, against a plain transcription of their formulas.

use approx::assert_relative_eq;
use gradus_optim::{Accumulator, AdaGrad, AdaGradNorm, Adam, AmsGrad, Epsilon, Maximum, RmsProp, Rule};

const STEPS: i32 = 50;

/// The two sides group products differently.
const TOLERANCE: f64 = 1e-12;

const CURVATURES: [f64; 3] = [10.0, 1.0, 0.01];
const START: [f64; 3] = [1.0, -2.0, 3.0];

/// Σ λᵢ xᵢ²/2 + xᵢ⁴/4: gradients that are no constant multiple of the point.
fn gradient(x: &[f64; 3]) -> [f64; 3] {
    std::array::from_fn(|i| CURVATURES[i] * x[i] + x[i] * x[i] * x[i])
}

/// Runs `rule` beside `formula`, which turns x_t into x_{t+1} given t (from 0, as in the formulas) and g_t.
fn check<R: Rule<f64>>(rule: R, mut formula: impl FnMut(i32, [f64; 3], &mut [f64; 3])) {
    let name = format!("{rule:?}");
    let mut optimizer = rule.optimizer(3).expect("the settings are legal");
    let (mut x, mut expected) = (START, START);
    for t in 0..STEPS {
        let g = gradient(&x);
        optimizer.step(&mut x, &g).expect("the gradient is finite");
        formula(t, gradient(&expected), &mut expected);
        for (x, expected) in x.iter().zip(expected) {
            assert!((x - expected).abs() <= TOLERANCE * 3.0, "{name}, step {t}: {x} is not {expected}");
        }
    }
    assert_ne!(x, START);
}

#[test]
fn adagrad() {
    let (eta, eps, initial) = (0.3, 0.04, 0.25);
    for epsilon in [Epsilon::OutsideRoot, Epsilon::InsideRoot] {
        for accumulator in [Accumulator::Current, Accumulator::Delayed] {
            let rule =
                AdaGrad { learning_rate: eta, eps, initial_accumulator_value: initial, epsilon, accumulator };
            let mut s = [initial; 3];
            check(rule, |_, g, x| {
                for i in 0..3 {
                    let before = s[i];
                    s[i] += g[i].powi(2);
                    let s = if accumulator == Accumulator::Delayed { before } else { s[i] };
                    let inside = epsilon == Epsilon::InsideRoot;
                    let a = if inside { eta / (s + eps).sqrt() } else { eta / (s.sqrt() + eps) };
                    x[i] -= a * g[i];
                }
            });
        }
    }
}

#[test]
fn adagrad_norm() {
    let (eta, eps, initial) = (0.5, 0.04, 0.25);
    for epsilon in [Epsilon::OutsideRoot, Epsilon::InsideRoot] {
        for accumulator in [Accumulator::Current, Accumulator::Delayed] {
            let rule = AdaGradNorm {
                learning_rate: eta,
                eps,
                initial_accumulator_value: initial,
                epsilon,
                accumulator,
            };
            let mut s = initial;
            check(rule, |_, g, x| {
                let before = s;
                s += g[0].powi(2) + g[1].powi(2) + g[2].powi(2);
                let s = if accumulator == Accumulator::Delayed { before } else { s };
                let inside = epsilon == Epsilon::InsideRoot;
                let a = if inside { eta / (s + eps).sqrt() } else { eta / (s.sqrt() + eps) };
                (0..3).for_each(|i| x[i] -= a * g[i]);
            });
        }
    }
}

#[test]
fn rmsprop_inside_the_root() {
    let (eta, alpha, eps) = (0.02, 0.9, 0.09);
    let mut v = [0.0; 3];
    let rule = RmsProp { learning_rate: eta, alpha, eps, epsilon: Epsilon::InsideRoot };
    check(rule, |_, g, x| {
        for i in 0..3 {
            v[i] = alpha * v[i] + (1.0 - alpha) * g[i].powi(2);
            x[i] -= eta / (v[i] + eps).sqrt() * g[i];
        }
    });
}

#[test]
fn adam() {
    let (eta, b1, b2, eps) = (0.05, 0.8_f64, 0.95_f64, 0.03);
    let step = |epsilon, corrected, t: i32, m: f64, v: f64| {
        let (c1, c2) = (1.0 - b1.powi(t + 1), 1.0 - b2.powi(t + 1));
        match (epsilon, corrected) {
            (Epsilon::OutsideRoot, true) => eta * (m / c1) / ((v / c2).sqrt() + eps),
            (Epsilon::InsideRoot, true) => eta * (m / c1) / (v / c2 + eps).sqrt(),
            (Epsilon::Hat, true) => eta * c2.sqrt() / c1 * m / (v.sqrt() + eps),
            (Epsilon::OutsideRoot | Epsilon::Hat, false) => eta * m / (v.sqrt() + eps),
            (Epsilon::InsideRoot, false) => eta * m / (v + eps).sqrt(),
        }
    };
    for epsilon in [Epsilon::OutsideRoot, Epsilon::InsideRoot, Epsilon::Hat] {
        for bias_correction in [true, false] {
            let rule = Adam { learning_rate: eta, betas: (b1, b2), eps, epsilon, bias_correction };
            let (mut m, mut v) = ([0.0; 3], [0.0; 3]);
            check(rule, |t, g, x| {
                for i in 0..3 {
                    m[i] = b1 * m[i] + (1.0 - b1) * g[i];
                    v[i] = b2 * v[i] + (1.0 - b2) * g[i].powi(2);
                    x[i] -= step(epsilon, bias_correction, t, m[i], v[i]);
                }
            });
        }
    }
}

#[test]
fn amsgrad() {
    // Overshooting first and a short memory, so that v falls and the maximum matters.
    let (eta, b1, b2, eps) = (0.3, 0.5_f64, 0.6_f64, 0.02);
    for maximum in [Maximum::OfUncorrected, Maximum::OfCorrected] {
        for bias_correction in [true, false] {
            for epsilon in [Epsilon::OutsideRoot, Epsilon::InsideRoot] {
                let rule =
                    AmsGrad { learning_rate: eta, betas: (b1, b2), eps, epsilon, bias_correction, maximum };
                let (mut m, mut v, mut w) = ([0.0; 3], [0.0; 3], [0.0_f64; 3]);
                check(rule, |t, g, x| {
                    let (c1, c2) = match bias_correction {
                        true => (1.0 - b1.powi(t + 1), 1.0 - b2.powi(t + 1)),
                        false => (1.0, 1.0),
                    };
                    for i in 0..3 {
                        m[i] = b1 * m[i] + (1.0 - b1) * g[i];
                        v[i] = b2 * v[i] + (1.0 - b2) * g[i].powi(2);
                        let w_hat = if maximum == Maximum::OfUncorrected {
                            w[i] = w[i].max(v[i]);
                            w[i] / c2
                        } else {
                            w[i] = w[i].max(v[i] / c2);
                            w[i]
                        };
                        let inside = epsilon == Epsilon::InsideRoot;
                        let denominator = if inside { (w_hat + eps).sqrt() } else { w_hat.sqrt() + eps };
                        x[i] -= eta * (m[i] / c1) / denominator;
                    }
                });
            }
        }
    }
}

/// The last column of the table of Adam's variants: the largest possible effective step is reached when the
/// gradient has died.
#[test]
fn largest_effective_steps() {
    let (eta, eps) = (0.5, 1e-4_f64);
    for (epsilon, largest) in [
        (Epsilon::OutsideRoot, eta / eps),
        (Epsilon::InsideRoot, eta / eps.sqrt()),
        (Epsilon::Hat, eta / eps),
    ] {
        let rule = Adam { learning_rate: eta, eps, epsilon, betas: (0.9, 0.99), ..Adam::default() };
        let mut adam = rule.optimizer(1).unwrap();
        let mut trace = gradus_optim::Trace::default();
        let mut x = [0.0];
        for step in 0..10_000 {
            adam.step_traced(&mut x, &[if step == 0 { 1.0 } else { 0.0 }], &mut trace).unwrap();
            assert!(trace.effective_step[0] <= largest);
        }
        assert_relative_eq!(trace.effective_step[0], largest, max_relative = TOLERANCE);
    }
}
