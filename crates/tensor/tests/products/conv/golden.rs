//! What PyTorch computes, exactly: sums of products of multiples of 1/4 do not round.

use gradus_tensor::Conv2d;

use crate::golden::{cases, values};

#[test]
fn convolutions_are_those_of_pytorch() {
    let cases = cases(include_str!("../../golden/convolutions.txt"));
    assert_eq!(cases.len(), 8);
    for case in cases {
        let n = &case.settings;
        let (x, w) = (values(&n[..4], 1, 0), values(&n[4..8], 2, 0));
        let settings =
            Conv2d { stride: [n[8], n[9]], dilation: [n[12], n[13]], groups: n[14], ..Conv2d::default() }
                .padded([n[10], n[11]]);
        let results = if case.name == "conv2d" {
            let y = x.conv2d(&w, Some(&values(&[n[4]], 3, 0)), settings);
            let gy = values(&y.shape(), 4, 0);
            vec![
                y,
                gy.conv2d_backward_input(&w, x.shape(), settings),
                gy.conv2d_backward_weight(&x, w.shape(), settings),
                gy.sum_axes(&[0, 2, 3]),
            ]
        } else {
            vec![x.conv_transpose2d(&w, [n[15], n[16]], settings)]
        };
        let results: Vec<_> = results.iter().map(|result| result.to_vec()).collect();
        assert_eq!(results, case.results, "{} {n:?}", case.name);
    }
}
