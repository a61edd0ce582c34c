//! Convolutions and poolings.

use gradus_autograd::Var;
use gradus_autograd::ops::{
    AdaptiveAvgPooling1dSpread, AdaptiveAvgPooling2dSpread, AvgPooling1dSpread, AvgPooling2dSpread,
    Convolve1dInput, Convolve1dWeight, Convolve2dInput, Convolve2dWeight, MaxPooling1dSpread,
    MaxPooling2dSpread,
};
use gradus_tensor::{AvgPool1d, AvgPool2d, Conv1d, Conv2d, MaxPool1d, MaxPool2d, Rng, Tensor};
use gradus_testkit::generate::{self, LIES};

use crate::operands::{DOMAINS, Function, check, check_two, check_view, params_of, reversed, sample};

const PLAIN: Conv2d = Conv2d { stride: [1, 1], padding: [[0, 0], [0, 0]], dilation: [1, 1], groups: 1 };

type Convolution<'a> = &'a dyn for<'t> Fn(Var<'t, f64>, Var<'t, f64>, Option<Var<'t, f64>>) -> Var<'t, f64>;

/// Input, weight and bias of a convolution, each a variable, each a constant, stored in reverse order of axes, and used
/// twice.
fn check_convolution(name: &str, shapes: [&[usize]; 2], f: Convolution<'_>) {
    let mut rng = Rng::new(6).split(name);
    let context = format!("{name} of {shapes:?}");
    let bias: &[usize] = &shapes[1][..1];
    let values = [shapes[0], shapes[1], bias].map(|shape| sample(&mut rng, shape, DOMAINS));
    let backwards = values.clone().map(|value| {
        let axes: Vec<usize> = (0..value.rank()).rev().collect();
        value.permute(&axes)
    });
    let (params, [x, w, b]) = params_of(values);
    let (stored, [xt, wt, bt]) = params_of(backwards);
    check(&context, &params, |p| f(p.get(x), p.get(w), None));
    check(format!("{context} with bias"), &params, |p| f(p.get(x), p.get(w), Some(p.get(b))));
    check(format!("{context}, transposed"), &stored, |p| {
        f(reversed(p.get(xt)), reversed(p.get(wt)), Some(reversed(p.get(bt))))
    });
    check(format!("{context}, twice"), &params, |p| {
        let (x, w, b) = (p.get(x), p.get(w), Some(p.get(b)));
        f(x, w, b) + f(x, w, None).sin()
    });
    for lie in LIES {
        let [cx, cw, cb] =
            [shapes[0], shapes[1], bias].map(|shape| generate::tensor(&mut rng, shape, -2.0..2.0, lie));
        check(format!("{context}, constant input {lie:?}"), &params, |p| {
            f(p.constant(&cx), p.get(w), Some(p.get(b)))
        });
        check(format!("{context}, constant weight {lie:?}"), &params, |p| {
            f(p.get(x), p.constant(&cw), Some(p.constant(&cb)))
        });
    }
}

/// Input, weight and settings.
type Case<const N: usize, S> = ([usize; N], [usize; N], S);

fn cases_1d() -> [Case<3, Conv1d>; 4] {
    [
        ([2, 2, 6], [3, 2, 3], Conv1d::default()),
        ([1, 4, 7], [2, 2, 2], Conv1d { stride: 2, padding: [1, 2], dilation: 3, groups: 2 }),
        ([2, 1, 1], [1, 1, 1], Conv1d::default()),
        ([0, 2, 6], [3, 2, 3], Conv1d::default()),
    ]
}

pub(crate) fn conv1d() {
    for (x, w, settings) in cases_1d() {
        check_convolution(&format!("{settings:?}"), [&x, &w], &|x, w, b| x.conv1d(w, b, settings));
    }
}

pub(crate) fn conv1d_input() {
    for (x, w, settings) in cases_1d() {
        let y = Tensor::<f64>::zeros(x).conv1d(&Tensor::zeros(w), None, settings).shape();
        check_two(&format!("input of {settings:?}"), [&y, &w], &|y, w| {
            y.tape().apply(Convolve1dInput { settings, shape: x.into() }, [y, w])
        });
    }
}

