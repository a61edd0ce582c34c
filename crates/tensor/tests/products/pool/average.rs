//! Means against sums with the weights of the naive twin.

use gradus_tensor::{AvgPool1d, AvgPool2d, Real, Rng, Tensor};
use gradus_testkit::compare::assert_within;
use gradus_testkit::generate::{self, LIES};
use gradus_testkit::naive;
use gradus_testkit::settings::same_under_each_setting;

const PLAIN: AvgPool2d = AvgPool2d::new([2, 2]);

const CASES: [([usize; 4], AvgPool2d); 12] = [
    ([0, 2, 4, 4], PLAIN),
    ([1, 1, 1, 1], AvgPool2d::new([1, 1])),
    ([2, 3, 4, 5], AvgPool2d::new([4, 5])),
    ([2, 3, 11, 12], PLAIN),
    ([1, 2, 7, 40], AvgPool2d { stride: [1, 1], ..PLAIN }),
    ([2, 2, 9, 10], AvgPool2d { stride: [1, 1], padding: [1, 1], ..AvgPool2d::new([3, 3]) }),
    (
        [2, 2, 9, 10],
        AvgPool2d { stride: [2, 1], padding: [1, 1], count_include_pad: false, ..AvgPool2d::new([3, 3]) },
    ),
    ([2, 2, 8, 9], AvgPool2d { stride: [3, 2], padding: [1, 1], ceil_mode: true, ..AvgPool2d::new([3, 2]) }),
    (
        [2, 2, 8, 9],
        AvgPool2d {
            stride: [3, 2],
            padding: [1, 0],
            ceil_mode: true,
            count_include_pad: false,
            kernel: [2, 4],
        },
    ),
    ([1, 2, 10, 11], AvgPool2d { stride: [4, 5], ..PLAIN }),
    ([1, 1, 2, 1], AvgPool2d { stride: [1, 1], padding: [1, 1], ..AvgPool2d::new([3, 3]) }),
    // Enough elements for two threads.
    ([2, 40, 44, 44], PLAIN),
];

/// Weights are rounded once, and every term of a mean of n elements errs by at most (n + 3)·ε.
const MEAN_BOUND: f64 = 1.01;

/// `means` of `x` and `spread` of a gradient against the weights [OH, OW, H, W].
fn check<T: Real>(
    context: &str,
    x: &Tensor<T>,
    weights: &Tensor<f64>,
    means: impl Fn() -> Tensor<T> + Sync,
    spread: impl Fn(&Tensor<T>) -> Tensor<T> + Sync,
) {
    let [oh, ow, h, w] = [0, 1, 2, 3].map(|axis| weights.shape()[axis]);
    let (n, c) = (x.shape()[0], x.shape()[1]);
    let sum = |elements: &Tensor<f64>, to: [usize; 4], weight: &dyn Fn(&[usize], [usize; 2]) -> f64| {
        let inner = [elements.shape()[2], elements.shape()[3]];
        naive::tabulate(&to, |index| {
            let terms = naive::indices(&inner);
            let term = |at: &Vec<usize>| {
                elements.at(&[index[0], index[1], at[0], at[1]]) * weight(index, [at[0], at[1]])
            };
            terms.iter().map(term).sum::<f64>()
        })
    };
    let compare = |found: Tensor<T>, expected: Tensor<f64>, magnitude: Tensor<f64>, terms: usize| {
        let bound = MEAN_BOUND * (terms + 3) as f64 * T::EPSILON.to_f64();
        let [found, bound] = [naive_f64(&found), magnitude * bound];
        assert_within(&found, &expected, &bound, context);
    };
    let forward: &dyn Fn(&[usize], [usize; 2]) -> f64 =
        &|index, [row, column]| weights.at(&[index[2], index[3], row, column]);
    let backward: &dyn Fn(&[usize], [usize; 2]) -> f64 =
        &|index, [row, column]| weights.at(&[row, column, index[2], index[3]]);
    let y = same_under_each_setting(context, &means);
    let wide = naive_f64(x);
    let expected = sum(&wide, [n, c, oh, ow], forward);
    compare(y, expected, sum(&naive::map(&wide, |x| x.abs()), [n, c, oh, ow], forward), h * w);
    let gy: Tensor<T> = Rng::new(9).normal([n, c, oh, ow]);
    let gx = same_under_each_setting(context, || spread(&gy));
    let wide = naive_f64(&gy);
    let expected = sum(&wide, [n, c, h, w], backward);
    compare(gx, expected, sum(&naive::map(&wide, |x| x.abs()), [n, c, h, w], backward), oh * ow);
}

