//! Shapes and settings that do not fit panic at the caller's line, with the op and what does not fit.

use gradus_tensor::{AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d, Tensor};
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

const PLAIN: MaxPool2d = MaxPool2d::new([2, 2]);

#[test]
fn windows_name_their_settings() {
    let x = zeros(&[1, 3, 4]);
    check(
        || x.max_pool2d(MaxPool2d { stride: [0, 1], ..PLAIN }),
        "max_pool2d: stride [0, 1] must be positive, for input [1, 3, 4]",
    );
    check(
        || x.max_pool2d(MaxPool2d::new([1, 0])),
        "max_pool2d: kernel [1, 0] must be positive, for input [1, 3, 4]",
    );
    check(
        || x.max_pool2d(MaxPool2d { dilation: [1, 0], ..PLAIN }),
        "max_pool2d: dilation [1, 0] must be positive, for input [1, 3, 4]",
    );
    check(
        || x.max_pool2d(MaxPool2d { padding: [2, 0], ..PLAIN }),
        "max_pool2d: padding [2, 0] exceeds half of kernel [2, 2] with dilation [1, 1]",
    );
    check(
        || x.max_pool2d(MaxPool2d { dilation: [3, 1], ..PLAIN }),
        "max_pool2d: kernel [2, 2] with dilation [3, 1] exceeds padded input [3, 4]",
    );
    check(
        || x.max_pool2d(MaxPool2d { dilation: [usize::MAX, 1], ..MaxPool2d::new([3, 1]) }),
        "max_pool2d: kernel [3, 1] with dilation [18446744073709551615, 1] exceeds padded input [3, 4]",
    );
    check(
        || {
            zeros(&[1, 1]).max_pool2d(MaxPool2d {
                padding: [2, 0],
                dilation: [3, 1],
                ..MaxPool2d::new([2, 1])
            })
        },
        "max_pool2d: window 0 along an axis of 1 meets padding only",
    );
    check(
        || x.avg_pool2d(AvgPool2d::new([4, 1])),
        "avg_pool2d: kernel [4, 1] with dilation [1, 1] exceeds padded input [3, 4]",
    );
    check(
        || x.max_pool1d(MaxPool1d { padding: 2, ..MaxPool1d::new(3) }),
        "max_pool1d: padding [2] exceeds half of kernel [3] with dilation [1]",
    );
    check(
        || x.avg_pool1d(AvgPool1d { stride: 0, ..AvgPool1d::new(3) }),
        "avg_pool1d: stride [0] must be positive, for input [1, 3, 4]",
    );
}

#[test]
fn inputs_without_elements_or_axes_are_refused() {
    check(|| zeros(&[3]).max_pool2d(PLAIN), "max_pool2d: input [3] has no 2 axes to pool over");
    check(|| zeros(&[2, 0, 3]).max_pool2d(PLAIN), "max_pool2d: nothing to pool over in input [2, 0, 3]");
    check(|| zeros(&[]).avg_pool1d(AvgPool1d::new(1)), "avg_pool1d: input [] has no 1 axes to pool over");
    check(
        || zeros(&[2, 0, 3]).adaptive_avg_pool2d([1, 1]),
        "adaptive_avg_pool2d: nothing to pool over in input [2, 0, 3]",
    );
}

#[test]
fn gradients_name_the_shapes() {
    let (x, gy) = (zeros(&[2, 4, 6]), zeros(&[2, 2, 2]));
    let indices = Tensor::zeros([2, 2, 2]);
    check(
        || gy.avg_pool2d_backward(x.shape(), AvgPool2d::new([2, 2])),
        "avg_pool2d_backward: gradient [2, 2, 2] of an output of shape [2, 2, 3]",
    );
    check(
        || gy.adaptive_avg_pool2d_backward([3, 4, 6]),
        "adaptive_avg_pool2d_backward: gradient [2, 2, 2] of an output of shape [3, 2, 2]",
    );
    check(
        || gy.max_pool2d_backward(&Tensor::zeros([2, 2, 3]), x.shape()),
        "max_pool2d_backward: gradient [2, 2, 2] but indices [2, 2, 3]",
    );
    check(
        || gy.max_pool2d_backward(&indices, [3, 4, 6]),
        "max_pool2d_backward: gradient [2, 2, 2] of a pooling of [3, 4, 6]",
    );
    check(
        || gy.max_pool2d_backward(&Tensor::full([2, 2, 2], 24), x.shape()),
        "max_pool2d_backward: index 24 is outside a plane of input [2, 4, 6]",
    );
}
