//! Prescribed spectra, and spectra under a diagonal preconditioner.

use gradus_losses::{LeastSquares, Objective, PreconditionedSpectrum, Quadratic, spectrum::power_law};
use gradus_tensor::linalg::eigvalsh;
use gradus_tensor::{Rng, Tensor};

use crate::cases::quadratic_cases;

/// Rounding of eigenvalues, relative to each, for condition numbers up to 1e3.
const EIGENVALUE: f64 = 1e-12;

/// The same where condition numbers reach 1e9 with the preconditioner.
const PRECONDITIONED: f64 = 1e-5;

#[test]
fn synthetic_problems_have_the_prescribed_spectrum() {
    let mut rng = Rng::new(15);
    for (spectrum, d) in [
        (power_law(40, 1.0, 100.0), 90),
        (power_law(7, 1e-3, 1e3), 7),
        (vec![2.0, 2.0, 2.0], 5),
        (vec![0.1], 1),
        (vec![5.0], 8),
        (vec![1.0, 300.0, 4.0], 3),
    ] {
        let n = spectrum.len();
        let objective: LeastSquares<f64> =
            LeastSquares::synthetic(&spectrum, d, &mut rng).expect("a valid problem");
        let x = objective.design();
        assert_eq!(x.shape()[..], [n, d]);
        let found = eigvalsh(&(x.matmul(&x.t()) / n as f64)).expect("eigenvalues").to_vec();
        let mut expected = spectrum.clone();
        expected.sort_by(f64::total_cmp);
        for (found, expected) in found.iter().zip(&expected) {
            assert!((found / expected - 1.0).abs() <= EIGENVALUE, "{found}, not {expected}");
        }
        let constants = objective.constants();
        let [mu, l] = [constants.mu, constants.smoothness].map(|constant| constant.value().expect("known"));
        assert!(mu <= expected[0] * (1.0 + EIGENVALUE) && l >= expected[n - 1] * (1.0 - EIGENVALUE));
        assert_eq!(constants.infimum.value(), Some(0.0));
        assert!(constants.interpolation);
    }
}

#[test]
fn synthetic_problems_are_reproducible() {
    let make = |seed| {
        let problem: LeastSquares<f64> =
            LeastSquares::synthetic(&[1.0, 2.0], 4, &mut Rng::new(seed)).expect("a valid problem");
        (problem.design().to_vec(), problem.labels().to_vec())
    };
    assert_eq!(make(1), make(1));
    assert_ne!(make(1), make(2));
}

#[test]
fn power_laws_have_their_length_order_condition_and_gap() {
    for n in [1, 2, 3, 10, 200] {
        for smallest in [1e-6, 1.0, 30.0] {
            for condition in [1.0, 1.5, 4.0, 100.0, 1e6] {
                let values = power_law(n, smallest, condition);
                assert_eq!(values.len(), n);
                assert_eq!(values[n - 1], smallest);
                let ordered = values.windows(2).all(|pair| pair[0] >= pair[1] * (1.0 - EIGENVALUE));
                assert!(ordered, "{values:?}");
                if n == 1 {
                    continue;
                }
                let near = |found: f64, expected: f64| (found / expected - 1.0).abs() <= EIGENVALUE;
                assert!(near(values[0], smallest * condition), "{values:?}");
                // With two eigenvalues the next one is the largest.
                let next = if n == 2 { condition } else { condition.sqrt().min(2.0) };
                assert!(near(values[n - 2], smallest * next), "{values:?}");
                // A power law: ln λ is linear in ln i.
                let exponent = |i: usize| (values[0] / values[i - 1]).ln() / (i as f64).ln();
                assert!((3..n).all(|i| (exponent(i) - exponent(2)).abs() <= 1e-9), "{values:?}");
            }
        }
    }
    assert_eq!(power_law(1, 3.0, 50.0), [3.0]);
}

#[test]
fn power_laws_without_meaning_panic() {
    for (n, smallest, condition) in [(0, 1.0, 2.0), (3, 0.0, 2.0), (3, f64::NAN, 2.0), (3, 1.0, 0.5)] {
        assert!(std::panic::catch_unwind(|| power_law(n, smallest, condition)).is_err());
    }
}

