//! Formulas against their tables, against each other and against simulation.

use approx::{assert_abs_diff_eq, assert_relative_eq};
use gradus_convergence::certificates::{Contraction, Lyapunov};
use gradus_convergence::{Rounding, stability};
use gradus_optim::{Adam, AnyOptimizer, Epsilon, RmsProp, Rule, Sgd};

use crate::methods::boxed;

/// A few roundings of f64.
const ROUNDING: f64 = 1e-14;

/// The theory prints six digits of q*.
const SIX_DIGITS: f64 = 5e-7;

const BETAS: [f64; 6] = [0.0, 0.5, 0.8, 0.9, 0.95, 0.99];

#[test]
fn the_left_side_of_star_increases_with_the_step() {
    for beta in BETAS {
        for (mu, l) in [(1e-9, 1.0), (0.01, 1.0), (0.5, 1.0), (1.0, 1.0), (0.3, 40.0)] {
            for nu in [1.0, beta] {
                let mut before = 0.0;
                for i in 1..=1000 {
                    let left = Lyapunov::condition(mu, l, beta, nu, f64::from(i) / 1000.0 / l);
                    assert!(left > before || left == f64::INFINITY, "beta {beta}, mu {mu}, L {l}, nu {nu}");
                    before = left;
                }
            }
        }
    }
}

#[test]
fn bisection_returns_the_root_of_star() {
    for beta in BETAS {
        for (mu, l) in [(1e-9, 1.0), (0.01, 1.0), (0.5, 1.0), (1.0, 1.0), (0.3, 40.0)] {
            for nu in [1.0, beta] {
                let cap = Lyapunov::largest_cap(mu, l, beta, nu);
                assert!(cap > 0.0 && cap * l <= 1.0);
                let left = Lyapunov::condition(mu, l, beta, nu, cap);
                assert!(left <= 1.0);
                // At the root 1 is reached, unless the interval ends there: at aL = 1 for β = 0.
                assert!(left > 1.0 - 1e-9, "beta {beta}, mu {mu}, L {l}, nu {nu}: {left}");
                assert!(Lyapunov::new(mu, l, beta, nu, cap).is_ok());
                let refusal = Lyapunov::new(mu, l, beta, nu, 1.001 * cap).unwrap_err().to_string();
                let q = format!("q = aL = {:.3}", 1.001 * cap * l);
                assert!(refusal.contains(&q) && refusal.contains(&format!("beta = {beta}")), "{refusal}");
            }
        }
    }
    for cap in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(Lyapunov::new(0.1, 1.0, 0.9, 1.0, cap).is_err(), "{cap}");
    }
    // ω ≤ β: beyond the range of the theorem however small q is.
    assert_eq!(Lyapunov::condition(1.0, 1.0, 0.99, 1.0, 0.5), f64::INFINITY);
}

/// q* = (−1 + √(1 + 4k²))/(2k²), k = β/(1 − β), for μ/L → 0.
#[test]
fn largest_certified_steps_are_those_of_the_table() {
    for (beta, q) in BETAS.into_iter().zip([1.0, 0.618034, 0.220696, 0.105110, 0.051265, 0.010050]) {
        let cap = Lyapunov::largest_cap(1e-12, 1.0, beta, 1.0);
        assert_abs_diff_eq!(cap, q, epsilon = SIX_DIGITS);
        let k: f64 = beta / (1.0 - beta);
        if k > 0.0 {
            assert_relative_eq!(
                cap,
                (-1.0 + (1.0 + 4.0 * k * k).sqrt()) / (2.0 * k * k),
                max_relative = 1e-8
            );
        }
        // Any positive μ makes it smaller, and Nesterov's ν = β larger.
        assert!(Lyapunov::largest_cap(0.2, 1.0, beta, 1.0) <= cap);
        assert!(Lyapunov::largest_cap(1e-12, 1.0, beta, beta) >= cap);
    }
}

/// The two rows that were compared with the worst case of performance estimation.
#[test]
fn lyapunov_weights_and_factors_are_those_of_the_table() {
    for (mu, beta, a, weight, factor) in
        [(0.02, 0.9, 0.10408, 0.52640, 0.997918), (0.10, 0.5, 0.59663, 0.65495, 0.940337)]
    {
        // The printed a is rounded up in the last digit; (★) is attained there to that precision.
        assert_abs_diff_eq!(Lyapunov::largest_cap(mu, 1.0, beta, 1.0), a, epsilon = 5e-6);
        let constants = Lyapunov::new(mu, 1.0, beta, 1.0, a * (1.0 - 1e-4)).unwrap();
        assert_relative_eq!(constants.weight, weight, max_relative = 5e-4);
        assert_abs_diff_eq!(1.0 - mu * a, factor, epsilon = 1e-6);
        assert_relative_eq!(constants.potential(2.0, 3.0), 2.0 + 3.0 * constants.weight);
    }
}

