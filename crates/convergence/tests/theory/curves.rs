//! Fits of measured curves: rates where there are rates, and nothing where there are none.

use approx::assert_relative_eq;
use gradus_convergence::fit::{self, MIN_SEEDS, Shape};
use gradus_tensor::Rng;

/// ln of a few roundings.
const EXACT: f64 = 1e-12;

const SEEDS: u64 = 20;

type Curve = Vec<(usize, f64)>;

type Law = fn(f64) -> f64;

fn curve(points: usize, gap: impl Fn(f64) -> f64) -> Curve {
    (0..points).map(|t| (t, gap(t as f64))).collect()
}

/// The curve times exp(deviation·N(0, 1)) at every point.
fn with_noise(mut curve: Curve, deviation: f64, seed: u64) -> Curve {
    let noise = Rng::new(seed).normal::<f64>([curve.len()]).to_vec();
    curve.iter_mut().zip(noise).for_each(|(point, noise)| point.1 *= (deviation * noise).exp());
    curve
}

#[test]
fn the_tail_of_an_exponential_is_its_factor() {
    for factor in [0.1, 0.5, 0.9, 0.99, 0.9999] {
        for scale in [1e-200, 1.0, 1e200] {
            let points = (20.0 / -f64::ln(factor)).ceil() as usize + 20;
            let fit = fit::tail(&curve(points, |t| scale * f64::powf(factor, t)), 0.0).unwrap();
            for found in [fit.factor, fit.low, fit.median, fit.high] {
                // ln D is rounded at |ln D| ≤ 470, and the factor is its slope.
                assert_relative_eq!(found, factor, max_relative = EXACT * (1.0 + f64::ln(scale).abs()));
            }
            assert_eq!(fit.to, points - 1);
            assert!(fit.from < fit.to);
        }
    }
}

/// Only the last fifth of the decades counts: there the slow mode is alone.
#[test]
fn the_tail_of_two_rates_is_the_slow_one() {
    for (fast, slow, share) in [(0.5, 0.9, 1e-3), (0.9, 0.99, 1.0), (0.2, 0.95, 1e-6)] {
        let curve = curve(3000, |t| f64::powf(fast, t) + share * f64::powf(slow, t));
        let fit = fit::tail(&curve, 1e-30).unwrap();
        assert_relative_eq!(fit.factor, slow, max_relative = 1e-9);
        assert!(fit.low <= fit.median && fit.median <= fit.high);
    }
}

#[test]
fn what_is_below_the_floor_is_ignored() {
    let mut curve = curve(400, |t| f64::powf(0.9, t));
    curve.iter_mut().for_each(|(_, gap)| *gap = gap.max(1e-10));
    let fit = fit::tail(&curve, 1.001e-10).unwrap();
    assert_relative_eq!(fit.factor, 0.9, max_relative = EXACT);
    assert!(curve[fit.to].1 > 1e-10);
    assert_eq!(fit::tail(&curve, 2.0), None);
}

/// Steps need not be consecutive.
#[test]
fn thinned_curves_have_the_same_rate() {
    let curve: Curve = curve(3000, |t| f64::powf(0.98, t)).into_iter().step_by(37).collect();
    assert_relative_eq!(fit::tail(&curve, 0.0).unwrap().factor, 0.98, max_relative = EXACT);
}

/// Momentum with complex roots: D oscillates under its envelope.
#[test]
fn oscillating_curves_are_fitted_through_their_peaks() {
    for (radius, frequency) in [(0.95f64, 0.31), (0.99, 0.05), (0.9, 1.1)] {
        let points = (30.0 / -radius.ln()) as usize;
        let curve = curve(points, |t| radius.powf(2.0 * t) * (1.5 + (frequency * t).cos()));
        let peaks = fit::peaks(&curve);
        assert!(peaks.len() >= 4 && peaks.len() < curve.len() / 2);
        for window in peaks.windows(2) {
            assert!(window[0].0 < window[1].0);
        }
        let fit = fit::tail(&peaks, 0.0).unwrap();
        // Peaks sit on whole steps, up to half a step beside those of the cosine.
        assert_relative_eq!(fit.factor.ln(), 2.0 * radius.ln(), max_relative = 0.02);
    }
    let straight = curve(100, |t| f64::powf(0.9, t));
    assert_eq!(fit::peaks(&straight), straight);
}

