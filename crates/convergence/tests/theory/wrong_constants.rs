//! μ doubled, L halved, f* shifted: each is refuted, and the refutation names the step.

use gradus_convergence::certificates::{Certificate, DiagonalStep, Judgement};
use gradus_losses::{Constants, LeastSquares, Objective, SineCurve, SineWave, spectrum};
use gradus_optim::{AnyOptimizer, Rule, Sgd};
use gradus_tensor::{Rng, Tensor};

use crate::methods::boxed;
use crate::problems::{self, Problem};
use crate::run::{follow, inspect};

/// Enough for gradient descent to come within 1e-6 of the tail of every problem here.
const STEPS: usize = 1500;

fn descent(problem: &dyn Objective<f64>) -> Box<dyn AnyOptimizer<f64>> {
    let learning_rate = 1.0 / problem.constants().smoothness.value().expect("a known L");
    boxed(Sgd { learning_rate, ..Sgd::default() }, problem.start().len())
}

/// Where gradient descent passes a point at which μ is attained, and a step along which L nearly is.
fn problems_with_exact_constants(seed: u64) -> Vec<(&'static str, Problem, Problem)> {
    let least_squares = || {
        let spectrum = spectrum::power_law(10, 0.2, 30.0);
        Box::new(LeastSquares::synthetic(&spectrum, 20, &mut Rng::new(seed)).expect("valid data"))
    };
    let quadratic = || Box::new(problems::quadratic(&[0.3, 0.4, 1.0, 3.0, 0.0], seed));
    let wave = |x: f64| Box::new(SineWave::new(3.0, &Tensor::vector(&[x])).expect("a valid amplitude"));
    // At cos x = 0 the ratio is 1; at x = 0 the curvature across the valley is 2, and L is 2 + √(2F).
    let curve = |x: f64, u: f64| Box::new(SineCurve::new(x, x.sin() + u, 2.0));
    vec![
        ("least squares", least_squares(), least_squares()),
        ("quadratic", quadratic(), quadratic()),
        ("sine wave", wave(2.201_709_180_3), wave(0.3)),
        ("sine curve", curve(std::f64::consts::FRAC_PI_2, 0.5), curve(0.0, 0.1)),
    ]
}

#[test]
fn a_doubled_mu_is_refuted() {
    for seed in 0..5 {
        for (kind, problem, _) in problems_with_exact_constants(seed) {
            let truth = problem.constants();
            let mu = 2.0 * truth.mu.value().unwrap();
            let claimed = Constants { mu: truth.mu.with_value(mu), ..truth };
            let hypotheses = inspect(&*problem, claimed, &mut *descent(&*problem), STEPS);
            let refutation = hypotheses.refutation().unwrap_or_else(|| panic!("{kind}, seed {seed}"));
            assert!(
                refutation.contains("PL ratio") && refutation.contains("at step "),
                "{kind}: {refutation}"
            );
            assert!(refutation.contains("below the claimed mu = "), "{kind}: {refutation}");
            assert!(!refutation.contains("plateau"), "{kind}: {refutation}");
            assert!(!refutation.contains("not PL"), "{kind}: {refutation}");
            let ratio = hypotheses.smallest_ratio();
            assert!(ratio < mu && ratio >= mu / 2.0 * (1.0 - 1e-6), "{kind}: {ratio}");
        }
    }
}

#[test]
fn a_halved_smoothness_is_refuted() {
    for seed in 0..5 {
        for (kind, _, problem) in problems_with_exact_constants(seed) {
            let truth = problem.constants();
            let l = 0.5 * truth.smoothness.value().unwrap();
            let claimed = Constants { smoothness: truth.smoothness.with_value(l), ..truth };
            let hypotheses = inspect(&*problem, claimed, &mut *descent(&*problem), STEPS);
            let refutation = hypotheses.refutation().unwrap_or_else(|| panic!("{kind}, seed {seed}"));
            assert!(
                refutation.contains("realised curvature") || refutation.contains("Lipschitz quotient"),
                "{kind}: {refutation}"
            );
            assert!(
                refutation.contains("at step ") && refutation.contains("claimed L = "),
                "{kind}: {refutation}"
            );
            let curvature = hypotheses.largest_curvature();
            assert!(curvature <= 2.0 * l * (1.0 + 1e-6), "{kind}: {curvature}");
        }
    }
}

/// Along g = (1, 1) on diag(1, 0.01) the curvature is 0.505, but the gradient changes at the rate 0.7071: B1,
/// which needs Lipschitz gradients, would be wrong with L = 0.6.
#[test]
fn the_gradient_tells_what_the_curvature_does_not() {
    let problem = problems::diagonal(&[1.0, 0.01], &[1.0, 100.0]);
    let truth = problem.constants();
    let claimed = Constants { smoothness: truth.smoothness.with_value(0.6), ..truth };
    let hypotheses = inspect(&problem, claimed, &mut *descent(&problem), 1);
    let refutation = hypotheses.refutation().unwrap();
    let words = "Lipschitz quotient 0.7071 of the gradient at step 0 exceeds the claimed L = 0.6";
    assert!(refutation.contains(words), "{refutation}");
    assert!((hypotheses.largest_curvature() - 0.505).abs() < 1e-9);
}