pub(crate) fn conv1d_weight() {
    for (x, w, settings) in cases_1d() {
        let y = Tensor::<f64>::zeros(x).conv1d(&Tensor::zeros(w), None, settings).shape();
        check_two(&format!("weight of {settings:?}"), [&x, &y], &|x, y| {
            x.tape().apply(Convolve1dWeight { settings, shape: w.into() }, [x, y])
        });
    }
}

fn cases_2d() -> [Case<4, Conv2d>; 7] {
    [
        ([2, 2, 4, 5], [3, 2, 3, 2], PLAIN),
        ([1, 2, 5, 4], [2, 2, 3, 3], Conv2d { stride: [2, 1], padding: [[1, 0], [2, 1]], ..PLAIN }),
        ([1, 4, 5, 6], [4, 2, 2, 2], Conv2d { dilation: [2, 3], groups: 2, ..PLAIN }),
        ([1, 3, 4, 4], [6, 1, 2, 2], Conv2d { stride: [3, 2], groups: 3, ..PLAIN }),
        ([2, 3, 2, 2], [2, 3, 1, 1], PLAIN),
        ([2, 1, 3, 3], [2, 1, 3, 3], PLAIN),
        ([0, 1, 3, 3], [2, 1, 2, 2], PLAIN),
    ]
}

pub(crate) fn conv2d() {
    for (x, w, settings) in cases_2d() {
        check_convolution(&format!("{settings:?}"), [&x, &w], &|x, w, b| x.conv2d(w, b, settings));
    }
}

pub(crate) fn conv2d_input() {
    for (x, w, settings) in cases_2d() {
        let y = Tensor::<f64>::zeros(x).conv2d(&Tensor::zeros(w), None, settings).shape();
        check_two(&format!("input of {settings:?}"), [&y, &w], &|y, w| {
            y.tape().apply(Convolve2dInput { settings, shape: x.into() }, [y, w])
        });
    }
    for output_padding in [[0, 0], [1, 0]] {
        let settings = Conv2d { stride: [2, 2], padding: [[1, 1], [0, 1]], groups: 2, ..PLAIN };
        let context = format!("conv_transpose2d with output padding {output_padding:?}");
        check_two(&context, [&[1, 4, 2, 3], &[4, 2, 3, 2]], &|y, w| {
            y.conv_transpose2d(w, output_padding, settings)
        });
    }
}

pub(crate) fn conv2d_weight() {
    for (x, w, settings) in cases_2d() {
        let y = Tensor::<f64>::zeros(x).conv2d(&Tensor::zeros(w), None, settings).shape();
        check_two(&format!("weight of {settings:?}"), [&x, &y], &|x, y| {
            x.tape().apply(Convolve2dWeight { settings, shape: w.into() }, [x, y])
        });
    }
}

/// Elements at random places in 0.1 steps: differences must not change which one is the largest.
fn check_apart(context: &str, shape: &[usize], f: Function<'_>) {
    let mut rng = Rng::new(7).split(context);
    let order = rng.permutation(shape.iter().product());
    let x = Tensor::from_fn(shape, |i| order[i] as f64 * 0.1);
    let (params, [x]) = params_of([x]);
    check(context, &params, |p| f(p.get(x)));
    check(format!("{context}, twice"), &params, |p| f(p.get(x)) + f(p.get(x)).sin());
}

pub(crate) fn max_pool1d() {
    for settings in
        [MaxPool1d::new(2), MaxPool1d { kernel: 3, stride: 2, padding: 1, dilation: 2, ceil_mode: true }]
    {
        check_apart(&format!("{settings:?}"), &[2, 2, 9], &|x| x.max_pool1d(settings));
    }
}

pub(crate) fn max_pool2d() {
    for settings in [
        MaxPool2d::new([2, 2]),
        MaxPool2d { stride: [1, 2], padding: [1, 1], ..MaxPool2d::new([3, 2]) },
        MaxPool2d { dilation: [2, 3], ceil_mode: true, ..MaxPool2d::new([2, 2]) },
    ] {
        for shape in [[1, 2, 6, 5], [2, 1, 4, 4], [0, 2, 6, 5]] {
            check_apart(&format!("{settings:?} of {shape:?}"), &shape, &|x| x.max_pool2d(settings));
        }
    }
}