#[test]
fn linear_then_flat_curves_have_a_floor() {
    for seed in 0..SEEDS {
        for (factor, level) in [(0.9, 1e-4), (0.98, 1e-6), (0.95, 1e-2)] {
            for deviation in [0.05, 0.5] {
                let curve = with_noise(curve(1500, |t| f64::powf(factor, t) + level), deviation, seed);
                let found = fit::floor(&curve).unwrap_or_else(|| panic!("{factor}, {level}, seed {seed}"));
                // The geometric mean of noise with median 1; the bend adds a little.
                assert_relative_eq!(found.ln(), f64::ln(level), epsilon = 0.2);
            }
        }
    }
}

#[test]
fn curves_that_keep_falling_have_no_floor() {
    let laws: [(&str, Law); 8] = [
        ("t^-1/2", |t| (1.0 + t).powf(-0.5)),
        ("t^-1", |t| 1.0 / (1.0 + t)),
        ("t^-2", |t| (1.0 + t).powi(-2)),
        ("t^-4", |t| (1.0 + t).powi(-4)),
        ("0.985^t", |t| 0.985f64.powf(t)),
        ("exp(-sqrt t)", |t| (-t.sqrt()).exp()),
        // Stochastic AdaGrad with noise (theory C5): fast at first, and then like t^(-1/2).
        ("0.95^t + t^-1/2", |t| 0.95f64.powf(t) + 0.01 * (1.0 + t).powf(-0.5)),
        ("0.9^t + 0.999^t", |t| 0.9f64.powf(t) + 0.01 * 0.999f64.powf(t)),
    ];
    for (name, law) in laws {
        for deviation in [0.0, 0.05, 0.3] {
            for seed in 0..SEEDS {
                let curve = with_noise(curve(2000, law), deviation, seed);
                assert_eq!(fit::floor(&curve), None, "{name}, noise {deviation}, seed {seed}");
            }
        }
    }
}

/// Noise around a constant is not a floor that was reached: nothing has come down.
#[test]
fn flat_noise_has_no_floor() {
    for seed in 0..SEEDS {
        assert_eq!(fit::floor(&with_noise(curve(500, |_| 1.0), 0.3, seed)), None, "seed {seed}");
    }
}

#[test]
fn shapes_are_recognised_with_and_without_noise() {
    let cases: [(Shape, usize, Law); 8] = [
        (Shape::Linear, 600, |t| f64::powf(0.97, t)),
        (Shape::Linear, 3000, |t| f64::powf(0.995, t)),
        (Shape::Linear, 300, |t| f64::powf(0.5, t) + f64::powf(0.9, t)),
        (Shape::Power, 3000, |t| (1.0 + t).powf(-1.0)),
        (Shape::Power, 3000, |t| (1.0 + t).powf(-2.0)),
        (Shape::Power, 3000, |t| 1.0 / (1.0 + t).powi(4)),
        (Shape::StretchedExponential, 3000, |t| (-0.3 * t.sqrt()).exp()),
        (Shape::StretchedExponential, 3000, |t| (-0.8 * t.sqrt()).exp()),
    ];
    for (index, (shape, points, law)) in cases.into_iter().enumerate() {
        assert_eq!(fit::shape(&curve(points, law), 0.0), shape, "case {index}");
        for seed in 0..SEEDS {
            let noisy = with_noise(curve(points, law), 0.2, seed);
            assert_eq!(fit::shape(&noisy, 0.0), shape, "case {index}, seed {seed}");
        }
    }
}

/// A two-rate sum that is still bending is described as what it looks like, never as more than that; and once
/// the slow rate is alone, as linear.
#[test]
fn short_or_flat_curves_have_no_shape() {
    assert_eq!(fit::shape(&curve(5, |t| f64::powf(0.1, t)), 0.0), Shape::Undetermined);
    assert_eq!(fit::shape(&curve(500, |t| 1.0 - 1e-3 * t), 0.0), Shape::Undetermined);
    assert_eq!(fit::shape(&curve(500, |t| f64::powf(0.97, t)), 10.0), Shape::Undetermined);
}

