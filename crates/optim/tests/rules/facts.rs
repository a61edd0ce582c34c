//! What is proved about the rules, seen in their runs.

use approx::assert_relative_eq;
use gradus_optim::{Adam, AmsGrad, Epsilon, Maximum, RmsProp, Rule, Sgd, Trace};

/// A few roundings of f64.
const ROUNDING: f64 = 1e-14;

/// m̂_t = β̂_t·m̂_{t−1} + (1 − β̂_t)·g_t with β̂_t = β₁(1 − β₁ᵗ)/(1 − β₁ᵗ⁺¹) ≤ β₁, and m̂_0 = g_0: bias-corrected
/// Adam starts without momentum error.
#[test]
fn bias_correction_is_an_average_with_growing_memory() {
    for beta in [0.0, 0.5, 0.9, 0.99] {
        let mut adam = Adam { betas: (beta, 0.999), ..Adam::default() }.optimizer(1).unwrap();
        let mut trace = Trace::default();
        let mut average = 0.0;
        for t in 0..300 {
            let gradient = 1.0 + f64::from(t).sin();
            adam.step_traced(&mut [0.0], &[gradient], &mut trace).unwrap();
            let weight = beta * (1.0 - beta.powi(t)) / (1.0 - beta.powi(t + 1));
            assert!(weight <= beta);
            average = weight * average + (1.0 - weight) * gradient;
            assert_relative_eq!(trace.direction[0], average, max_relative = 100.0 * ROUNDING);
            if t == 0 {
                assert_relative_eq!(trace.direction[0], gradient, max_relative = ROUNDING);
            }
        }
    }
}

/// ε̂ is an ε that starts larger: the step with ε̂ is the step outside the root with ε = ε̂/√(1 − β₂ᵗ).
#[test]
fn epsilon_hat_is_a_larger_epsilon_early() {
    let hat = Adam { eps: 0.1, epsilon: Epsilon::Hat, ..Adam::default() };
    let mut optimizer = hat.optimizer(1).unwrap();
    let (mut trace, mut trace_outside) = (Trace::default(), Trace::default());
    let gradient = |t: i32| [f64::from(t).cos()];
    for t in 0..100 {
        optimizer.step_traced(&mut [0.0], &gradient(t), &mut trace).unwrap();
        let eps = 0.1 / (1.0 - 0.999_f64.powi(t + 1)).sqrt();
        assert!(eps > 0.1);
        let mut outside = Adam { eps, epsilon: Epsilon::OutsideRoot, ..hat }.optimizer(1).unwrap();
        for earlier in 0..=t {
            outside.step_traced(&mut [0.0], &gradient(earlier), &mut trace_outside).unwrap();
        }
        assert_relative_eq!(
            trace.effective_step[0],
            trace_outside.effective_step[0],
            max_relative = 10.0 * ROUNDING
        );
        assert_eq!(trace.direction, trace_outside.direction);
    }
}

/// After one gradient of 1 and then none, the denominator stays 1 for the maximum of the corrected moments, and
/// falls to √(1 − β₂) for PyTorch's, whose correction of the maximum dies out.
#[test]
fn amsgrad_forms_differ_by_the_bias_correction() {
    let beta2 = 0.9;
    let steps = |maximum| {
        let rule =
            AmsGrad { learning_rate: 1.0, eps: 0.0, betas: (0.9, beta2), maximum, ..AmsGrad::default() };
        let mut optimizer = rule.optimizer(1).unwrap();
        let mut trace = Trace::default();
        let mut step = |gradient: f64| {
            optimizer.step_traced(&mut [0.0], &[gradient], &mut trace).unwrap();
            trace.effective_step[0]
        };
        (0..400).map(|t| step(if t == 0 { 1.0 } else { 0.0 })).collect::<Vec<f64>>()
    };
    let corrected = steps(Maximum::OfCorrected);
    let uncorrected = steps(Maximum::OfUncorrected);
    for &a in &corrected {
        assert_relative_eq!(a, 1.0, max_relative = ROUNDING);
    }
    assert_relative_eq!(uncorrected[0], 1.0, max_relative = ROUNDING);
    assert!(uncorrected.is_sorted(), "PyTorch's denominator is not monotone upwards");
    assert_relative_eq!(uncorrected[399], 1.0 / (1.0 - beta2).sqrt(), max_relative = ROUNDING);
}

/// On λx²/2 with ηλ/ε > 2, RMSProp ends on |x| = η/2 − ε/λ (outside the root), √(η²/4 − ε/λ²) (inside).
#[test]
fn rmsprop_ends_on_its_cycle() {
    const TOLERANCE: f64 = 1e-12;
    let (eta, lambda, eps) = (0.1, 4.0, 0.01_f64);
    let cycles = [
        (Epsilon::OutsideRoot, eta / 2.0 - eps / lambda),
        (Epsilon::InsideRoot, (eta * eta / 4.0 - eps / (lambda * lambda)).sqrt()),
    ];
    for (epsilon, size) in cycles {
        for alpha in [0.0, 0.05, 0.5, 0.9, 0.99] {
            let rule = RmsProp { learning_rate: eta, alpha, eps, epsilon, ..RmsProp::default() };
            let mut optimizer = rule.optimizer(1).unwrap();
            let mut x = [1.05 * size];
            // The distance shrinks by about √α per step.
            for _ in 0..8000 {
                let gradient = [lambda * x[0]];
                optimizer.step(&mut x, &gradient).unwrap();
            }
            for _ in 0..10 {
                let (before, gradient) = (x[0], [lambda * x[0]]);
                optimizer.step(&mut x, &gradient).unwrap();
                assert_relative_eq!(x[0].abs(), size, max_relative = TOLERANCE);
                assert_relative_eq!(x[0], -before, max_relative = TOLERANCE);
            }
        }
    }
}

