//! Values against the naive twins.

use gradus_tensor::simd::Level;
use gradus_tensor::{Conv1d, Conv2d, Real, Rng, Tensor};
use gradus_testkit::compare::{assert_same_bits, assert_within};
use gradus_testkit::generate::{self, LIES, Lie};
use gradus_testkit::naive;
use gradus_testkit::settings::under_each_setting;

use super::cases::{CASES, Case, random};

/// Kernel and twin each err by at most k·(ε/2)·Σ|aᵢ·bᵢ| for k terms, in any order of the sum and with or without fused
/// multiply-adds; together by k·ε·Σ|aᵢ·bᵢ|. The rest is second order.
const PRODUCT_BOUND: f64 = 1.01;

/// The three results of a convolution: output, gradient of the input, gradient of the weight.
fn all<T: Real>(x: &Tensor<T>, w: &Tensor<T>, gy: &Tensor<T>, settings: Conv2d) -> [Tensor<T>; 3] {
    [
        x.conv2d(w, None, settings),
        gy.conv2d_backward_input(w, x.shape(), settings),
        gy.conv2d_backward_weight(x, w.shape(), settings),
    ]
}

fn twins<T: Real>(x: &Tensor<T>, w: &Tensor<T>, gy: &Tensor<T>, settings: Conv2d) -> [Tensor<T>; 3] {
    [
        naive::conv2d(x, w, settings),
        naive::conv2d_backward_input(gy, w, x.shape(), settings),
        naive::conv2d_backward_weight(gy, x, w.shape(), settings),
    ]
}

fn check<T: Real>(rng: &mut Rng, case: Case, lies: [Lie; 3]) {
    let Case { x: [images, channels, height, width], w: [outputs, inputs, rows, columns], settings } = case;
    let context = format!("{} {case:?} {lies:?}", T::DTYPE);
    let x: Tensor<T> = generate::tensor(rng, &[images, channels, height, width], -1.0..2.0, lies[0]);
    let w: Tensor<T> = generate::tensor(rng, &[outputs, inputs, rows, columns], -2.0..1.0, lies[1]);
    let y = naive::conv2d(&x, &w, settings).shape();
    let gy: Tensor<T> = generate::tensor(rng, &y, -1.0..2.0, lies[2]);
    let expected = twins(&x, &w, &gy, settings);
    let magnitudes = twins(
        &naive::map(&x, |x| x.abs()),
        &naive::map(&w, |w| w.abs()),
        &naive::map(&gy, |g| g.abs()),
        settings,
    );
    let parts = images.max(1);
    let of_one = |part: usize| {
        let alone = |x: &Tensor<T>| x.narrow(0, part * images / parts, images / parts);
        alone(&gy).conv2d_backward_weight(&alone(&x), w.shape(), settings)
    };
    // Within one setting: other tests change the level meanwhile.
    let weights = under_each_setting(|| {
        let each = gy.conv2d_backward_weight_each(&x, w.shape(), parts, settings);
        (0..parts).map(|part| [each.select(0, part).reshape(w.shape()), of_one(part)]).collect::<Vec<_>>()
    });
    for (setting, pairs) in &weights {
        for (part, [row, alone]) in pairs.iter().enumerate() {
            assert_same_bits(row, alone, format_args!("{context}: weight of image {part}, {setting}"));
        }
    }
    // Outputs, taps and windows: no result has more terms than this.
    let terms = [inputs * rows * columns, outputs * rows * columns, images * y[2] * y[3]];
    let results = under_each_setting(|| all(&x, &w, &gy, settings));
    for (setting, found) in &results {
        for i in 0..3 {
            let bound = &magnitudes[i] * T::constant(PRODUCT_BOUND * terms[i] as f64 * T::EPSILON.to_f64());
            assert_within(&found[i], &expected[i], &bound, format_args!("{context}: result {i}, {setting}"));
            for (other, same) in &results {
                if setting.level == other.level {
                    assert_same_bits(&found[i], &same[i], format_args!("{context}: result {i}, {other}"));
                }
            }
        }
    }
}

#[test]
fn convolutions_equal_their_twins() {
    let mut rng = Rng::new(1);
    for (i, &case) in CASES.iter().enumerate() {
        let lies = [Lie::Contiguous, LIES[i % LIES.len()], LIES[(i / 3 + 1) % LIES.len()]];
        check::<f32>(&mut rng, case, lies);
        check::<f64>(&mut rng, case, [lies[1], lies[2], lies[0]]);
    }
}

#[test]
fn random_convolutions_equal_their_twins() {
    let mut rng = Rng::new(2);
    for i in 0..60 {
        let case = random(&mut rng);
        let lies = [LIES[i % LIES.len()], Lie::Contiguous, Lie::Mixed];
        if i % 2 == 0 { check::<f32>(&mut rng, case, lies) } else { check::<f64>(&mut rng, case, lies) }
    }
}

/// Whether windows overlap: the others are a plain product of matrices.
fn is_direct(case: &Case) -> bool {
    case.w[3] > case.settings.stride[1] && case.x[3] > case.w[3]
}

