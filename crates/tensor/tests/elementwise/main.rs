//! Elementwise kernels, forward and backward, give the bits of their formula under every setting, shape and
//! layout.

mod corners;
mod in_place;
mod layouts;
mod math;
mod simd;
mod slopes;
mod truth;

use gradus_tensor::ops::{self, BinaryOp, UnaryOp};
use gradus_tensor::{Real, Rng, Tensor, binary_backward, binary_backward_add, unary_backward};
use gradus_tensor::{for_each_binary_op, for_each_unary_op};
use gradus_testkit::compare::assert_same_bits;
use gradus_testkit::generate::{self, LIES, Lie};
use gradus_testkit::naive;
use gradus_testkit::settings::for_each_setting;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const SHAPES: [&[usize]; 7] = [&[], &[0], &[1], &[67], &[5, 0, 2], &[3, 5], &[2, 1, 3, 9]];

/// More than twice the elements from which kernels split over threads, and no multiple of a piece.
const LARGE: [usize; 2] = [301, 437];

/// Operands that are both in and outside of the domains of the ops.
const DOMAIN: std::ops::Range<f64> = -3.0..5.0;

fn operands<T: Real>(seed: u64) -> Vec<(String, Tensor<T>)> {
    let mut rng = Rng::new(seed);
    let small = SHAPES.iter().flat_map(|&shape| LIES.map(|lie| (shape, lie)));
    let large = [Lie::Contiguous, Lie::Mixed].map(|lie| (&LARGE[..], lie));
    small
        .chain(large)
        .map(|(shape, lie)| (format!("{lie:?} {shape:?}"), generate::tensor(&mut rng, shape, DOMAIN, lie)))
        .collect()
}

fn check_forward<T: Real, O: UnaryOp>(op: O, kernel: impl Fn(&Tensor<T>) -> Tensor<T> + Sync) {
    let cases = operands::<T>(1);
    let expected: Vec<_> = cases.iter().map(|(_, x)| naive::map(x, |x| op.value(x))).collect();
    for_each_setting(|setting| {
        for ((case, x), expected) in cases.iter().zip(&expected) {
            assert_same_bits(
                &kernel(x),
                expected,
                format_args!("{} {}, {case}, {setting}", O::NAME, T::DTYPE),
            );
        }
    });
}

fn check_backward<T: Real, O: UnaryOp>(op: O) {
    let cases: Vec<_> = operands::<T>(2)
        .into_iter()
        .zip(operands::<T>(3))
        .zip(operands::<T>(4))
        .map(|(((case, x), (_, gy)), (_, gx))| (case, x.map(op), x, gy, gx))
        .collect();
    let twin = |accumulate: bool| {
        cases.iter().map(move |(_, y, x, gy, gx)| {
            naive::tabulate(&x.shape(), |index| {
                let part = op.slope(x.at(index), y.at(index)) * gy.at(index);
                if accumulate { gx.at(index) + part } else { part }
            })
        })
    };
    let (fresh, added): (Vec<_>, Vec<_>) = (twin(false).collect(), twin(true).collect());
    for_each_setting(|setting| {
        for (i, (case, y, x, gy, gx)) in cases.iter().enumerate() {
            let context = format!("{} {}, {case}, {setting}", O::NAME, T::DTYPE);
            assert_same_bits(&unary_backward(op, x, y, gy.clone(), None), &fresh[i], &context);
            assert_same_bits(&unary_backward(op, x, y, gy.clone(), Some(gx.clone())), &added[i], &context);
        }
    });
}

macro_rules! unary_tests {
    ($($method:ident $op:ident $doc:literal;)*) => {
        #[test]
        fn unary_methods_equal_their_formula() {
            $(
                check_forward::<f32, _>(ops::$op, |x| x.$method());
                check_forward::<f64, _>(ops::$op, |x| x.$method());
            )*
        }

        #[test]
        fn unary_backward_equals_slope_times_gradient() {
            $(
                check_backward::<f32, _>(ops::$op);
                check_backward::<f64, _>(ops::$op);
            )*
        }
    };
}
for_each_unary_op!(unary_tests);

