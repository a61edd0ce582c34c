//! The constants are not only valid but sharp: some direction or point attains them.

use gradus_losses::{Batch, Objective, SineCurve, SineWave};
use gradus_tensor::Tensor;

use crate::cases::{Case, cases, dot, eigenpairs, evaluate, norm, plus, quadratic_cases};

/// How near to the claimed constant a sample must come.
const NEAR: f64 = 1e-2;

/// How near the eigenvectors come: the margin that μ is rounded down by, about d·ε·κ with κ up to 1e6.
const EIGENVECTOR: f64 = 1e-8;

fn ratio(case: &Case, x: &[f64]) -> f64 {
    let (value, gradient) = case.evaluate(x);
    dot(&gradient, &gradient) / (2.0 * (value - case.infimum()))
}

#[test]
fn eigenvectors_attain_mu_and_l_of_quadratics() {
    for (case, hessian, rank) in quadratic_cases() {
        let d = hessian.shape()[0];
        let (values, vectors) = eigenpairs(&hessian);
        let minimiser = case.minimiser(&values, &vectors, rank);
        // Far from the minimiser the gap is known to more digits than f* and x.
        let along = |vector: &[f64]| ratio(&case, &plus(&minimiser, 1e3, vector));
        let (mu, l) = (case.mu().expect("PL"), case.smoothness());
        for (found, claimed) in [(along(&vectors[d - rank]), mu), (along(&vectors[d - 1]), l)] {
            let off = (found / claimed - 1.0).abs();
            assert!(off <= EIGENVECTOR, "{}: ratio {found}, claimed {claimed}", case.name);
        }
    }
}

#[test]
fn known_points_attain_mu_of_the_nonconvex_objectives() {
    let wave = |amplitude, x: f64| -> Box<dyn Objective<f64>> {
        Box::new(SineWave::new(amplitude, &Tensor::vector(&[x])).expect("a valid amplitude"))
    };
    // (objective, μ, digits of μ): x² has one ratio everywhere; sin²'s valley for a = 3 is at 2.2017091803;
    // where cos x = 0 the gradient of the curve is (0, u).
    let table: [(Box<dyn Objective<f64>>, f64, f64); 4] = [
        (wave(0.0, 0.4), 2.0, 1e-11),
        (wave(3.0, 2.201_709_180_3), 0.175_530_985_88, 1e-10),
        (wave(3.0, -2.201_709_180_3), 0.175_530_985_88, 1e-10),
        (Box::new(SineCurve::new(std::f64::consts::FRAC_PI_2, 3.0, 1.0)), 1.0, 1e-15),
    ];
    for (objective, mu, digits) in table {
        let claimed = objective.constants().mu.value().expect("PL");
        assert!((claimed - mu).abs() <= digits, "{}: {claimed}, not {mu}", objective.formula());
        let (value, gradient) = evaluate(&*objective, objective.start().as_slice(), Batch::Full);
        let ratio = dot(&gradient, &gradient) / (2.0 * value);
        assert!(ratio >= claimed * (1.0 - 1e-14), "{}: {ratio} < {claimed}", objective.formula());
        assert!(ratio <= claimed * (1.0 + 1e-9), "{}: {ratio} > {claimed}", objective.formula());
    }
}

#[test]
fn samples_come_near_mu_of_every_one_dimensional_wave() {
    for case in cases().into_iter().filter(|case| case.name.starts_with("sine wave")) {
        let Some(mu) = case.mu() else { continue };
        // Along one coordinate, the others at their minimiser 0; steps of 1e-4 up to 4π.
        let sampled = (1..130_000).map(|k| {
            let mut x = vec![0.0; case.objective.start().len()];
            x[0] = f64::from(k) * 1e-4;
            let (value, gradient) = (case.closed_form)(&x);
            dot(&gradient, &gradient) / (2.0 * value)
        });
        let sampled = sampled.fold(f64::INFINITY, f64::min);
        // The valley of amplitude 4.6 is 1e-6 high and 1e-4 wide.
        let near = if mu < 1e-3 { 0.5 } else { NEAR };
        assert!(mu <= sampled && sampled <= mu * (1.0 + near), "{}: μ = {mu}, {sampled}", case.name);
    }
}

#[test]
fn l_is_attained_by_the_nonquadratic_objectives() {
    // Curvature along one coordinate at the point where it is largest, by a difference of gradients.
    const STEP: f64 = 1e-5;
    for case in cases().into_iter().filter(|case| case.hessian.is_none()) {
        let d = case.objective.start().len();
        let (point, direction) = match case.objective.name() {
            "sine_wave" => (vec![0.0; d], vec![1.0; d]),
            "quartic" => {
                let mut corner = vec![0.0; d];
                corner[0] = case.objective.constants().smoothness.level().powf(0.25);
                (corner.clone(), corner)
            }
            // The bound for the curve is not sharp: ∇u∇uᵀ is largest where u·sin x is not.
            _ => continue,
        };
        let unit = plus(&vec![0.0; d], 1.0 / norm(&direction), &direction);
        let gradient = |scale: f64| case.evaluate(&plus(&point, scale, &unit)).1;
        let curvature = norm(&plus(&gradient(STEP), -1.0, &gradient(-STEP))) / (2.0 * STEP);
        let off = (curvature / case.smoothness() - 1.0).abs();
        assert!(off <= NEAR * 1e-4, "{}: curvature {curvature}, L = {}", case.name, case.smoothness());
    }
}
