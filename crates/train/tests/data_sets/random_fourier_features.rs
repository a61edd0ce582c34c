//! Features whose inner products are a kernel.

use gradus_tensor::{Rng, Tensor};
use gradus_train::RandomFourierFeatures;

/// Rounding of a sum of squares of D cosines and sines.
const ROUNDING: f64 = 1e-13;

/// Standard errors within which all of some hundred inner products lie: 6σ, a chance of 1e-7 for a new seed.
const STANDARD_ERRORS: f64 = 6.0;

fn features(inputs: usize, count: usize, length_scale: f64, seed: u64) -> RandomFourierFeatures {
    RandomFourierFeatures::new(inputs, count, length_scale, seed).expect("valid settings")
}

#[test]
fn rows_have_norm_1() {
    let data: Tensor<f64> = Rng::new(1).normal([20, 3]) * 10.0;
    for count in [2, 8, 1000] {
        let lifted = features(3, count, 0.7, 2).transform(&data).expect("the shape");
        assert_eq!(lifted.shape()[..], [20, count]);
        for square in lifted.square().sum_axes(&[1]).to_vec() {
            assert!((square - 1.0).abs() < ROUNDING, "{square}");
        }
    }
}

/// An inner product is a mean of D/2 cosines of variance ½(1 − k²)² (Sutherland and Schneider 2015), k the
/// kernel.
#[test]
fn inner_products_are_the_gaussian_kernel() {
    const COUNT: usize = 4000;
    let data: Tensor<f64> = Rng::new(3).normal([15, 2]);
    for length_scale in [0.5, 1.0, 3.0] {
        let lifted = features(2, COUNT, length_scale, 4).transform(&data).expect("the shape");
        let gram = lifted.matmul(&lifted.t());
        for i in 0..15 {
            for j in 0..15 {
                let distance_sq = (&data.row(i) - &data.row(j)).square().sum().item();
                let kernel = (-distance_sq / (2.0 * length_scale * length_scale)).exp();
                let deviation = (1.0 - kernel * kernel) / (COUNT as f64).sqrt();
                let off = (gram.at(&[i, j]) - kernel).abs();
                assert!(off <= STANDARD_ERRORS * deviation + ROUNDING, "{i}, {j}: {off} from {kernel}");
            }
        }
    }
}

#[test]
fn a_seed_fixes_the_features() {
    let data: Tensor<f64> = Rng::new(5).normal([4, 3]);
    let lift = |seed, rows: &Tensor<f64>| features(3, 10, 1.0, seed).transform(rows).expect("the shape");
    assert_eq!(lift(1, &data), lift(1, &data));
    assert_ne!(lift(1, &data), lift(2, &data));
    // A row does not depend on the others.
    for i in 0..4 {
        let row = lift(1, &data.narrow(0, i, 1)).to_vec();
        for (found, expected) in row.into_iter().zip(lift(1, &data).row(i).to_vec()) {
            assert!((found - expected).abs() < ROUNDING);
        }
    }
    assert_eq!(lift(1, &data.narrow(0, 0, 0)).shape()[..], [0, 10]);
}

/// The first half of the features are cosines, the second half the sines of the same phases.
#[test]
fn zero_has_cosines_1_and_sines_0() {
    let lifted = features(2, 8, 1.0, 6).transform(&Tensor::zeros([1, 2])).expect("the shape");
    assert_eq!(lifted.to_vec(), [0.5, 0.5, 0.5, 0.5, 0.0, 0.0, 0.0, 0.0]);
}

#[test]
fn senseless_settings_are_refused() {
    let pairs = "but features come in pairs of a cosine and a sine, at least one pair";
    let scale = "but it must be positive and finite";
    for (count, length_scale, expected) in [
        (7, 1.0, format!("number of features = 7, {pairs}")),
        (0, 1.0, format!("number of features = 0, {pairs}")),
        (8, 0.0, format!("length scale = 0, {scale}")),
        (8, -1.0, format!("length scale = -1, {scale}")),
        (8, f64::NAN, format!("length scale = NaN, {scale}")),
        (8, f64::INFINITY, format!("length scale = inf, {scale}")),
    ] {
        let error = RandomFourierFeatures::new(3, count, length_scale, 1).map(drop).expect_err(&expected);
        assert_eq!(error.to_string(), expected);
    }
    let lift = features(3, 8, 1.0, 1);
    for (data, shape) in [(Tensor::zeros([4, 2]), "[4, 2]"), (Tensor::zeros([3]), "[3]")] {
        let error = lift.transform(&data).map(drop).expect_err(shape);
        assert_eq!(error.to_string(), format!("random Fourier features: got shape {shape}, [n, 3] expected"));
    }
}
