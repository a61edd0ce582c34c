//! Reductions: the same bits under every setting, within the bound of recursive summation of the naive twin.

use gradus_tensor::{Real, Rng, Shape, Tensor, vector};
use gradus_testkit::compare::{assert_same_bits, assert_within};
use gradus_testkit::generate::{self, LIES, Lie};
use gradus_testkit::naive;
use gradus_testkit::settings::{for_each_setting, same_under_each_setting};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// Kernel and twin each err by at most n·(ε/2)·Σ|terms|; together by n·ε·Σ|terms|. The rest is second order.
const SUM_BOUND: f64 = 1.01;

/// Additions behind each element of a sum: 128 in its lane, 5 to join the lanes, then the tree over blocks.
fn depth(n: usize) -> f64 {
    133.0 + (n as f64 / 4096.0).max(1.0).log2().ceil()
}

fn check_sum_axes<T: Real>(x: &Tensor<T>, axes: &[usize], context: &str) {
    let terms: usize = axes.iter().map(|&axis| x.shape()[axis]).product();
    let found = same_under_each_setting(context, || x.sum_axes(axes));
    let magnitude = naive::sum_axes(&naive::map(x, |x| x.abs()), axes);
    let bound = &magnitude * T::constant(SUM_BOUND * terms as f64 * T::EPSILON.to_f64());
    assert_within(&found, &naive::sum_axes(x, axes), &bound, context);
}

fn check_extrema<T: Real>(x: &Tensor<T>, axes: &[usize], context: &str) {
    for (found, expected) in [
        (same_under_each_setting(context, || x.max_axes(axes)), naive::max_axes(x, axes)),
        (same_under_each_setting(context, || x.min_axes(axes)), naive::min_axes(x, axes)),
    ] {
        assert_same_bits(&found, &expected, context);
    }
}

fn check_axes<T: Real>() {
    let mut rng = Rng::new(1);
    let cases: &[(&[usize], &[&[usize]])] = &[
        (&[], &[&[]]),
        (&[1], &[&[], &[0]]),
        (&[33], &[&[], &[0]]),
        (&[0, 3], &[&[], &[0], &[1], &[0, 1], &[1, 0]]),
        (&[5, 7], &[&[], &[0], &[1], &[0, 1], &[1, 0]]),
        (&[3, 1, 4, 5], &[&[1], &[3], &[0, 2], &[3, 1], &[2, 0, 3], &[0, 1, 2, 3]]),
    ];
    for (shape, axes_of_shape) in cases {
        for lie in LIES {
            let x: Tensor<T> = generate::tensor(&mut rng, shape, -1.0..2.0, lie);
            for axes in *axes_of_shape {
                let context = format!("{shape:?} along {axes:?}, {lie:?}, {}", T::DTYPE);
                check_sum_axes(&x, axes, &context);
                if axes.iter().all(|&axis| shape[axis] > 0) {
                    check_extrema(&x, axes, &context);
                }
            }
        }
    }
}

#[test]
fn axes_reduce_as_their_twins() {
    check_axes::<f32>();
    check_axes::<f64>();
}

#[test]
fn sums_that_threads_share_have_the_same_bits() {
    let mut rng = Rng::new(2);
    for (shape, axes) in [([300_001, 1], vec![0]), ([2, 140_003], vec![1]), ([140_003, 2], vec![0])] {
        for lie in [Lie::Contiguous, Lie::Mixed] {
            check_sum_axes::<f32>(&generate::tensor(&mut rng, &shape, -1.0..2.0, lie), &axes, "large f32");
            check_sum_axes::<f64>(&generate::tensor(&mut rng, &shape, -1.0..2.0, lie), &axes, "large f64");
        }
    }
}

