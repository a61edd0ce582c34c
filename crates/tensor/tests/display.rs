//! How tensors and shapes are written, to the letter.

use gradus_tensor::{Shape, Tensor};

#[test]
fn small_tensors_are_written_whole() {
    for (tensor, text) in [
        (Tensor::scalar(1.5), "1.5"),
        (Tensor::vector(&[]), "[]"),
        (Tensor::vector(&[1.0, -0.25]), "[1, -0.25]"),
        (Tensor::from_rows([[1.0, 2.0], [3.0, 4.5]]), "[[1, 2],\n [3, 4.5]]"),
        (Tensor::from_rows([[1.0, 2.0], [3.0, 4.5]]).t(), "[[1, 3],\n [2, 4.5]]"),
        (Tensor::from_fn([2, 2, 1], |i| i as f64), "[[[0],\n  [1]],\n [[2],\n  [3]]]"),
        (Tensor::vector(&[f64::NAN, f64::INFINITY, -0.0]), "[NaN, inf, -0]"),
        (Tensor::zeros([2, 0]), "[[],\n []]"),
        (Tensor::zeros([0, 2]), "[]"),
    ] {
        assert_eq!(tensor.to_string(), text);
    }
}

#[test]
fn a_precision_applies_to_every_element() {
    assert_eq!(format!("{:.2}", Tensor::vector(&[1.0, 2.0 / 3.0])), "[1.00, 0.67]");
    assert_eq!(format!("{:5.1}", Tensor::vector(&[1.0, -2.0])), "[  1.0,  -2.0]");
}

#[test]
fn long_axes_show_their_ends() {
    let count = |shape: &[usize]| Tensor::<f64>::from_fn(shape, |i| i as f64);
    assert_eq!(count(&[1001]).to_string(), "[0, 1, 2, ..., 998, 999, 1000]");
    assert_eq!(
        count(&[143, 7]).to_string(),
        "[[0, 1, 2, ..., 4, 5, 6],\n [7, 8, 9, ..., 11, 12, 13],\n [14, 15, 16, ..., 18, 19, 20],\n ...,\n \
         [980, 981, 982, ..., 984, 985, 986],\n [987, 988, 989, ..., 991, 992, 993],\n \
         [994, 995, 996, ..., 998, 999, 1000]]"
    );
    assert_eq!(
        count(&[2, 501]).to_string(),
        "[[0, 1, 2, ..., 498, 499, 500],\n [501, 502, 503, ..., 999, 1000, 1001]]"
    );
    assert_eq!(count(&[1000]).to_string().matches(", ").count(), 999, "1000 elements are written whole");
    assert_eq!(count(&[1 << 40, 0]).to_string(), "[[],\n [],\n [],\n ...,\n [],\n [],\n []]");
}

#[test]
fn debug_adds_shape_and_type() {
    assert_eq!(format!("{:?}", Tensor::vector(&[1.0f32, 2.5])), "Tensor([1, 2.5], shape=[2], dtype=float32)");
    assert_eq!(
        format!("{:?}", Tensor::<f64>::eye(2)),
        "Tensor([[1, 0],\n [0, 1]], shape=[2, 2], dtype=float64)"
    );
}

#[test]
fn shapes_are_written_as_lists() {
    assert_eq!(Shape::from([2, 3]).to_string(), "[2, 3]");
    assert_eq!(format!("{:?}", Shape::from([])), "[]");
}
