//! Values and gradients against the formulas of the catalogue and against differences.

use gradus_losses::Objective;

use crate::cases::{ROUNDING, cases, norm};

/// The step of central differences: truncation h²·f‴ and rounding ε·f/h both stay below `DIFFERENCE`.
const STEP: f64 = 1e-5;

/// What is left of a central difference, relative to the value and the gradient.
const DIFFERENCE: f64 = 1e-7;

#[test]
fn values_and_gradients_are_the_closed_forms() {
    for case in cases() {
        for x in case.points() {
            let (value, gradient) = case.evaluate(&x);
            let (expected_value, expected) = (case.closed_form)(&x);
            let scale = case.smoothness() * norm(&x) + norm(&expected);
            assert!(
                (value - expected_value).abs() <= case.value_error(&x),
                "{}: f = {value}, not {expected_value}, at {x:?}",
                case.name
            );
            assert_eq!(value, case.value(&x), "{}: value with and without a gradient", case.name);
            for (found, expected) in gradient.iter().zip(&expected) {
                let off = (found - expected).abs();
                assert!(off <= ROUNDING * scale, "{}: {found}, not {expected}, at {x:?}", case.name);
            }
        }
    }
}

#[test]
fn gradients_are_central_differences_of_values() {
    for case in cases() {
        for x in case.points() {
            let (value, gradient) = case.evaluate(&x);
            for (i, &slope) in gradient.iter().enumerate() {
                let shifted = |step: f64| {
                    let mut x = x.clone();
                    x[i] += step;
                    case.value(&x)
                };
                let difference = (shifted(STEP) - shifted(-STEP)) / (2.0 * STEP);
                assert!(
                    (difference - slope).abs() <= DIFFERENCE * (1.0 + value.abs() + norm(&gradient)),
                    "{}: slope {slope}, difference {difference}, along {i} at {x:?}",
                    case.name
                );
            }
        }
    }
}

#[test]
fn names_and_formulas_are_there_for_reports() {
    for case in cases() {
        let objective: &dyn Objective<f64> = &*case.objective;
        assert!(objective.name().chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{}", objective.name());
        assert!(!objective.formula().is_empty(), "{}", case.name);
        assert_eq!(objective.is_quadratic(), case.hessian.is_some(), "{}", case.name);
        assert!(objective.samples() >= 1, "{}", case.name);
    }
}
