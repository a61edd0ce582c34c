//! What the ops and their slopes are at 0, infinity, NaN and the smallest numbers.

use gradus_tensor::ops::{self, Affine, BinaryOp, Clamp, DivBy, Elu, LeakyRelu, Neg, Powf, Powi, UnaryOp};
use gradus_tensor::{Dual, Scalar};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;
/// The smallest positive number.
const TINY: f64 = 5e-324;

/// Value and slope of `op` at each x.
fn corners<O: UnaryOp>(op: O, expected: &[(f64, f64, f64)]) {
    for &(x, value, slope) in expected {
        let found = op.value(x);
        for (what, found, expected) in [("value", found, value), ("slope", op.slope(x, found), slope)] {
            let same = (found.is_nan() && expected.is_nan()) || found.to_bits() == expected.to_bits();
            assert!(same, "{} at {x:?}: {what} {found:?}, not {expected:?}", O::NAME);
        }
    }
}

#[test]
fn corners_of_piecewise_ops() {
    corners(
        ops::Abs,
        &[
            (0.0, 0.0, 0.0),
            (-0.0, 0.0, -0.0),
            (INF, INF, 1.0),
            (-INF, INF, -1.0),
            (-TINY, TINY, -1.0),
            (NAN, NAN, NAN),
        ],
    );
    corners(
        ops::Relu,
        &[
            (0.0, 0.0, 0.0),
            (-0.0, 0.0, 0.0),
            (TINY, TINY, 1.0),
            (-TINY, 0.0, 0.0),
            (INF, INF, 1.0),
            (-INF, 0.0, 0.0),
            (NAN, NAN, 0.0),
        ],
    );
    corners(
        ops::Sign,
        &[
            (0.0, 0.0, 0.0),
            (-0.0, -0.0, 0.0),
            (TINY, 1.0, 0.0),
            (-TINY, -1.0, 0.0),
            (INF, 1.0, 0.0),
            (-INF, -1.0, 0.0),
            (NAN, NAN, 0.0),
        ],
    );
    corners(
        Clamp { min: -1.0, max: 2.0 },
        &[
            (-1.0, -1.0, 0.0),
            (2.0, 2.0, 0.0),
            (-0.0, -0.0, 1.0),
            (-1.5, -1.0, 0.0),
            (3.0, 2.0, 0.0),
            (INF, 2.0, 0.0),
            (-INF, -1.0, 0.0),
            (NAN, NAN, 0.0),
        ],
    );
    corners(Clamp { min: 2.0, max: 1.0 }, &[(0.0, 1.0, 0.0), (1.5, 1.0, 0.0), (3.0, 1.0, 0.0)]);
    corners(Clamp { min: 0.0, max: INF }, &[(-1.0, 0.0, 0.0), (INF, INF, 1.0), (5.0, 5.0, 1.0)]);
    corners(
        LeakyRelu { negative_slope: 0.25 },
        &[
            (0.0, 0.0, 0.25),
            (-0.0, -0.0, 0.25),
            (TINY, TINY, 1.0),
            (-4.0, -1.0, 0.25),
            (INF, INF, 1.0),
            (-INF, -INF, 0.25),
            (NAN, NAN, 0.25),
        ],
    );
    corners(
        Elu { alpha: 0.5 },
        &[
            (0.0, 0.0, 0.5),
            (-0.0, -0.0, 0.5),
            (1.0, 1.0, 1.0),
            (INF, INF, 1.0),
            (-INF, -0.5, 0.0),
            (NAN, NAN, NAN),
        ],
    );
    let (lambda, alpha) = (1.0507009873554805, 1.6732632423543772);
    corners(
        ops::Selu,
        &[
            (0.0, 0.0, lambda * alpha),
            (1.0, lambda, lambda),
            (INF, INF, lambda),
            (-INF, -(lambda * alpha), 0.0),
            (NAN, NAN, NAN),
        ],
    );
}

