//! The elementary functions: their error in ulp, their corner points, their symmetries, and the same bits at every
//! SIMD level.

use gradus_tensor::{Real, Scalar};
use gradus_testkit::accuracy::{FUNCTIONS, Function, error_in_ulps, golden};
use gradus_testkit::settings::under_each_setting;

const GOLDEN: &[u8] = include_bytes!("../golden/functions.bin");

/// Between the bit patterns that are tried in `f32`: a prime, so that all exponents and all low bits occur. The
/// example `ulp` tries all patterns.
const STRIDE: usize = 20_011;

/// An exponent with a result of every kind: of negative numbers, and of the whole range.
const EXPONENTS: [f32; 5] = [1.7, -0.3, 0.5, 3.0, -2.0];

/// Bit patterns over the whole range, both signs, all NaN.
fn patterns() -> Vec<f32> {
    (0..=u32::MAX).step_by(STRIDE).map(f32::from_bits).collect()
}

fn wide(x: &[f32]) -> Vec<f64> {
    x.iter().map(|&x| f64::from(x)).collect()
}

fn exponents(function: Function) -> &'static [f32] {
    if function.name == "powf" { &EXPONENTS } else { &EXPONENTS[..1] }
}

#[test]
fn f64_functions_are_as_accurate_as_stated() {
    let sections = golden(GOLDEN);
    for function in FUNCTIONS.into_iter().filter(|function| function.name != "rsqrt") {
        let (_, points) = sections.iter().find(|(name, _)| name == function.name).expect("a section");
        assert!(points.len() > 300, "{}: {} points", function.name, points.len());
        for point in points {
            let mut found = [0.0];
            (function.double)(&[point.x], point.exponent, &mut found);
            let error = error_in_ulps(found[0], point.value, point.rest);
            assert!(
                error <= function.ulps,
                "{} at {point:?}: {} is off by {error} ulp",
                function.name,
                found[0]
            );
        }
    }
}

/// Of `f32`, against the `f64` functions, which the golden points vouch for.
#[test]
fn f32_functions_are_as_accurate_as_stated() {
    let x = patterns();
    let (mut found, mut exact) = (vec![0.0; x.len()], vec![0.0; x.len()]);
    for function in FUNCTIONS {
        for &exponent in exponents(function) {
            (function.single)(&x, exponent, &mut found);
            (function.double)(&wide(&x), f64::from(exponent), &mut exact);
            for ((&x, &found), &exact) in x.iter().zip(&found).zip(&exact) {
                let error = error_in_ulps(found, exact, 0.0);
                assert!(
                    error <= function.ulps,
                    "{} of {x:e}, exponent {exponent}: {found:e} is off by {error} ulp",
                    function.name
                );
            }
        }
    }
}

/// Where the standard library has the function too, as a reference that shares no line with ours.
#[test]
fn f32_functions_agree_with_the_standard_library() {
    type Standard = fn(f64) -> f64;
    let standard: [(&str, Standard); 9] = [
        ("exp", f64::exp),
        ("exp_m1", f64::exp_m1),
        ("ln", f64::ln),
        ("ln_1p", f64::ln_1p),
        ("sin", f64::sin),
        ("cos", f64::cos),
        ("tan", f64::tan),
        ("tanh", f64::tanh),
        ("rsqrt", |x| 1.0 / x.sqrt()),
    ];
    let x = patterns();
    let mut found = vec![0.0; x.len()];
    for (name, exact) in standard {
        let function = FUNCTIONS.into_iter().find(|function| function.name == name).expect("a function");
        (function.single)(&x, 0.0, &mut found);
        for (&x, &found) in x.iter().zip(&found) {
            let error = error_in_ulps(found, exact(f64::from(x)), 0.0);
            assert!(error <= function.ulps, "{name} of {x:e}: {found:e} is off by {error} ulp");
        }
    }
}

#[test]
fn every_level_gives_the_same_bits() {
    // An odd length, so that the vector loop, its remainder and single elements all occur.
    let x = patterns();
    let mut doubles = wide(&x);
    doubles.extend((0..x.len() as u64).map(|i| f64::from_bits(i.wrapping_mul(0x9e37_79b9_7f4a_7c15))));
    assert_eq!(doubles.len() % 2, 0);
    doubles.pop();
    for function in FUNCTIONS {
        for &exponent in exponents(function) {
            let mut results = under_each_setting(|| {
                let (mut single, mut double) = (vec![0.0; x.len()], vec![0.0; doubles.len()]);
                (function.single)(&x, exponent, &mut single);
                (function.double)(&doubles, f64::from(exponent), &mut double);
                // The bits of NaN are not promised.
                let single = single.into_iter().map(|y| if y.is_nan() { f32::NAN } else { y }.to_bits());
                let double = double.into_iter().map(|y| if y.is_nan() { f64::NAN } else { y }.to_bits());
                (single.collect::<Vec<_>>(), double.collect::<Vec<_>>())
            });
            let (_, expected) = results.remove(0);
            for (setting, found) in results {
                assert!(found == expected, "{}, exponent {exponent}: {setting}", function.name);
            }
        }
    }
}