pub(crate) fn avg_pool1d() {
    for settings in [
        AvgPool1d::new(2),
        AvgPool1d { kernel: 3, stride: 2, padding: 1, ceil_mode: true, count_include_pad: false },
    ] {
        check_view(&format!("{settings:?}"), &[2, 2, 8], &|x| x.avg_pool1d(settings));
    }
}

pub(crate) fn avg_pool2d() {
    for settings in [
        AvgPool2d::new([2, 2]),
        AvgPool2d { stride: [1, 2], padding: [1, 1], ..AvgPool2d::new([3, 2]) },
        AvgPool2d { ceil_mode: true, count_include_pad: false, padding: [1, 0], ..AvgPool2d::new([2, 3]) },
    ] {
        check_view(&format!("{settings:?}"), &[1, 2, 5, 6], &|x| x.avg_pool2d(settings));
    }
}

pub(crate) fn adaptive_avg_pool1d() {
    for output in [1, 3, 7] {
        check_view(&format!("adaptive_avg_pool1d to {output}"), &[2, 5], &|x| x.adaptive_avg_pool1d(output));
    }
}

pub(crate) fn adaptive_avg_pool2d() {
    for output in [[1, 1], [2, 3], [5, 4]] {
        check_view(&format!("adaptive_avg_pool2d to {output:?}"), &[2, 1, 4, 5], &|x| {
            x.adaptive_avg_pool2d(output)
        });
    }
}

pub(crate) fn max_pool1d_spread() {
    let settings = MaxPool1d { kernel: 3, stride: 2, padding: 1, dilation: 1, ceil_mode: false };
    let (shape, x) = ([2, 2, 9], Rng::new(8).normal::<f64>([2, 2, 9]));
    let (y, indices) = x.max_pool1d(settings);
    check_view("max_pool1d_backward", &y.shape(), &|y| {
        y.tape().apply(MaxPooling1dSpread { shape: shape.into(), indices: indices.clone() }, [y])
    });
}

pub(crate) fn max_pool2d_spread() {
    // Windows that overlap, so that one element can be the largest of several.
    let settings = MaxPool2d { stride: [1, 2], padding: [1, 1], ..MaxPool2d::new([3, 2]) };
    let (shape, x) = ([1, 2, 6, 5], Rng::new(8).normal::<f64>([1, 2, 6, 5]));
    let (y, indices) = x.max_pool2d(settings);
    check_view("max_pool2d_backward", &y.shape(), &|y| {
        y.tape().apply(MaxPooling2dSpread { shape: shape.into(), indices: indices.clone() }, [y])
    });
}

pub(crate) fn avg_pool1d_spread() {
    let settings = AvgPool1d { kernel: 3, stride: 2, padding: 1, ceil_mode: true, count_include_pad: false };
    let shape = [2, 2, 8];
    let y = Tensor::<f64>::zeros(shape).avg_pool1d(settings).shape();
    check_view("avg_pool1d_backward", &y, &|y| {
        y.tape().apply(AvgPooling1dSpread { shape: shape.into(), settings }, [y])
    });
}

pub(crate) fn avg_pool2d_spread() {
    let settings = AvgPool2d { stride: [1, 2], padding: [1, 1], ..AvgPool2d::new([3, 2]) };
    let shape = [1, 2, 5, 6];
    let y = Tensor::<f64>::zeros(shape).avg_pool2d(settings).shape();
    check_view("avg_pool2d_backward", &y, &|y| {
        y.tape().apply(AvgPooling2dSpread { shape: shape.into(), settings }, [y])
    });
}

pub(crate) fn adaptive_avg_pool1d_spread() {
    for output in [1, 3, 7] {
        check_view(&format!("adaptive_avg_pool1d_backward from {output}"), &[2, output], &|y| {
            y.tape().apply(AdaptiveAvgPooling1dSpread { shape: [2, 5].into(), output }, [y])
        });
    }
}

pub(crate) fn adaptive_avg_pool2d_spread() {
    for output in [[1, 1], [2, 3], [5, 4]] {
        let shape = [2, 1, output[0], output[1]];
        check_view(&format!("adaptive_avg_pool2d_backward from {output:?}"), &shape, &|y| {
            y.tape().apply(AdaptiveAvgPooling2dSpread { shape: [2, 1, 4, 5].into(), output }, [y])
        });
    }
}