#[test]
fn lengths_around_lanes_and_blocks_are_summed_whole() {
    for n in [0, 1, 31, 32, 33, 63, 4095, 4096, 4097, 8191, 8192, 8193, 12_288, 12_289, 65_537, 131_072] {
        // Integers below 2⁵³ add without rounding.
        let x = Tensor::<f64>::from_fn([n], |i| i as f64 + 1.0);
        let sum = same_under_each_setting(n, || x.sum());
        assert_eq!(sum.item(), (n * (n + 1) / 2) as f64, "1 + … + {n}");
        assert_eq!(vector::dot(&vec![2.0; n], &x.to_vec()), (n * (n + 1)) as f64);
    }
}

#[test]
fn a_sum_of_ten_million_floats_stays_accurate() {
    const N: usize = 10_000_000;
    let exact = |x: &[f32]| x.iter().map(|&x| f64::from(x)).sum::<f64>();
    let bound = depth(N) * f64::from(f32::EPSILON) / 2.0;
    for x in [Tensor::full([N], 0.1f32), Rng::new(3).uniform([N], 0.0, 1.0)] {
        let x = x.as_slice().unwrap();
        let error = (f64::from(vector::sum(x)) / exact(x) - 1.0).abs();
        assert!(error <= bound, "relative error {error:e} > {bound:e}");
        let norm = x.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>();
        let error = (f64::from(vector::squared_norm(x)) / norm - 1.0).abs();
        assert!(error <= bound + f64::from(f32::EPSILON), "relative error {error:e} of the norm");
    }
    assert_eq!(vector::sum(&vec![1.0f32; N]), 1e7, "one by one, ones stop counting at 2²⁴");
}

#[test]
fn means_are_sums_divided() {
    for n in [1, 3, 49, 1000] {
        assert_eq!(Tensor::<f64>::ones([n]).mean().item(), 1.0, "{n} ones");
        assert_eq!(Tensor::<f32>::ones([n]).mean().item(), 1.0, "{n} ones");
    }
    assert_eq!(Tensor::<f64>::vector(&[1.0, 2.0, 6.0]).mean().item(), 3.0);
    assert!(Tensor::<f64>::zeros([0, 4]).mean().item().is_nan());
    assert_eq!(Tensor::<f64>::zeros([0, 4]).sum().item(), 0.0);
}

#[test]
fn extrema_with_nan_are_nan_wherever_it_stands() {
    for position in 0..5 {
        let mut x = Tensor::<f32>::from_fn([2, 5], |i| i as f32);
        x.make_mut()[position] = f32::NAN;
        for reduced in [x.max_axes(&[1]), x.min_axes(&[1])] {
            assert!(reduced.at(&[0]).is_nan() && !reduced.at(&[1]).is_nan(), "NaN at {position}");
        }
    }
    let infinite = Tensor::vector(&[1.0, f64::NEG_INFINITY, f64::INFINITY]);
    assert_eq!(infinite.max_axes(&[0]).item(), f64::INFINITY);
    assert_eq!(infinite.min_axes(&[0]).item(), f64::NEG_INFINITY);
}

#[test]
fn extrema_of_no_rows_of_something_are_empty() {
    assert_eq!(Tensor::<f64>::zeros([0, 3]).max_axes(&[1]).shape(), [0].into());
    assert_eq!(Tensor::<f64>::zeros([3, 0]).min_axes(&[0]).shape(), [0].into());
}

#[test]
fn sum_to_undoes_a_broadcast() {
    let mut rng = Rng::new(4);
    for (from, to) in [
        (&[][..], &[2, 3][..]),
        (&[3], &[2, 3]),
        (&[2, 1], &[2, 3]),
        (&[1, 1], &[2, 3]),
        (&[1, 3], &[4, 2, 3]),
        (&[2, 1], &[2, 0]),
        (&[1, 1], &[1, 1]),
        (&[2, 3], &[2, 3]),
    ] {
        let x: Tensor<f64> = generate::tensor(&mut rng, to, -1.0..1.0, Lie::Mixed);
        let shape = Shape::from(from);
        let missing = to.len() - from.len();
        let expected = naive::tabulate(from, |index| {
            let covers = |full: &[usize]| {
                index.iter().zip(&full[missing..]).zip(from).all(|((&i, &j), &n)| n == 1 || i == j)
            };
            naive::indices(to).iter().filter(|full| covers(full)).map(|full| x.at(full)).sum()
        });
        let bound = Tensor::full(shape, 1e-14);
        assert_within(&x.sum_to(shape), &expected, &bound, format_args!("{to:?} to {from:?}"));
    }
}