fn same<T: Real>(a: T, b: T) -> bool {
    (a.is_nan() && b.is_nan()) || a.to_f64().to_bits() == b.to_f64().to_bits()
}

/// f(x) and f(−x) for the patterns in both types.
fn with_mirror(name: &str, check: impl Fn(f64, f64, f64)) {
    let function = FUNCTIONS.into_iter().find(|function| function.name == name).expect("a function");
    let x = patterns();
    let mirrored: Vec<f32> = x.iter().map(|x| -x).collect();
    let (mut y, mut z) = (vec![0.0; x.len()], vec![0.0; x.len()]);
    (function.single)(&x, 0.0, &mut y);
    (function.single)(&mirrored, 0.0, &mut z);
    for ((&x, &y), &z) in x.iter().zip(&y).zip(&z) {
        check(f64::from(x), f64::from(y), f64::from(z));
    }
    let (mut y, mut z) = (vec![0.0; x.len()], vec![0.0; x.len()]);
    (function.double)(&wide(&x), 0.0, &mut y);
    (function.double)(&wide(&mirrored), 0.0, &mut z);
    for ((&x, &y), &z) in x.iter().zip(&y).zip(&z) {
        check(f64::from(x), y, z);
    }
}

#[test]
fn odd_functions_are_odd_and_even_functions_even() {
    for name in ["sin", "tan", "tanh", "erf"] {
        with_mirror(name, |x, y, z| assert!(same(y, -z), "{name} of {x:e}: {y:e} and {z:e}"));
    }
    for name in ["cos", "normal_pdf"] {
        with_mirror(name, |x, y, z| assert!(same(y, z), "{name} of ±{x:e}: {y:e} and {z:e}"));
    }
}

/// Up to the errors of both values: the clamps at the ends of the ranges must not show.
#[test]
fn monotone_functions_are_monotone() {
    let mut x = patterns();
    x.retain(|x| !x.is_nan());
    x.sort_by(f32::total_cmp);
    let (mut single, mut double) = (vec![0.0; x.len()], vec![0.0; x.len()]);
    for name in ["exp", "exp_m1", "ln", "ln_1p", "tanh", "sigmoid", "softplus", "erf", "normal_cdf"] {
        let function = FUNCTIONS.into_iter().find(|function| function.name == name).expect("a function");
        (function.single)(&x, 0.0, &mut single);
        (function.double)(&wide(&x), 0.0, &mut double);
        assert_rising(function, &x, &single);
        assert_rising(function, &x, &double);
    }
}

#[track_caller]
fn assert_rising<T: Real>(function: Function, x: &[f32], y: &[T]) {
    for i in 1..x.len() {
        let (before, after) = (y[i - 1], y[i]);
        if after < before {
            let fall = error_in_ulps(after, before.to_f64(), 0.0);
            assert!(
                fall <= 2.0 * function.ulps,
                "{}: {before} of {:e}, {after} of {:e}",
                function.name,
                x[i - 1],
                x[i]
            );
        }
    }
}

/// The values of a function of both types at corner points.
fn corners(name: &str, expected: &[(f64, f64)]) {
    let function = FUNCTIONS.into_iter().find(|function| function.name == name).expect("a function");
    for &(x, y) in expected {
        let mut found = [0.0];
        (function.double)(&[x], 0.0, &mut found);
        assert!(same(found[0], y), "{name} of {x:e} (f64): {:e}, not {y:e}", found[0]);
        let mut found = [0.0];
        (function.single)(&[x as f32], 0.0, &mut found);
        assert!(same(found[0], y as f32), "{name} of {x:e} (f32): {:e}, not {y:e}", found[0]);
    }
}

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