/// Roots of z² − (1 + β − (1 − β)aλ)z + β by their definition, on a grid that reaches from slow to unstable.
#[test]
fn heavy_ball_radius_is_that_of_its_polynomial() {
    for beta in [0.0, 0.3, 0.5, 0.9, 0.99, 0.999] {
        for i in 1..400 {
            let a_lambda = f64::from(i) / 200.0 * stability::stability_limit(beta);
            let radius = stability::heavy_ball_radius(beta, a_lambda);
            let trace = 1.0 + beta - (1.0 - beta) * a_lambda;
            if trace * trace < 4.0 * beta {
                assert_eq!(radius, beta.sqrt());
            } else {
                // ±radius is a root, the sign that of the trace; the other root β/z is not larger.
                let z = radius * trace.signum();
                assert_abs_diff_eq!(z * z - trace * z + beta, 0.0, epsilon = 1e-12 * (1.0 + z * z));
                assert!(radius * radius >= beta * (1.0 - ROUNDING));
            }
            // At 200 the radius is 1 to rounding.
            assert!((radius < 1.0) == (i < 200) || i == 200, "beta {beta}, a lambda {a_lambda}: {radius}");
        }
        assert_abs_diff_eq!(stability::heavy_ball_radius(beta, 0.0), 1.0, epsilon = 1e-12);
        let limit = stability::stability_limit(beta);
        assert_abs_diff_eq!(stability::heavy_ball_radius(beta, limit), 1.0, epsilon = 1e-12);
        assert_eq!(stability::tail_factor(beta, 0.1, limit * 1.1), {
            stability::heavy_ball_radius(beta, limit * 1.1).powi(2)
        });
    }
    let limits = BETAS.map(stability::stability_limit);
    for (limit, expected) in limits.into_iter().zip([2.0, 6.0, 18.0, 38.0, 78.0, 398.0]) {
        assert_relative_eq!(limit, expected, max_relative = 1e-12);
    }
}

/// From x₀ = 1e-12 and x* = 0 (theory P2: a start further out freezes or passes through 0 by chance) the
/// optimizers shrink 1 % below the limit and grow 1 % above it.
#[test]
fn simulated_optimizers_change_sides_at_the_stability_limit() {
    const LAMBDA: f64 = 3.0;
    const START: f64 = 1e-12;
    // Zero gradients first, until bias correction is over. While it lasts the averages hardly average, and a
    // step near the limit multiplies x by 3e16 for β = 0.9, and by 1e185 for β = 0.99, before it begins to
    // shrink.
    const WARM_UP: usize = 4000;
    for beta in [0.0, 0.3, 0.5, 0.9, 0.99] {
        for (share, grows) in [(0.99, false), (1.01, true)] {
            let a = share * stability::stability_limit(beta) / LAMBDA;
            let mut optimizers: Vec<Box<dyn AnyOptimizer<f64>>> = Vec::new();
            let rule = Sgd { learning_rate: a * (1.0 - beta), momentum: beta, ..Sgd::default() };
            optimizers.push(boxed(rule, 1));
            for (epsilon, eps) in
                [(Epsilon::OutsideRoot, 1.0), (Epsilon::InsideRoot, 1.0), (Epsilon::Hat, 1.0)]
            {
                for bias_correction in [true, false] {
                    let betas = (beta, 0.9);
                    let rule =
                        Adam { learning_rate: a, betas, eps, epsilon, bias_correction, ..Adam::default() };
                    optimizers.push(boxed(rule, 1));
                }
            }
            for mut optimizer in optimizers {
                let mut x = [START];
                for _ in 0..WARM_UP {
                    optimizer.step(&mut x, &[0.0]).unwrap();
                }
                let (mut early, mut late) = (0.0f64, 0.0f64);
                const HALF: usize = 6000;
                for step in 0..2 * HALF {
                    let gradient = [LAMBDA * x[0]];
                    optimizer.step(&mut x, &gradient).unwrap();
                    // After the transient of the averages, and before it is large enough for v to matter.
                    if (HALF / 2..HALF).contains(&step) {
                        early = early.max(x[0].abs());
                    }
                    if (3 * HALF / 2..).contains(&step) {
                        late = late.max(x[0].abs());
                    }
                    if x[0].abs() > 1e-3 {
                        late = f64::INFINITY;
                        break;
                    }
                }
                assert_eq!(late > early, grows, "{optimizer:?}: {early:e}, then {late:e}");
            }
        }
    }
}

