//! What a training step takes from the system allocator after the first ones, counted by an allocator of this binary.

use gradus_autograd::{Bound, Var, value_and_grad_into};
use gradus_tensor::{Conv2d, MaxPool2d, ParamId, Params, Rng, Tensor};

#[path = "../../tensor/tests/io/allocator.rs"]
mod allocator;

use allocator::requests;

/// Blocks per step, and the bytes of the largest, after steps that fill the free lists.
fn count(params: &Params<f32>, loss: impl for<'t> Fn(&Bound<'t, f32>) -> Var<'t, f32>) -> (usize, usize) {
    const STEPS: usize = 10;
    let mut gradient = vec![0.0; params.len()];
    for _ in 0..3 {
        value_and_grad_into(params, &mut gradient, &loss);
    }
    let ((), blocks, largest) = requests(|| {
        for _ in 0..STEPS {
            value_and_grad_into(params, &mut gradient, &loss);
        }
    });
    assert_eq!(blocks % STEPS, 0, "every step takes the same");
    (blocks / STEPS, largest)
}

fn params(shapes: &[&[usize]]) -> (Params<f32>, Vec<ParamId>) {
    let (mut rng, mut params) = (Rng::new(1), Params::new());
    let ids = shapes.iter().enumerate().map(|(i, shape)| {
        params.add(&format!("p{i}"), &(rng.normal(*shape) * 0.1)).expect("different names")
    });
    let ids = ids.collect();
    (params, ids)
}

/// More than the settings of an op or the axes of a sum; less than any tensor of these nets.
const SETTINGS: usize = 256;

#[test]
fn a_chain_of_elementwise_ops_takes_a_box_per_op_with_settings() {
    let (params, ids) = params(&[&[100], &[100]]);
    let (blocks, largest) = count(&params, |p| {
        let (mut x, b) = (p.get(ids[0]), p.get(ids[1]));
        for _ in 0..50 {
            x = ((x * b).tanh() - b).exp() + b;
        }
        x.sum()
    });
    assert!(blocks <= OF_A_TAPE && largest <= SETTINGS, "{blocks} blocks, up to {largest} bytes");
    let (blocks, largest) = count(&params, |p| {
        let mut x = p.get(ids[0]);
        for _ in 0..50 {
            x = x * 0.5 + 0.1;
        }
        x.sum()
    });
    assert!(blocks <= 100 + OF_A_TAPE && largest <= SETTINGS, "{blocks} blocks, up to {largest} bytes");
}

/// The arena on its way to the list of idle ones and back.
const OF_A_TAPE: usize = 2;

#[test]
fn a_step_of_a_classifier_takes_no_memory_for_elements() {
    let (params, ids) = params(&[&[784, 128], &[128], &[128, 10], &[10]]);
    let x = Rng::new(2).normal::<f32>([64, 784]);
    let labels = Tensor::from_fn([64, 1], |b| b % 10);
    let (blocks, largest) = count(&params, |p| {
        let [w1, b1, w2, b2] = [0, 1, 2, 3].map(|i| p.get(ids[i]));
        let logits = p.constant(&x).linear(w1, Some(b1)).relu().linear(w2, Some(b2));
        -logits.log_softmax(1).gather(1, &labels).mean()
    });
    // 9 here; more where a product is shared among threads.
    assert!(blocks <= 20 && largest <= SETTINGS, "{blocks} blocks, up to {largest} bytes");
}

#[test]
fn a_step_of_a_convolutional_net_takes_no_memory_for_elements() {
    let (params, ids) = params(&[&[8, 1, 3, 3], &[8], &[1352, 10]]);
    let x = Rng::new(3).normal::<f32>([16, 1, 28, 28]);
    let (blocks, largest) = count(&params, |p| {
        let [weight, bias, head] = [0, 1, 2].map(|i| p.get(ids[i]));
        let x = p.constant(&x).conv2d(weight, Some(bias), Conv2d::default()).relu();
        let x = x.max_pool2d(MaxPool2d::new([2, 2])).reshape([16, 1352]);
        x.matmul(head).square().mean()
    });
    // 75 here: ops with settings, and lists of offsets and of parts in the kernels.
    assert!(blocks <= 150 && largest <= SETTINGS, "{blocks} blocks, up to {largest} bytes");
}
