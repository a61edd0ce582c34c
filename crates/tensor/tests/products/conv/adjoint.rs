//! The gradients are the adjoints of the convolution: ⟨conv(x, w), y⟩ = ⟨x, convᵀ(y, w)⟩ = ⟨w, grad(x, y)⟩, exactly where
//! nothing rounds.

use gradus_tensor::{Conv2d, Rng, Tensor, vector};
use gradus_testkit::settings::for_each_setting;

use super::cases::{CASES, random};

/// Small integers: no sum of their products rounds, in whichever order.
fn integers(rng: &mut Rng, shape: &[usize]) -> Tensor<f32> {
    Tensor::from_fn(shape, |_| rng.index(7) as f32 - 3.0)
}

fn inner(a: &Tensor<f32>, b: &Tensor<f32>) -> f32 {
    vector::dot(&a.to_vec(), &b.to_vec())
}

#[test]
fn gradients_are_adjoint_to_the_convolution() {
    let mut rng = Rng::new(7);
    let random: Vec<_> = (0..100).map(|_| random(&mut rng)).collect();
    let cases: Vec<_> = CASES
        .iter()
        .chain(&random)
        .map(|case| {
            let (x, w) = (integers(&mut rng, &case.x), integers(&mut rng, &case.w));
            let y = integers(&mut rng, &x.conv2d(&w, None, case.settings).shape());
            (case, x, w, y)
        })
        .collect();
    for_each_setting(|setting| {
        for (case, x, w, y) in &cases {
            let expected = inner(&x.conv2d(w, None, case.settings), y);
            let by_input = inner(x, &y.conv2d_backward_input(w, x.shape(), case.settings));
            let by_weight = inner(w, &y.conv2d_backward_weight(x, w.shape(), case.settings));
            assert_eq!((by_input, by_weight), (expected, expected), "{case:?}: {setting}");
        }
    });
}

#[test]
fn the_transposed_convolution_is_adjoint_with_every_output_padding() {
    let mut rng = Rng::new(8);
    for output_padding in [[0, 0], [1, 0], [0, 2], [1, 2]] {
        let settings = Conv2d { stride: [2, 3], padding: [[1, 0], [2, 1]], dilation: [2, 1], groups: 2 };
        let (y, w) = (integers(&mut rng, &[2, 4, 5, 6]), integers(&mut rng, &[4, 3, 3, 4]));
        let x = y.conv_transpose2d(&w, output_padding, settings);
        assert_eq!(&*x.shape(), [2, 6, 12 + output_padding[0], 16 + output_padding[1]]);
        let probe = integers(&mut rng, &x.shape());
        assert_eq!(inner(&probe, &x), inner(&probe.conv2d(&w, None, settings), &y));
    }
}