/// 95 % of the intervals contain the mean; 400 draws give 95 ± 2.2 % (two deviations).
#[test]
fn seed_intervals_cover_the_mean() {
    for n in [10, 15, 30] {
        let mut covered = 0;
        const DRAWS: u64 = 400;
        for seed in 0..DRAWS {
            let values: Vec<f64> = Rng::new(seed)
                .split(&n.to_string())
                .normal::<f64>([n])
                .to_vec()
                .iter()
                .map(|z| 3.0 + 2.0 * z)
                .collect();
            let interval = fit::seed_interval(&values).unwrap();
            assert!(interval.low < interval.mean && interval.mean < interval.high);
            covered += usize::from(interval.low <= 3.0 && 3.0 <= interval.high);
        }
        let share = covered as f64 / DRAWS as f64;
        assert!((0.92..0.98).contains(&share), "{n} seeds: {share}");
    }
}

/// Two-sided 95 % quantiles of Student's t, from tables.
#[test]
fn seed_intervals_use_student_quantiles() {
    for (n, quantile) in
        [(10, 2.262), (11, 2.228), (15, 2.145), (16, 2.131), (21, 2.086), (31, 2.042), (121, 1.980)]
    {
        let values: Vec<f64> = (0..n).map(|i| i as f64).collect();
        let mean = (n - 1) as f64 / 2.0;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1) as f64;
        let interval = fit::seed_interval(&values).unwrap();
        let found = (interval.high - mean) / (variance / n as f64).sqrt();
        // Never too narrow by more than the digits of the table, too wide by at most 0.01.
        assert!(found > quantile - 1e-3 && found < quantile + 1.1e-2, "{n}: {found}");
    }
}

#[test]
fn few_seeds_have_no_interval() {
    for n in 0..MIN_SEEDS {
        assert_eq!(fit::seed_interval(&vec![1.0; n]), None);
    }
    let interval = fit::seed_interval(&[0.5; MIN_SEEDS]).unwrap();
    assert_eq!((interval.low, interval.mean, interval.high), (0.5, 0.5, 0.5));
}

#[test]
fn degenerate_curves_neither_panic_nor_have_a_rate() {
    let straight = curve(60, |t| f64::powf(0.8, t));
    let with = |at: usize, gap: f64| {
        let mut curve = straight.clone();
        curve[at].1 = gap;
        curve
    };
    let nothing: [(&str, Curve); 8] = [
        ("empty", vec![]),
        ("one point", vec![(0, 1.0)]),
        ("two points", vec![(0, 1.0), (1, 0.5)]),
        ("constant", curve(100, |_| 1.0)),
        ("increasing", curve(100, |t| f64::powf(1.1, t))),
        ("NaN", curve(100, |_| f64::NAN)),
        ("zero", curve(100, |_| 0.0)),
        ("negative", curve(100, |t| -t - 1.0)),
    ];
    for (name, curve) in nothing {
        assert_eq!(fit::tail(&curve, 0.0), None, "{name}");
        assert_eq!(fit::floor(&curve), None, "{name}");
        assert_eq!(fit::shape(&curve, 0.0), Shape::Undetermined, "{name}");
        let _ = fit::peaks(&curve);
    }
    // A bad gap ends the curve; what comes before it is used.
    for gap in [f64::NAN, f64::INFINITY, 0.0, -1.0, f64::NEG_INFINITY] {
        let curve = with(40, gap);
        let fit = fit::tail(&curve, 0.0).unwrap();
        assert_relative_eq!(fit.factor, 0.8, max_relative = EXACT);
        assert!(fit.to < 40);
        assert_eq!(fit::shape(&curve, 0.0), Shape::Linear);
        assert_eq!(fit::tail(&with(0, gap), 0.0), None, "{gap}");
        let _ = (fit::floor(&curve), fit::peaks(&curve));
    }
    for floor in [f64::NAN, f64::INFINITY] {
        assert_eq!(fit::tail(&straight, floor), None);
        assert_eq!(fit::shape(&straight, floor), Shape::Undetermined);
    }
    // Repeated steps and ranges that overflow are nonsense, but no reason to panic.
    let repeated: Curve = straight.iter().map(|&(_, gap)| (7, gap)).collect();
    let _ = (fit::tail(&repeated, 0.0), fit::floor(&repeated), fit::shape(&repeated, 0.0));
    let extreme = curve(60, |t| 1e300 * f64::powf(1e-10, t));
    let _ = (fit::tail(&extreme, 0.0), fit::floor(&extreme), fit::shape(&extreme, 0.0));
    let _ = fit::line(&[]);
}
