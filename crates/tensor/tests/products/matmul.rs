//! Products of matrices and vectors: the same bits for any number of threads, within the bound of inner
//! products of the naive twin at every SIMD level, in every combination of layouts.

use gradus_tensor::{Real, Rng, Tensor};
use gradus_testkit::compare::{assert_same_bits, assert_within};
use gradus_testkit::generate::{self, LIES, Lie};
use gradus_testkit::naive;
use gradus_testkit::panics::assert_panic;
use gradus_testkit::settings::{for_each_setting, per_level, same_under_each_setting, under_each_setting};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// Product and twin each err by at most k·(ε/2)·Σ|aᵢ·bᵢ| for an inner dimension of k, in any order of the sum
/// and with or without fused multiply-adds; together by k·ε·Σ|aᵢ·bᵢ|. The rest is second order.
const PRODUCT_BOUND: f64 = 1.01;

fn bound_of<T: Real>(a: &Tensor<T>, b: &Tensor<T>) -> Tensor<T> {
    let magnitude = naive::matmul(&naive::map(a, |a| a.abs()), &naive::map(b, |b| b.abs()));
    let inner = a.shape()[a.rank() - 1] as f64;
    &magnitude * T::constant(PRODUCT_BOUND * inner * T::EPSILON.to_f64())
}

