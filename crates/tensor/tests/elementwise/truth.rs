//! Comparisons, logic, and the choice by truth values.

use gradus_tensor::{Element, Real, Rng, Tensor};
use gradus_testkit::compare::assert_same_bits;
use gradus_testkit::generate::{self, LIES, Lie};
use gradus_testkit::naive;
use gradus_testkit::panics::assert_panic;
use gradus_testkit::settings::for_each_setting;

/// Few distinct values, so that many are equal.
const DOMAIN: std::ops::Range<f64> = -1.5..1.5;

const PAIRS: [(&[usize], &[usize]); 10] = [
    (&[], &[]),
    (&[0], &[1]),
    (&[17], &[17]),
    (&[17], &[]),
    (&[4, 1], &[1, 5]),
    (&[40, 70], &[70]),
    (&[40, 70], &[40, 1]),
    (&[3, 1, 4], &[2, 1, 5, 1]),
    (&[301, 437], &[301, 437]),
    (&[301, 437], &[301, 1]),
];

/// Rounded values in all lies, some of them NaN.
fn coarse<T: Real>(rng: &mut Rng, shape: &[usize], lie: Lie) -> Tensor<T> {
    let x = generate::tensor::<T>(rng, shape, DOMAIN, lie);
    naive::map(&x, |x| {
        let rounded = x.to_f64().round();
        T::constant(if rounded == 1.0 && x.to_f64() > 1.3 { f64::NAN } else { rounded })
    })
}

