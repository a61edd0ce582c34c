//! Stability of the minimiser under momentum and small eps: heavy-ball roots, thresholds, limit cycles.

/// The spectral radius of the heavy ball on one eigenvalue: the larger |z| among the roots of
/// z² − (1 + β − (1 − β)aλ)z + β = 0 (theory B3 ii).
pub fn heavy_ball_radius(beta: f64, a_lambda: f64) -> f64 {
    let trace = 1.0 + beta - (1.0 - beta) * a_lambda;
    let discriminant = trace * trace - 4.0 * beta;
    if discriminant < 0.0 { beta.sqrt() } else { 0.5 * (trace.abs() + discriminant.sqrt()) }
}

/// The largest stable aλ: 2(1 + β)/(1 − β); 38 for β = 0.9. Above it the minimiser is unstable.
pub fn stability_limit(beta: f64) -> f64 {
    2.0 * (1.0 + beta) / (1.0 - beta)
}

/// The factor per step that the gap of a quadratic tends to: the square of the largest heavy-ball radius over
/// the eigenvalues of A^½HA^½ between `smallest` and `largest`. For β = 0 this is A1″'s
/// max((1 − λ₊)², (1 − λ_max)²).
///
/// The radius falls and then rises as a function of aλ, so it is largest at an end.
pub fn tail_factor(beta: f64, smallest: f64, largest: f64) -> f64 {
    heavy_ball_radius(beta, smallest).max(heavy_ball_radius(beta, largest)).powi(2)
}

/// |x| of the exact 2-cycle of RMSProp on λx²/2 with eps outside the root, η/2 − eps/λ; `None` where the minimiser
/// is stable (theory B4).
pub fn rmsprop_cycle_outside(learning_rate: f64, eps: f64, lambda: f64) -> Option<f64> {
    (learning_rate * lambda > 2.0 * eps).then(|| 0.5 * learning_rate - eps / lambda)
}

/// As [`rmsprop_cycle_outside`] with eps inside the root: √(η²/4 − eps/λ²).
pub fn rmsprop_cycle_inside(learning_rate: f64, eps: f64, lambda: f64) -> Option<f64> {
    (learning_rate * lambda > 2.0 * eps.sqrt())
        .then(|| (0.25 * learning_rate * learning_rate - eps / (lambda * lambda)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BETAS: [f64; 6] = [0.0, 0.3, 0.5, 0.9, 0.99, 0.999];

    #[test]
    fn radius_is_one_exactly_at_the_limit() {
        for beta in BETAS {
            let limit = stability_limit(beta);
            assert!(heavy_ball_radius(beta, 0.999 * limit) < 1.0);
            assert!((heavy_ball_radius(beta, limit) - 1.0).abs() < 1e-12);
            assert!(heavy_ball_radius(beta, 1.001 * limit) > 1.0);
        }
        assert!((stability_limit(0.9) - 38.0).abs() < 1e-12);
    }

    #[test]
    fn without_momentum_the_tail_is_that_of_gradient_descent() {
        assert_eq!(tail_factor(0.0, 0.25, 1.5), 0.75f64.powi(2));
        assert_eq!(tail_factor(0.0, 0.75, 1.5), 0.25);
    }

    #[test]
    fn a_cycle_exists_only_beyond_the_threshold() {
        assert_eq!(rmsprop_cycle_outside(1.0, 1.0, 1.9), None);
        assert_eq!(rmsprop_cycle_outside(1.0, 0.25, 1.0), Some(0.25));
        assert_eq!(rmsprop_cycle_inside(1.0, 0.16, 1.0), Some(0.3));
    }
}
