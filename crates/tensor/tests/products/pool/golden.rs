//! What PyTorch computes: ties, NaN, incomplete windows, the counts of padding.

use gradus_tensor::{AvgPool2d, MaxPool2d, Tensor};
use gradus_testkit::compare::{assert_same_bits, assert_within};

use crate::golden::{cases, values};

/// Means round in another order than PyTorch's: a few units of a value below 4.
const MEAN_BOUND: f64 = 1e-14;

#[test]
fn poolings_are_those_of_pytorch() {
    let cases = cases(include_str!("../../golden/poolings.txt"));
    assert_eq!(cases.len(), 17);
    for case in cases {
        let n = &case.settings;
        let shape = &n[..4];
        let context = format!("{} {n:?}", case.name);
        let expected =
            |i: usize, like: &Tensor<f64>| Tensor::from_slice(like.shape(), &case.results[i]).unwrap();
        let (y, gx) = match case.name {
            "max_pool2d" => {
                let settings = MaxPool2d {
                    kernel: [n[4], n[5]],
                    stride: [n[6], n[7]],
                    padding: [n[8], n[9]],
                    dilation: [n[10], n[11]],
                    ceil_mode: n[12] == 1,
                };
                let (y, indices) = values(shape, 1, n[13]).max_pool2d(settings);
                let gx = values(&y.shape(), 4, 0).max_pool2d_backward(&indices, shape);
                let indices: Vec<f64> = indices.cast::<f64>().to_vec();
                assert_eq!(indices, case.results[1], "{context}");
                assert_same_bits(&y, &expected(0, &y), &context);
                assert_same_bits(&gx, &expected(2, &gx), &context);
                continue;
            }
            "avg_pool2d" => {
                let settings = AvgPool2d {
                    kernel: [n[4], n[5]],
                    stride: [n[6], n[7]],
                    padding: [n[8], n[9]],
                    ceil_mode: n[10] == 1,
                    count_include_pad: n[11] == 1,
                };
                let y = values(shape, 1, 0).avg_pool2d(settings);
                let gx = values(&y.shape(), 4, 0).avg_pool2d_backward(shape, settings);
                (y, gx)
            }
            _ => {
                let y = values(shape, 1, 0).adaptive_avg_pool2d([n[4], n[5]]);
                let gx = values(&y.shape(), 4, 0).adaptive_avg_pool2d_backward(shape);
                (y, gx)
            }
        };
        for (i, found) in [y, gx].iter().enumerate() {
            assert_within(found, &expected(i, found), &Tensor::full(found.shape(), MEAN_BOUND), &context);
        }
    }
}
