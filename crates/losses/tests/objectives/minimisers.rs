//! The minimiser nearest to a point: a stationary point, reached without moving in the null space.

use gradus_tensor::Rng;

use crate::cases::{dot, eigenpairs, norm, plus, quadratic_cases};

/// Rounding of a projection, relative to the size of the points: κ·ε for the condition numbers of the table.
const PROJECTION: f64 = 1e-11;

#[test]
fn nearest_minimisers_are_orthogonal_projections() {
    let mut checked = 0;
    for (case, hessian, rank) in quadratic_cases() {
        let d = hessian.shape()[0];
        let (_, vectors) = eigenpairs(&hessian);
        let mut rng = Rng::new(14);
        let starts = [vec![0.0; d], rng.normal([d]).to_vec(), (rng.normal([d]) * 100.0).to_vec()];
        for start in starts {
            let Some(nearest) = case.objective.nearest_minimiser(&start) else { continue };
            checked += 1;
            let size = 1.0 + norm(&start) + norm(&nearest);
            let (value, gradient) = case.evaluate(&nearest);
            let slope = norm(&gradient) / case.smoothness();
            assert!(slope <= PROJECTION * size, "{}: gradient {gradient:?}", case.name);
            let excess = value - case.infimum();
            assert!(excess.abs() <= PROJECTION * (1.0 + value) * size, "{}: f − f* = {excess}", case.name);
            let moved = plus(&nearest, -1.0, &start);
            for null in vectors.iter().take(d - rank) {
                let sideways = dot(null, &moved).abs();
                assert!(sideways <= PROJECTION * size, "{}: moved by {sideways}", case.name);
            }
            let again = case.objective.nearest_minimiser(&nearest).expect("a closed form");
            assert!(
                norm(&plus(&again, -1.0, &nearest)) <= PROJECTION * size,
                "{}: not a fixed point",
                case.name
            );
        }
    }
    // Least squares has the closed form, seven times in the table.
    assert_eq!(checked, 21);
}
