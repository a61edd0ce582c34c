//! Orders: against insertion into a list, with ties, zeros of both signs, infinities and NaN.

use gradus_tensor::{Element, Real, Rng, Tensor};
use gradus_testkit::compare::assert_same_bits;
use gradus_testkit::generate::{self, LIES, Lie};
use gradus_testkit::naive::tabulate;
use gradus_testkit::panics::assert_panic as check;
use gradus_testkit::settings::{same_under_each_setting, under_each_setting};

const SHAPES: [&[usize]; 9] =
    [&[1], &[2], &[23], &[3, 40], &[40, 3], &[1, 5], &[2, 9, 3], &[2, 0, 3], &[3, 1, 2]];

/// Few enough values that many are equal, and all that are special.
fn specials<T: Real>(rng: &mut Rng, shape: &[usize], lie: Lie) -> Tensor<T> {
    const VALUES: [f64; 9] = [0.0, -0.0, 1.0, -1.0, 1e-40, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 2.0];
    generate::elements(rng, shape, lie, |rng, base| {
        Tensor::from_fn(base, |_| T::constant(VALUES[rng.index(VALUES.len())]))
    })
}

/// Whether `a` comes strictly before `b`.
fn before<T: Element>(a: T, b: T, descending: bool) -> bool {
    let nan = |x: T| x.partial_cmp(&x).is_none();
    (!nan(a) && nan(b)) || if descending { a > b } else { a < b }
}

/// The positions along an axis in order: each one is inserted behind all that do not come after it.
fn order<T: Element>(x: &Tensor<T>, axis: usize, descending: bool, outer: &[usize]) -> Vec<usize> {
    let element = |position: usize| {
        let mut index = outer.to_vec();
        index[axis] = position;
        x.at(&index)
    };
    let mut order: Vec<usize> = Vec::new();
    for position in 0..x.shape()[axis] {
        let place = order
            .iter()
            .position(|&other| before(element(position), element(other), descending))
            .unwrap_or(order.len());
        order.insert(place, position);
    }
    order
}

fn check_orders<T: Real>(seed: u64) {
    let mut rng = Rng::new(seed);
    for shape in SHAPES {
        for lie in LIES {
            let x: Tensor<T> = specials(&mut rng, shape, lie);
            for axis in 0..shape.len() {
                for descending in [false, true] {
                    let context = format!("{} {lie:?} {shape:?}, axis {axis}, {descending}", T::DTYPE);
                    let positions = tabulate(shape, |at| order(&x, axis, descending, at)[at[axis]]);
                    assert_eq!(x.argsort(axis, descending), positions, "{context}");
                    let sorted = x.take_along(axis, &positions);
                    assert_same_bits(&x.sort(axis, descending), &sorted, &context);
                    for k in [0, 1, 2, shape[axis] / 2, shape[axis]] {
                        if k > shape[axis] {
                            continue;
                        }
                        let (values, places) = x.topk(k, axis, descending);
                        assert_eq!(places, positions.narrow(axis, 0, k), "{k} of {context}");
                        assert_same_bits(&values, &sorted.narrow(axis, 0, k), &context);
                    }
                }
            }
        }
    }
}

#[test]
fn elements_are_ordered_along_each_axis() {
    check_orders::<f32>(1);
    check_orders::<f64>(2);
}

#[test]
fn other_types_are_ordered() {
    assert_eq!(Tensor::vector(&[3_i64, -1, 2]).sort(0, false).to_vec(), [-1, 2, 3]);
    assert_eq!(Tensor::vector(&[3_u8, 1, 2]).argsort(0, true).to_vec(), [0, 2, 1]);
    assert_eq!(Tensor::vector(&[true, false, true]).argsort(0, false).to_vec(), [1, 0, 2]);
    let bytes: Vec<i8> = (-128..=127).rev().collect();
    assert_eq!(Tensor::vector(&bytes).sort(0, false).to_vec(), (-128..=127).collect::<Vec<i8>>());
    let wide = [u64::MAX, 0, 1 << 63, 5];
    assert_eq!(Tensor::vector(&wide).sort(0, true).to_vec(), [u64::MAX, 1 << 63, 5, 0]);
    let signed = [i64::MIN, 0, i64::MAX, -1];
    assert_eq!(Tensor::vector(&signed).argsort(0, false).to_vec(), [0, 3, 1, 2]);
}