#[test]
fn corners_of_gated_ops() {
    let far = [(0.0, 0.0, 0.5), (-0.0, -0.0, 0.5), (INF, INF, 1.0), (-INF, -0.0, 0.0), (NAN, NAN, NAN)];
    corners(ops::Silu, &far);
    corners(ops::Gelu, &far);
    corners(ops::GeluTanh, &far);
    for x in [1e3, 1e100, 1e300] {
        corners(ops::Silu, &[(x, x, 1.0), (-x, -0.0, 0.0)]);
        corners(ops::Gelu, &[(x, x, 1.0), (-x, -0.0, 0.0)]);
        corners(ops::GeluTanh, &[(x, x, 1.0), (-x, -0.0, 0.0)]);
    }
    let slope = std::f64::consts::FRAC_2_SQRT_PI;
    corners(
        ops::Erf,
        &[(0.0, 0.0, slope), (-0.0, -0.0, slope), (INF, 1.0, 0.0), (-INF, -1.0, 0.0), (NAN, NAN, NAN)],
    );
}

#[test]
fn corners_of_exponential_ops() {
    corners(
        ops::Exp,
        &[
            (0.0, 1.0, 1.0),
            (-0.0, 1.0, 1.0),
            (TINY, 1.0, 1.0),
            (INF, INF, INF),
            (-INF, 0.0, 0.0),
            (NAN, NAN, NAN),
            (710.0, INF, INF),
            (-746.0, 0.0, 0.0),
        ],
    );
    corners(
        ops::ExpM1,
        &[
            (0.0, 0.0, 1.0),
            (-0.0, -0.0, 1.0),
            (TINY, TINY, 1.0),
            (1e-20, 1e-20, 1.0),
            (INF, INF, INF),
            (-INF, -1.0, 0.0),
            (NAN, NAN, NAN),
        ],
    );
    corners(
        ops::Sigmoid,
        &[
            (0.0, 0.5, 0.25),
            (-0.0, 0.5, 0.25),
            (TINY, 0.5, 0.25),
            (1000.0, 1.0, 0.0),
            (-1000.0, 0.0, 0.0),
            (INF, 1.0, 0.0),
            (-INF, 0.0, 0.0),
            (NAN, NAN, NAN),
        ],
    );
    corners(
        ops::Softplus,
        &[
            (0.0, 2f64.ln(), 0.5),
            (-0.0, 2f64.ln(), 0.5),
            (1000.0, 1000.0, 1.0),
            (-1000.0, 0.0, 0.0),
            (INF, INF, 1.0),
            (-INF, 0.0, 0.0),
            (NAN, NAN, NAN),
        ],
    );
    corners(
        ops::Tanh,
        &[
            (0.0, 0.0, 1.0),
            (-0.0, -0.0, 1.0),
            (TINY, TINY, 1.0),
            (INF, 1.0, 0.0),
            (-INF, -1.0, 0.0),
            (NAN, NAN, NAN),
        ],
    );
}

#[test]
fn small_values_keep_their_relative_accuracy() {
    assert_eq!(ops::Sigmoid.value(-700.0), (-700f64).exp(), "not 1 − 1");
    assert_eq!(ops::Softplus.value(-700.0), (-700f64).exp());
    assert_eq!(ops::Sigmoid.value(-80f32), (-80f32).exp());
    assert_eq!(ops::Softplus.value(-100f32), (-100f32).exp(), "subnormal");
    assert_eq!(ops::Ln1p.value(1e-300), 1e-300);
    assert_eq!(ops::ExpM1.value(-1e-300), -1e-300);
}

