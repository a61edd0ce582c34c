//! The argument behind μ of x² + a sin² x: where the minimum lies, and where PL ends.

use gradus_losses::{Constant, Objective, SineWave};
use gradus_tensor::Tensor;

/// Amplitudes below the limit, some of them near 0 and near the limit.
const AMPLITUDES: [f64; 12] = [1e-9, 1e-3, 0.1, 0.5, 1.0, 1.7, 2.5, 3.0, 3.7, 4.3, 4.55, 4.603];

fn ratio(a: f64, x: f64) -> f64 {
    (2.0 * x + a * (2.0 * x).sin()).powi(2) / (2.0 * (x * x + a * x.sin().powi(2)))
}

/// A lower bound on the ratio at x ≥ a/2, by |sin| ≤ 1.
fn outside(a: f64, x: f64) -> f64 {
    (2.0 * x - a).powi(2) / (2.0 * (x * x + a))
}

fn mu(a: f64) -> Constant {
    SineWave::<f64>::new(a, &Tensor::ones([1])).expect("a valid amplitude").constants().mu
}

/// u with tan u = u in (π, 3π/2), by bisection of sin u − u·cos u, which falls there from π to −1.
fn stationary() -> f64 {
    let (mut low, mut high) = (std::f64::consts::PI, 1.5 * std::f64::consts::PI);
    for _ in 0..100 {
        let u = 0.5 * (low + high);
        if u.sin() - u * u.cos() > 0.0 { low = u } else { high = u }
    }
    0.5 * (low + high)
}

#[test]
fn pl_ends_where_the_first_spurious_stationary_point_appears() {
    let u = stationary();
    assert!((u.tan() - u).abs() < 1e-12);
    let limit = -u / u.sin();
    assert!((limit - 4.603_338_848_75).abs() < 1e-11, "{limit}");
    assert!(matches!(mu(limit - 1e-9), Constant::Exact { value } if value > 0.0));
    for amplitude in [limit + 1e-9, 4.7, 5.0, 100.0] {
        assert_eq!(mu(amplitude), Constant::Unknown, "{amplitude}");
    }
    // At the limit u/2 is stationary, and f is not at its minimum there.
    assert!(ratio(limit, 0.5 * u) < 1e-25);
}

/// Near the limit the slope at the valley is a difference of equal numbers, and its rounding must not raise
/// μ.
#[test]
fn mu_vanishes_at_the_limit_from_the_safe_side() {
    let u = stationary();
    let limit = -u / u.sin();
    for distance in [1e-3, 1e-5, 1e-7] {
        // The slope at u/2 is `distance`·|sin u|, without cancellation.
        let (a, x) = (limit - distance, 0.5 * u);
        let above = (distance * u.sin()).powi(2) / (2.0 * (x * x + a * x.sin().powi(2)));
        let claimed = mu(a).value().expect("PL");
        // The limit is known to 1e-14.
        assert!(claimed <= above * (1.0 + 1e-14 / distance), "{claimed} > {above}");
        assert!(claimed >= above * 0.99, "{claimed} is far below {above}");
    }
}

#[test]
fn mu_is_the_minimum_over_a_fine_grid() {
    for a in AMPLITUDES {
        let claimed = mu(a).value().expect("PL");
        // Twice the range that the search looks at, at other places.
        let sampled = (1..600_000).map(|k| ratio(a, f64::from(k) * 3.17e-5)).fold(f64::INFINITY, f64::min);
        assert!(claimed <= sampled, "a = {a}: {claimed} > {sampled}");
        // The valley of 4.603 is 1e-8 high: a tenth of its width is a step of the grid.
        let near = if a > 4.6 { 0.1 } else { 1e-4 };
        assert!(claimed >= sampled * (1.0 - near), "a = {a}: {claimed} is far below {sampled}");
    }
}

#[test]
fn the_minimum_lies_inside_three_half_waves() {
    let edge = 3.0 * std::f64::consts::PI;
    for a in AMPLITUDES {
        let bound = outside(a, edge);
        assert!(ratio(a, 2.2) < bound, "a = {a}: {} inside, {bound} outside", ratio(a, 2.2));
        let mut previous = bound;
        for k in 1..1000 {
            let x = edge * (1.0 + 0.01 * f64::from(k));
            assert!(outside(a, x) >= previous && ratio(a, x) >= outside(a, x), "a = {a}, x = {x}");
            previous = outside(a, x);
        }
        // The factors of the argument in the source.
        assert!((bound / (2.0 * (1.0 - 0.053_05 * a).powi(2) / (1.0 + 0.011_26 * a)) - 1.0).abs() < 1e-3);
        let inside = 2.0 * (1.0 - 0.216_27 * a).powi(2) / (1.0 + 0.135_06 * a);
        assert!((ratio(a, 2.2) - inside).abs() < 1e-3, "{}, {inside}", ratio(a, 2.2));
    }
}

#[test]
fn known_values() {
    let three = mu(3.0).value().expect("PL");
    assert!((three - 0.175_530_985_88).abs() < 1e-11, "{three}");
    // The often quoted value is a bound.
    assert!(three >= 1.0 / 32.0);
    assert!((mu(0.0).value().expect("PL") - 2.0).abs() < 1e-11);
    // The sum over coordinates has the same constants.
    let many = SineWave::<f64>::new(3.0, &Tensor::ones([7])).expect("a valid amplitude").constants();
    assert_eq!(many, SineWave::<f64>::new(3.0, &Tensor::ones([1])).expect("a valid amplitude").constants());
    assert_eq!(many.smoothness, Constant::Exact { value: 8.0 });
}
