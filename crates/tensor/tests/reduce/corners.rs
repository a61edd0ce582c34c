//! Where rounding, overflow, infinities, NaN and emptiness decide.

use gradus_tensor::{Tensor, vector};
use gradus_testkit::panics::panic_of;
use gradus_testkit::settings::{for_each_setting, under_each_setting};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

fn same(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan())
}

/// Sum, product, largest, smallest, norm 2, logsumexp, variance.
const TABLE: [(&[f64], [f64; 7]); 9] = [
    (&[], [0.0, 1.0, NAN, NAN, 0.0, -INF, NAN]),
    (&[2.0], [2.0, 2.0, 2.0, 2.0, 2.0, 2.0, NAN]),
    (&[0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0, std::f64::consts::LN_2, 0.0]),
    (&[NAN, 1.0], [NAN; 7]),
    (&[1.0, NAN, INF], [NAN; 7]),
    (&[INF, 1.0], [INF, INF, INF, 1.0, INF, INF, NAN]),
    (&[-INF, 1.0], [-INF, -INF, 1.0, -INF, INF, 1.0, NAN]),
    (&[-INF, -INF], [-INF, INF, -INF, -INF, INF, -INF, NAN]),
    (&[INF, -INF], [NAN, -INF, INF, -INF, INF, INF, NAN]),
];

#[test]
fn infinities_nan_and_nothing() {
    for (elements, expected) in TABLE {
        // Long enough, with neutral elements between, for each kernel: one row, several, columns, lanes.
        for (rows, columns) in [(1, 1), (3, 1), (20, 1), (1, 20), (3, 9)] {
            let n = elements.len();
            let x = Tensor::from_fn([rows, n, columns], |i| elements[i / columns % n.max(1)]);
            let over = |reduce: fn(&Tensor<f64>) -> Tensor<f64>| reduce(&x).to_vec();
            let found: [(&str, Vec<f64>); 7] = [
                ("sum", over(|x| x.sum_axes(&[1]))),
                ("prod", over(|x| x.prod_axes(&[1]))),
                ("max", if n == 0 { vec![NAN] } else { over(|x| x.max_axes(&[1])) }),
                ("min", if n == 0 { vec![NAN] } else { over(|x| x.min_axes(&[1])) }),
                ("norm", over(|x| x.norm_axes(&[1], 2.0))),
                ("logsumexp", over(|x| x.logsumexp_axes(&[1]))),
                ("var", over(|x| x.var_axes(&[1], 1))),
            ];
            for ((name, found), expected) in found.into_iter().zip(expected) {
                assert!(
                    found.iter().all(|&found| same(found, expected)),
                    "{name} of {elements:?} in {rows} × {columns}: {found:?}, not {expected}"
                );
            }
        }
    }
}

#[test]
fn nan_is_found_at_every_place_of_a_run() {
    for n in [1_usize, 5, 16, 17, 32, 100, 5000] {
        for place in (0..n).step_by(n.div_ceil(40)) {
            let mut row = Tensor::<f32>::from_fn([n], |i| i as f32 - 3.0);
            row.make_mut()[place] = f32::NAN;
            let matrix = Tensor::from_fn([n, 9], |i| if i % 9 == 4 { row.at(&[i / 9]) } else { i as f32 });
            for_each_setting(|setting| {
                let context = format!("NaN at {place} of {n}, {setting}");
                for found in [row.max(), row.min(), row.norm(f64::INFINITY), row.sum(), row.prod()] {
                    assert!(found.item().is_nan(), "{context}");
                }
                for found in [matrix.max_axes(&[0]), matrix.min_axes(&[0]), matrix.t().max_axes(&[1])] {
                    let nans: Vec<usize> = (0..9).filter(|&i| found.at(&[i]).is_nan()).collect();
                    assert_eq!(nans, [4], "{context}, columns");
                }
                assert_eq!(row.argmax().item(), place, "{context}");
                assert_eq!(row.argmin().item(), place, "{context}");
                assert_eq!(matrix.argmax_axis(0).at(&[4]), place, "{context}, columns");
            });
        }
    }
}

#[test]
fn what_terms_have_in_common_does_not_cancel() {
    // Deviations ±1 from 2²⁰: exact in single precision, and so must the variance be.
    let n = 100_000;
    let shifted = Tensor::<f32>::from_fn([n], |i| 1_048_576.0 + if i % 2 == 0 { 1.0 } else { -1.0 });
    for (setting, found) in under_each_setting(|| shifted.var(0).item()) {
        assert_eq!(found, 1.0, "{setting}");
    }
    // A sum of 10⁷ ones and a tiny number: one by one, ones would stop counting at 2²⁴, and 2⁻²⁰ does not show.
    let mut ones = vec![1.0f32; 10_000_000];
    ones[5_000_000] += f32::EPSILON * 8.0;
    assert_eq!(vector::sum(&ones), 1e7);
    // A large number and its opposite at the ends of ones: what is between is lost only where it meets them.
    let mut x = vec![1.0f64; 100_000];
    (x[0], x[99_999]) = (1e16, -1e16);
    let lost = 2.0 + 200_000.0 / 4096.0 * 64.0;
    assert!((vector::sum(&x) - 99_998.0).abs() <= lost, "{}", vector::sum(&x));
}