/// The minimiser of λx²/2 is stable for Adam exactly when a·λ < 2(1 + β₁)/(1 − β₁), a = η/ε or η/√ε.
///
/// The run waits at the minimiser until the bias corrections are 1 and is then pushed by 10⁻¹², where a has its
/// largest value, and a minimiser at 0 lets no rounding freeze the run. Without the wait the first corrected
/// steps, which are up to 1/(1 − β₁) times as long, throw it far out of the neighbourhood that the theorem is
/// about.
#[test]
fn adam_is_stable_up_to_the_threshold() {
    const PUSH: f64 = 1e-12;
    let (lambda, eps) = (3.0, 0.25_f64);
    for (epsilon, largest) in [
        (Epsilon::OutsideRoot, 1.0 / eps),
        (Epsilon::InsideRoot, 1.0 / eps.sqrt()),
        (Epsilon::Hat, 1.0 / eps),
    ] {
        for (beta1, bias_correction) in
            [(0.0, true), (0.5, true), (0.9, true), (0.0, false), (0.5, false), (0.9, false)]
        {
            let threshold = 2.0 * (1.0 + beta1) / (1.0 - beta1) / lambda / largest;
            let growth = |learning_rate| {
                let rule = Adam {
                    learning_rate,
                    betas: (beta1, 0.9),
                    eps,
                    epsilon,
                    bias_correction,
                    ..Adam::default()
                };
                let mut optimizer = rule.optimizer(1).unwrap();
                for _ in 0..500 {
                    optimizer.step(&mut [0.0], &[0.0]).unwrap();
                }
                let mut x = [PUSH];
                for _ in 0..5000 {
                    let gradient = [lambda * x[0]];
                    optimizer.step(&mut x, &gradient).unwrap();
                }
                x[0].abs() / PUSH
            };
            assert!(growth(threshold * 0.999) < 1e-3, "{epsilon:?}, β₁ = {beta1}");
            assert!(growth(threshold * 1.001) > 1e3, "{epsilon:?}, β₁ = {beta1}");
        }
    }
}

/// The largest |z| with z² − (1 + β − (1 − β)aλ)z + β = 0, of heavy ball with effective step a on λx²/2.
fn spectral_radius(beta: f64, a_lambda: f64) -> f64 {
    let half_trace = (1.0 + beta - (1.0 - beta) * a_lambda) / 2.0;
    let discriminant = half_trace * half_trace - beta;
    if discriminant < 0.0 { beta.sqrt() } else { half_trace.abs() + discriminant.sqrt() }
}

/// The rate per step at which momentum with effective step a shrinks or enlarges a point of λx²/2, λ = 1, in the long
/// run. For complex roots the point oscillates: the rate is that of the largest point within a stretch.
fn momentum_rate(beta: f64, a: f64) -> f64 {
    const STRETCH: usize = 4000;
    let rule = Sgd { learning_rate: a * (1.0 - beta), momentum: beta, ..Sgd::default() };
    let mut optimizer = rule.optimizer(1).expect("the settings are legal");
    let mut x = [1.0_f64];
    let mut largest = || {
        let mut logarithm: f64 = f64::NEG_INFINITY;
        for _ in 0..STRETCH {
            let gradient = [x[0]];
            optimizer.step(&mut x, &gradient).expect("the gradient is finite");
            logarithm = logarithm.max(x[0].abs().ln());
        }
        logarithm
    };
    // What is left of the other root.
    largest();
    let first = largest();
    ((largest() - first) / STRETCH as f64).exp()
}

/// The spectral radius is 1 exactly at aλ = 2(1 + β)/(1 − β), and momentum shrinks and grows at its rate.
#[test]
fn momentum_has_the_spectral_radius_of_heavy_ball() {
    for beta in [0.0, 0.3, 0.5, 0.8, 0.9] {
        let threshold = 2.0 * (1.0 + beta) / (1.0 - beta);
        assert_relative_eq!(spectral_radius(beta, threshold), 1.0, max_relative = 1e-12);
        // Closer to the threshold than where the roots become complex.
        for share in [0.9999, 1.0001] {
            let (a, rate) = (share * threshold, momentum_rate(beta, share * threshold));
            assert!((rate < 1.0) == (share < 1.0), "β = {beta}, aλ = {a}: {rate}");
            // Real roots: one of them dominates, and the rate is exact to the length of the run.
            assert_relative_eq!(rate, spectral_radius(beta, a), max_relative = 1e-6);
        }
    }
}

/// On a quadratic with condition number κ the best heavy ball has the rate (√κ − 1)/(√κ + 1) at both ends of the
/// spectrum, where gradient descent has (κ − 1)/(κ + 1).
#[test]
fn best_momentum_has_the_root_of_the_condition_number() {
    for kappa in [4.0_f64, 25.0, 100.0] {
        let root = kappa.sqrt();
        let best = (root - 1.0) / (root + 1.0);
        let beta = best * best;
        let learning_rate = (2.0 / (1.0 + root)).powi(2);
        let a = learning_rate / (1.0 - beta);
        for lambda in [1.0, kappa] {
            // Double roots: their discriminant is a rounding, whose root is 1e-8.
            assert_relative_eq!(spectral_radius(beta, a * lambda), best, max_relative = 1e-6);
        }
        let descent = 2.0 / (1.0 + kappa);
        for lambda in [1.0, kappa] {
            let expected = (kappa - 1.0) / (kappa + 1.0);
            assert_relative_eq!(spectral_radius(0.0, descent * lambda), expected, max_relative = 1e-12);
        }
    }
}