fn check<T: Real>(a: &Tensor<T>, b: &Tensor<T>, context: &str) {
    let (twin, bound) = (naive::matmul(a, b), bound_of(a, b));
    for (level, found) in per_level(context, || a.matmul(b)) {
        assert_within(&found, &twin, &bound, format!("{context}: {level:?}"));
    }
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
    let found = same_under_each_setting("integers, at every level", || a.matmul(&b));
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

/// Row-major elements of A·B, and of |A|·|B|, in f64.
fn twins(a: &[f64], b: &[f64], [m, k, n]: [usize; 3]) -> (Vec<f64>, Vec<f64>) {
    let (mut c, mut magnitude) = (vec![0.0; m * n], vec![0.0; m * n]);
    for i in 0..m {
        for p in 0..k {
            for j in 0..n {
                let product = a[i * k + p] * b[p * n + j];
                c[i * n + j] += product;
                magnitude[i * n + j] += product.abs();
            }
        }
    }
    (c, magnitude)
}

/// Products of all forms (A and B as they are and transposed) for the given extents.
fn check_forms<T: Real>(extents: &[[usize; 3]]) {
    let mut rng = Rng::new(11);
    for &[m, k, n] in extents {
        let a: Tensor<T> = rng.normal([m, k]);
        let b: Tensor<T> = rng.normal([k, n]);
        let stored = |x: &Tensor<T>| {
            let t = x.t();
            Tensor::from_slice(t.shape(), &t.to_vec()).expect("its elements").t()
        };
        let wide = |x: &Tensor<T>| x.to_vec().into_iter().map(T::to_f64).collect::<Vec<_>>();
        let (twin, magnitude) = twins(&wide(&a), &wide(&b), [m, k, n]);
        let (at, bt) = (stored(&a), stored(&b));
        for (form, left, right) in [("nn", &a, &b), ("tn", &at, &b), ("nt", &a, &bt)] {
            let context = format!("{form} {m}x{n}x{k} {}", T::DTYPE);
            for (level, found) in per_level(&context, || left.matmul(right)) {
                for (i, found) in found.to_vec().into_iter().enumerate() {
                    let error = (found.to_f64() - twin[i]).abs();
                    let bound = PRODUCT_BOUND * (k + 1) as f64 * T::EPSILON.to_f64() * magnitude[i];
                    assert!(error <= bound, "{context}: {level:?}: element {i} off by {error} > {bound}");
                }
            }
        }
    }
}

/// Every remainder of tiles and vectors, with an inner extent of every kind.
#[test]
fn all_small_extents_in_all_forms() {
    let inner = [0, 1, 2, 3, 8, 17];
    let mut extents = Vec::new();
    for m in 0..=40 {
        for n in 0..=40 {
            extents.push([m, inner[(m + n) % inner.len()], n]);
        }
    }
    check_forms::<f32>(&extents);
    check_forms::<f64>(&extents);
}

/// Beyond one block in each direction, with remainders, and split between threads by rows or by columns.
#[test]
fn blocks_and_pieces_join_without_seams() {
    let extents =
        [[130, 1100, 70], [260, 530, 2100], [700, 150, 65], [65, 150, 700], [257, 256, 259], [5, 2000, 500]];
    check_forms::<f32>(&extents);
    check_forms::<f64>(&extents[..4]);
}

#[test]
fn views_of_large_matrices_have_the_bits_of_their_copies() {
    let mut rng = Rng::new(12);
    for lie in [Lie::Narrowed, Lie::Gapped, Lie::BroadcastInner, Lie::BroadcastOuter, Lie::Mixed] {
        let a: Tensor<f32> = generate::tensor(&mut rng, &[150, 700], -1.0..1.0, lie);
        let b = generate::tensor(&mut rng, &[700, 90], -1.0..1.0, lie);
        let copy = |x: &Tensor<f32>| Tensor::from_slice(x.shape(), &x.to_vec()).unwrap();
        let (a_copy, b_copy) = (copy(&a), copy(&b));
        under_each_setting(|| assert_same_bits(&a.matmul(&b), &a_copy.matmul(&b_copy), format!("{lie:?}")));
    }
}

const BATCHES: [(&[usize], &[usize]); 20] = [
    (&[3, 2, 4], &[3, 4, 5]),
    (&[3, 2, 4], &[4, 5]),
    (&[2, 4], &[3, 4, 5]),
    (&[3, 2, 4], &[1, 4, 5]),
    (&[1, 2, 4], &[3, 4, 5]),
    (&[2, 1, 3, 4], &[5, 4, 2]),
    (&[2, 3, 3, 4], &[2, 1, 4, 2]),
    (&[2, 3, 2, 1, 4], &[3, 1, 4, 2]),
    (&[3, 2, 4], &[4]),
    (&[4], &[3, 4, 5]),
    (&[3, 2, 4], &[3, 4, 1]),
    (&[3, 1, 4], &[4, 5]),
    (&[3, 1, 4], &[3, 4, 5]),
    (&[0, 2, 4], &[4, 5]),
    (&[3, 2, 0], &[3, 0, 5]),
    (&[3, 0, 4], &[3, 4, 5]),
    (&[2, 0, 3, 4], &[1, 4, 5]),
    (&[7, 3, 3], &[7, 3, 3]),
    (&[2, 2, 2, 2, 2, 2, 3, 4], &[2, 1, 4, 3]),
    (&[1, 1, 1, 1, 1, 1, 1, 1], &[1]),
];

#[test]
fn batch_axes_broadcast_in_every_layout() {
    check_shapes::<f32>(&BATCHES, &[Lie::Contiguous, Lie::Transposed, Lie::Gapped, Lie::BroadcastOuter]);
    check_shapes::<f64>(&BATCHES, &[Lie::Narrowed, Lie::Mixed]);
}

#[test]
fn items_of_a_batch_have_the_bits_of_single_products() {
    let mut rng = Rng::new(13);
    // The last two are shared by threads, by items and within each item.
    for (count, [m, k, n]) in [(5, [3, 3, 3]), (3, [13, 600, 9]), (300, [32, 32, 32]), (2, [200, 300, 150])] {
        let (a, b): (Tensor<f32>, Tensor<f32>) = (rng.normal([count, m, k]), rng.normal([count, k, n]));
        for (_, c) in per_level(format!("{count} of {m}x{n}x{k}"), || a.matmul(&b)) {
            assert_eq!(&c.shape()[..], [count, m, n]);
        }
        under_each_setting(|| {
            let (all, shared) = (a.matmul(&b), a.matmul(&b.row(0)));
            for i in [0, count / 2, count - 1] {
                assert_same_bits(&all.row(i), &a.row(i).matmul(&b.row(i)), format!("item {i}"));
                assert_same_bits(&shared.row(i), &a.row(i).matmul(&b.row(0)), format!("item {i}, one B"));
            }
        });
    }
}

/// α·A·B + β·C in f64, with the bound of both roundings of the sum.
#[test]
fn accumulation_scales_and_adds() {
    let mut rng = Rng::new(14);
    for [m, k, n] in
        [[1, 1, 1], [7, 5, 9], [1, 30, 8], [8, 30, 1], [40, 700, 33], [150, 300, 170], [3, 0, 4], [0, 2, 3]]
    {
        let (a, b): (Tensor<f64>, Tensor<f64>) = (rng.normal([m, k]), rng.normal([k, n]));
        let start: Tensor<f64> = rng.normal([n, m]);
        for (alpha, beta) in [(1.0, 1.0), (2.0, 0.0), (0.5, 1.0), (-1.0, -0.25), (0.0, 3.0), (1.0, 0.0)] {
            let context = format!("{alpha} A·B + {beta} C of {m}x{n}x{k}");
            // C lies transposed, is shared, and must not change its other owner.
            let results = per_level(&context, || {
                let mut c = start.t();
                c.addmm(beta, alpha, &a, &b);
                c
            });
            let twin = &(&naive::matmul(&a, &b) * alpha) + &(&start.t() * beta);
            let scale = naive::map(&(&bound_of(&a, &b) * alpha), f64::abs);
            let rest = naive::map(&(&start.t() * beta), |c| 4.0 * f64::EPSILON * (c.abs() + 1.0));
            for (level, found) in results {
                assert_within(&found, &twin, &(&(&scale * 2.0) + &rest), format!("{context}: {level:?}"));
            }
        }
        under_each_setting(|| {
            let (mut sum, mut same) = (start.t(), start.t());
            sum.add_matmul(&a, &b);
            same.addmm(1.0, 1.0, &a, &b);
            assert_same_bits(&sum, &same, "add_matmul is addmm with factors of 1");
        });
    }
}

#[test]
fn what_is_overwritten_does_not_matter() {
    let mut rng = Rng::new(15);
    for [m, k, n] in [[5, 4, 6], [1, 9, 7], [30, 600, 20], [4, 0, 3], [90, 1, 1]] {
        let (a, b): (Tensor<f32>, Tensor<f32>) = (rng.normal([m, k]), rng.normal([k, n]));
        under_each_setting(|| {
            let expected = a.matmul(&b);
            let mut c = Tensor::full([m, n], f32::NAN);
            c.addmm(0.0, 1.0, &a, &b);
            assert_same_bits(&c, &expected, "beta = 0");
            let shared = Tensor::full([m, n], f32::NAN);
            let mut c = shared.clone();
            a.matmul_into(&b, &mut c);
            assert_same_bits(&c, &expected, "a shared result");
            assert!(shared.to_vec().iter().all(|x| x.is_nan()), "its other owner keeps its elements");
            let mut c = Tensor::full([n, m], f32::NAN).t();
            a.matmul_into(&b, &mut c);
            assert_same_bits(&c, &expected, "a transposed result");
        });
    }
}

#[test]
fn linear_is_a_product_and_a_sum() {
    let mut rng = Rng::new(16);
    for (input, out) in [
        (&[4, 3][..], 5),
        (&[3], 5),
        (&[1, 3], 1),
        (&[2, 3, 4], 7),
        (&[0, 3], 2),
        (&[5, 0], 2),
        (&[64, 700], 33),
    ] {
        let inner = input[input.len() - 1];
        for lie in [Lie::Contiguous, Lie::Transposed, Lie::Mixed] {
            let x: Tensor<f64> = generate::tensor(&mut rng, input, -1.0..2.0, lie);
            let weight = generate::tensor(&mut rng, &[inner, out], -1.0..2.0, lie);
            let bias = generate::tensor(&mut rng, &[out], -1.0..2.0, lie);
            let context = format!("linear of {input:?} {lie:?}");
            let twin = &naive::matmul(&x, &weight) + &bias;
            let rounding = naive::map(&twin, |y| 4.0 * f64::EPSILON * (y.abs() + 2.0));
            let bound = &(&bound_of(&x, &weight) * 2.0) + &rounding;
            for (level, found) in per_level(&context, || x.linear(&weight, Some(&bias))) {
                assert_within(&found, &twin, &bound, format!("{context}: {level:?}"));
            }
            under_each_setting(|| {
                assert_same_bits(&x.linear(&weight, None), &x.matmul(&weight), format!("{context}, no bias"));
            });
        }
    }
}

#[test]
fn dot_and_outer_are_products_of_vectors() {
    let mut rng = Rng::new(17);
    let (a, b): (Tensor<f64>, Tensor<f64>) = (rng.normal([9]), rng.normal([9]));
    assert_eq!(a.dot(&b), a.matmul(&b));
    let c: Tensor<f64> = rng.normal([4]);
    assert_eq!(a.outer(&c), naive::tabulate(&[9, 4], |i| a.at(&i[..1]) * c.at(&i[1..])));
    assert_eq!(a.outer(&Tensor::zeros([0])), Tensor::zeros([9, 0]));
}

#[test]
fn products_with_vectors_have_the_same_bits_at_every_level() {
    let mut rng = Rng::new(18);
    for (m, k) in [(1, 1), (3, 5), (4, 16), (6, 17), (9, 40), (200, 1000), (517, 533)] {
        let (a, x): (Tensor<f32>, Tensor<f32>) = (rng.normal([m, k]), rng.normal([k]));
        let by_rows = same_under_each_setting("by rows", || a.matmul(&x));
        assert_same_bits(&x.matmul(&a.t()), &by_rows, "a row times Aᵀ");
        let y: Tensor<f32> = rng.normal([m]);
        same_under_each_setting("by columns", || a.t().matmul(&y));
    }
}

#[test]
fn infinities_in_the_last_lanes_of_a_row_count_once() {
    // The remainder of a row is read together with elements that were added before.
    for k in [17, 31, 33, 40] {
        for at in [0, k - 17, k - 2, k - 1] {
            let mut a = Tensor::<f64>::zeros([5, k]);
            a.make_mut()[3 * k + at] = f64::INFINITY;
            let y = same_under_each_setting("infinity", || a.matmul(&Tensor::ones([k])));
            assert_eq!(y.to_vec(), [0.0, 0.0, 0.0, f64::INFINITY, 0.0], "{k} {at}");
        }
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

#[test]
fn products_into_views_equal_products() {
    fn check<T: Real>() {
        let mut rng = Rng::new(71);
        let cases: Vec<_> =
            [[5, 7, 3], [1, 9, 4], [6, 2, 1], [33, 40, 35], [9, 1500, 5], [3, 0, 2], [0, 4, 2]]
                .map(|[m, k, n]| {
                    let a = generate::tensor::<T>(&mut rng, &[m, k], -2.0..2.0, Lie::Gapped);
                    let b = generate::tensor::<T>(&mut rng, &[k, n], -2.0..2.0, Lie::Transposed);
                    (a, b, generate::tensor::<T>(&mut rng, &[m + 2, n + 3], -2.0..2.0, Lie::Contiguous))
                })
                .into();
        for_each_setting(|_| {
            for (a, b, frame) in &cases {
                let (m, n) = (a.shape()[0], b.shape()[1]);
                let inside = |x: &Tensor<T>| x.narrow(0, 1, m).narrow(1, 2, n);
                for turned in [false, true] {
                    let mut own = frame.contiguous();
                    own.make_mut();
                    if turned {
                        own = own.t().contiguous().t();
                    }
                    let mut expected = inside(frame).contiguous();
                    expected.add_matmul(a, b);
                    own.view_mut().narrow(0, 1, m).narrow(1, 2, n).add_matmul(a, b);
                    assert_same_bits(&inside(&own), &expected, "added");
                    own.view_mut().narrow(0, 1, m).narrow(1, 2, n).assign_matmul(a, b);
                    assert_same_bits(&inside(&own), &a.matmul(b), "assigned");
                    own.view_mut().narrow(0, 1, m).narrow(1, 2, n).assign(&inside(frame));
                    assert_same_bits(&own, frame, "nothing beside the view changed");
                }
            }
        });
    }
    check::<f32>();
    check::<f64>();
    let (a, mut c) = (Tensor::<f32>::ones([2, 2]), Tensor::<f32>::ones([2, 3]));
    assert_panic(
        || c.view_mut().assign_matmul(&a, &a),
        "assign_matmul: the product of [2, 2] and [2, 2] has shape [2, 2], the result [2, 3]",
    );
}