/// The eigenvalues of A^½HA^½, from the dense Hessian.
fn dense(hessian: &Tensor<f64>, a: &[f64], rank: usize) -> PreconditionedSpectrum {
    let root: Vec<f64> = a.iter().map(|a| a.sqrt()).collect();
    let d = a.len();
    let elements = hessian.to_vec();
    let scaled = Tensor::from_fn([d, d], |at| root[at / d] * elements[at] * root[at % d]);
    let values = eigvalsh(&scaled).expect("eigenvalues").to_vec();
    PreconditionedSpectrum { smallest: values[d - rank], largest: values[d - 1] }
}

#[test]
fn preconditioned_spectra_are_those_of_the_dense_matrix() {
    let mut rng = Rng::new(16);
    for (case, hessian, rank) in quadratic_cases() {
        let d = hessian.shape()[0];
        for decades in [0.0, 1.0, 1.5] {
            let a: Vec<f64> = rng.uniform([d], -decades, decades).to_vec();
            let a: Vec<f64> = a.into_iter().map(|power: f64| 10f64.powf(power)).collect();
            let found = case.objective.preconditioned_spectrum(&a).expect("a constant Hessian");
            let expected = dense(&hessian, &a, rank);
            for (found, expected) in [(found.smallest, expected.smallest), (found.largest, expected.largest)]
            {
                let off = (found / expected - 1.0).abs();
                assert!(off <= PRECONDITIONED, "{}: {found}, not {expected}", case.name);
            }
        }
    }
}

#[test]
fn a_constant_preconditioner_scales_mu_and_l() {
    for (case, hessian, _) in quadratic_cases() {
        for eta in [0.01, 1.0, 7.0] {
            let a = vec![eta; hessian.shape()[0]];
            let found = case.objective.preconditioned_spectrum(&a).expect("a constant Hessian");
            let (mu, l) = (case.mu().expect("PL"), case.smoothness());
            // κ·ε for the condition number 1e6 of the table.
            assert!((found.smallest / (eta * mu) - 1.0).abs() <= 1e-8, "{}", case.name);
            assert!((found.largest / (eta * l) - 1.0).abs() <= EIGENVALUE, "{}", case.name);
        }
    }
}

#[test]
fn only_objectives_with_a_constant_hessian_have_spectra() {
    for case in crate::cases::cases() {
        let a = vec![1.0; case.objective.start().len()];
        assert_eq!(
            case.objective.preconditioned_spectrum(&a).is_some(),
            case.hessian.is_some(),
            "{}",
            case.name
        );
    }
}

/// The number of non-zero eigenvalues does not depend on A ≻ 0: if rounding loses one, the smallest that is
/// left is no bound.
#[test]
fn spectra_lost_in_rounding_are_not_claimed() {
    let square: LeastSquares<f64> =
        LeastSquares::synthetic(&[1.0, 2.0, 3.0], 3, &mut Rng::new(17)).expect("a valid problem");
    let quadratic = Quadratic::new(
        Tensor::from_rows([[2.0, 1.0, 0.0], [1.0, 2.0, 1.0], [0.0, 1.0, 2.0]]),
        Tensor::zeros([3]),
        &Tensor::ones([3]),
    )
    .expect("a valid problem");
    let objectives: [&dyn Objective<f64>; 2] = [&square, &quadratic];
    for objective in objectives {
        assert!(objective.preconditioned_spectrum(&[1.0, 1.0, 1e-6]).is_some());
        for a in [[1.0, 1.0, 1e-25], [1.0, 0.0, 1.0], [0.0; 3], [1.0, -1.0, 1.0], [1.0, f64::NAN, 1.0]] {
            assert_eq!(objective.preconditioned_spectrum(&a), None, "{a:?}");
        }
    }
    // Coordinates that stand still do not matter while the others reach every residual.
    let wide: LeastSquares<f64> =
        LeastSquares::synthetic(&[1.0, 2.0], 6, &mut Rng::new(18)).expect("a valid problem");
    assert!(wide.preconditioned_spectrum(&[1.0, 0.0, 1.0, 1.0, 0.0, 1.0]).is_some());
}
