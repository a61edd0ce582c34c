//! Shapes and settings that do not fit panic at the caller's line, with the op and what does not fit.

use gradus_tensor::{Conv1d, Conv2d, Tensor};
use gradus_testkit::panics::panic_of;

/// Requires that `action` panics with exactly this text, and that the blame falls on this file.
#[track_caller]
fn check<R>(action: impl FnOnce() -> R, expected: &str) {
    let report = panic_of(action);
    assert_eq!(report.text, expected);
    assert!(report.file == file!(), "{expected}: reported at {}, not at the caller", report.file);
}

fn zeros(shape: &[usize]) -> Tensor<f32> {
    Tensor::zeros(shape)
}

const PLAIN: Conv2d = Conv2d { stride: [1, 1], padding: [[0, 0], [0, 0]], dilation: [1, 1], groups: 1 };

#[test]
fn convolutions_name_shapes_and_settings() {
    let (x, w) = (zeros(&[1, 2, 4, 4]), zeros(&[3, 2, 5, 5]));
    check(
        || x.conv2d(&w, None, Conv2d { dilation: [2, 2], ..PLAIN }),
        "conv2d: kernel [5, 5] with dilation [2, 2] exceeds padded input [4, 4]",
    );
    check(
        || x.conv2d(&w, None, PLAIN.padded([0, 1])),
        "conv2d: kernel [5, 5] with dilation [1, 1] exceeds padded input [4, 6]",
    );
    check(
        || x.conv2d(&w, None, Conv2d { dilation: [usize::MAX, 1], ..PLAIN }.padded([1, 1])),
        "conv2d: kernel [5, 5] with dilation [18446744073709551615, 1] exceeds padded input [6, 6]",
    );
    check(
        || zeros(&[2, 4, 4]).conv2d(&w, None, PLAIN),
        "conv2d: input [2, 4, 4] and weight [3, 2, 5, 5] must have rank 4",
    );
    check(
        || x.conv2d(&w, None, Conv2d { stride: [1, 0], ..PLAIN }),
        "conv2d: stride [1, 0] must be positive, for input [1, 2, 4, 4], weight [3, 2, 5, 5]",
    );
    check(
        || x.conv2d(&w, None, Conv2d { dilation: [0, 1], ..PLAIN }),
        "conv2d: dilation [0, 1] must be positive, for input [1, 2, 4, 4], weight [3, 2, 5, 5]",
    );
    for groups in [0, 2, 3] {
        check(
            || x.conv2d(&w, None, Conv2d { groups, ..PLAIN }),
            &format!(
                "conv2d: {groups} groups do not divide the channels of input [1, 2, 4, 4] and weight [3, 2, 5, 5]"
            ),
        );
    }
    check(
        || x.conv2d(&zeros(&[3, 3, 1, 1]), None, PLAIN),
        "conv2d: input [1, 2, 4, 4] has 2 channels per group, weight [3, 3, 1, 1] takes 3",
    );
    check(
        || x.conv2d(&zeros(&[4, 2, 1, 1]), None, Conv2d { groups: 2, ..PLAIN }),
        "conv2d: input [1, 2, 4, 4] has 1 channels per group, weight [4, 2, 1, 1] takes 2",
    );
    check(
        || x.conv2d(&zeros(&[3, 2, 0, 1]), None, PLAIN),
        "conv2d: kernel [0, 1] of weight [3, 2, 0, 1] has no taps",
    );
    check(
        || x.conv2d(&w, None, PLAIN.padded([usize::MAX, 0])),
        "conv2d: padding [[18446744073709551615, 18446744073709551615], [0, 0]] of input [1, 2, 4, 4] exceeds the \
         address space",
    );
    check(
        || x.conv2d(&zeros(&[3, 2, 3, 3]), Some(&zeros(&[2])), PLAIN),
        "conv2d: bias [2] for weight [3, 2, 3, 3], not [3]",
    );
}

#[test]
fn one_dimension_names_one_extent() {
    let (x, w) = (zeros(&[1, 2, 4]), zeros(&[3, 2, 5]));
    check(
        || x.conv1d(&w, None, Conv1d { dilation: 2, ..Conv1d::default() }),
        "conv1d: kernel [5] with dilation [2] exceeds padded input [4]",
    );
    check(
        || x.conv1d(&w, None, Conv1d { stride: 0, ..Conv1d::default() }),
        "conv1d: stride [0] must be positive, for input [1, 2, 4], weight [3, 2, 5]",
    );
    check(
        || zeros(&[1, 2, 4, 4]).conv1d(&w, None, Conv1d::default()),
        "conv1d: input [1, 2, 4, 4] and weight [3, 2, 5] must have rank 3",
    );
}

#[test]
fn gradients_name_the_shape_of_the_output() {
    let (x, w, gy) = (zeros(&[1, 2, 4, 4]), zeros(&[3, 2, 3, 3]), zeros(&[1, 3, 2, 3]));
    check(
        || gy.conv2d_backward_input(&w, x.shape(), PLAIN),
        "conv2d_backward_input: gradient [1, 3, 2, 3] of an output of shape [1, 3, 2, 2]",
    );
    check(
        || gy.conv2d_backward_weight(&x, w.shape(), PLAIN),
        "conv2d_backward_weight: gradient [1, 3, 2, 3] of an output of shape [1, 3, 2, 2]",
    );
    let (x, w, gy) = (zeros(&[1, 2, 4]), zeros(&[3, 2, 3]), zeros(&[2, 3, 2]));
    check(
        || gy.conv1d_backward_input(&w, x.shape(), Conv1d::default()),
        "conv1d_backward_input: gradient [2, 3, 2] of an output of shape [1, 3, 2]",
    );
    check(
        || gy.conv1d_backward_weight(&x, w.shape(), Conv1d::default()),
        "conv1d_backward_weight: gradient [2, 3, 2] of an output of shape [1, 3, 2]",
    );
    let (x, w, gy) = (zeros(&[3, 2, 4]), zeros(&[3, 2, 3]), zeros(&[3, 3, 2]));
    for parts in [0, 2] {
        check(
            || gy.conv1d_backward_weight_each(&x, w.shape(), parts, Conv1d::default()),
            &format!("conv1d_backward_weight_each: 3 images in {parts} parts"),
        );
    }
}

#[test]
fn transposed_convolutions_name_shapes_and_settings() {
    let (x, w) = (zeros(&[1, 3, 4, 4]), zeros(&[3, 2, 3, 3]));
    check(
        || x.conv_transpose2d(&w, [0, 1], PLAIN),
        "conv_transpose2d: output padding [0, 1] is not smaller than stride [1, 1]",
    );
    check(
        || zeros(&[1, 2, 4, 4]).conv_transpose2d(&w, [0, 0], PLAIN),
        "conv_transpose2d: input [1, 2, 4, 4] has 2 channels, weight [3, 2, 3, 3] takes 3",
    );
    check(
        || x.conv_transpose2d(&w, [0, 0], PLAIN.padded([3, 0])),
        "conv_transpose2d: no output from input [1, 3, 4, 4] and weight [3, 2, 3, 3] with padding [[3, 3], [0, 0]]",
    );
    check(
        || zeros(&[3, 4, 4]).conv_transpose2d(&w, [0, 0], PLAIN),
        "conv_transpose2d: input [3, 4, 4] and weight [3, 2, 3, 3] must have rank 4",
    );
}
