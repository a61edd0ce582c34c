//! Gradient descent with a fixed step against the known one-step factors (theory R1).

use crate::cases::{cases, eigenpairs, plus, quadratic_cases};

/// Slack of an observed factor: the gap of a point is known to about 1e-13 of its terms.
const OBSERVED: f64 = 1e-10;

/// L·γ at which factors are compared: both sides of the joints 1 and √3.
const STEPS: [f64; 10] = [0.05, 0.3, 0.5, 0.9, 1.0, 1.133_486, 1.5, 1.732, 1.733, 1.95];

/// The one-step factor of gradient descent under PL with step γ < 2/L (Abbaszadehpeivasti, de Klerk, Zamani
/// 2022).
fn tau(mu: f64, l: f64, gamma: f64) -> f64 {
    let h = l * gamma;
    if h <= 1.0 {
        first_piece(mu, l, gamma)
    } else if h <= 3f64.sqrt() {
        second_piece(mu, l, gamma)
    } else {
        third_piece(mu, l, gamma)
    }
}

fn first_piece(mu: f64, l: f64, gamma: f64) -> f64 {
    let root = (4.0 * l * l - 2.0 * l * (l + mu) * (2.0 - l * gamma) * mu * gamma).sqrt();
    ((mu * (1.0 - l * gamma) + root) / (2.0 * l + mu)).powi(2)
}

fn second_piece(mu: f64, l: f64, gamma: f64) -> f64 {
    1.0 - mu * gamma * (4.0 - (l * gamma).powi(2)) / (2.0 + mu * gamma)
}

fn third_piece(mu: f64, l: f64, gamma: f64) -> f64 {
    let square = (l * gamma - 1.0).powi(2);
    square / (square + mu * gamma * (2.0 - l * gamma))
}

/// A1 for gradient descent.
fn classical(mu: f64, l: f64, gamma: f64) -> f64 {
    1.0 - 2.0 * mu * (gamma - 0.5 * l * gamma * gamma)
}

fn on_quadratics(mu: f64, l: f64, gamma: f64) -> f64 {
    (1.0 - gamma * mu).powi(2).max((1.0 - gamma * l).powi(2))
}

#[test]
fn pieces_of_tau_join_continuously() {
    for l in [0.2, 1.0, 30.0] {
        for mu in [1e-6, 1e-3, 0.1, 0.5, 0.99].map(|part| part * l) {
            let at_one = [first_piece, second_piece].map(|piece| piece(mu, l, 1.0 / l));
            let at_root = [second_piece, third_piece].map(|piece| piece(mu, l, 3f64.sqrt() / l));
            for [left, right] in [at_one, at_root] {
                assert!((left - right).abs() <= 1e-14, "μ = {mu}, L = {l}: {left}, {right}");
            }
        }
    }
}

#[test]
fn tau_has_its_known_values() {
    // (μ, L, γ, τ); the last digits are those of the theory page.
    let table = [
        (0.2, 1.0, 1.0, 0.727_273),
        (0.1, 1.0, 0.5, 0.914_588),
        (0.1, 1.0, 1.133_486, 0.854_371),
        (0.2, 1.0, 0.0, 1.0),
        (0.2, 1.0, 2.0, 1.0),
    ];
    for (mu, l, gamma, expected) in table {
        let found = tau(mu, l, gamma);
        assert!((found - expected).abs() < 6e-7, "τ({mu}, {l}, {gamma}) = {found}, not {expected}");
    }
    let optimal = 1.133_486_f64;
    assert!((3.0 * optimal.powi(2) + 0.1 * optimal.powi(3) - 4.0).abs() < 1e-5);
    assert!([1.0, 1.1, 1.17, 1.3].iter().all(|&gamma| tau(0.1, 1.0, gamma) > tau(0.1, 1.0, optimal)));
}

#[test]
fn tau_lies_between_quadratics_and_the_classical_factor() {
    for part in [1e-6, 1e-3, 0.1, 0.5, 0.99] {
        for h in STEPS {
            let (quadratic, tau, classical) =
                (on_quadratics(part, 1.0, h), tau(part, 1.0, h), classical(part, 1.0, h));
            assert!(quadratic <= tau + 1e-14 && tau <= classical + 1e-14, "μ = {part}, γ = {h}");
        }
    }
}

#[test]
fn observed_factors_obey_tau() {
    for case in cases() {
        let Some(mu) = case.mu() else { continue };
        let (l, infimum) = (case.smoothness(), case.infimum());
        for x in case.points() {
            let (value, gradient) = case.evaluate(&x);
            for gamma in STEPS.map(|h| h / l) {
                let next = case.value(&plus(&x, -gamma, &gradient)) - infimum;
                let bound = tau(mu, l, gamma) * (value - infimum);
                let slack = OBSERVED * (value - infimum) + case.value_error(&x);
                assert!(next <= bound + slack, "{}: {next} > {bound} at {x:?}, γ = {gamma}", case.name);
                if case.hessian.is_some() {
                    let bound = on_quadratics(mu, l, gamma) * (value - infimum);
                    assert!(next <= bound + slack, "{}: {next} > {bound} on a quadratic", case.name);
                }
            }
        }
    }
}

/// From the worst eigenvector the factor of a quadratic is attained exactly.
#[test]
fn quadratics_attain_their_factor() {
    for (case, hessian, rank) in quadratic_cases() {
        let d = hessian.shape()[0];
        let (values, vectors) = eigenpairs(&hessian);
        let (mu, l) = (case.mu().expect("PL"), case.smoothness());
        let minimiser = case.minimiser(&values, &vectors, rank);
        for gamma in STEPS.map(|h| h / l) {
            let worst = [d - rank, d - 1].map(|column| {
                let x = plus(&minimiser, 1e3, &vectors[column]);
                let (value, gradient) = case.evaluate(&x);
                let next = plus(&x, -gamma, &gradient);
                (case.value(&next) - case.infimum()) / (value - case.infimum())
            });
            let (found, expected) = (worst[0].max(worst[1]), on_quadratics(mu, l, gamma));
            assert!((found - expected).abs() <= OBSERVED, "{}: {found}, not {expected}", case.name);
        }
    }
}
