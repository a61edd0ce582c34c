//! Products of matrices and vectors: the same bits under every setting, within the bound of inner products of
//! the naive twin, in every combination of layouts.

use gradus_tensor::{Real, Rng, Tensor};
use gradus_testkit::compare::assert_within;
use gradus_testkit::generate::{self, LIES, Lie};
use gradus_testkit::naive;
use gradus_testkit::settings::same_under_each_setting;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// Product and twin each err by at most k·(ε/2)·Σ|aᵢ·bᵢ| for an inner dimension of k, in any order of the sum
/// and with or without fused multiply-adds; together by k·ε·Σ|aᵢ·bᵢ|. The rest is second order.
const PRODUCT_BOUND: f64 = 1.01;

fn check<T: Real>(a: &Tensor<T>, b: &Tensor<T>, context: &str) {
    let found = same_under_each_setting(context, || a.matmul(b));
    let magnitude = naive::matmul(&naive::map(a, |a| a.abs()), &naive::map(b, |b| b.abs()));
    let inner = b.shape()[0] as f64;
    let bound = &magnitude * T::constant(PRODUCT_BOUND * inner * T::EPSILON.to_f64());
    assert_within(&found, &naive::matmul(a, b), &bound, context);
}

fn check_shapes<T: Real>(cases: &[(&[usize], &[usize])], lies: &[Lie]) {
    let mut rng = Rng::new(1);
    for (left, right) in cases {
        for &left_lie in lies {
            for &right_lie in lies {
                let a: Tensor<T> = generate::tensor(&mut rng, left, -1.0..2.0, left_lie);
                let b = generate::tensor(&mut rng, right, -1.0..2.0, right_lie);
                check(&a, &b, &format!("{} {left_lie:?} {left:?} · {right_lie:?} {right:?}", T::DTYPE));
            }
        }
    }
}

const SMALL: [(&[usize], &[usize]); 18] = [
    (&[0], &[0]),
    (&[1], &[1]),
    (&[37], &[37]),
    (&[0, 3], &[3]),
    (&[3, 0], &[0]),
    (&[1, 1], &[1]),
    (&[1, 19], &[19]),
    (&[5, 1], &[1]),
    (&[7, 19], &[19]),
    (&[3], &[3, 0]),
    (&[0], &[0, 3]),
    (&[19], &[19, 6]),
    (&[0, 2], &[2, 3]),
    (&[2, 0], &[0, 3]),
    (&[2, 3], &[3, 0]),
    (&[1, 5], &[5, 1]),
    (&[5, 1], &[1, 4]),
    (&[9, 17], &[17, 11]),
];

#[test]
fn small_products_equal_their_twins_in_every_layout() {
    check_shapes::<f32>(&SMALL, &LIES);
    check_shapes::<f64>(&SMALL, &LIES);
}

/// Beyond the thresholds from which threads share the work, with remainders of every piece.
const LARGE: [(&[usize], &[usize]); 6] = [
    (&[200_003], &[200_003]),
    (&[413, 517], &[517]),
    (&[38, 5003], &[5003]),
    (&[517], &[517, 413]),
    (&[301, 127], &[127, 67]),
    (&[129, 515], &[515, 35]),
];

#[test]
fn large_products_equal_their_twins_for_any_number_of_threads() {
    let lies = [Lie::Contiguous, Lie::Transposed];
    check_shapes::<f32>(&LARGE, &lies);
    check_shapes::<f64>(&LARGE, &lies);
    check_shapes::<f64>(&LARGE[1..], &[Lie::Gapped, Lie::BroadcastOuter]);
}