/// Long lanes: what comes out must be in order and hold the same elements.
fn check_long<T: Real>(n: usize) {
    let mut rng = Rng::new(3);
    let mut x: Tensor<T> = rng.normal([n]);
    // Ties, and NaN of both signs.
    for (i, x) in x.make_mut().iter_mut().enumerate() {
        match i % 16 {
            3 => *x = T::constant((i % 50) as f64),
            7 if i % 64 == 7 => *x = T::constant(if i % 128 == 7 { f64::NAN } else { -f64::NAN }),
            9 => *x = T::constant(if i % 32 == 9 { 0.0 } else { -0.0 }),
            _ => {}
        }
    }
    for descending in [false, true] {
        let context = format!("{n} {} {descending}", T::DTYPE);
        let positions = under_each_setting(|| x.argsort(0, descending)).swap_remove(0).1;
        for (setting, other) in under_each_setting(|| x.argsort(0, descending)) {
            assert_eq!(other, positions, "{context}: {setting}");
        }
        let (order, elements) = (positions.to_vec(), x.to_vec());
        let mut seen = vec![false; n];
        order.iter().for_each(|&i| seen[i] = true);
        assert!(seen.iter().all(|&seen| seen), "{context}: a permutation");
        for pair in order.windows(2) {
            let [a, b] = [pair[0], pair[1]];
            let (x, y) = (elements[a], elements[b]);
            let tied = !before(x, y, descending) && !before(y, x, descending);
            assert!(before(x, y, descending) || (tied && a < b), "{context}: {x} at {a}, {y} at {b}");
        }
        let sorted = same_under_each_setting(&context, || x.sort(0, descending));
        assert_same_bits(&sorted, &x.gather(0, &positions), &context);
        let (values, places) = x.topk(n / 3, 0, descending);
        assert_eq!(places, positions.narrow(0, 0, n / 3), "{context}");
        assert_same_bits(&values, &sorted.narrow(0, 0, n / 3), &context);
    }
}

#[test]
fn long_lanes_are_ordered() {
    for n in [1000, 5000, 40_000, 200_000] {
        check_long::<f32>(n);
        check_long::<f64>(n);
    }
}

#[test]
fn many_lanes_are_ordered_by_any_number_of_threads() {
    for (shape, axis) in [([3000, 50], 1), ([50, 3000], 0), ([40, 5000], 1)] {
        let x: Tensor<f32> = Rng::new(4).normal(shape);
        let sorted = same_under_each_setting("lanes", || x.sort(axis, false));
        let lane = |x: &Tensor<f32>, i: usize| x.select(1 - axis, i).to_vec();
        for i in 0..shape[1 - axis] {
            let mut expected = lane(&x, i);
            expected.sort_by(f32::total_cmp);
            assert_eq!(lane(&sorted, i), expected);
        }
    }
}

#[test]
fn distinct_values_come_once() {
    let mut rng = Rng::new(5);
    for shape in SHAPES.into_iter().chain([&[][..]]) {
        for lie in LIES {
            let x: Tensor<f64> = specials(&mut rng, shape, lie);
            let distinct = x.unique();
            let values = distinct.values.to_vec();
            assert!(values.windows(2).all(|pair| before(pair[0], pair[1], false)), "{values:?}");
            assert_eq!(distinct.inverse.shape(), x.shape());
            let rebuilt = distinct.values.index_select(0, &distinct.inverse.to_vec());
            let expected = x.reshape([x.len()]);
            // 0 stands for −0 as well, and all NaN are one.
            assert_eq!(rebuilt.shape(), expected.shape());
            for (a, b) in rebuilt.to_vec().into_iter().zip(expected.to_vec()) {
                assert!(a == b || (a.is_nan() && b.is_nan()), "{a} {b}");
            }
            let counts = distinct.inverse.bincount(values.len());
            assert_eq!(distinct.counts, counts);
            assert!(counts.to_vec().iter().all(|&count| count > 0));
        }
    }
}

#[test]
fn places_keep_a_vector_sorted() {
    let sorted =
        Tensor::vector(&[f64::NEG_INFINITY, -1.0, 0.0, 0.0, 2.0, 2.0, f64::INFINITY, f64::NAN, f64::NAN]);
    let values = [f64::NEG_INFINITY, -2.0, -0.0, 1.0, 2.0, 3.0, f64::INFINITY, f64::NAN];
    for lie in LIES {
        let mut rng = Rng::new(6);
        let x: Tensor<f64> = generate::elements(&mut rng, &[3, 4], lie, |rng, base| {
            Tensor::from_fn(base, |_| values[rng.index(values.len())])
        });
        for (right, sorted) in [(false, &sorted), (true, &sorted), (true, &Tensor::zeros([0]))] {
            let expected = tabulate(&[3, 4], |at| {
                let value = x.at(at);
                let in_front = |&element: &f64| {
                    if right { !before(value, element, false) } else { before(element, value, false) }
                };
                sorted.to_vec().into_iter().filter(in_front).count()
            });
            assert_eq!(sorted.searchsorted(&x, right), expected, "{lie:?} {right}");
        }
    }
}

#[test]
fn counts_are_those_of_the_classes() {
    assert_eq!(Tensor::from_rows([[0_usize, 2], [2, 0]]).bincount(4).to_vec(), [2, 0, 2, 0]);
    assert_eq!(Tensor::<usize>::zeros([0]).bincount(0).shape(), [0].into());
}

#[test]
fn what_is_outside_is_named() {
    let x = Tensor::<f32>::zeros([2, 3]);
    check(|| x.sort(2, false), "sort: axis 2 is outside shape [2, 3]");
    check(|| x.argsort(2, false), "argsort: axis 2 is outside shape [2, 3]");
    check(|| x.topk(1, 2, true), "topk: axis 2 is outside shape [2, 3]");
    check(|| x.topk(4, 1, true), "topk: no 4 elements along axis 1 of shape [2, 3]");
    check(|| x.searchsorted(&x, true), "searchsorted: shape [2, 3] is not that of a vector");
    check(|| Tensor::vector(&[0, 3]).bincount(3), "bincount: element 3 is outside 0..3");
}