#[test]
fn ops_with_settings_equal_their_formula() {
    check_forward::<f32, _>(ops::Neg, |x| -x);
    check_forward::<f64, _>(ops::Neg, |x| -x.clone());
    let affine = ops::Affine { scale: 0.3, shift: -1.7 };
    check_forward::<f32, _>(affine, |x| x.map(affine));
    check_backward::<f64, _>(affine);
    let quotient = ops::DivBy { divisor: 0.3 };
    check_forward::<f32, _>(quotient, |x| x / 0.3);
    check_backward::<f64, _>(quotient);
    for exponent in [-3, -1, 0, 1, 2, 7] {
        check_forward::<f32, _>(ops::Powi { exponent }, |x| x.powi(exponent));
        check_forward::<f64, _>(ops::Powi { exponent }, |x| x.powi(exponent));
        check_backward::<f64, _>(ops::Powi { exponent });
    }
}

/// Pairs of shapes that broadcast, the last ones large enough to be split over threads.
const PAIRS: [(&[usize], &[usize]); 15] = [
    (&[], &[]),
    (&[], &[3]),
    (&[0], &[1]),
    (&[3, 0], &[1, 1]),
    (&[17], &[17]),
    (&[4, 1], &[1, 5]),
    (&[4, 5], &[5]),
    (&[4, 5], &[4, 1]),
    (&[1, 5], &[4, 5]),
    (&[2, 3, 4], &[3, 1]),
    (&[3, 1, 4], &[2, 1, 5, 1]),
    (&[301, 437], &[301, 437]),
    (&[301, 437], &[437]),
    (&[301, 1], &[1, 437]),
    (&[1, 131_072], &[]),
];

fn check_binary<T: Real, O: BinaryOp>(op: O, kernel: impl Fn(&Tensor<T>, &Tensor<T>) -> Tensor<T> + Sync) {
    let mut rng = Rng::new(5);
    let mut cases = Vec::new();
    for (left, right) in PAIRS {
        let large = left.iter().product::<usize>() * right.iter().product::<usize>() > 10_000;
        for lie in LIES.into_iter().filter(|&lie| !large || matches!(lie, Lie::Offset | Lie::Mixed)) {
            let a = generate::tensor::<T>(&mut rng, left, DOMAIN, lie);
            let b = generate::tensor::<T>(&mut rng, right, DOMAIN, if large { lie } else { Lie::Mixed });
            let value = naive::zip(&a, &b, |a, b| op.value(a, b));
            let gy = generate::tensor::<T>(&mut rng, &value.shape(), DOMAIN, lie);
            let gradients = [0, 1].map(|side| {
                let slopes = naive::zip(&a, &b, |a, b| {
                    let (da, db) = op.slopes(a, b, op.value(a, b));
                    [da, db][side]
                });
                naive::zip(&slopes, &gy, |slope, gy| slope * gy)
            });
            cases.push((lie, a, b, value, gy, gradients));
        }
    }
    for_each_setting(|setting| {
        for (lie, a, b, value, gy, gradients) in &cases {
            let context =
                format!("{} {}, {} and {}, {lie:?}, {setting}", O::NAME, T::DTYPE, a.shape(), b.shape());
            assert_same_bits(&kernel(a, b), value, &context);
            for (side, gradient) in gradients.iter().enumerate() {
                assert_same_bits(&binary_backward(op, side, a, b, gy.clone()), gradient, &context);
                let mut sum = gy.clone();
                binary_backward_add(op, side, a, b, gy, &mut sum);
                assert_same_bits(&sum, &naive::zip(gy, gradient, |sum, part| sum + part), &context);
                // A gradient that nobody shares is changed in place.
                let owned = gy.contiguous() * T::one();
                let address = owned.as_slice().map(<[T]>::as_ptr);
                let result = binary_backward(op, side, a, b, owned);
                assert_same_bits(&result, gradient, &context);
                assert_eq!(result.as_slice().map(<[T]>::as_ptr), address, "{context}");
            }
        }
    });
}

macro_rules! binary_tests {
    ($($method:ident $op:ident $doc:literal;)*) => {
        #[test]
        fn binary_methods_equal_their_formula() {
            $(
                check_binary::<f32, _>(ops::$op, |a, b| a.$method(b));
                check_binary::<f64, _>(ops::$op, |a, b| a.$method(b));
            )*
        }
    };
}
for_each_binary_op!(binary_tests);