#[test]
fn matrices_read_in_place_have_the_bits_of_their_copies() {
    let mut rng = Rng::new(2);
    let x: Tensor<f32> = rng.normal([67]);
    for lie in [Lie::Offset, Lie::Narrowed, Lie::BroadcastOuter] {
        let a: Tensor<f32> = generate::tensor(&mut rng, &[45, 67], -1.0..1.0, lie);
        let copy = Tensor::from_slice([45, 67], &a.to_vec()).unwrap();
        assert_eq!(a.matmul(&x), copy.matmul(&x), "{lie:?}");
        assert_eq!(x.matmul(&a.t()), copy.matmul(&x), "{lie:?}: a row times Aᵀ is A times the column");
        let b = generate::tensor(&mut rng, &[67, 21], -1.0..1.0, lie);
        let b_copy = Tensor::from_slice([67, 21], &b.to_vec()).unwrap();
        assert_eq!(a.matmul(&b), copy.matmul(&b_copy), "{lie:?}");
    }
}

#[test]
fn exact_products_are_exact() {
    // Sums of integers below 2²⁴ do not round, in whichever order.
    let a = Tensor::<f32>::from_fn([131, 140], |i| (i % 7) as f32 - 3.0);
    let b = Tensor::<f32>::from_fn([140, 129], |i| (i % 11) as f32 - 5.0);
    let found = same_under_each_setting("integers", || a.matmul(&b));
    assert_eq!(found, naive::matmul(&a, &b));
    assert_eq!(a.matmul(&Tensor::eye(140)), a);
    assert_eq!(Tensor::eye(131).matmul(&a), a);
}

#[test]
fn recycled_buffers_do_not_leak_into_products() {
    // A product that scaled its fresh, NaN-filled C by 0 instead of overwriting it would be NaN.
    for _ in 0..3 {
        drop([(); 4].map(|()| Tensor::<f64>::full([16, 16], f64::NAN)));
        let ones = Tensor::<f64>::ones([16, 16]);
        drop([(); 4].map(|()| Tensor::<f64>::full([16, 16], f64::NAN)));
        assert_eq!(ones.matmul(&ones), Tensor::full([16, 16], 16.0));
        assert_eq!(ones.matmul(&ones.row(0)), Tensor::full([16], 16.0));
        assert_eq!(ones.narrow(1, 0, 0).matmul(&ones.narrow(0, 0, 0)), Tensor::zeros([16, 16]));
        assert_eq!(ones.narrow(1, 0, 0).matmul(&Tensor::zeros([0])), Tensor::zeros([16]));
    }
}

#[test]
fn nan_and_infinity_reach_the_rows_that_hold_them() {
    for (m, k, n) in [(2, 3, 4), (9, 40, 20)] {
        let mut a = Tensor::<f32>::zeros([m, k]);
        a.make_mut()[k + 1] = f32::NAN;
        let mut b = Tensor::<f32>::ones([k, n]);
        b.make_mut()[0] = f32::INFINITY;
        let c = a.matmul(&b);
        assert!(c.row(1).to_vec().iter().all(|c| c.is_nan()), "a NaN in row 1 of A");
        assert!((0..m).all(|i| c.at(&[i, 0]).is_nan()), "0·∞ in column 0 of B");
        assert_eq!(c.at(&[0, 1]), 0.0);
        assert!(a.matmul(&Tensor::ones([k])).at(&[1]).is_nan());
        assert!(Tensor::zeros([k]).matmul(&b).at(&[0]).is_nan());
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200, rng_seed: RngSeed::Fixed(3), failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn random_products_equal_their_twins(
        m in prop::option::of(0..12usize), k in 0..20usize, n in prop::option::of(0..12usize), seed: u64,
    ) {
        let mut rng = Rng::new(seed);
        let left: Vec<usize> = m.into_iter().chain([k]).collect();
        let right: Vec<usize> = [k].into_iter().chain(n).collect();
        let a: Tensor<f64> = generate::tensor(&mut rng, &left, -1.0..2.0, Lie::Mixed);
        let b: Tensor<f64> = generate::tensor(&mut rng, &right, -1.0..2.0, Lie::Mixed);
        check(&a, &b, "random");
    }
}
