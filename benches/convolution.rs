//! Convolutions: the kernels of the library beside im2col and a matrix product, which is what they have to beat.
//!
//!     cargo bench --bench convolution
//!
//! The first two shapes are the layers of a small CNN on 28 × 28 images in batches of 64.

use divan::{Bencher, counter::ItemsCount};
use gradus::tensor::{Conv2d, MaxPool2d, Rng, Tensor};

fn main() {
    divan::main();
}

struct Case {
    name: &'static str,
    x: [usize; 4],
    w: [usize; 4],
    settings: Conv2d,
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

const PLAIN: Conv2d = Conv2d { stride: [1, 1], padding: [[0, 0], [0, 0]], dilation: [1, 1], groups: 1 };
const PADDED: Conv2d = Conv2d { padding: [[1, 1], [1, 1]], ..PLAIN };

const CASES: [Case; 9] = [
    Case { name: "1 to 8, 28x28", x: [64, 1, 28, 28], w: [8, 1, 3, 3], settings: PLAIN },
    Case { name: "8 to 16, 13x13", x: [64, 8, 13, 13], w: [16, 8, 3, 3], settings: PLAIN },
    Case { name: "64 to 64, 56x56", x: [1, 64, 56, 56], w: [64, 64, 3, 3], settings: PADDED },
    Case { name: "256 to 256, 14x14", x: [4, 256, 14, 14], w: [256, 256, 3, 3], settings: PADDED },
    Case { name: "512 to 512, 7x7", x: [4, 512, 7, 7], w: [512, 512, 3, 3], settings: PADDED },
    Case { name: "64 to 64, 4x4", x: [64, 64, 4, 4], w: [64, 64, 3, 3], settings: PADDED },
    Case {
        name: "32 to 64, 28x28, stride 2",
        x: [8, 32, 28, 28],
        w: [64, 32, 3, 3],
        settings: Conv2d { stride: [2, 2], ..PADDED },
    },
    Case { name: "64 to 256, 1x1", x: [4, 64, 28, 28], w: [256, 64, 1, 1], settings: PLAIN },
    Case {
        name: "depthwise 64, 28x28",
        x: [4, 64, 28, 28],
        w: [64, 1, 3, 3],
        settings: Conv2d { groups: 64, ..PADDED },
    },
];

/// Input, weight, and a gradient of the output.
fn operands(case: &Case) -> [Tensor<f32>; 3] {
    let mut rng = Rng::new(1);
    let (x, w) = (rng.normal(case.x), rng.normal(case.w));
    let gy = rng.normal(Tensor::conv2d(&x, &w, None, case.settings).shape());
    [x, w, gy]
}

fn products(case: &Case, gy: &Tensor<f32>) -> ItemsCount {
    ItemsCount::new(gy.len() * case.w[1] * case.w[2] * case.w[3])
}

/// The convolution; items are multiply–adds.
#[divan::bench(args = &CASES)]
fn forward(bencher: Bencher, case: &Case) {
    let [x, w, gy] = operands(case);
    bencher.counter(products(case, &gy)).bench_local(|| x.conv2d(&w, None, case.settings));
}

/// The gradient with respect to the input.
#[divan::bench(args = &CASES)]
fn backward_input(bencher: Bencher, case: &Case) {
    let [x, w, gy] = operands(case);
    let counted = bencher.counter(products(case, &gy));
    counted.bench_local(|| gy.conv2d_backward_input(&w, x.shape(), case.settings));
}

/// The gradient with respect to the weight.
#[divan::bench(args = &CASES)]
fn backward_weight(bencher: Bencher, case: &Case) {
    let [x, w, gy] = operands(case);
    let counted = bencher.counter(products(case, &gy));
    counted.bench_local(|| gy.conv2d_backward_weight(&x, w.shape(), case.settings));
}

/// The windows of one image of a convolution with one group as columns.
fn im2col(image: &[f32], case: &Case, [rows, columns]: [usize; 2], to: &mut [f32]) {
    let ([_, _, height, width], [_, _, kernel_rows, kernel_columns]) = (case.x, case.w);
    let Conv2d { stride, padding, .. } = case.settings;
    let windows = to.chunks_exact_mut(rows * columns).enumerate();
    for (k, to) in windows {
        let (channel, s, t) =
            (k / (kernel_rows * kernel_columns), k / kernel_columns % kernel_rows, k % kernel_columns);
        for (i, to) in to.chunks_exact_mut(columns).enumerate() {
            let row = (i * stride[0] + s).wrapping_sub(padding[0][0]);
            for (j, to) in to.iter_mut().enumerate() {
                let column = (j * stride[1] + t).wrapping_sub(padding[1][0]);
                let inside = row < height && column < width;
                *to = if inside { image[(channel * height + row) * width + column] } else { 0.0 };
            }
        }
    }
}

/// The convolution by im2col and one matrix product per image.
#[divan::bench(args = CASES.iter().filter(|case| case.settings.groups == 1))]
fn forward_im2col(bencher: Bencher, case: &Case) {
    let [x, w, gy] = operands(case);
    let (extents, terms) = ([gy.shape()[2], gy.shape()[3]], case.w[1] * case.w[2] * case.w[3]);
    let weights = w.reshape([case.w[0], terms]);
    let mut columns = Tensor::zeros([terms, extents[0] * extents[1]]);
    let len: usize = case.x[1..].iter().product();
    bencher.counter(products(case, &gy)).bench_local(|| {
        for image in x.as_slice().expect("row-major").chunks_exact(len) {
            im2col(image, case, extents, columns.make_mut());
            divan::black_box(weights.matmul(&columns));
        }
    });
}

const POOLED: [[usize; 4]; 2] = [[64, 8, 26, 26], [64, 16, 11, 11]];

/// Largest elements of 2 × 2 windows; items are elements of the input.
#[divan::bench(args = POOLED)]
fn max_pool(bencher: Bencher, shape: [usize; 4]) {
    let x: Tensor<f32> = Rng::new(1).normal(shape);
    bencher.counter(ItemsCount::new(x.len())).bench_local(|| x.max_pool2d(MaxPool2d::new([2, 2])));
}

/// Their gradient.
#[divan::bench(args = POOLED)]
fn max_pool_backward(bencher: Bencher, shape: [usize; 4]) {
    let x: Tensor<f32> = Rng::new(1).normal(shape);
    let (y, indices) = x.max_pool2d(MaxPool2d::new([2, 2]));
    bencher.counter(ItemsCount::new(x.len())).bench_local(|| y.max_pool2d_backward(&indices, shape));
}
