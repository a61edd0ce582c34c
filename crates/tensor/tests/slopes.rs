//! The slope of every op is the derivative of its value, also once more, and what the ops do at the corners.

use std::ops::Range;

use gradus_tensor::ops::{self, Affine, BinaryOp, DivBy, Neg, Powi, UnaryOp};
use gradus_tensor::{Dual, Real, Rng, Scalar, Tensor, for_each_binary_op, for_each_unary_op};
use gradus_testkit::compare::ulps;

const POINTS: usize = 500;

/// Units in the last place between a slope and the tangent of a dual number. Both round some five times; the
/// slopes that subtract the value from 1 lose up to 1/(1 − y) < 9 units more in the domains below.
const SLOPE_ULPS: u64 = 20;

/// As above for the derivative of the slope, relative to the larger one of it and 1: a second derivative can
/// cancel to zero.
const CURVATURE_EPS: f64 = 64.0;

/// Central differences with step h err by f‴h²/6 + ε|f|/h, some 1e-9 in these domains.
const STEP: f64 = 1e-5;
const DIFFERENCE_TOLERANCE: f64 = 1e-7;

/// Where an op is smooth, away from overflow, and its slope formula does not cancel.
fn domains(name: &str) -> Vec<Range<f64>> {
    match name {
        "ln" | "sqrt" => vec![0.05..20.0],
        "ln_1p" => vec![-0.9..20.0],
        "recip" | "powi" => vec![-4.0..-0.3, 0.3..4.0],
        "abs" | "relu" => vec![-5.0..-1e-3, 1e-3..5.0],
        "exp_m1" | "sigmoid" => vec![-2.0..2.0],
        _ => vec![-3.0..3.0],
    }
}

fn points<T: Real>(name: &str) -> Vec<T> {
    let mut rng = Rng::new(11).split(name);
    let mut points = Vec::new();
    for domain in domains(name) {
        points.extend(rng.uniform::<T>([POINTS], domain.start, domain.end).to_vec());
        // Formulas that branch on the sign meet at 0.
        if domain.contains(&0.0) {
            points.extend([T::zero(), -T::zero()]);
        }
    }
    points
}

fn close<T: Real>(a: T, b: T) -> bool {
    let (a, b) = (a.to_f64(), b.to_f64());
    (a - b).abs() <= CURVATURE_EPS * T::EPSILON.to_f64() * a.abs().max(b.abs()).max(1.0)
}

fn check_unary<T: Real, O: UnaryOp>(op: O) {
    for x in points::<T>(O::NAME) {
        let slope = op.slope(x, op.value(x));
        let dual = op.value(Dual::variable(x));
        assert_eq!(dual.value, op.value(x), "{} at {x}", O::NAME);
        assert!(ulps(slope, dual.tangent) <= SLOPE_ULPS, "{} at {x}: {slope} and {}", O::NAME, dual.tangent);

        let derivative_of_slope = op.slope(Dual::variable(x), dual).tangent;
        let twice = Dual { value: Dual::variable(x), tangent: Dual { value: T::one(), tangent: T::zero() } };
        let curvature = op.value(twice).tangent.tangent;
        assert!(
            close(derivative_of_slope, curvature),
            "{} at {x}: curvature {derivative_of_slope} from the slope, {curvature} from the value",
            O::NAME
        );

        let x = x.to_f64();
        let difference = (op.value(x + STEP) - op.value(x - STEP)) / (2.0 * STEP);
        let slope = op.slope(x, op.value(x));
        assert!(
            (slope - difference).abs() <= DIFFERENCE_TOLERANCE * slope.abs().max(1.0),
            "{} at {x}: {slope}, but the difference quotient is {difference}",
            O::NAME
        );
    }
}