/// On an ill-conditioned quadratic the ratio falls from L to μ over the first decades, and then no longer: a
/// μ that is too large is not mistaken for an objective that is not PL.
#[test]
fn a_doubled_mu_of_an_ill_conditioned_problem_is_not_called_not_pl() {
    for seed in 0..3 {
        let spectrum = spectrum::power_law(10, 1e-3, 1e3);
        let problem = LeastSquares::synthetic(&spectrum, 20, &mut Rng::new(seed)).unwrap();
        let truth = problem.constants();
        let claimed = Constants { mu: truth.mu.with_value(2.0 * truth.mu.value().unwrap()), ..truth };
        let refutation = inspect(&problem, claimed, &mut *descent(&problem), 15_000).refutation().unwrap();
        assert!(refutation.starts_with("PL ratio"), "{refutation}");
    }
}

/// L is checked where only L is known.
#[test]
fn smoothness_is_checked_without_a_known_mu() {
    let problem = SineWave::new(5.0, &Tensor::vector(&[0.3])).unwrap();
    let truth = problem.constants();
    assert_eq!(truth.mu.value(), None);
    let hypotheses = inspect(&problem, truth, &mut *descent(&problem), 200);
    assert_eq!(hypotheses.refutation(), None);
    let claimed = Constants { smoothness: truth.smoothness.with_value(6.0), ..truth };
    let refutation = inspect(&problem, claimed, &mut *descent(&problem), 200).refutation().unwrap();
    assert!(refutation.contains("claimed L = 6"), "{refutation}");
}

#[test]
fn a_wrong_infimum_is_refuted() {
    for seed in 0..5 {
        for (kind, problem, _) in problems_with_exact_constants(seed) {
            let truth = problem.constants();
            let gap = problem.value(problem.start());
            for (shift, words) in [(-0.01, "plateau: f* suspect"), (0.01, "below the claimed f*")] {
                let claimed = Constants { infimum: truth.infimum.with_value(shift * gap), ..truth };
                let hypotheses = inspect(&*problem, claimed, &mut *descent(&*problem), STEPS);
                let refutation =
                    hypotheses.refutation().unwrap_or_else(|| panic!("{kind}, seed {seed}, {shift}"));
                assert!(refutation.contains(words), "{kind}: {refutation}");
                assert!(refutation.contains("at step "), "{kind}: {refutation}");
            }
        }
    }
}

/// In the μ-eigenvector the ratio is μ at every point, in the L-eigenvector the curvature is L at every step.
#[test]
fn eigenvectors_of_a_quadratic_refute_at_the_first_step() {
    let (mu, l) = (0.1, 1.0);
    let truth = |start| problems::diagonal(&[mu, l], start).constants();
    for (start, claimed, words) in [
        (
            [1.0, 0.0],
            Constants { mu: truth(&[1.0, 0.0]).mu.with_value(2.0 * mu), ..truth(&[1.0, 0.0]) },
            "PL ratio 0.1 at step 0 is below the claimed mu = 0.2",
        ),
        (
            [0.0, 1.0],
            Constants { smoothness: truth(&[0.0, 1.0]).smoothness.with_value(0.5 * l), ..truth(&[0.0, 1.0]) },
            "realised curvature 1 at step 0 exceeds the claimed L = 0.5",
        ),
    ] {
        let problem = problems::diagonal(&[mu, l], &start);
        let mut optimizer = Sgd { learning_rate: 1.5, ..Sgd::default() }.optimizer(2).unwrap();
        let refutation = inspect(&problem, claimed, &mut optimizer, 50).refutation().unwrap();
        assert!(refutation.contains(words), "{refutation}");
    }
}

/// P11: on diag(0.1, 1) with η = 1.5 the contraction bound with μ doubled, or with L halved, is never
/// violated.
#[test]
fn the_contraction_alone_would_have_passed() {
    let eta = 1.5;
    for start in [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]] {
        let problem = problems::diagonal(&[0.1, 1.0], &start);
        // A1 with μ doubled: 1 − 2·0.2·(1.5 − 1.125) = 0.85, while the true factor is 0.7225.
        for (mu, l, bound) in [(0.2, 1.0, 0.85), (0.1, 0.5, 0.8125)] {
            let mut certificate = DiagonalStep::new(mu, l, Some(eta));
            assert!((certificate.a_priori().unwrap().factor - bound).abs() < 1e-12);
            let mut optimizer = Sgd { learning_rate: eta, ..Sgd::default() }.optimizer(2).unwrap();
            follow(&problem, 0.0, &mut optimizer, 100, |o, _, _| {
                let Judgement::Certified { factor, current, next, .. } = certificate.observe(o) else {
                    panic!("not covered")
                };
                assert!(next <= factor * current, "step {}", o.step);
                assert!((factor - bound).abs() < 1e-12);
                true
            });
        }
    }
}
