//! A variable computes what a tensor computes: the same bits for every method and operator.

use gradus_autograd::{Var, value};
use gradus_tensor::{Params, Real, Rng, Tensor, for_each_binary_op, for_each_unary_op};
use gradus_testkit::compare::assert_same_bits;
use gradus_testkit::generate::{self, LIES};

/// Zeros of both signs, subnormals of both types, rounding cases, extremes.
const NUMBERS: [f64; 16] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    49.0,
    -0.3,
    1.0 / 3.0,
    1e-41,
    -1e-310,
    5e-324,
    3e38,
    -1.7e308,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    1234.567,
];

fn numbers<T: Real>() -> Vec<T> {
    NUMBERS.into_iter().map(T::constant).collect()
}

/// The value that `f` records for constants.
fn recorded<T: Real, const N: usize>(
    operands: [&Tensor<T>; N],
    f: impl for<'t> Fn([Var<'t, T>; N]) -> Var<'t, T>,
) -> Tensor<T> {
    let mut found = None;
    value(&Params::new(), |p| {
        found = Some(f(operands.map(|operand| p.constant(operand))).value());
        p.constant(&Tensor::scalar(T::zero()))
    });
    found.expect("the closure has run")
}

macro_rules! unary_methods {
    ($($method:ident $op:ident $doc:literal;)*) => {
        fn check_unary<T: Real>(x: &Tensor<T>) {
            $(assert_same_bits(&recorded([x], |[x]| x.$method()), &x.$method(), stringify!($method));)*
        }
    };
}
for_each_unary_op!(unary_methods);

macro_rules! binary_methods {
    ($($method:ident $op:ident $doc:literal;)*) => {
        fn check_binary<T: Real>(a: &Tensor<T>, b: &Tensor<T>) {
            $(assert_same_bits(&recorded([a, b], |[a, b]| a.$method(b)), &a.$method(b), stringify!($method));)*
        }
    };
}
for_each_binary_op!(binary_methods);

#[test]
fn methods_give_the_same_bits() {
    fn check<T: Real>() {
        let x = Tensor::<T>::vector(&numbers());
        check_unary(&x);
        check_binary(&x, &x.reshape([x.len(), 1]));
        for exponent in [i32::MIN, -3, -1, 0, 1, 2, 7, i32::MAX] {
            assert_same_bits(&recorded([&x], |[x]| x.powi(exponent)), &x.powi(exponent), exponent);
        }
    }
    check::<f32>();
    check::<f64>();
}

#[test]
fn operators_give_the_same_bits() {
    fn check<T: Real>() {
        let x = Tensor::<T>::vector(&numbers());
        let column = &x.reshape([x.len(), 1]);
        assert_same_bits(&recorded([&x], |[x]| -x), &-&x, "−x");
        assert_same_bits(&recorded([&x, column], |[a, b]| a + b), &(&x + column), "a + b");
        assert_same_bits(&recorded([&x, column], |[a, b]| a - b), &(&x - column), "a − b");
        assert_same_bits(&recorded([&x, column], |[a, b]| a * b), &(&x * column), "a · b");
        assert_same_bits(&recorded([&x, column], |[a, b]| a / b), &(&x / column), "a / b");
        for c in numbers::<T>() {
            assert_same_bits(&recorded([&x], |[x]| x + c), &(&x + c), format_args!("x + {c}"));
            assert_same_bits(&recorded([&x], |[x]| x - c), &(&x - c), format_args!("x − {c}"));
            assert_same_bits(&recorded([&x], |[x]| x * c), &(&x * c), format_args!("x · {c}"));
            assert_same_bits(&recorded([&x], |[x]| x / c), &(&x / c), format_args!("x / {c}"));
        }
    }
    check::<f32>();
    check::<f64>();
}

/// A number stands for a tensor of rank 0, on either side.
macro_rules! numbers_are_scalars {
    ($test:ident $type:ident) => {
        #[test]
        fn $test() {
            let x = &Tensor::<$type>::vector(&numbers());
            for c in numbers::<$type>() {
                let scalar = &Tensor::scalar(c);
                assert_same_bits(&recorded([x], |[x]| c + x), &(scalar + x), format_args!("{c} + x"));
                assert_same_bits(&recorded([x], |[x]| c - x), &(scalar - x), format_args!("{c} − x"));
                assert_same_bits(&recorded([x], |[x]| c * x), &(scalar * x), format_args!("{c} · x"));
                assert_same_bits(&recorded([x], |[x]| c / x), &(scalar / x), format_args!("{c} / x"));
                assert_same_bits(&recorded([x], |[x]| x + c), &(x + scalar), format_args!("x + {c}"));
                assert_same_bits(&recorded([x], |[x]| x - c), &(x - scalar), format_args!("x − {c}"));
                assert_same_bits(&recorded([x], |[x]| x * c), &(x * scalar), format_args!("x · {c}"));
                assert_same_bits(&recorded([x], |[x]| x / c), &(x / scalar), format_args!("x / {c}"));
            }
        }
    };
}
numbers_are_scalars!(numbers_are_scalars_f32 f32);
numbers_are_scalars!(numbers_are_scalars_f64 f64);

#[test]
fn structural_methods_give_the_same_bits() {
    fn check<T: Real>() {
        let mut rng = Rng::new(1);
        for lie in LIES {
            for shape in [&[][..], &[7], &[49], &[12, 5], &[3, 4, 5], &[0, 3], &[5000]] {
                let x = generate::tensor::<T>(&mut rng, shape, -1.0..3.0, lie);
                let context = format!("{} {shape:?} {lie:?}", T::DTYPE);
                assert_same_bits(&recorded([&x], |[x]| x.sum()), &x.sum(), &context);
                assert_same_bits(&recorded([&x], |[x]| x.mean()), &x.mean(), &context);
                let flat = [x.len()];
                assert_same_bits(&recorded([&x], |[x]| x.reshape(flat)), &x.reshape(flat), &context);
                let axes: Vec<usize> = (0..shape.len()).rev().collect();
                assert_same_bits(&recorded([&x], |[x]| x.permute(&axes)), &x.permute(&axes), &context);
                let wide = [&[2], shape].concat();
                let wide = wide.as_slice();
                assert_same_bits(
                    &recorded([&x], |[x]| x.broadcast_to(wide)),
                    &x.broadcast_to(wide),
                    &context,
                );
                for axis in 0..shape.len() {
                    assert_same_bits(
                        &recorded([&x], |[x]| x.sum_axes(&[axis])),
                        &x.sum_axes(&[axis]),
                        &context,
                    );
                }
                if shape.first().is_some_and(|&rows| rows > 2) {
                    let rows = [2, 0, 2];
                    assert_same_bits(
                        &recorded([&x], |[x]| x.index_select(0, &rows)),
                        &x.index_select(0, &rows),
                        &context,
                    );
                }
            }
            let a = generate::tensor::<T>(&mut rng, &[9, 17], -1.0..1.0, lie);
            assert_same_bits(
                &recorded([&a], |[a]| a.matmul(a.t())),
                &a.matmul(&a.t()),
                format_args!("{lie:?}"),
            );
        }
    }
    check::<f32>();
    check::<f64>();
}