#[test]
fn accumulate_adds_broadcast_operands() {
    let mut rng = Rng::new(6);
    let mut cases = Vec::new();
    for (shape, other) in [
        (&[][..], &[][..]),
        (&[7], &[]),
        (&[0, 3], &[1, 3]),
        (&[4, 5], &[4, 1]),
        (&[2, 3, 4], &[3, 4]),
        (&[301, 437], &[301, 437]),
        (&[301, 437], &[437]),
    ] {
        for (lie, other_lie) in [(Lie::Contiguous, Lie::Transposed), (Lie::Mixed, Lie::Mixed)] {
            let y: Tensor<f32> = generate::tensor(&mut rng, shape, DOMAIN, lie);
            let x = generate::tensor(&mut rng, other, DOMAIN, other_lie);
            let expected = naive::zip(&y, &x, |y, x| y + x);
            cases.push((y, x, expected));
        }
    }
    for_each_setting(|setting| {
        for (y, x, expected) in &cases {
            let mut sum = y.clone();
            sum.accumulate(x);
            assert_same_bits(&sum, expected, format_args!("{} += {}, {setting}", y.shape(), x.shape()));
        }
    });
}

#[test]
fn a_tensor_accumulates_itself() {
    let mut x = Tensor::vector(&[1.0, 2.0]);
    let same = x.clone();
    x.accumulate(&same);
    assert_eq!((x.to_vec(), same.to_vec()), (vec![2.0, 4.0], vec![1.0, 2.0]));
}

#[test]
fn operators_equal_methods_for_values_and_references() {
    let (a, b) = (Tensor::<f64>::vector(&[1.0, -6.0]), Tensor::vector(&[4.0, 3.0]));
    for (found, expected) in [
        (&a + &b, [5.0, -3.0]),
        (a.clone() - &b, [-3.0, -9.0]),
        (&a * b.clone(), [4.0, -18.0]),
        (a.clone() / b.clone(), [0.25, -2.0]),
        (&a + 1.0, [2.0, -5.0]),
        (&a - 1.0, [0.0, -7.0]),
        (a.clone() * 2.0, [2.0, -12.0]),
        (a.clone() / 4.0, [0.25, -1.5]),
    ] {
        assert_eq!(found.to_vec(), expected);
    }
}

#[test]
fn arithmetic_with_numbers_is_rounded_once() {
    let mut rng = Rng::new(7);
    let x: Tensor<f32> = rng.normal([100]);
    for c in [49.0, -0.3, 1e-41, f32::MAX, f32::INFINITY] {
        for (found, expected) in [
            (&x + c, naive::map(&x, |x| x + c)),
            (&x - c, naive::map(&x, |x| x - c)),
            (&x * c, naive::map(&x, |x| x * c)),
            (&x / c, naive::map(&x, |x| x / c)),
        ] {
            assert_same_bits(&found, &expected, c);
        }
    }
    let zeros = Tensor::vector(&[0.0, -0.0]);
    assert_same_bits(&(&zeros * 2.0), &zeros, "the sign of zero survives a product");
    assert_same_bits(&(&zeros / 2.0), &zeros, "the sign of zero survives a quotient");
}

fn shapes() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(0..6usize, 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn random_broadcasts_equal_their_formula(shape in shapes(), seed: u64) {
        let mut rng = Rng::new(seed);
        let narrow = generate::broadcastable(&mut rng, &shape);
        let a: Tensor<f64> = generate::tensor(&mut rng, &shape, DOMAIN, Lie::Mixed);
        let b = generate::tensor(&mut rng, &narrow, DOMAIN, Lie::Mixed);
        assert_same_bits(&(&a - &b), &naive::zip(&a, &b, |a, b| a - b), "left wider");
        assert_same_bits(&(&b - &a), &naive::zip(&b, &a, |b, a| b - a), "right wider");
        assert_same_bits(&a.square(), &naive::map(&a, |a| a * a), "square");
        let mut sum = a.clone();
        sum.accumulate(&b);
        assert_same_bits(&sum, &naive::zip(&a, &b, |a, b| a + b), "accumulate");
    }
}
