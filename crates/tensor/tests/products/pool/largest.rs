//! Largest elements against the naive twin.

use gradus_tensor::{MaxPool1d, MaxPool2d, Real, Rng, Shape, Tensor};
use gradus_testkit::compare::assert_same_bits;
use gradus_testkit::generate::{self, LIES, Lie};
use gradus_testkit::naive;
use gradus_testkit::settings::under_each_setting;

const PLAIN: MaxPool2d = MaxPool2d::new([2, 2]);

/// Shapes and windows: incomplete ones, strides above and below the kernel, more windows in a row than lanes, padding
/// in front and behind, nothing to do.
const CASES: [([usize; 4], MaxPool2d); 19] = [
    ([0, 2, 4, 4], PLAIN),
    ([2, 0, 4, 4], PLAIN),
    ([1, 1, 1, 1], MaxPool2d::new([1, 1])),
    ([2, 3, 4, 5], MaxPool2d::new([4, 5])),
    ([2, 8, 26, 26], PLAIN),
    ([2, 3, 11, 11], PLAIN),
    ([1, 2, 7, 90], PLAIN),
    ([1, 2, 7, 45], MaxPool2d { stride: [1, 1], ..PLAIN }),
    ([2, 2, 9, 40], MaxPool2d { stride: [1, 1], padding: [1, 1], ..MaxPool2d::new([3, 3]) }),
    ([2, 2, 9, 41], MaxPool2d { stride: [2, 2], padding: [1, 1], ..MaxPool2d::new([3, 3]) }),
    ([2, 2, 9, 41], MaxPool2d { stride: [2, 2], padding: [1, 1], ceil_mode: true, ..MaxPool2d::new([3, 3]) }),
    ([1, 2, 10, 37], MaxPool2d { stride: [3, 2], ceil_mode: true, ..PLAIN }),
    ([1, 2, 10, 38], MaxPool2d { stride: [2, 3], ..MaxPool2d::new([1, 2]) }),
    ([1, 2, 10, 38], MaxPool2d { stride: [4, 5], ..PLAIN }),
    ([1, 2, 12, 38], MaxPool2d { stride: [1, 1], dilation: [3, 2], padding: [1, 1], ..PLAIN }),
    (
        [1, 2, 12, 43],
        MaxPool2d { stride: [2, 2], dilation: [2, 3], padding: [2, 2], ..MaxPool2d::new([3, 4]) },
    ),
    ([1, 1, 3, 2], MaxPool2d { stride: [1, 1], padding: [1, 1], ..MaxPool2d::new([3, 3]) }),
    ([1, 1, 33, 7], MaxPool2d { stride: [5, 2], padding: [0, 1], ceil_mode: true, ..PLAIN }),
    // Enough elements for two threads.
    ([3, 40, 40, 40], MaxPool2d::new([2, 2])),
];

/// Values with many ties, NaN, infinities and zeros of both signs.
fn awkward<T: Real>(x: &Tensor<T>, rng: &mut Rng) -> Tensor<T> {
    Tensor::from_fn(x.shape(), |_| match rng.index(12) {
        0 => T::zero() / T::zero(),
        1 => T::INFINITY,
        2 | 3 => -T::INFINITY,
        4 => -T::zero(),
        k => T::constant(k as f64 - 5.0),
    })
}

fn check<T: Real>(x: &Tensor<T>, settings: MaxPool2d, context: &str) {
    let (values, indices) = naive::max_pool2d(x, settings);
    let gy = Tensor::from_fn(values.shape(), |i| T::constant((i % 13) as f64 - 6.0));
    let expected = gradient(&gy, &indices, x.shape());
    for (setting, (found, at, gx)) in under_each_setting(|| {
        let (values, indices) = x.max_pool2d(settings);
        let gx = gy.max_pool2d_backward(&indices, x.shape());
        (values, indices, gx)
    }) {
        assert_same_bits(&found, &values, format_args!("{context}: {setting}"));
        assert_eq!(at, indices, "{context}: {setting}");
        assert_eq!(gx, expected, "{context}: {setting}");
    }
}

