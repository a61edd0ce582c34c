//! Changes in place, through views too, give the bits of the allocating forms; what shares elements keeps its own.

use gradus_tensor::{Real, Rng, Tensor, for_each_binary_op, for_each_unary_op, ops, s};
use gradus_testkit::compare::assert_same_bits;
use gradus_testkit::generate::{self, LIES, Lie};
use gradus_testkit::settings::for_each_setting;

use crate::DOMAIN;

/// Shapes of the target, and of an operand that broadcasts to it.
const PAIRS: [(&[usize], &[usize]); 12] = [
    (&[], &[]),
    (&[0, 3], &[3]),
    (&[17], &[]),
    (&[17], &[17]),
    (&[4, 5], &[4, 5]),
    (&[4, 5], &[5]),
    (&[4, 5], &[4, 1]),
    (&[2, 3, 4], &[3, 1]),
    (&[70, 90], &[70, 90]),
    (&[1, 3, 1, 5], &[3, 1, 1]),
    (&[301, 437], &[301, 437]),
    (&[301, 437], &[437]),
];

/// A tensor that owns its elements alone, lying in its buffer as asked (but without repeated elements).
fn owned<T: Real>(x: &Tensor<T>, lie: Lie) -> Tensor<T> {
    let copy = x + T::zero();
    match lie {
        Lie::Transposed => {
            let axes: Vec<usize> = (0..x.rank()).rev().collect();
            let stored = copy.permute(&axes).contiguous();
            drop(copy);
            stored.permute(&axes)
        }
        Lie::Gapped if x.rank() < 8 && x.rank() > 0 => {
            let mut base = Tensor::zeros([&*x.shape(), &[2]].concat().as_slice());
            base.view_mut().select(x.rank(), 1).assign(&copy);
            base.select(x.rank(), 1)
        }
        Lie::Mixed if x.rank() > 0 => copy.flip(&[x.rank() - 1]).contiguous().flip(&[x.rank() - 1]),
        _ => copy,
    }
}

fn cases<T: Real>(seed: u64) -> Vec<(String, Tensor<T>, Tensor<T>)> {
    let mut rng = Rng::new(seed);
    let mut cases = Vec::new();
    for (shape, other) in PAIRS {
        let large = shape.iter().product::<usize>() > 10_000;
        for lie in LIES.into_iter().filter(|&lie| !large || matches!(lie, Lie::Contiguous | Lie::Transposed))
        {
            let x = generate::tensor::<T>(&mut rng, shape, DOMAIN, Lie::Contiguous);
            let y = generate::tensor::<T>(&mut rng, other, DOMAIN, lie);
            for stored in [Lie::Contiguous, Lie::Transposed, Lie::Gapped, Lie::Mixed] {
                let case = format!("{stored:?} {shape:?} and {lie:?} {other:?}");
                cases.push((case, owned(&x, stored), y.clone()));
            }
        }
    }
    cases
}

macro_rules! binary_in_place {
    ($($method:ident $op:ident $doc:literal;)*) => {
        #[test]
        fn binary_ops_in_place_equal_the_allocating_forms() {
            let cases = cases::<f32>(21);
            for_each_setting(|setting| {
                for (case, x, y) in &cases {
                    $({
                        let context = format!("{} of {case}, {setting}", stringify!($method));
                        let expected = x.$method(y);
                        let mut shared = x.clone();
                        shared.zip_assign(y, ops::$op);
                        assert_same_bits(&shared, &expected, format_args!("{context}, shared"));

                        let mut alone = owned(x, if x.is_contiguous() { Lie::Contiguous } else { Lie::Gapped });
                        alone.zip_assign(y, ops::$op);
                        assert_same_bits(&alone, &expected, format_args!("{context}, alone"));

                        let mut out = owned(x, if x.is_contiguous() { Lie::Contiguous } else { Lie::Transposed });
                        x.zip_into(y, ops::$op, &mut out);
                        assert_same_bits(&out, &expected, format_args!("{context}, into"));

                        let mut viewed = x.clone();
                        viewed.view_mut().zip_assign(y, ops::$op);
                        assert_same_bits(&viewed, &expected, format_args!("{context}, through a view"));
                    })*
                }
            });
        }
    };
}
for_each_binary_op!(binary_in_place);

macro_rules! unary_in_place {
    ($($method:ident $op:ident $doc:literal;)*) => {
        #[test]
        fn unary_ops_in_place_equal_the_allocating_forms() {
            let cases = cases::<f64>(22);
            for_each_setting(|setting| {
                for (case, x, _) in cases.iter().step_by(5) {
                    $({
                        let context = format!("{} of {case}, {setting}", stringify!($method));
                        let expected = x.$method();
                        for stored in [Lie::Contiguous, Lie::Transposed, Lie::Gapped, Lie::Mixed] {
                            let mut alone = owned(x, stored);
                            alone.map_assign(ops::$op);
                            assert_same_bits(&alone, &expected, &context);
                            let mut out = owned(x, stored);
                            x.map_into(ops::$op, &mut out);
                            assert_same_bits(&out, &expected, &context);
                        }
                    })*
                }
            });
        }
    };
}
for_each_unary_op!(unary_in_place);

#[test]
fn a_unique_tensor_is_written_where_it_lies_and_a_shared_one_is_not() {
    let y = Tensor::<f32>::ones([8, 8]);
    let mut x = Tensor::<f32>::zeros([8, 8]);
    let address = x.as_slice().unwrap().as_ptr();
    x += &y;
    x *= 3.0;
    x.map_assign(ops::Square);
    y.zip_into(&y, ops::Add, &mut x);
    y.map_into(ops::Neg, &mut x);
    assert_eq!(x.as_slice().unwrap().as_ptr(), address, "in place");
    let before = x.clone();
    x += &y;
    assert_ne!(x.as_slice().unwrap().as_ptr(), address, "copied on write");
    assert_eq!((before.to_vec(), x.to_vec()), (vec![-1.0; 64], vec![0.0; 64]));
}