fn naive_f64<T: Real>(x: &Tensor<T>) -> Tensor<f64> {
    naive::tabulate(&x.shape(), |index| x.at(index).to_f64())
}

fn check_windows<T: Real>() {
    let mut rng = Rng::new(1);
    for (i, (shape, settings)) in CASES.into_iter().enumerate() {
        let lie = LIES[i % LIES.len()];
        // Many planes are alike: the twin is compared on some.
        let few = [shape[0].min(2), shape[1].min(3), shape[2], shape[3]];
        let x: Tensor<T> = generate::tensor(&mut rng, &few, -1.0..2.0, lie);
        let weights = naive::avg_pool2d_weights([shape[2], shape[3]], settings);
        let context = format!("{} {few:?} {settings:?} {lie:?}", T::DTYPE);
        let (means, spread) =
            (|| x.avg_pool2d(settings), |gy: &Tensor<T>| gy.avg_pool2d_backward(x.shape(), settings));
        check(&context, &x, &weights, means, spread);
        let x: Tensor<T> = rng.normal(shape);
        let y = same_under_each_setting(&context, || x.avg_pool2d(settings));
        same_under_each_setting(&context, || y.avg_pool2d_backward(x.shape(), settings));
    }
}

#[test]
fn means_over_windows_equal_their_twins() {
    check_windows::<f32>();
    check_windows::<f64>();
}

#[test]
fn means_over_adaptive_bins_equal_their_twins() {
    let mut rng = Rng::new(2);
    for (extents, output) in [
        ([5, 7], [3, 4]),
        ([3, 4], [5, 4]),
        ([6, 4], [1, 2]),
        ([1, 1], [3, 1]),
        ([7, 9], [7, 9]),
        ([13, 1], [4, 1]),
    ] {
        let x: Tensor<f32> = rng.normal([2, 2, extents[0], extents[1]]);
        let weights = naive::adaptive_avg_pool2d_weights(extents, output);
        let context = format!("{extents:?} to {output:?}");
        let spread = |gy: &Tensor<f32>| gy.adaptive_avg_pool2d_backward(x.shape());
        check(&context, &x, &weights, || x.adaptive_avg_pool2d(output), spread);
    }
}

#[test]
fn one_dimension_is_two_with_a_single_row() {
    let mut rng = Rng::new(3);
    let x: Tensor<f32> = rng.normal([2, 3, 20]);
    let flat = x.unsqueeze(2);
    let settings = AvgPool1d { kernel: 3, stride: 2, padding: 1, ceil_mode: true, count_include_pad: false };
    let y = x.avg_pool1d(settings);
    assert_eq!(y.unsqueeze(2), flat.avg_pool2d(settings.into()));
    let gx = y.avg_pool1d_backward(x.shape(), settings);
    assert_eq!(gx.unsqueeze(2), y.unsqueeze(2).avg_pool2d_backward(flat.shape(), settings.into()));
    let y = x.adaptive_avg_pool1d(7);
    assert_eq!(y.unsqueeze(2), flat.adaptive_avg_pool2d([1, 7]));
    let gx = y.adaptive_avg_pool1d_backward(x.shape());
    assert_eq!(gx.unsqueeze(2), y.unsqueeze(2).adaptive_avg_pool2d_backward(flat.shape()));
}