#[test]
fn norms_do_not_overflow_or_vanish() {
    for scale in [1e30f32, 1e-30, 1e-42, 1.0] {
        let x = Tensor::vector(&[3.0 * scale, -4.0 * scale]);
        let expected = f64::from(x.at(&[0])).hypot(f64::from(x.at(&[1])));
        for (setting, found) in under_each_setting(|| [x.norm(2.0).item(), x.norm(3.0).item()]) {
            let off = (f64::from(found[0]) / expected - 1.0).abs();
            // Subnormal numbers have few bits: half a unit of them.
            let unit = f64::from(f32::EPSILON).max(0.5 * f64::from(f32::from_bits(1)) / expected);
            assert!(off <= 2.0 * unit, "norm of {x:?}: {}, {setting}", found[0]);
            let cubes = f64::from(x.at(&[0])).powi(3).abs() + f64::from(x.at(&[1])).powi(3).abs();
            let off = (f64::from(found[1]) / cubes.cbrt() - 1.0).abs();
            assert!(off <= 8.0 * unit, "norm 3 of {x:?}: {}, {setting}", found[1]);
        }
    }
    let mixed = Tensor::from_rows([[1e200, 1e200], [3.0, 4.0], [0.0, 0.0], [1e-200, 0.0]]);
    let norms = mixed.norm_axes(&[1], 2.0).to_vec();
    assert!((norms[0] / (1e200 * 2f64.sqrt()) - 1.0).abs() < 1e-15);
    assert_eq!(norms[1..], [5.0, 0.0, 1e-200]);
    assert_eq!(Tensor::<f64>::zeros([0]).norm(f64::INFINITY).item(), 0.0);
    // Roots by powers, not by logarithms, which would be some ten units off.
    let ones = Tensor::<f32>::ones([1_000_000]);
    assert_eq!([3.0, 0.5].map(|order| ones.norm(order).item()), [100.0, 1e12]);
}

#[test]
fn masks_are_asked_and_counted() {
    for n in [0_usize, 1, 16, 33, 5000] {
        for place in (0..n).step_by(n.div_ceil(7).max(1)).map(Some).chain([None]) {
            let one = Tensor::from_fn([n], |i| Some(i) == place);
            let columns = Tensor::from_fn([n, 10], |i| Some(i / 10) == place && i % 10 == 2);
            let others = Tensor::from_fn([n], |i| Some(i) != place);
            for_each_setting(|setting| {
                let context = format!("{place:?} of {n}, {setting}");
                assert_eq!(one.any().item(), place.is_some(), "{context}");
                assert_eq!(others.all().item(), place.is_none(), "{context}");
                assert_eq!(one.count_nonzero().item(), usize::from(place.is_some()), "{context}");
                assert_eq!(others.count_nonzero().item(), n - usize::from(place.is_some()), "{context}");
                let expected: Vec<bool> = (0..10).map(|i| i == 2 && place.is_some()).collect();
                assert_eq!(columns.any_axes(&[0]).to_vec(), expected, "{context}");
                assert_eq!(columns.t().any_keepdim(&[1]).to_vec(), expected, "{context}");
                let counts: Vec<usize> = expected.iter().map(|&any| usize::from(any)).collect();
                assert_eq!(columns.count_nonzero_axes(&[0]).to_vec(), counts, "{context}");
            });
        }
    }
    assert_eq!(Tensor::<i32>::vector(&[0, -1, 5]).count_nonzero().item(), 2);
    assert_eq!(Tensor::vector(&[0.0, f64::NAN, -0.0]).count_nonzero().item(), 1);
}

#[test]
fn what_cannot_be_reduced_is_named() {
    let x = Tensor::<f64>::zeros([2, 0, 3]);
    let check = |action: &dyn Fn() -> bool, text: &str| {
        let line = line!();
        let report = panic_of(action);
        assert_eq!(report.text, text);
        assert_eq!(report.file, file!());
        assert!(report.line > line);
    };
    check(&|| x.max().is_empty(), "max: no elements along axes [0, 1, 2] of shape [2, 0, 3]");
    check(&|| x.min_keepdim(&[1]).is_empty(), "min_keepdim: no elements along axes [1] of shape [2, 0, 3]");
    check(&|| x.argmax().is_empty(), "argmax: no elements along axes [0, 1, 2] of shape [2, 0, 3]");
    check(&|| x.argmin_axis(1).is_empty(), "argmin_axis: no elements along axes [1] of shape [2, 0, 3]");
    check(&|| x.argmax_keepdim(3).is_empty(), "argmax_keepdim: axis 3 is outside shape [2, 0, 3]");
    check(&|| x.var_axes(&[0, 0], 1).is_empty(), "var_axes: axis 0 is named twice");
    check(&|| x.softmax(3).is_empty(), "softmax: axis 3 is outside shape [2, 0, 3]");
    check(&|| x.cumsum(4).is_empty(), "cumsum: axis 4 is outside shape [2, 0, 3]");
    check(&|| x.norm(f64::NAN).is_empty(), "norm: the order is NaN");
    for order in [-1.0, -f64::INFINITY] {
        check(&|| x.norm(order).is_empty(), "norm: no elements along axes [0, 1, 2] of shape [2, 0, 3]");
    }
    assert_eq!(x.argmax_axis(0).shape(), [0, 3].into());
    assert_eq!(x.max_axes(&[2]).shape(), [2, 0].into());
    assert_eq!(x.mean_axes(&[1]).shape(), [2, 3].into());
    assert_eq!(x.softmax(1).shape(), x.shape());
    assert_eq!(x.cumsum(2).shape(), x.shape());
}