#[test]
fn corners_of_logarithms_roots_and_quotients() {
    corners(
        ops::Ln,
        &[
            (0.0, -INF, INF),
            (-0.0, -INF, -INF),
            (1.0, 0.0, 1.0),
            (-1.0, NAN, -1.0),
            (INF, INF, 0.0),
            (-INF, NAN, -0.0),
            (NAN, NAN, NAN),
            (TINY, TINY.ln(), INF),
        ],
    );
    corners(
        ops::Ln1p,
        &[
            (0.0, 0.0, 1.0),
            (-0.0, -0.0, 1.0),
            (TINY, TINY, 1.0),
            (-1.0, -INF, INF),
            (-2.0, NAN, -1.0),
            (INF, INF, 0.0),
            (NAN, NAN, NAN),
        ],
    );
    corners(
        ops::Sqrt,
        &[
            (0.0, 0.0, INF),
            (-0.0, -0.0, -INF),
            (-1.0, NAN, NAN),
            (INF, INF, 0.0),
            (-INF, NAN, NAN),
            (NAN, NAN, NAN),
            (TINY, TINY.sqrt(), 0.5 / TINY.sqrt()),
        ],
    );
    corners(
        ops::Rsqrt,
        &[
            (0.0, INF, -INF),
            (-0.0, -INF, INF),
            (4.0, 0.5, -0.0625),
            (-1.0, NAN, NAN),
            (INF, 0.0, -0.0),
            (NAN, NAN, NAN),
        ],
    );
    corners(Powf { exponent: 0.5 }, &[(0.0, 0.0, INF), (4.0, 2.0, 0.25), (-1.0, NAN, NAN), (INF, INF, 0.0)]);
    corners(Powf { exponent: 0.0 }, &[(0.0, 1.0, 0.0), (-1.0, 1.0, 0.0), (INF, 1.0, 0.0), (NAN, 1.0, 0.0)]);
    corners(
        Powf { exponent: 1.0 },
        &[(0.0, 0.0, 1.0), (-2.0, -2.0, 1.0), (-INF, -INF, 1.0), (NAN, NAN, 1.0)],
    );
    corners(
        Powf { exponent: -1.5 },
        &[(0.0, INF, -INF), (-1.0, NAN, NAN), (INF, 0.0, -0.0), (NAN, NAN, NAN)],
    );
    corners(
        ops::Recip,
        &[
            (0.0, INF, -INF),
            (-0.0, -INF, -INF),
            (INF, 0.0, -0.0),
            (-INF, -0.0, -0.0),
            (TINY, INF, -INF),
            (NAN, NAN, NAN),
        ],
    );
}

#[test]
fn corners_of_polynomials_and_circular_ops() {
    corners(
        ops::Square,
        &[(0.0, 0.0, 0.0), (-0.0, 0.0, -0.0), (-INF, INF, -INF), (TINY, 0.0, 2.0 * TINY), (NAN, NAN, NAN)],
    );
    corners(Neg, &[(0.0, -0.0, -1.0), (INF, -INF, -1.0), (TINY, -TINY, -1.0), (NAN, NAN, -1.0)]);
    corners(Powi { exponent: 0 }, &[(0.0, 1.0, 0.0), (INF, 1.0, 0.0), (NAN, 1.0, 0.0)]);
    corners(Powi { exponent: 1 }, &[(0.0, 0.0, 1.0), (-INF, -INF, 1.0), (NAN, NAN, 1.0)]);
    corners(Powi { exponent: 3 }, &[(-0.0, -0.0, 0.0), (-INF, -INF, INF), (TINY, 0.0, 0.0), (NAN, NAN, NAN)]);
    corners(Powi { exponent: -1 }, &[(0.0, INF, -INF), (-INF, -0.0, -0.0), (NAN, NAN, NAN)]);
    corners(
        Powi { exponent: i32::MIN },
        &[
            (1.0, 1.0, f64::from(i32::MIN)),
            (-1.0, 1.0, -f64::from(i32::MIN)),
            (0.0, INF, -INF),
            (INF, 0.0, -0.0),
        ],
    );
    corners(
        DivBy { divisor: 49.0 },
        &[(49.0, 1.0, 1.0 / 49.0), (-0.0, -0.0, 1.0 / 49.0), (INF, INF, 1.0 / 49.0)],
    );
    corners(DivBy { divisor: TINY }, &[(TINY, 1.0, INF), (0.0, 0.0, INF)]);
    corners(Affine { scale: 2.0, shift: 1.0 }, &[(-0.0, 1.0, 2.0), (-INF, -INF, 2.0), (NAN, NAN, 2.0)]);
    corners(
        ops::Sin,
        &[(0.0, 0.0, 1.0), (-0.0, -0.0, 1.0), (TINY, TINY, 1.0), (INF, NAN, NAN), (NAN, NAN, NAN)],
    );
    corners(
        ops::Tan,
        &[(0.0, 0.0, 1.0), (-0.0, -0.0, 1.0), (TINY, TINY, 1.0), (INF, NAN, NAN), (NAN, NAN, NAN)],
    );
    corners(ops::Cos, &[(0.0, 1.0, -0.0), (-0.0, 1.0, 0.0), (INF, NAN, NAN), (NAN, NAN, NAN)]);
}

