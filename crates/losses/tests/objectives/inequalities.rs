//! What the claimed constants promise, at points and on segments inside their level.

use gradus_losses::{Batch, Constant};

use crate::cases::{ROUNDING, cases, dot, evaluate, norm, plus};

#[test]
fn pl_holds_with_the_claimed_mu() {
    for case in cases() {
        let Some(mu) = case.mu() else { continue };
        assert!(mu > 0.0 && mu <= case.smoothness(), "{}: mu = {mu}", case.name);
        for x in case.points() {
            let (value, gradient) = case.evaluate(&x);
            let (half_square, gap) = (0.5 * dot(&gradient, &gradient), value - case.infimum());
            let slack = mu * case.value_error(&x) + ROUNDING * half_square;
            assert!(half_square >= mu * gap - slack, "{}: ½‖g‖² = {half_square} < μ·{gap}", case.name);
        }
    }
}

#[test]
fn mu_is_unknown_where_there_is_none() {
    let unknown: Vec<_> = cases()
        .into_iter()
        .filter(|case| case.objective.constants().mu == Constant::Unknown)
        .map(|case| case.name)
        .collect();
    assert_eq!(unknown, ["sine wave, amplitude 5: not PL", "quartic", "quartic, three coordinates"]);
}

#[test]
fn values_stay_above_the_infimum_and_gradients_below_the_root_of_the_gap() {
    for case in cases() {
        for x in case.points() {
            let (value, gradient) = case.evaluate(&x);
            let (gap, error) = (value - case.infimum(), case.value_error(&x));
            assert!(gap >= -error, "{}: f = {value} is below f* = {}", case.name, case.infimum());
            let (square, bound) = (dot(&gradient, &gradient), 2.0 * case.smoothness() * gap);
            let slack = 2.0 * case.smoothness() * error + ROUNDING * square;
            assert!(square <= bound + slack, "{}: ‖g‖² = {square} > 2L·gap = {bound}", case.name);
        }
    }
}

#[test]
fn descent_lemma_holds_with_the_claimed_l() {
    for case in cases() {
        for (x, z) in case.pairs() {
            let ((value, gradient), step) = (case.evaluate(&x), plus(&z, -1.0, &x));
            let curvature = case.value(&z) - value - dot(&gradient, &step);
            let bound = 0.5 * case.smoothness() * dot(&step, &step);
            let slack =
                case.value_error(&x) + case.value_error(&z) + ROUNDING * norm(&gradient) * norm(&step);
            // A Lipschitz gradient bounds the curvature from below, too.
            assert!(curvature.abs() <= bound + slack, "{}: |{curvature}| > {bound}", case.name);
        }
    }
}

#[test]
fn gradient_is_lipschitz_with_the_claimed_l() {
    for case in cases() {
        for (x, z) in case.pairs() {
            let (at_x, at_z) = (case.evaluate(&x).1, case.evaluate(&z).1);
            let (change, distance) = (norm(&plus(&at_z, -1.0, &at_x)), norm(&plus(&z, -1.0, &x)));
            let slack = ROUNDING * (case.smoothness() * (norm(&x) + norm(&z)) + norm(&at_x) + norm(&at_z));
            let bound = case.smoothness() * distance;
            assert!(change <= bound + slack, "{}: {change} > L·‖x − z‖ = {bound}", case.name);
        }
    }
}

#[test]
fn samples_are_smooth_with_the_claimed_l_max() {
    for case in cases() {
        let constants = case.objective.constants();
        let l_max = constants.sample_smoothness.value().expect("every objective of the table knows L_max");
        assert!(l_max >= case.smoothness() * (1.0 - 1e-9), "{}: L_max = {l_max} is below L", case.name);
        for (x, z) in case.pairs() {
            let distance = norm(&plus(&z, -1.0, &x));
            for i in 0..case.objective.samples() {
                let gradient = |x: &[f64]| evaluate(&*case.objective, x, Batch::Indices(&[i])).1;
                let (at_x, at_z) = (gradient(&x), gradient(&z));
                let slack = ROUNDING * (l_max * (norm(&x) + norm(&z)) + norm(&at_x) + norm(&at_z));
                let change = norm(&plus(&at_z, -1.0, &at_x));
                assert!(change <= l_max * distance + slack, "{}: sample {i}", case.name);
            }
        }
    }
}

/// F4: E‖∇fᵢ‖² ≤ 2·L_max·D under interpolation, and with PL ≤ (L_max/μ)·‖∇f‖².
#[test]
fn sample_gradients_vanish_with_the_gap_under_interpolation() {
    let mut seen = 0;
    for case in cases() {
        let constants = case.objective.constants();
        if !constants.interpolation || case.objective.samples() == 1 {
            continue;
        }
        seen += 1;
        let l_max = constants.sample_smoothness.value().expect("every objective of the table knows L_max");
        let mu = case.mu().expect("finite sums of the table are PL");
        for x in case.points() {
            let (value, gradient) = case.evaluate(&x);
            let n = case.objective.samples();
            let squares = (0..n).map(|i| {
                let gradient = evaluate(&*case.objective, &x, Batch::Indices(&[i])).1;
                dot(&gradient, &gradient)
            });
            let moment = squares.sum::<f64>() / n as f64;
            let slack = ROUNDING * moment + l_max * case.value_error(&x);
            assert!(moment <= 2.0 * l_max * (value - case.infimum()) + slack, "{}", case.name);
            assert!(moment <= l_max / mu * dot(&gradient, &gradient) + slack * l_max / mu, "{}", case.name);
        }
    }
    assert!(seen > 0, "no interpolating finite sum in the table");
}