fn check_binary<T: Real, O: BinaryOp>(op: O) {
    let mut rng = Rng::new(12).split(O::NAME);
    let mut draw = || rng.uniform::<T>([POINTS], 0.2, 3.0).to_vec();
    for (a, b) in draw().into_iter().zip(draw()).flat_map(|(a, b)| [(a, b), (-a, b), (a, -b)]) {
        let (da, db) = op.slopes(a, b, op.value(a, b));
        let constant = |value| Dual { value, tangent: T::zero() };
        for (slope, dual) in
            [(da, op.value(Dual::variable(a), constant(b))), (db, op.value(constant(a), Dual::variable(b)))]
        {
            assert_eq!(dual.value, op.value(a, b), "{} at {a}, {b}", O::NAME);
            assert!(ulps(slope, dual.tangent) <= SLOPE_ULPS, "{} at {a}, {b}", O::NAME);
        }
        let mixed =
            op.slopes(Dual::variable(a), constant(b), op.value(Dual::variable(a), constant(b))).1.tangent;
        let twice = op.value(
            Dual { value: Dual::variable(a), tangent: constant(T::zero()) },
            Dual { value: constant(b), tangent: constant(T::one()) },
        );
        assert!(close(mixed, twice.tangent.tangent), "{} at {a}, {b}: mixed curvature", O::NAME);
    }
}

macro_rules! unary_tests {
    ($($method:ident $op:ident $doc:literal;)*) => {
        #[test]
        fn unary_slopes_are_the_derivatives_of_the_values() {
            $(
                check_unary::<f32, _>(ops::$op);
                check_unary::<f64, _>(ops::$op);
            )*
        }
    };
}
for_each_unary_op!(unary_tests);

macro_rules! binary_tests {
    ($($method:ident $op:ident $doc:literal;)*) => {
        #[test]
        fn binary_slopes_are_the_derivatives_of_the_values() {
            $(
                check_binary::<f32, _>(ops::$op);
                check_binary::<f64, _>(ops::$op);
            )*
        }
    };
}
for_each_binary_op!(binary_tests);

#[test]
fn slopes_of_ops_with_settings_are_the_derivatives_of_the_values() {
    check_unary::<f32, _>(Neg);
    check_unary::<f64, _>(Neg);
    check_unary::<f32, _>(Affine { scale: -0.7, shift: 3.0 });
    check_unary::<f64, _>(Affine { scale: -0.7, shift: 3.0 });
    check_unary::<f32, _>(DivBy { divisor: -0.7 });
    check_unary::<f64, _>(DivBy { divisor: -0.7 });
    for exponent in [-3, -2, -1, 0, 1, 2, 3, 6] {
        check_unary::<f32, _>(Powi { exponent });
        check_unary::<f64, _>(Powi { exponent });
    }
}

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
    assert_eq!((value(ops::Div, 1.0, 0.0), value(ops::Div, -1.0, 0.0)), (INF, -INF));
    assert!(value(ops::Div, 0.0, 0.0).is_nan() && value(ops::Div, INF, INF).is_nan());
    assert_eq!(slopes(ops::Div, 1.0, 0.0), (INF, -INF));
    assert!(value(ops::Sub, INF, INF).is_nan() && value(ops::Mul, 0.0, INF).is_nan());
    assert_eq!(value(ops::Mul, TINY, 0.5), 0.0);
    assert_eq!(value(ops::Add, TINY, TINY), 2.0 * TINY);
}

#[test]
fn dual_numbers_follow_the_quotient_and_chain_rules() {
    let x = Dual::variable(0.7);
    let y = (x.sin() * x.exp() - Dual::constant(2.0)) / (x.cos() + x.powi(3));
    let (u, du) = (0.7f64.sin() * 0.7f64.exp() - 2.0, 0.7f64.exp() * (0.7f64.sin() + 0.7f64.cos()));
    let (v, dv) = (0.7f64.cos() + 0.343, -0.7f64.sin() + 3.0 * 0.49);
    assert!((y.tangent - (du * v - u * dv) / (v * v)).abs() < 1e-14);
    assert_eq!(Dual::variable(1.0).powi(i32::MIN), Dual { value: 1.0, tangent: f64::from(i32::MIN) });
    let mut z = x;
    z += x;
    z *= x;
    z -= x;
    z /= x;
    assert!((z.value - 0.4).abs() < 1e-15 && (z.tangent - 2.0).abs() < 1e-14, "(2x² − x)/x = 2x − 1");
}

#[test]
fn the_logistic_loss_has_its_curvature_where_all_logits_are_zero() {
    // Zero-initialised models start exactly here.
    let at_zero = ops::Softplus.slope(Dual::variable(0.0), ops::Softplus.value(Dual::variable(0.0)));
    assert_eq!((at_zero.value, at_zero.tangent), (0.5, 0.25));
    let zeros = Tensor::<f64>::zeros([2]);
    assert_eq!(zeros.softplus().to_vec(), [2f64.ln(); 2]);
}