#[test]
fn corners_of_binary_ops() {
    fn value(op: impl BinaryOp, a: f64, b: f64) -> f64 {
        op.value(a, b)
    }
    fn slopes(op: impl BinaryOp, a: f64, b: f64) -> (f64, f64) {
        op.slopes(a, b, op.value(a, b))
    }
    for (a, b) in [(NAN, 1.0), (1.0, NAN), (NAN, NAN), (NAN, INF), (-INF, NAN)] {
        assert!(value(ops::Maximum, a, b).is_nan() && value(ops::Minimum, a, b).is_nan(), "{a}, {b}");
        assert!(value(ops::Add, a, b).is_nan() && value(ops::Mul, a, b).is_nan(), "{a}, {b}");
    }
    assert_eq!((value(ops::Maximum, 1.0, INF), value(ops::Minimum, 1.0, -INF)), (INF, -INF));
    assert_eq!(slopes(ops::Maximum, 2.0, 1.0), (1.0, 0.0));
    assert_eq!(slopes(ops::Maximum, 1.0, 2.0), (0.0, 1.0));
    assert_eq!(slopes(ops::Minimum, 2.0, 1.0), (0.0, 1.0));
    assert_eq!(slopes(ops::Minimum, 1.0, 2.0), (1.0, 0.0));
    for op in [0.0, 7.0, INF] {
        assert_eq!(slopes(ops::Maximum, op, op), (0.5, 0.5), "half the slope to each where equal");
        assert_eq!(slopes(ops::Minimum, op, op), (0.5, 0.5), "half the slope to each where equal");
    }
    assert_eq!(
        (value(ops::Pow, -2.0, 3.0), value(ops::Pow, 0.0, 0.0), value(ops::Pow, NAN, 0.0)),
        (-8.0, 1.0, 1.0)
    );
    assert_eq!((value(ops::Pow, 0.0, -1.0), value(ops::Pow, INF, -1.0)), (INF, 0.0));
    assert!(value(ops::Pow, -2.0, 0.5).is_nan() && value(ops::Pow, NAN, 1.0).is_nan());
    assert_eq!(slopes(ops::Pow, 0.0, 2.0), (0.0, 0.0), "not 0 · ln 0");
    assert_eq!(slopes(ops::Pow, 0.0, 0.0), (0.0, 0.0));
    assert_eq!(slopes(ops::Pow, 0.0, 1.0), (1.0, 0.0));
    assert_eq!(slopes(ops::Pow, 0.0, -1.0), (-INF, -INF));
    assert_eq!(slopes(ops::Pow, 2.0, 0.0), (0.0, 2f64.ln()));
    let (base, exponent) = slopes(ops::Pow, -2.0, 3.0);
    assert!(base == 12.0 && exponent.is_nan());
    let at_zero = ops::Pow.value(Dual::constant(0.0), Dual::variable(2.0));
    assert_eq!((at_zero.value, at_zero.tangent), (0.0, 0.0));
    assert_eq!((value(ops::Div, 1.0, 0.0), value(ops::Div, -1.0, 0.0)), (INF, -INF));
    assert!(value(ops::Div, 0.0, 0.0).is_nan() && value(ops::Div, INF, INF).is_nan());
    assert_eq!(slopes(ops::Div, 1.0, 0.0), (INF, -INF));
    assert!(value(ops::Sub, INF, INF).is_nan() && value(ops::Mul, 0.0, INF).is_nan());
    assert_eq!(value(ops::Mul, TINY, 0.5), 0.0);
    assert_eq!(value(ops::Add, TINY, TINY), 2.0 * TINY);
}
