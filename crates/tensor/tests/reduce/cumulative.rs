//! Cumulative sums and products.

use gradus_tensor::{Real, Rng, Tensor};
use gradus_testkit::generate::{self, LIES};
use gradus_testkit::naive;

use crate::axes::widened;
use crate::settled;

fn check<T: Real>(x: &Tensor<T>, context: &str) {
    let exact = widened(x);
    let unit = T::EPSILON.to_f64() / 2.0;
    for axis in 0..x.rank() {
        let context = format!("{context}, {} along {axis}", T::DTYPE);
        let sums = settled(x, &context, |x| x.cumsum(axis));
        let products = settled(x, &context, |x| x.cumprod(axis));
        let shape = x.shape();
        for mut index in naive::indices(&shape).into_iter().filter(|index| index[axis] == 0) {
            let (mut sum, mut magnitude, mut product) = (0.0, 0.0, 1.0);
            for i in 0..shape[axis] {
                index[axis] = i;
                let value = exact.at(&index);
                (sum, magnitude, product) = (sum + value, magnitude + value.abs(), product * value);
                let bound = 1.01 * unit * (17.0 + i as f64 / 16.0) * magnitude;
                let found = sums.at(&index).to_f64();
                assert!((found - sum).abs() <= bound, "{context}: sum of {} is {found}, not {sum}", i + 1);
                let bound = 1.01 * unit * (i + 1) as f64 * product.abs();
                let found = products.at(&index).to_f64();
                assert!((found - product).abs() <= bound, "{context}: product {found}, not {product}");
            }
        }
    }
}

fn check_all<T: Real>() {
    let mut rng = Rng::new(11);
    for shape in [&[1][..], &[7], &[40], &[0, 3], &[5, 4], &[3, 40], &[40, 3], &[2, 9, 12], &[2, 3, 4, 5]] {
        for lie in LIES {
            check::<T>(&generate::tensor(&mut rng, shape, 0.5..1.5, lie), &format!("{shape:?}, {lie:?}"));
        }
    }
    for shape in [&[1000][..], &[9, 700], &[700, 9], &[200, 1300], &[2, 300, 300]] {
        check::<T>(&rng.uniform(shape, 0.95, 1.05), &format!("{shape:?}"));
    }
}

#[test]
fn cumulative_sums_and_products_equal_their_twins_f32() {
    check_all::<f32>();
}

#[test]
fn cumulative_sums_and_products_equal_their_twins_f64() {
    check_all::<f64>();
}

#[test]
fn whole_numbers_add_without_rounding() {
    let n = 100_000;
    let sums = Tensor::<f64>::from_fn([n], |i| i as f64).cumsum(0);
    assert!((0..n).all(|i| sums.at(&[i]) == (i * (i + 1) / 2) as f64));
    let nan = Tensor::vector(&[1.0, f64::NAN, 2.0]).cumsum(0).to_vec();
    assert!(nan[0] == 1.0 && nan[1].is_nan() && nan[2].is_nan());
}