#[test]
fn corner_points() {
    corners("exp", &[(0.0, 1.0), (-0.0, 1.0), (INF, INF), (-INF, 0.0), (1e4, INF), (-1e4, 0.0), (NAN, NAN)]);
    corners(
        "exp_m1",
        &[(0.0, 0.0), (-0.0, -0.0), (INF, INF), (-INF, -1.0), (1e4, INF), (-1e4, -1.0), (NAN, NAN)],
    );
    corners("ln", &[(1.0, 0.0), (0.0, -INF), (-0.0, -INF), (-1.0, NAN), (-INF, NAN), (INF, INF), (NAN, NAN)]);
    corners(
        "ln_1p",
        &[(0.0, 0.0), (-0.0, -0.0), (-1.0, -INF), (-2.0, NAN), (-INF, NAN), (INF, INF), (NAN, NAN)],
    );
    corners("sin", &[(0.0, 0.0), (-0.0, -0.0), (INF, NAN), (-INF, NAN), (NAN, NAN)]);
    corners("cos", &[(0.0, 1.0), (-0.0, 1.0), (INF, NAN), (-INF, NAN), (NAN, NAN)]);
    corners("tan", &[(0.0, 0.0), (-0.0, -0.0), (INF, NAN), (-INF, NAN), (NAN, NAN)]);
    corners("tanh", &[(0.0, 0.0), (-0.0, -0.0), (INF, 1.0), (-INF, -1.0), (30.0, 1.0), (NAN, NAN)]);
    corners(
        "sigmoid",
        &[(0.0, 0.5), (-0.0, 0.5), (INF, 1.0), (-INF, 0.0), (1e4, 1.0), (-1e4, 0.0), (NAN, NAN)],
    );
    corners("softplus", &[(INF, INF), (-INF, 0.0), (1e4, 1e4), (-1e4, 0.0), (NAN, NAN)]);
    for name in ["silu", "gelu", "gelu_tanh"] {
        corners(
            name,
            &[(0.0, 0.0), (-0.0, -0.0), (INF, INF), (-INF, -0.0), (1e4, 1e4), (-1e4, -0.0), (NAN, NAN)],
        );
    }
    corners("erf", &[(0.0, 0.0), (-0.0, -0.0), (INF, 1.0), (-INF, -1.0), (30.0, 1.0), (NAN, NAN)]);
    corners(
        "normal_cdf",
        &[(0.0, 0.5), (-0.0, 0.5), (INF, 1.0), (-INF, 0.0), (30.0, 1.0), (-50.0, 0.0), (NAN, NAN)],
    );
    corners("normal_pdf", &[(INF, 0.0), (-INF, 0.0), (50.0, 0.0), (NAN, NAN)]);
    corners("rsqrt", &[(0.0, INF), (-0.0, -INF), (4.0, 0.5), (INF, 0.0), (-1.0, NAN), (NAN, NAN)]);
}

/// Results below the smallest normal number are as exact as the spacing there allows.
#[test]
fn underflow_is_gradual() {
    assert_eq!(Scalar::exp(-745.1f64), 5e-324);
    assert_eq!(Scalar::exp(-103.9f32), f32::from_bits(1));
    assert_eq!(Scalar::exp(-88.0f32), (-88f64).exp() as f32);
    for x in [1e-310f64, -1e-310, 5e-324] {
        for y in [Scalar::exp_m1(x), Scalar::ln_1p(x), Scalar::sin(x), Scalar::tan(x), Scalar::tanh(x)] {
            assert_eq!(y, x);
        }
    }
    for x in [1e-40f32, -1e-40, 1e-45] {
        for y in [Scalar::exp_m1(x), Scalar::ln_1p(x), Scalar::sin(x), Scalar::tan(x), Scalar::tanh(x)] {
            assert_eq!(y, x);
        }
    }
}

/// IEEE 754's table of `pow`, which the standard library follows.
#[test]
fn powers_have_the_corners_of_ieee_754() {
    let numbers = [0.0, 0.5, 1.0, 2.0, 3.0, 2.5, 1e300, 5e-324, INF];
    let signed: Vec<f64> = numbers.iter().flat_map(|&x| [x, -x]).chain([NAN]).collect();
    for &x in &signed {
        for &y in &signed {
            let (found, expected) = (Scalar::powf(x, y), x.powf(y));
            let close = same(found, expected) || error_in_ulps(found, expected, 0.0) <= 2.0;
            assert!(close, "{x}^{y}: {found}, not {expected}");
            let (x, y) = (x as f32, y as f32);
            let (found, expected) = (Scalar::powf(x, y), f64::from(x).powf(f64::from(y)) as f32);
            let close = same(found, expected) || error_in_ulps(found, f64::from(expected), 0.0) <= 2.0;
            assert!(close, "{x}^{y} (f32): {found}, not {expected}");
        }
    }
}