fn check_vectors<T: Real>() {
    let mut rng = Rng::new(5);
    for n in [0, 1, 7, 32, 1000, 4099, 200_001] {
        let draw = |rng: &mut Rng| rng.uniform::<T>([n], -1.0, 2.0);
        let (a, b) = (draw(&mut rng), draw(&mut rng));
        let (a, b) = (&*a.to_vec(), &*b.to_vec());
        let found = same_under_each_setting(n, || Tensor::scalar(vector::dot(a, b))).item();
        let (mut twin, mut magnitude) = (T::zero(), 0.0);
        for (&a, &b) in a.iter().zip(b) {
            twin += a * b;
            magnitude += (a * b).abs().to_f64();
        }
        let bound = SUM_BOUND * (n + 1) as f64 * T::EPSILON.to_f64() * magnitude;
        assert!((found - twin).to_f64().abs() <= bound, "dot of {n}: {found}, not {twin}");
        assert_eq!(vector::squared_norm(a), vector::dot(a, a));

        let alpha = T::constant(-0.7);
        let expected: Vec<T> = a.iter().zip(b).map(|(&x, &y)| y + alpha * x).collect();
        for_each_setting(|setting| {
            let mut y = b.to_vec();
            vector::axpy(alpha, a, &mut y);
            assert_eq!(y, expected, "axpy of {n}, {setting}");
        });
    }
}

#[test]
fn vector_kernels_equal_their_twins() {
    check_vectors::<f32>();
    check_vectors::<f64>();
}

#[test]
fn the_first_non_finite_element_is_found_anywhere() {
    let n = 200_001;
    let clean = Tensor::<f64>::full([n], -1e308).to_vec();
    for_each_setting(|_| {
        // The sum overflows, but no element does.
        assert_eq!(vector::first_non_finite(&clean), None);
        for (position, value) in
            [(0, f64::NAN), (31, f64::INFINITY), (4096, f64::NEG_INFINITY), (n - 1, f64::NAN)]
        {
            let mut x = clean.clone();
            x[position] = value;
            x[n - 1] = f64::NAN;
            assert_eq!(vector::first_non_finite(&x), Some(position));
        }
    });
    assert_eq!(vector::first_non_finite::<f32>(&[]), None);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200, rng_seed: RngSeed::Fixed(2), failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn random_reductions_equal_their_twins(
        shape in prop::collection::vec(0..5usize, 0..6), chosen: [bool; 6], seed: u64,
    ) {
        let mut rng = Rng::new(seed);
        let x: Tensor<f64> = generate::tensor(&mut rng, &shape, -2.0..1.0, Lie::Mixed);
        let order = rng.permutation(shape.len());
        let axes: Vec<usize> = order.into_iter().filter(|&axis| chosen[axis]).collect();
        let terms: usize = axes.iter().map(|&axis| shape[axis]).product();
        let magnitude = naive::sum_axes(&naive::map(&x, |x| x.abs()), &axes);
        let bound = &magnitude * (SUM_BOUND * terms as f64 * f64::EPSILON);
        assert_within(&x.sum_axes(&axes), &naive::sum_axes(&x, &axes), &bound, "sum_axes");
        if terms > 0 {
            assert_same_bits(&x.max_axes(&axes), &naive::max_axes(&x, &axes), "max_axes");
            assert_same_bits(&x.min_axes(&axes), &naive::min_axes(&x, &axes), "min_axes");
        }
    }
}
