//! The variants that PyTorch lacks, against a plain transcription of their formulas.

use approx::assert_relative_eq;
use gradus_optim::{
    Accumulator, AdaBelief, AdaGrad, AdaGradNorm, Adam, Adan, AmsGrad, Epsilon, Lion, Maximum, RmsProp, Rule,
    WeightDecay,
};

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
            let rule = AdaGrad {
                learning_rate: eta,
                eps,
                initial_accumulator_value: initial,
                epsilon,
                accumulator,
                ..AdaGrad::default()
            };
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
                ..AdaGradNorm::default()
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
fn adabelief() {
    let (eta, b1, b2, eps) = (0.05, 0.8_f64, 0.9_f64, 0.03);
    let (mut m, mut s) = ([0.0; 3], [0.0; 3]);
    check(AdaBelief { learning_rate: eta, betas: (b1, b2), eps, ..AdaBelief::default() }, |t, g, x| {
        for i in 0..3 {
            m[i] = b1 * m[i] + (1.0 - b1) * g[i];
            s[i] = b2 * s[i] + (1.0 - b2) * (g[i] - m[i]).powi(2) + eps;
            let (m_hat, s_hat) = (m[i] / (1.0 - b1.powi(t + 1)), s[i] / (1.0 - b2.powi(t + 1)));
            x[i] -= eta * m_hat / (s_hat.sqrt() + eps);
        }
    });
}

#[test]
fn lion() {
    let (eta, b1, b2) = (0.03, 0.8, 0.95);
    let mut m = [0.0; 3];
    check(Lion { learning_rate: eta, betas: (b1, b2), ..Lion::default() }, |_, g, x| {
        for i in 0..3 {
            x[i] -= eta * f64::signum(b1 * m[i] + (1.0 - b1) * g[i]);
            m[i] = b2 * m[i] + (1.0 - b2) * g[i];
        }
    });
}

/// As the authors' code writes it: exponential averages of g, of differences, and of squares of g + β₂·difference.
#[test]
fn adan() {
    let (eta, eps) = (0.05, 0.03);
    let betas = (0.9_f64, 0.8_f64, 0.95_f64);
    for (lambda, proximal) in [(0.0, true), (0.7, true), (0.7, false)] {
        let weight_decay = WeightDecay::Decoupled(lambda);
        let rule = Adan { learning_rate: eta, betas, eps, weight_decay, proximal, ..Adan::default() };
        let (mut m, mut w, mut n, mut before) = ([0.0; 3], [0.0; 3], [0.0; 3], None);
        check(rule, |t, g, x| {
            let correction = |beta: f64| 1.0 - beta.powi(t + 1);
            let previous = before.replace(g).unwrap_or(g);
            for i in 0..3 {
                let difference = g[i] - previous[i];
                m[i] += (1.0 - betas.0) * (g[i] - m[i]);
                w[i] += (1.0 - betas.1) * (difference - w[i]);
                n[i] += (1.0 - betas.2) * ((g[i] + betas.1 * difference).powi(2) - n[i]);
                let denominator = n[i].sqrt() / correction(betas.2).sqrt() + eps;
                if !proximal {
                    x[i] *= 1.0 - eta * lambda;
                }
                x[i] -=
                    eta * (m[i] / correction(betas.0) + betas.1 * w[i] / correction(betas.1)) / denominator;
                if proximal {
                    x[i] /= 1.0 + eta * lambda;
                }
            }
        });
    }
}

#[test]
fn rmsprop_centered_with_momentum_inside_the_root() {
    let (eta, alpha, eps, momentum) = (0.02, 0.9, 0.09, 0.7);
    let (mut v, mut w, mut b) = ([0.0; 3], [0.0; 3], [0.0; 3]);
    let rule = RmsProp {
        learning_rate: eta,
        alpha,
        eps,
        epsilon: Epsilon::InsideRoot,
        momentum,
        centered: true,
        ..RmsProp::default()
    };
    check(rule, |_, g, x| {
        for i in 0..3 {
            v[i] = alpha * v[i] + (1.0 - alpha) * g[i].powi(2);
            w[i] = alpha * w[i] + (1.0 - alpha) * g[i];
            b[i] = momentum * b[i] + g[i] / (v[i] - w[i].powi(2) + eps).sqrt();
            x[i] -= eta * b[i];
        }
    });
}

/// With a constant gradient the variance is 0 after rounding, of either sign: no NaN.
#[test]
fn centered_variance_is_never_negative() {
    let rule = RmsProp { centered: true, alpha: 0.5, ..RmsProp::default() };
    let mut optimizer = rule.optimizer(50).unwrap();
    let gradient: Vec<f32> = (1..=50).map(|i| 0.1 * i as f32).collect();
    let (mut x, mut negative) = (vec![0.0_f32; 50], false);
    for _ in 0..200 {
        optimizer.step(&mut x, &gradient).unwrap();
        let (v, w) = (optimizer.state("square_avg").unwrap(), optimizer.state("grad_avg").unwrap());
        negative |= v.iter().zip(w).any(|(v, w)| v - w * w < 0.0);
    }
    assert!(negative, "the case occurs");
    assert!(x.iter().all(|x| x.is_finite()), "{x:?}");
}

#[test]
fn rmsprop_inside_the_root() {
    let (eta, alpha, eps) = (0.02, 0.9, 0.09);
    let mut v = [0.0; 3];
    let rule = RmsProp { learning_rate: eta, alpha, eps, epsilon: Epsilon::InsideRoot, ..RmsProp::default() };
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
            let rule = Adam {
                learning_rate: eta,
                betas: (b1, b2),
                eps,
                epsilon,
                bias_correction,
                ..Adam::default()
            };
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
                let rule = AmsGrad {
                    learning_rate: eta,
                    betas: (b1, b2),
                    eps,
                    epsilon,
                    bias_correction,
                    maximum,
                    ..AmsGrad::default()
                };
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
