//! Comparisons that say what differs and where: in bits, and in units of a stated bound.

use std::fmt::Display;

use gradus_tensor::{Real, Tensor};

/// Equal bits; all NaN count as one.
fn same<T: Real>(a: T, b: T) -> bool {
    (a.is_nan() && b.is_nan()) || a.to_f64().to_bits() == b.to_f64().to_bits()
}

/// Requires the same shape and, element for element, the same bits (all NaN count as one; −0 is not 0).
///
/// # Panics
/// When they differ; the text names the first place.
#[track_caller]
pub fn assert_same_bits<T: Real>(found: &Tensor<T>, expected: &Tensor<T>, context: impl Display) {
    assert!(
        found.shape() == expected.shape(),
        "{context}: shape {}, not {}",
        found.shape(),
        expected.shape()
    );
    for (i, (found, expected)) in found.to_vec().into_iter().zip(expected.to_vec()).enumerate() {
        assert!(same(found, expected), "{context}: element {i} is {found:?}, not {expected:?}");
    }
}

/// Requires the same shape and |found − expected| ≤ bound, element for element.
///
/// # Panics
/// When they differ by more or a difference is NaN; the text names the first place.
#[track_caller]
pub fn assert_within<T: Real>(
    found: &Tensor<T>,
    expected: &Tensor<T>,
    bound: &Tensor<T>,
    context: impl Display,
) {
    assert!(
        found.shape() == expected.shape(),
        "{context}: shape {}, not {}",
        found.shape(),
        expected.shape()
    );
    assert!(bound.shape() == expected.shape(), "{context}: bound of shape {}", bound.shape());
    let elements = found.to_vec().into_iter().zip(expected.to_vec()).zip(bound.to_vec());
    for (i, ((found, expected), bound)) in elements.enumerate() {
        let error = (found - expected).abs();
        assert!(
            error <= bound,
            "{context}: element {i} is {found}, not {expected}: off by {error} > {bound}"
        );
    }
}

/// The number of representable values between two numbers: 0 for equal ones (and for 0 and −0), 1 for
/// neighbours; `u64::MAX` if just one of them is NaN.
pub fn ulps<T: Real>(a: T, b: T) -> u64 {
    if a == b || (a.is_nan() && b.is_nan()) {
        return 0;
    }
    if a.is_nan() || b.is_nan() {
        return u64::MAX;
    }
    // The bits of a float, read as sign and magnitude, count the values from 0.
    let position = |x: T| {
        let magnitude = if T::DTYPE == "float32" {
            i128::from((x.to_f64() as f32).abs().to_bits())
        } else {
            i128::from(x.to_f64().abs().to_bits())
        };
        if x < T::zero() { -magnitude } else { magnitude }
    };
    u64::try_from((position(a) - position(b)).abs()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ulps_count_representable_values() {
        assert_eq!(ulps(1.0, 1.0 + f64::EPSILON), 1);
        assert_eq!(ulps(1.0f32, 1.0 - f32::EPSILON), 2);
        assert_eq!(ulps(0.0, -0.0), 0);
        assert_eq!(ulps(f64::from_bits(3), -f64::from_bits(2)), 5);
        assert_eq!(ulps(f32::MAX, f32::INFINITY), 1);
        assert_eq!(ulps(f64::NAN, f64::NAN), 0);
        assert_eq!(ulps(f64::NAN, 1.0), u64::MAX);
    }

    #[test]
    fn zeros_of_different_sign_differ_in_bits() {
        assert!(same(f32::NAN, -f32::NAN));
        assert!(!same(0.0, -0.0));
    }

    #[test]
    #[should_panic(expected = "sum: element 1 is 3, not 2: off by 1 > 0.5")]
    fn a_difference_names_its_place() {
        let [found, expected] = [[1.0, 3.0], [1.0, 2.0]].map(|row| Tensor::<f64>::vector(&row));
        assert_within(&found, &expected, &Tensor::full([2], 0.5), "sum");
    }
}
