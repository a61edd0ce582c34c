//! Batches of finite sums: single samples, repeats, everything, and labels that contradict each other.

use gradus_losses::{Batch, LeastSquares, Objective};
use gradus_tensor::{Rng, Tensor};

use crate::cases::{Case, ROUNDING, cases, evaluate, norm, plus, synthetic};

/// The mean over single samples, one evaluation each.
fn mean_of(case: &Case, x: &[f64], rows: &[usize]) -> (f64, Vec<f64>) {
    let part = 1.0 / rows.len() as f64;
    rows.iter().fold((0.0, vec![0.0; x.len()]), |(value, gradient), &i| {
        let (sample, slope) = evaluate(&*case.objective, x, Batch::Indices(&[i]));
        (value + part * sample, plus(&gradient, part, &slope))
    })
}

#[track_caller]
fn assert_same(case: &Case, x: &[f64], found: &(f64, Vec<f64>), expected: &(f64, Vec<f64>)) {
    let l_max = case.objective.constants().sample_smoothness.value().expect("known");
    let scale = norm(&expected.1) + l_max * (1.0 + norm(x));
    assert!((found.0 - expected.0).abs() <= ROUNDING * (expected.0 + scale), "{}: value", case.name);
    assert!(norm(&plus(&found.1, -1.0, &expected.1)) <= ROUNDING * scale, "{}: gradient", case.name);
}

#[test]
fn batches_are_means_of_their_samples() {
    let mut rng = Rng::new(7);
    for case in cases() {
        let n = case.objective.samples();
        let all: Vec<usize> = (0..n).collect();
        let repeats: Vec<usize> = (0..2 * n + 1).map(|_| rng.index(n)).collect();
        for x in case.points().into_iter().take(8) {
            let full = case.evaluate(&x);
            assert_same(&case, &x, &mean_of(&case, &x, &all), &full);
            let shuffled = rng.permutation(n);
            assert_same(&case, &x, &evaluate(&*case.objective, &x, Batch::Indices(&shuffled)), &full);
            let found = evaluate(&*case.objective, &x, Batch::Indices(&repeats));
            assert_same(&case, &x, &found, &mean_of(&case, &x, &repeats));
        }
    }
}

#[test]
fn a_batch_of_one_takes_the_same_values_as_the_general_path() {
    for case in cases() {
        let x = &case.points()[0];
        for i in 0..case.objective.samples() {
            let one = evaluate(&*case.objective, x, Batch::Indices(&[i]));
            assert_same(&case, x, &evaluate(&*case.objective, x, Batch::Indices(&[i, i, i])), &one);
        }
    }
}

#[test]
fn an_empty_batch_has_no_mean() {
    let objective = synthetic();
    let x = objective.start().as_slice().to_vec();
    assert!(evaluate(&objective, &x, Batch::Indices(&[])).0.is_nan());
}

#[test]
fn an_index_beyond_the_samples_panics() {
    let objective = synthetic();
    let x = objective.start().as_slice().to_vec();
    for rows in [&[6][..], &[0, 6]] {
        let outcome = std::panic::catch_unwind(|| evaluate(&objective, &x, Batch::Indices(rows)));
        assert!(outcome.is_err(), "{rows:?}");
    }
}

#[test]
fn contradictory_labels_lift_f_and_leave_its_shape() {
    // Labels of size about 3, so that y ± noise and back are rounded to 1e-15.
    let original = synthetic().named("original");
    for noise in [0.25, 0.75, -10.0] {
        let noisy = original.with_contradictory_labels(noise).expect("finite noise");
        let (known, lifted) = (original.constants(), noisy.constants());
        assert_eq!((noisy.samples(), original.samples()), (12, 6));
        assert_eq!(lifted.mu, known.mu);
        assert_eq!(lifted.smoothness, known.smoothness);
        assert_eq!(lifted.sample_smoothness, known.sample_smoothness);
        assert!(known.interpolation && !lifted.interpolation);
        let floor = 0.5 * noise * noise;
        let infimum = lifted.infimum.value().expect("known");
        assert!((infimum - floor).abs() <= 100.0 * f64::EPSILON * (floor + noise.abs()), "f* = {infimum}");
        assert_eq!(noisy.name(), "original");
        assert_eq!(noisy.start().as_slice(), original.start().as_slice());
        let mut rng = Rng::new(8);
        for _ in 0..20 {
            let x = rng.normal::<f64>([15]).to_vec();
            let (f, g) = evaluate(&original, &x, Batch::Full);
            let (lifted, slope) = evaluate(&noisy, &x, Batch::Full);
            assert!((lifted - (f + floor)).abs() <= ROUNDING * lifted, "{lifted}, not {f} + {floor}");
            assert!(norm(&plus(&slope, -1.0, &g)) <= ROUNDING * (norm(&g) + 50.0));
        }
        // The second moment of the samples at a minimiser is that of the noise alone: noise²·mean ‖xᵢ‖².
        let minimiser = noisy.nearest_minimiser(&[0.0; 15]).expect("a closed form");
        let squares = (0..12).map(|i| norm(&evaluate(&noisy, &minimiser, Batch::Indices(&[i])).1).powi(2));
        let expected = noise * noise * original.design().square().sum().item() / 6.0;
        assert!((squares.sum::<f64>() / 12.0 - expected).abs() <= 1e-10 * expected);
    }
}

#[test]
fn labels_without_noise_do_not_contradict() {
    let doubled = synthetic().with_contradictory_labels(0.0).expect("finite noise").constants();
    assert!(doubled.interpolation);
    assert_eq!(doubled.infimum.value(), Some(0.0));
}

/// Twice as many rows may be more than there are columns: the other Gram matrix, the same constants.
#[test]
fn contradictory_labels_across_the_square_shape() {
    let original: LeastSquares<f64> =
        LeastSquares::new(Rng::new(9).normal([5, 7]), Tensor::ones([5])).expect("a valid problem");
    let noisy = original.with_contradictory_labels(2.0).expect("finite noise");
    assert_eq!(noisy.constants().mu, original.constants().mu);
    assert!((noisy.constants().infimum.value().expect("known") - 2.0).abs() <= ROUNDING);
    let independent = LeastSquares::new(noisy.design().clone(), noisy.labels().clone());
    let (found, expected) = (independent.expect("a valid problem").constants(), noisy.constants());
    for (found, expected) in [(found.mu, expected.mu), (found.smoothness, expected.smoothness)] {
        let [found, expected] = [found, expected].map(|constant| constant.value().expect("known"));
        assert!((found / expected - 1.0).abs() < 1e-11, "{found}, {expected}");
    }
}
