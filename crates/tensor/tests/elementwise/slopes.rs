//! The slope of every op is the derivative of its value, also once more.

use std::ops::Range;

use gradus_tensor::ops::{self, Affine, BinaryOp, Clamp, DivBy, Elu, LeakyRelu, Neg, Powf, Powi, UnaryOp};
use gradus_tensor::{Dual, Real, Rng, Scalar, Tensor, binary_derivative, unary_derivative};
use gradus_tensor::{for_each_binary_op, for_each_unary_op};
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

/// As above for higher derivatives, which are larger, relative to the larger of the two.
const HIGHER_TOLERANCE: f64 = 1e-5;

/// Where an op is smooth, away from overflow, and its slope formula does not cancel.
fn domains(name: &str) -> Vec<Range<f64>> {
    match name {
        "ln" | "sqrt" | "rsqrt" | "powf" => vec![0.05..20.0],
        "ln_1p" => vec![-0.9..20.0],
        "recip" | "powi" => vec![-4.0..-0.3, 0.3..4.0],
        "abs" | "relu" | "sign" | "leaky_relu" | "elu" | "selu" => vec![-5.0..-1e-3, 1e-3..5.0],
        "clamp" => vec![-5.0..-1.001, -0.999..1.999, 2.001..5.0],
        "tan" => vec![-1.2..1.2],
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

        if let Some(constant) = op.constant_slope() {
            assert!(ulps(slope, T::constant(constant)) <= 1, "{} at {x}: {slope}, not {constant}", O::NAME);
        }
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
        if O::NAME == "pow" && a < T::zero() {
            // NaN for almost all exponents.
            continue;
        }
        let (da, db) = op.slopes(a, b, op.value(a, b));
        if let Some(constants) = op.constant_slopes() {
            assert_eq!([da, db], constants.map(T::constant), "{}", O::NAME);
        }
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

/// Each derivative is the slope of the one below, and those above the degree are 0. The orders 2 and 3 come from dual
/// numbers, the higher ones from Taylor series.
fn check_unary_derivatives<O: UnaryOp>(op: O) {
    for point in points::<f64>(O::NAME) {
        // The series is exact at a kink only for one side.
        if point == 0.0 {
            continue;
        }
        let derivative = |order: usize, x: f64| {
            let x = Tensor::scalar(x);
            unary_derivative(op, order, &x, &x.map(op), Tensor::scalar(1.0)).item()
        };
        for order in 2..=5 {
            let found = derivative(order, point);
            let below = |x| derivative(order - 1, x);
            let difference = (below(point + STEP) - below(point - STEP)) / (2.0 * STEP);
            let scale = found.abs().max(below(point).abs()).max(1.0);
            assert!(
                (found - difference).abs() <= HIGHER_TOLERANCE * scale,
                "{} at {point}: derivative {order} is {found}, but the difference quotient {difference}",
                O::NAME
            );
            if order > O::DEGREE {
                assert_eq!(found, 0.0, "{} at {point}: order {order}", O::NAME);
            }
        }
    }
}

/// As above for mixed derivatives up to order 3 in total, at operands away from kinks.
fn check_binary_derivatives<O: BinaryOp>(op: O) {
    let mut rng = Rng::new(14).split(O::NAME);
    for _ in 0..50 {
        let a = rng.uniform::<f64>([], 0.5, 1.5).item();
        let b = rng.uniform::<f64>([], 1.6, 2.5).item();
        let derivative = |[i, j]: [usize; 2], a: f64, b: f64| {
            let (a, b) = (Tensor::scalar(a), Tensor::scalar(b));
            binary_derivative(op, [i, j], &a, &b, Tensor::scalar(1.0)).item()
        };
        for (i, j) in
            (0..=3).flat_map(|i| (0..=3).map(move |j| (i, j))).filter(|(i, j)| i + j > 1 && i + j < 5)
        {
            let found = derivative([i, j], a, b);
            let difference = if i > 0 && i + j > 1 {
                let below = |a| derivative([i - 1, j], a, b);
                (below(a + STEP) - below(a - STEP)) / (2.0 * STEP)
            } else {
                let below = |b| derivative([i, j - 1], a, b);
                (below(b + STEP) - below(b - STEP)) / (2.0 * STEP)
            };
            assert!(
                (found - difference).abs() <= HIGHER_TOLERANCE * found.abs().max(1.0),
                "{} at {a}, {b}: derivative ({i}, {j}) is {found}, but the difference quotient {difference}",
                O::NAME
            );
            if i + j > O::DEGREE {
                assert_eq!(found, 0.0, "{}: order ({i}, {j})", O::NAME);
            }
        }
    }
}

macro_rules! unary_tests {
    ($($method:ident $op:ident $doc:literal;)*) => {
        #[test]
        fn unary_slopes_are_the_derivatives_of_the_values() {
            $(
                check_unary::<f32, _>(ops::$op);
                check_unary::<f64, _>(ops::$op);
                check_unary_derivatives(ops::$op);
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
                check_binary_derivatives(ops::$op);
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
    for exponent in [-1.5, -1.0, 0.0, 0.5, 1.0, 2.5] {
        check_unary::<f32, _>(Powf { exponent });
        check_unary::<f64, _>(Powf { exponent });
    }
    check_unary::<f32, _>(Clamp { min: -1.0, max: 2.0 });
    check_unary::<f64, _>(Clamp { min: -1.0, max: 2.0 });
    check_unary::<f32, _>(LeakyRelu { negative_slope: 0.1 });
    check_unary::<f64, _>(LeakyRelu { negative_slope: 0.1 });
    check_unary::<f32, _>(Elu { alpha: 0.7 });
    check_unary::<f64, _>(Elu { alpha: 0.7 });
    for exponent in [-3, -1, 0, 1, 2, 3, 6] {
        check_unary_derivatives(Powi { exponent });
    }
    for exponent in [-1.5, 0.0, 0.5, 2.5, 3.0] {
        check_unary_derivatives(Powf { exponent });
    }
    check_unary_derivatives(Affine { scale: -0.7, shift: 3.0 });
    check_unary_derivatives(Clamp { min: -1.0, max: 2.0 });
    check_unary_derivatives(LeakyRelu { negative_slope: 0.1 });
    check_unary_derivatives(Elu { alpha: 0.7 });
}

#[test]
fn methods_with_settings_are_their_op() {
    let x = Rng::new(13).uniform::<f64>([3, 5], -3.0, 3.0);
    let methods = [
        (x.powf(3.0), x.map(Powf { exponent: 3.0 })),
        (x.clamp(-1.0, 0.5), x.map(Clamp { min: -1.0, max: 0.5 })),
        (x.leaky_relu(0.2), x.map(LeakyRelu { negative_slope: 0.2 })),
        (x.elu(0.7), x.map(Elu { alpha: 0.7 })),
    ];
    for (found, expected) in methods {
        assert_eq!(found.to_vec(), expected.to_vec());
    }
}

/// The normal distribution is no op, but a formula of one.
#[test]
fn the_normal_density_is_the_slope_of_the_distribution() {
    for x in [-30.0, -3.0, -0.5, 0.0, 0.5, 3.0] {
        let twice = Dual { value: Dual::variable(x), tangent: Dual { value: 1.0, tangent: 0.0 } };
        let cumulative = twice.normal_cdf();
        assert_eq!(cumulative.value.value, Scalar::normal_cdf(x));
        assert_eq!(cumulative.value.tangent, Scalar::normal_pdf(x));
        assert_eq!(cumulative.tangent.tangent, -x * Scalar::normal_pdf(x));
        let difference = (Scalar::normal_pdf(x + STEP) - Scalar::normal_pdf(x - STEP)) / (2.0 * STEP);
        let tangent = Dual::variable(x).normal_pdf().tangent;
        assert!((tangent - difference).abs() <= DIFFERENCE_TOLERANCE, "{x}: {tangent} and {difference}");
    }
}

#[test]
fn powers_differentiate_in_their_exponent_too() {
    let exponent = Dual::variable(2.5);
    let power = Dual::constant(3.0).powf(exponent);
    assert!((power.tangent - 3f64.powf(2.5) * 3f64.ln()).abs() < 1e-13);
    let power = Dual::variable(-2.0).powf(Dual::constant(3.0));
    assert_eq!((power.value, power.tangent), (-8.0, 12.0), "a constant exponent: ln −2 plays no part");
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
