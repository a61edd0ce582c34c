//! The same bits for any number of threads. Between SIMD levels those of matrix products differ.

use gradus_autograd::{Bound, Var, value_and_grad};
use gradus_tensor::{ParamId, Params, Real, Rng, Tensor};
use gradus_testkit::settings::per_level;

/// Large enough that products, elementwise kernels and sums are all split over threads.
const ROWS: usize = 1500;
const WIDTHS: [usize; 3] = [48, 160, 40];

struct Mlp {
    layers: [[ParamId; 2]; 2],
}

impl Mlp {
    fn loss<'t, T: Real>(&self, p: &Bound<'t, T>, inputs: &Tensor<T>, targets: &Tensor<T>) -> Var<'t, T> {
        let forward =
            |x: Var<'t, T>, &[weight, bias]: &[ParamId; 2]| (x.matmul(p.get(weight)) + p.get(bias)).tanh();
        let output = self.layers.iter().fold(p.constant(inputs), forward);
        (output - p.constant(targets)).square().mean()
    }
}

fn check<T: Real>() {
    let mut rng = Rng::new(3);
    let mut params = Params::<T>::new();
    let layers = [0, 1].map(|i| {
        let scale = T::constant((WIDTHS[i] as f64).sqrt());
        let weight = rng.normal::<T>([WIDTHS[i], WIDTHS[i + 1]]) / scale;
        let bias = rng.uniform::<T>([WIDTHS[i + 1]], -0.1, 0.1);
        [("weight", weight), ("bias", bias)]
            .map(|(name, value)| params.add(&format!("{i}.{name}"), &value).expect("different names"))
    });
    let mlp = Mlp { layers };
    let (inputs, targets) = (rng.normal([ROWS, WIDTHS[0]]), rng.normal([ROWS, WIDTHS[2]]));
    let results = per_level(format!("value and gradient, {}", T::DTYPE), || {
        let (value, gradient) = value_and_grad(&params, |p| mlp.loss(p, &inputs, &targets));
        Tensor::vector(&[vec![value], gradient.as_slice().to_vec()].concat())
    });
    assert!(results.iter().all(|(_, result)| result.to_vec().iter().all(|x| x.is_finite())));
}

#[test]
fn a_training_step_gives_the_same_bits_for_any_number_of_threads() {
    check::<f32>();
    check::<f64>();
}