/// The gradients added where the indices say; small integers, which do not round.
fn gradient<T: Real>(gy: &Tensor<T>, indices: &Tensor<usize>, input: Shape) -> Tensor<T> {
    let mut gx = vec![T::zero(); input.len()];
    let (plane, pooled) = (input[2] * input[3], gy.shape()[2] * gy.shape()[3]);
    for (i, (&index, gy)) in indices.to_vec().iter().zip(gy.to_vec()).enumerate() {
        gx[i / pooled * plane + index] += gy;
    }
    Tensor::from_slice(input, &gx).expect("one element per index")
}

#[test]
fn largest_elements_equal_their_twins() {
    let mut rng = Rng::new(1);
    for (i, (shape, settings)) in CASES.into_iter().enumerate() {
        let lie = LIES[i % LIES.len()];
        let context = format!("{shape:?} {settings:?} {lie:?}");
        let x: Tensor<f32> = generate::tensor(&mut rng, &shape, -1.0..1.0, lie);
        check(&x, settings, &context);
        check(&awkward(&x, &mut rng), settings, &context);
        let x: Tensor<f64> = generate::tensor(&mut rng, &shape, -1.0..1.0, Lie::Contiguous);
        check(&x, settings, &context);
        check(&awkward(&x, &mut rng), settings, &context);
    }
}

#[test]
fn random_windows_equal_their_twins() {
    let mut rng = Rng::new(2);
    for i in 0..150 {
        let mut pick = |low: usize, high: usize| low + rng.index(high - low + 1);
        let kernel = [pick(1, 4), pick(1, 4)];
        let dilation = [pick(1, 3), pick(1, 2)];
        let settings = MaxPool2d {
            kernel,
            stride: [pick(1, 4), pick(1, 4)],
            padding: [0, 1].map(|axis| pick(0, kernel[axis] / 2)),
            dilation,
            ceil_mode: pick(0, 1) == 1,
        };
        // No window in padding alone: more elements than the distance between taps.
        let extents = [0, 1].map(|axis| dilation[axis] * kernel[axis] + pick(0, 24));
        let x: Tensor<f32> = rng.normal([2, 2, extents[0], extents[1]]);
        check(&awkward(&x, &mut rng), settings, &format!("{i}: {extents:?} {settings:?}"));
    }
}

#[test]
fn one_dimension_is_two_with_a_single_row() {
    let mut rng = Rng::new(3);
    let settings = MaxPool1d { kernel: 3, stride: 2, padding: 1, dilation: 2, ceil_mode: true };
    let x: Tensor<f32> = rng.normal([2, 3, 20]);
    let (y, indices) = x.max_pool1d(settings);
    let flat = x.unsqueeze(2);
    let (flat_y, flat_indices) = flat.max_pool2d(settings.into());
    assert_eq!((y.unsqueeze(2), indices.unsqueeze(2)), (flat_y, flat_indices.clone()));
    let gx = y.max_pool1d_backward(&indices, x.shape());
    assert_eq!(gx.unsqueeze(2), y.unsqueeze(2).max_pool2d_backward(&flat_indices, flat.shape()));
}

#[test]
fn axes_in_front_are_kept() {
    let mut rng = Rng::new(4);
    let x: Tensor<f32> = rng.normal([2, 3, 4, 6, 6]);
    let (y, indices) = x.max_pool2d(PLAIN);
    assert_eq!(&*y.shape(), [2, 3, 4, 3, 3]);
    let (row, at) = x.row(1).row(2).max_pool2d(PLAIN);
    assert_eq!((y.row(1).row(2), indices.row(1).row(2)), (row, at));
    assert_eq!(&*x.row(0).row(0).row(0).max_pool2d(PLAIN).0.shape(), [3, 3], "a plane alone");
}