#[test]
fn direct_convolutions_have_the_bits_of_their_twins_at_every_level() {
    let mut rng = Rng::new(3);
    // Without padding the twin adds the same products in the same order, and neither fuses.
    let direct = CASES.iter().filter(|case| {
        is_direct(case) && case.settings.padding == [[0, 0], [0, 0]] && case.x[0] * case.w[0] > 0
    });
    for case in direct {
        let x: Tensor<f32> = rng.normal(case.x);
        let w: Tensor<f32> = rng.normal(case.w);
        let expected = naive::conv2d(&x, &w, case.settings);
        for (setting, found) in under_each_setting(|| x.conv2d(&w, None, case.settings)) {
            assert_same_bits(&found, &expected, format_args!("{case:?}: {setting}"));
        }
    }
}

#[test]
fn gradients_off_the_matrix_product_have_the_same_bits_at_every_level() {
    let mut rng = Rng::new(4);
    for case in CASES.iter().filter(|case| is_direct(case)) {
        let (x, w): (Tensor<f32>, Tensor<f32>) = (rng.normal(case.x), rng.normal(case.w));
        let gy: Tensor<f32> = rng.normal(x.conv2d(&w, None, case.settings).shape());
        let results = under_each_setting(|| all(&x, &w, &gy, case.settings));
        let baseline = results.iter().find(|(setting, _)| setting.level == Level::Baseline);
        let (_, expected) = baseline.expect("the baseline is always there");
        for (setting, found) in &results {
            for (found, expected) in found.iter().zip(expected) {
                assert_same_bits(found, expected, format_args!("{case:?}: {setting}"));
            }
        }
    }
}

#[test]
fn the_bias_is_added_to_every_output_of_its_channel() {
    let mut rng = Rng::new(5);
    for case in CASES {
        let (x, w): (Tensor<f64>, Tensor<f64>) = (rng.normal(case.x), rng.normal(case.w));
        let bias: Tensor<f64> = rng.normal([case.w[0]]);
        let found = x.conv2d(&w, Some(&bias), case.settings);
        let expected = x.conv2d(&w, None, case.settings) + bias.reshape([case.w[0], 1, 1]);
        let bound = expected.map(gradus_tensor::ops::Abs) * 1e-12 + 1e-12;
        assert_within(&found, &expected, &bound, format_args!("{case:?}"));
    }
}

#[test]
fn one_dimension_is_two_with_a_single_row() {
    let mut rng = Rng::new(6);
    let settings = Conv1d { stride: 2, padding: [3, 1], dilation: 2, groups: 2 };
    let (x, w): (Tensor<f32>, Tensor<f32>) = (rng.normal([3, 4, 30]), rng.normal([6, 2, 5]));
    let bias: Tensor<f32> = rng.normal([6]);
    let (flat_x, flat_w) = (x.unsqueeze(2), w.unsqueeze(2));
    let y = x.conv1d(&w, Some(&bias), settings);
    assert_eq!(&*y.shape(), [3, 6, 13]);
    assert_eq!(y.unsqueeze(2), flat_x.conv2d(&flat_w, Some(&bias), settings.into()));
    let gy: Tensor<f32> = rng.normal(y.shape());
    let flat_gy = gy.unsqueeze(2);
    assert_eq!(
        gy.conv1d_backward_input(&w, x.shape(), settings).unsqueeze(2),
        flat_gy.conv2d_backward_input(&flat_w, flat_x.shape(), settings.into())
    );
    assert_eq!(
        gy.conv1d_backward_weight(&x, w.shape(), settings).unsqueeze(2),
        flat_gy.conv2d_backward_weight(&flat_x, flat_w.shape(), settings.into())
    );
    assert_eq!(
        gy.conv1d_backward_weight_each(&x, w.shape(), 3, settings),
        flat_gy.conv2d_backward_weight_each(&flat_x, flat_w.shape(), 3, settings.into())
    );
}

#[test]
fn same_padding_keeps_the_extents() {
    let x = Tensor::<f32>::ones([1, 1, 7, 8]);
    for (kernel, dilation) in [([1, 1], [1, 1]), ([2, 3], [1, 1]), ([4, 5], [2, 1]), ([3, 2], [3, 5])] {
        let settings = Conv2d { dilation, ..Conv2d::default() }.same(kernel);
        let y = x.conv2d(&Tensor::ones([1, 1, kernel[0], kernel[1]]), None, settings);
        assert_eq!(y.shape(), x.shape(), "{kernel:?} {dilation:?}");
    }
    assert_eq!(Conv2d::default().same([2, 4]).padding, [[0, 1], [1, 2]], "an odd zero goes behind");
    assert_eq!(Conv1d { dilation: 3, ..Conv1d::default() }.same(2).padding, [1, 2]);
}

#[test]
fn nan_and_infinity_reach_the_results_whose_windows_hold_them() {
    // Between rows and behind planes the kernels read elements that belong to no window of theirs.
    let mut x = Tensor::<f32>::ones([2, 2, 9, 13]);
    x.make_mut()[9 * 13 - 1] = f32::NAN;
    x.make_mut()[2 * 9 * 13] = f32::INFINITY;
    let w = Tensor::<f32>::ones([9, 2, 3, 3]);
    let gy = Tensor::<f32>::ones([2, 9, 7, 11]);
    let y = x.conv2d(&w, None, Conv2d::default());
    let odd = y.to_vec().iter().filter(|y| !y.is_finite()).count();
    assert_eq!(odd, 18, "the last window of the first image and the first of the second, for each channel");
    let gw = gy.conv2d_backward_weight(&x, w.shape(), Conv2d::default());
    let odd: Vec<usize> = (0..18).filter(|&k| !gw.to_vec()[k].is_finite()).collect();
    assert_eq!(odd, [0, 8], "the first and the last tap of the first channel");
}
