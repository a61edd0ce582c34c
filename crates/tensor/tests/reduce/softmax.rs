//! Softmax, its logarithm, and the logarithm of sums of exponentials.

use gradus_tensor::{Real, Rng, Tensor};
use gradus_testkit::generate::{self, LIES};
use gradus_testkit::naive;
use gradus_testkit::settings::for_each_setting;

use crate::axes::widened;
use crate::settled;

/// In units of the roundoff of the result: exp and its argument, the sum, the quotient.
const ROUNDINGS: f64 = 40.0;

fn check<T: Real>(x: &Tensor<T>, context: &str) {
    let exact = widened(x);
    let unit = T::EPSILON.to_f64() / 2.0;
    for axis in (0..x.rank()).filter(|&axis| x.shape()[axis] > 0) {
        let context = format!("{context}, {} along {axis}", T::DTYPE);
        let logs = naive::fold_axes(&exact, &[axis], |run| {
            let largest = run.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            largest + run.iter().map(|x| (x - largest).exp()).sum::<f64>().ln()
        });
        let logs = logs.unsqueeze(axis);
        let (softmax, log_softmax) =
            (settled(x, &context, |x| x.softmax(axis)), settled(x, &context, |x| x.log_softmax(axis)));
        let span = x.to_vec().into_iter().fold(1.0, |span, x| f64::max(span, x.to_f64().abs()));
        for index in naive::indices(&x.shape()) {
            let expected = exact.at(&index) - naive::at_broadcast(&logs, &index);
            let found = log_softmax.at(&index).to_f64();
            let bound = ROUNDINGS * unit * (2.0 * span + expected.abs());
            assert!((found - expected).abs() <= bound, "{context}: log {found}, not {expected}");
            let found = softmax.at(&index).to_f64();
            let bound = ROUNDINGS * unit * span * expected.exp() + f64::from(f32::MIN_POSITIVE);
            assert!((found - expected.exp()).abs() <= bound, "{context}: {found}, not {}", expected.exp());
        }
    }
}

fn check_all<T: Real>() {
    let mut rng = Rng::new(10);
    for shape in [&[1][..], &[7], &[40], &[0, 3], &[5, 4], &[3, 40], &[40, 3], &[2, 9, 12], &[2, 3, 4, 5]] {
        for lie in LIES {
            check::<T>(&generate::tensor(&mut rng, shape, -5.0..5.0, lie), &format!("{shape:?}, {lie:?}"));
        }
    }
    for shape in [&[9000][..], &[3, 5000], &[5000, 3], &[400, 700], &[2, 300, 300]] {
        check::<T>(&rng.uniform(shape, -30.0, 30.0), &format!("{shape:?}"));
    }
}

#[test]
fn softmax_equals_its_twin_f32() {
    check_all::<f32>();
}

#[test]
fn softmax_equals_its_twin_f64() {
    check_all::<f64>();
}

#[test]
fn softmax_at_corners() {
    let inf = f64::INFINITY;
    let nan = f64::NAN;
    for (elements, expected) in [
        (&[1000.0, 1000.0][..], &[0.5, 0.5][..]),
        (&[-1e300, 0.0], &[0.0, 1.0]),
        (&[-inf, 0.0], &[0.0, 1.0]),
        (&[-inf, -inf], &[nan, nan]),
        (&[inf, 0.0], &[nan, nan]),
        (&[nan, 0.0], &[nan, nan]),
        (&[-5e4], &[1.0]),
    ] {
        let column = Tensor::from_fn([elements.len(), 9], |i| elements[i / 9]);
        for_each_setting(|setting| {
            let softmax = column.softmax(0);
            let log = column.log_softmax(0);
            let row = Tensor::vector(elements).softmax(0);
            for (i, &expected) in expected.iter().enumerate() {
                for found in [softmax.at(&[i, 0]), softmax.at(&[i, 8]), row.at(&[i]), log.at(&[i, 3]).exp()] {
                    let same = found == expected || (found.is_nan() && expected.is_nan());
                    assert!(same, "softmax of {elements:?}: {found} at {i}, {setting}");
                }
            }
        });
    }
    let far = Tensor::vector(&[0.0f32, 200.0]).log_softmax(0);
    assert_eq!(far.to_vec(), [-200.0, 0.0], "where softmax underflows");
}
