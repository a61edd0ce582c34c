//! Scaling of columns.

use gradus_tensor::{Rng, Tensor};
use gradus_train::{DataError, Standardizer};

/// Rounding of means and variances of some hundreds of numbers.
const ROUNDING: f64 = 1e-12;

#[test]
fn columns_get_mean_0_and_variance_1() {
    let scales = Tensor::vector(&[1.0, 1e-6, 3e4, 0.1]);
    let shifts = Tensor::vector(&[0.0, 5.0, -1e4, 1.0]);
    let data: Tensor<f64> = Rng::new(1).normal([300, 4]) * scales + shifts;
    let scaled = Standardizer::fit(&data).and_then(|scaler| scaler.transform(&data)).expect("a matrix");
    assert_eq!(scaled.shape(), data.shape());
    let means = scaled.sum_axes(&[0]) / 300.0;
    let variances = scaled.square().sum_axes(&[0]) / 300.0;
    // The column of deviation 1e-6 around 5 has lost six digits.
    for (mean, variance) in means.to_vec().into_iter().zip(variances.to_vec()) {
        assert!(mean.abs() < 1e6 * ROUNDING, "{mean}");
        assert!((variance - 1.0).abs() < 1e6 * ROUNDING, "{variance}");
    }
    for column in [0, 2, 3] {
        assert!(means.at(&[column]).abs() < ROUNDING, "{means:?}");
        assert!((variances.at(&[column]) - 1.0).abs() < ROUNDING, "{variances:?}");
    }
}

#[test]
fn other_data_are_scaled_with_the_fitted_numbers() {
    // Mean 2 and deviation 1; mean 10 and deviation 5.
    let train = Tensor::from_rows([[1.0, 5.0], [3.0, 15.0]]);
    let test = Tensor::from_rows([[2.0, 0.0], [4.0, 10.0], [0.0, 30.0]]);
    let scaler = Standardizer::fit(&train).expect("a matrix");
    assert_eq!(scaler.transform(&train).expect("the shape").to_vec(), [-1.0, -1.0, 1.0, 1.0]);
    assert_eq!(scaler.transform(&test).expect("the shape").to_vec(), [0.0, -2.0, 2.0, 0.0, -2.0, 4.0]);
}

/// Ten times 0.1 has a mean that is not 0.1: the deviation from it must not be scaled to 1.
#[test]
fn constant_columns_become_exactly_0() {
    for value in [0.1, 0.7, 1.0 / 3.0, -1e300, 1e-300, 0.0] {
        for rows in [1, 3, 7, 10, 49] {
            let data = Tensor::from_fn([rows, 2], |i| if i % 2 == 0 { value } else { (i / 2) as f64 });
            let scaled = Standardizer::fit(&data).and_then(|scaler| scaler.transform(&data));
            match scaled {
                Ok(scaled) => assert!(
                    scaled.narrow(1, 0, 1).to_vec().iter().all(|&x| x == 0.0),
                    "{rows} times {value}: {scaled:?}"
                ),
                // The sum of ten times −1e300 is finite, the square of a rounding error of it is not.
                Err(error) => assert!(value == -1e300, "{rows} times {value}: {error}"),
            }
        }
    }
}

#[test]
fn shapes_and_numbers_that_do_not_fit_are_refused() {
    let fit = |data: &Tensor<f64>| Standardizer::fit(data).map(drop);
    let scaler = Standardizer::fit(&Tensor::from_rows([[1.0, 2.0], [2.0, 5.0]])).expect("a matrix");
    let transform = |data: &Tensor<f64>| scaler.transform(data).map(drop);
    let with = |value| Tensor::from_rows([[1.0, value], [2.0, 0.0]]);
    let table: [(Result<(), DataError>, &str); 8] = [
        (fit(&Tensor::zeros([0, 3])), "Standardizer::fit: got shape [0, 3], [n, d] with n > 0 expected"),
        (fit(&Tensor::zeros([3])), "Standardizer::fit: got shape [3], [n, d] with n > 0 expected"),
        (fit(&with(f64::NAN)), "variance of a column = NaN, but it must be finite"),
        (fit(&with(f64::INFINITY)), "variance of a column = NaN, but it must be finite"),
        (fit(&with(1e300)), "variance of a column = inf, but it must be finite"),
        (transform(&Tensor::zeros([4, 3])), "Standardizer::transform: got shape [4, 3], [n, 2] expected"),
        (transform(&Tensor::zeros([2])), "Standardizer::transform: got shape [2], [n, 2] expected"),
        (
            transform(&Tensor::zeros([2, 2, 2])),
            "Standardizer::transform: got shape [2, 2, 2], [n, 2] expected",
        ),
    ];
    for (outcome, expected) in table {
        assert_eq!(outcome.expect_err(expected).to_string(), expected);
    }
    assert!(transform(&Tensor::zeros([0, 2])).is_ok());
    assert!(fit(&Tensor::zeros([3, 0])).is_ok());
}