/// B4: from near the cycle RMSProp returns to it, to the last digits.
#[test]
fn rmsprop_is_attracted_by_its_cycle() {
    /// The theory asks for 1e-12.
    const CYCLE: f64 = 1e-12;
    for (learning_rate, eps, lambda, alpha) in
        [(0.1, 1e-3, 2.0, 0.5), (0.1, 1e-8, 2.0, 0.9), (1.0, 0.2, 1.0, 0.2), (0.01, 1e-4, 30.0, 0.9)]
    {
        for epsilon in [Epsilon::OutsideRoot, Epsilon::InsideRoot] {
            let (eps, cycle) = match epsilon {
                Epsilon::InsideRoot => {
                    let eps = eps * eps;
                    (eps, stability::rmsprop_cycle_inside(learning_rate, eps, lambda))
                }
                _ => (eps, stability::rmsprop_cycle_outside(learning_rate, eps, lambda)),
            };
            let cycle = cycle.expect("eta lambda > 2 eps");
            let mut optimizer =
                RmsProp { learning_rate, eps, epsilon, alpha, ..RmsProp::default() }.optimizer(1).unwrap();
            let mut x = [1.05 * cycle];
            for _ in 0..4000 {
                let gradient = [lambda * x[0]];
                optimizer.step(&mut x, &gradient).unwrap();
            }
            let before = x[0];
            let gradient = [lambda * before];
            optimizer.step(&mut x, &gradient).unwrap();
            assert_relative_eq!(x[0].abs(), cycle, max_relative = CYCLE);
            assert_relative_eq!(x[0], -before, max_relative = CYCLE);
        }
    }
    // Where the minimiser is stable there is no cycle.
    assert_eq!(stability::rmsprop_cycle_outside(0.1, 0.1, 2.0), None);
    assert_eq!(stability::rmsprop_cycle_inside(0.1, 0.01, 2.0), None);
}

#[test]
fn contractions_bound_count_and_settle() {
    let plain = Contraction::of_gap(0.9);
    assert_eq!(plain.floor(), 0.0);
    assert_relative_eq!(plain.bound(2.0, 10), 2.0 * 0.9f64.powi(10), max_relative = ROUNDING);
    let noisy = Contraction { factor: 0.9, noise: 0.01, prefactor: 3.0 };
    assert_relative_eq!(noisy.floor(), 0.1, max_relative = ROUNDING);
    assert_relative_eq!(noisy.bound(2.0, 0), 6.1, max_relative = ROUNDING);

    // The step count is the smallest one whose bound is at the target.
    for contraction in [plain, noisy, Contraction::of_gap(0.999), Contraction::of_gap(0.25)] {
        for target in [0.11, 0.5, 1.0, 1.99] {
            let steps = contraction.steps_to(2.0, target).unwrap() as usize;
            let roundings = 1.0 + 1e-12;
            assert!(
                contraction.bound(2.0, steps) <= target * roundings,
                "{contraction:?} to {target}: {steps}"
            );
            assert!(
                steps == 0 || contraction.bound(2.0, steps - 1) > target,
                "{contraction:?} to {target}: {steps}"
            );
        }
    }
    assert_eq!(plain.steps_to(1.0, 1.0), Some(0.0));
    assert_eq!(plain.steps_to(1.0, 5.0), Some(0.0));
    // Below the floor of noise, at 0, or without contraction: never.
    assert_eq!(noisy.steps_to(2.0, 0.1), None);
    assert_eq!(plain.steps_to(1.0, 0.0), None);
    assert_eq!(Contraction::of_gap(1.0).steps_to(1.0, 0.5), None);
    assert_eq!(Contraction::of_gap(1.2).steps_to(1.0, 0.5), None);
    assert_eq!(Contraction::of_gap(1.0).steps_to(1.0, 2.0), Some(0.0));
    // A factor of 0 arrives in one step, and not before.
    let at_once = Contraction::of_gap(0.0);
    assert_eq!((at_once.bound(2.0, 0), at_once.bound(2.0, 1)), (2.0, 0.0));
    assert_eq!(at_once.steps_to(2.0, 1.0), Some(1.0));
}

#[test]
fn rounding_follows_its_rule() {
    let rounding = Rounding::new(50.0, 0.0);
    // 1e-9 + 1e-13·‖y‖/‖r‖ with ‖y‖²/‖r‖² = scale/gap.
    assert_relative_eq!(rounding.tolerance(50.0), 1e-9 + 1e-13, max_relative = 1e-12);
    assert_relative_eq!(rounding.tolerance(50.0 * 1e-12), 1e-9 + 1e-7, max_relative = 1e-9);
    assert_relative_eq!(rounding.floor(), 100.0 * f64::EPSILON * 50.0);
    // Cancellation in f − f*.
    let offset = Rounding::new(50.0, 20.0);
    let cancellation = offset.tolerance(1e-10) - rounding.tolerance(1e-10);
    assert_relative_eq!(cancellation, 8.0 * f64::EPSILON * 20.0 / 1e-10, max_relative = 1e-6);
    assert!(offset.value_error(20.0) >= 16.0 * f64::EPSILON * 20.0);
    // A start at the minimum of an objective with f* ≠ 0 has a floor all the same.
    assert!(Rounding::new(0.0, -3.0).floor() > 0.0);
    for gap in [1e-3, 1e-6, 1e-9] {
        assert!(rounding.tolerance(gap) > rounding.tolerance(2.0 * gap));
    }
}