#[test]
fn comparisons_equal_the_operators() {
    fn check<T: Real>() {
        let mut rng = Rng::new(31);
        let mut cases = Vec::new();
        for (left, right) in PAIRS {
            for lie in LIES {
                // The twin is contiguous, so the lie is that of a view of it.
                let (a, b) =
                    (coarse::<T>(&mut rng, left, lie), coarse::<T>(&mut rng, right, Lie::Contiguous));
                let axes: Vec<usize> = (0..a.rank()).rev().collect();
                let a = if lie == Lie::Transposed { a.permute(&axes).contiguous().permute(&axes) } else { a };
                cases.push((a, b));
            }
        }
        type Method<T> = fn(&Tensor<T>, &Tensor<T>) -> Tensor<bool>;
        type Into<T> = fn(&Tensor<T>, &Tensor<T>, &mut Tensor<bool>);
        type Twin<T> = fn(&T, &T) -> bool;
        type Row<T> = (&'static str, Method<T>, Into<T>, Twin<T>);
        let table: [Row<T>; 6] = [
            ("equal", |a, b| a.equal(b), |a, b, out| a.equal_into(b, out), T::eq),
            ("not_equal", |a, b| a.not_equal(b), |a, b, out| a.not_equal_into(b, out), T::ne),
            ("less", |a, b| a.less(b), |a, b, out| a.less_into(b, out), T::lt),
            ("less_equal", |a, b| a.less_equal(b), |a, b, out| a.less_equal_into(b, out), T::le),
            ("greater", |a, b| a.greater(b), |a, b, out| a.greater_into(b, out), T::gt),
            ("greater_equal", |a, b| a.greater_equal(b), |a, b, out| a.greater_equal_into(b, out), T::ge),
        ];
        for_each_setting(|setting| {
            for (a, b) in &cases {
                for (name, method, into, twin) in table {
                    let expected = naive::zip(a, b, |a, b| if twin(&a, &b) { T::one() } else { T::zero() });
                    let found: Tensor<T> = naive::map(&expected, |_| T::zero());
                    let truth = method(a, b);
                    assert_eq!(truth.shape(), found.shape());
                    let numbers: Vec<f64> =
                        truth.to_vec().into_iter().map(|t| f64::from(u8::from(t))).collect();
                    let wanted: Vec<f64> = expected.to_vec().into_iter().map(|x| x.to_f64()).collect();
                    assert!(numbers == wanted, "{name} of {} and {}, {setting}", a.shape(), b.shape());
                    let mut out = !&truth;
                    let shared = out.clone();
                    into(a, b, &mut out);
                    assert!(out == truth && shared == !&truth, "{name}_into a shared tensor, {setting}");
                    drop(shared);
                    let mut out = !&out;
                    into(a, b, &mut out);
                    assert!(out == truth, "{name}_into of {} and {}, {setting}", a.shape(), b.shape());
                }
            }
        });
    }
    check::<f32>();
    check::<f64>();
}

#[test]
fn every_element_type_compares_with_tensors_and_numbers() {
    fn check<T: Element>(small: T, large: T) {
        let x = Tensor::vector(&[small, large, large]);
        let y = Tensor::vector(&[large, large, small]);
        assert_eq!(x.less(&y).to_vec(), [true, false, false], "{}", T::DTYPE);
        assert_eq!(x.equal(&y).to_vec(), [false, true, false], "{}", T::DTYPE);
        assert_eq!(x.greater_equal(large).to_vec(), [false, true, true], "{}", T::DTYPE);
        assert_eq!(x.not_equal(small).to_vec(), [false, true, true], "{}", T::DTYPE);
        assert_eq!(x.less(&y).where_(&x, &y).to_vec(), [small, large, small], "{}", T::DTYPE);
        assert_eq!(x.masked_fill(&x.greater(small), small).to_vec(), [small; 3], "{}", T::DTYPE);
    }
    check(false, true);
    check(-3_i8, 2);
    check(-3_i16, 2);
    check(i32::MIN, i32::MAX);
    check(-3_i64, 1 << 60);
    check(3_u8, 200);
    check(3_u16, 200);
    check(3_u32, 200);
    check(3_u64, 1 << 63);
    check(3_usize, 200);
    check(-0.5_f32, 0.25);
    check(-0.5_f64, f64::INFINITY);
}

#[test]
fn predicates_know_the_corners() {
    let x = Tensor::<f32>::vector(&[0.0, -0.0, 1e-45, f32::MAX, f32::INFINITY, -f32::INFINITY, f32::NAN]);
    assert_eq!(x.is_nan().to_vec(), [false, false, false, false, false, false, true]);
    assert_eq!(x.is_finite().to_vec(), [true, true, true, true, false, false, false]);
    assert_eq!(x.is_infinite().to_vec(), [false, false, false, false, true, true, false]);
    assert_eq!(x.equal(&x).to_vec(), [true, true, true, true, true, true, false]);
    assert_eq!(x.equal(0.0).to_vec(), [true, true, false, false, false, false, false]);
    assert_eq!(x.not_equal(f32::NAN).to_vec(), [true; 7]);
}

#[test]
fn logic_has_its_truth_tables() {
    let (a, b) = (Tensor::vector(&[false, false, true, true]), Tensor::vector(&[false, true, false, true]));
    for (found, expected) in [
        (&a & &b, [false, false, false, true]),
        (a.clone() | &b, [false, true, true, true]),
        (&a ^ b.clone(), [false, true, true, false]),
        (a.clone() & b.clone(), [false, false, false, true]),
        (!&a, [true, true, false, false]),
        (!b.clone(), [true, false, true, false]),
    ] {
        assert_eq!(found.to_vec(), expected);
    }
    let columns = Tensor::vector(&[true, false]);
    assert_eq!(
        (&a.reshape([4, 1]) & &columns).to_vec(),
        [false, false, false, false, true, false, true, false]
    );
}

#[test]
fn where_chooses_like_the_twin() {
    let shapes: [[&[usize]; 3]; 9] = [
        [&[], &[], &[]],
        [&[9], &[9], &[9]],
        [&[0, 4], &[4], &[1]],
        [&[5, 1], &[1, 7], &[7]],
        [&[5, 7], &[], &[5, 1]],
        [&[2, 70, 90], &[70, 90], &[90]],
        [&[70, 1], &[70, 90], &[70, 90]],
        [&[301, 437], &[301, 437], &[]],
        [&[437], &[301, 437], &[301, 1]],
    ];
    let mut rng = Rng::new(33);
    let mut cases = Vec::new();
    for [condition, a, b] in shapes {
        for lie in LIES {
            let condition = generate::tensor::<f64>(&mut rng, condition, DOMAIN, lie);
            let a = generate::tensor::<f64>(&mut rng, a, DOMAIN, Lie::Mixed);
            let b = generate::tensor::<f64>(&mut rng, b, DOMAIN, lie);
            // a where the condition is positive, in terms of binary twins.
            let chosen = naive::zip(&condition, &a, |c, a| if c > 0.0 { a } else { f64::NAN });
            let other = naive::zip(&chosen, &b, |x, b| if x.is_nan() { b } else { x });
            cases.push((lie, condition, a, b, other));
        }
    }
    for_each_setting(|setting| {
        for (lie, condition, a, b, expected) in &cases {
            let context = format!("{lie:?} {} {} {}, {setting}", condition.shape(), a.shape(), b.shape());
            let mask = condition.greater(0.0);
            assert_same_bits(&mask.where_(a, b), expected, &context);
            assert_same_bits(&(!&mask).where_(b, a), expected, &context);
            // Row-major and, with two axes or more, turned.
            for axes in [(0..expected.rank()).collect::<Vec<_>>(), (0..expected.rank()).rev().collect()] {
                let turned: Vec<usize> = axes.iter().map(|&axis| expected.shape()[axis]).collect();
                let mut out = Tensor::full(turned.as_slice(), f64::NAN).permute(&axes);
                mask.where_into(a, b, &mut out);
                assert_same_bits(&out, expected, format_args!("{context}, into"));
            }
        }
    });
    let [mask, x] = [Tensor::vector(&[true, false]), Tensor::vector(&[false, true])];
    let wrong = Tensor::<bool>::zeros([3]);
    assert_panic(
        || mask.where_into(&x, &x, &mut wrong.clone()),
        "where_into: a result of shape [2] into [3]",
    );
    assert_panic(|| mask.less_into(&x, &mut wrong.clone()), "less_into: a result of shape [2] into [3]");
}

#[test]
fn what_is_not_chosen_does_not_matter() {
    let x = Tensor::<f32>::vector(&[-1.0, 4.0, f32::NAN]);
    let roots = x.greater_equal(0.0).where_(&x.sqrt(), 0.0);
    assert_eq!(roots.to_vec(), [0.0, 2.0, 0.0]);
    assert_eq!(x.masked_fill(&x.is_nan(), 0.5).to_vec(), [-1.0, 4.0, 0.5]);
    assert_eq!(Tensor::vector(&[true, false]).where_(1_i32, -1).to_vec(), [1, -1]);
    let zeros = Tensor::vector(&[true, false]).where_(&Tensor::vector(&[-0.0_f64]), 0.0);
    assert_same_bits(&zeros, &Tensor::vector(&[-0.0, 0.0]), "bits pass unchanged");
}