#[test]
fn the_right_side_keeps_its_values_whatever_it_shares() {
    let base = Tensor::<f64>::from_rows([[1.0, 2.0], [3.0, 4.0]]);
    let mut x = base.clone() + 0.0;
    x += &x.clone();
    assert_eq!(x.to_vec(), [2.0, 4.0, 6.0, 8.0]);
    x -= &x.t();
    assert_eq!(x.to_vec(), [0.0, -2.0, 2.0, 0.0]);
    x += &base;
    x *= &x.row(0);
    assert_eq!(x.to_vec(), [1.0, 0.0, 5.0, 0.0]);
    let mut y = base.clone();
    y /= y.flip(&[0, 1]);
    assert_eq!(y.to_vec(), [0.25, 2.0 / 3.0, 1.5, 4.0]);
    let mut z = base.clone();
    base.zip_into(&z.t(), ops::Add, &mut z);
    assert_eq!(z.to_vec(), [2.0, 5.0, 5.0, 8.0]);
    assert_eq!(base.to_vec(), [1.0, 2.0, 3.0, 4.0]);
}

#[test]
fn repeated_elements_are_copied_before_they_are_written() {
    let mut x = Tensor::<f32>::vector(&[1.0, 2.0]).broadcast_to([3, 2]);
    x += &Tensor::from_fn([3, 2], |i| i as f32);
    assert_eq!(x.to_vec(), [1.0, 3.0, 3.0, 5.0, 5.0, 7.0]);
    let mut windows = Tensor::<f32>::vector(&[1.0, 2.0, 3.0]).windows(0, 2, 1);
    windows *= 2.0;
    assert_eq!(windows.to_vec(), [2.0, 4.0, 4.0, 6.0]);
}

#[test]
fn views_write_their_part_and_nothing_else() {
    let mut x = Tensor::<f64>::zeros([4, 6]);
    x.view_mut().slice(&s![1..3, ..; -2]).assign(&Tensor::vector(&[1.0, 2.0, 3.0]));
    x.view_mut().diagonal(0, 0, 1).fill(7.0);
    let mut view = x.view_mut().t().slice(&s![4.., ..]);
    view += &Tensor::scalar(10.0);
    view *= 2.0;
    view -= 1.0;
    view /= Tensor::vector(&[1.0, 1.0, 1.0, -1.0]);
    let expected = [
        [7.0, 0.0, 0.0, 0.0, 19.0, 19.0],
        [0.0, 7.0, 0.0, 2.0, 19.0, 21.0],
        [0.0, 3.0, 7.0, 2.0, 19.0, 21.0],
        [0.0, 0.0, 0.0, 7.0, -19.0, -19.0],
    ];
    assert_eq!(x, Tensor::from_rows(expected));
    let mut mask = Tensor::full([2, 2], false);
    mask.view_mut().row(1).fill(true);
    assert_eq!(mask.to_vec(), [false, false, true, true]);
    x.view_mut().narrow(0, 1, 0).fill(9.0);
    assert_eq!(x, Tensor::from_rows(expected), "an empty view has nothing to write");
}

#[test]
fn consumed_operands_give_their_place_to_the_result() {
    let y = Tensor::<f32>::from_fn([5, 7], |i| i as f32);
    let row = Tensor::<f32>::from_fn([7], |i| 1.0 + i as f32);
    let fresh = || &y * 1.5;
    let address = |x: &Tensor<f32>| x.as_slice().unwrap().as_ptr();
    let x = fresh();
    let place = address(&x);
    let result = -(((x + &row) * &y - y.clone()) / 2.0 + 1.0);
    assert_eq!(address(&result), place, "five ops, one buffer");
    assert_same_bits(&result, &-&(&((&(&(&fresh() + &row) * &y) - &y) / 2.0) + 1.0), "the same bits");

    let shared = fresh();
    let kept = shared.clone();
    assert_eq!((shared + 1.0).to_vec(), (&kept + 1.0).to_vec());
    assert_eq!(kept.to_vec(), fresh().to_vec(), "a shared operand keeps its values");
    assert_eq!((row.clone() + &y).shape(), y.shape(), "a result of another shape has a place of its own");
    let part = fresh().row(2);
    assert_eq!(part.to_vec(), (part.clone() * 1.0).to_vec());
    assert_same_bits(&(fresh().t() - &y.t()), &(&fresh().t() - &y.t()), "transposed");
}

#[test]
fn numbers_on_the_left_are_rounded_once() {
    let x = Tensor::<f32>::vector(&[0.1, -3.0, 49.0]);
    let each = |f: fn(f32) -> f32| x.to_vec().into_iter().map(f).collect::<Vec<_>>();
    assert_eq!((2.5 + &x).to_vec(), each(|x| 2.5 + x));
    assert_eq!((2.5 - &x).to_vec(), each(|x| 2.5 - x));
    assert_eq!((2.5 * x.clone()).to_vec(), each(|x| 2.5 * x));
    assert_eq!((2.5 / x.clone()).to_vec(), each(|x| 2.5 / x));
    let y = Tensor::<f64>::vector(&[3.0]);
    assert_eq!(
        [(1.0 + &y).item(), (1.0 - &y).item(), (1.0 * &y).item(), (1.0 / &y).item()],
        [4.0, -2.0, 3.0, 1.0 / 3.0]
    );
}
