//! One gradient per sample: in one pass, by a loop over the samples, and only its norms.
//!
//!     cargo bench --bench autograd
//!
//! Alternatives stand beside each other, so that a claim is a ratio from one run.

use divan::{Bencher, black_box};
use gradus::autograd::{
    Bound, Var, per_sample_gradients, per_sample_norms, value_and_grad, value_and_grad_into,
};
use gradus::tensor::{Conv2d, MaxPool2d, ParamId, Params, Rng, Tensor};

const SAMPLES: usize = 64;

fn main() {
    divan::main();
}

/// A net, its inputs and their labels.
struct Work {
    params: Params<f32>,
    ids: Vec<ParamId>,
    x: Tensor<f32>,
    labels: Vec<usize>,
    losses: for<'t> fn(Var<'t, f32>, &[Var<'t, f32>]) -> Var<'t, f32>,
}

impl Work {
    fn new(
        input: &[usize],
        shapes: &[&[usize]],
        losses: for<'t> fn(Var<'t, f32>, &[Var<'t, f32>]) -> Var<'t, f32>,
    ) -> Self {
        let (mut rng, mut params) = (Rng::new(1), Params::new());
        let ids = shapes.iter().enumerate().map(|(i, shape)| {
            params.add(&format!("p{i}"), &(rng.normal(*shape) * 0.1)).expect("different names")
        });
        let ids = ids.collect();
        let x = rng.normal([&[SAMPLES], input].concat().as_slice());
        let labels = (0..SAMPLES).map(|_| rng.index(10)).collect();
        Self { params, ids, x, labels, losses }
    }

    /// The losses of the samples from `start` on.
    fn losses<'t>(&self, p: &Bound<'t, f32>, start: usize, count: usize) -> Var<'t, f32> {
        let weights: Vec<Var<'t, f32>> = self.ids.iter().map(|&id| p.get(id)).collect();
        let logits = (self.losses)(p.constant(&self.x.narrow(0, start, count)), &weights);
        let labels = Tensor::from_fn([count, 1], |b| self.labels[start + b]);
        -logits.log_softmax(1).gather(1, &labels).reshape([count])
    }
}

fn small() -> Work {
    Work::new(&[2], &[&[2, 16], &[16], &[16, 16], &[16], &[16, 10], &[10]], |x, w| {
        x.linear(w[0], Some(w[1])).tanh().linear(w[2], Some(w[3])).tanh().linear(w[4], Some(w[5]))
    })
}

fn perceptron() -> Work {
    Work::new(&[784], &[&[784, 128], &[128], &[128, 10], &[10]], |x, w| {
        x.linear(w[0], Some(w[1])).relu().linear(w[2], Some(w[3]))
    })
}

fn convolutional() -> Work {
    let shapes: [&[usize]; 6] = [&[8, 1, 3, 3], &[8], &[16, 8, 3, 3], &[16], &[400, 10], &[10]];
    Work::new(&[1, 28, 28], &shapes, |x, w| {
        let pool = MaxPool2d::new([2, 2]);
        let x = x.conv2d(w[0], Some(w[1]), Conv2d::default()).relu().max_pool2d(pool);
        let x = x.conv2d(w[2], Some(w[3]), Conv2d::default()).relu().max_pool2d(pool);
        x.reshape([x.shape()[0], 400]).linear(w[4], Some(w[5]))
    })
}

type Make = fn() -> Work;

const WORKS: [(&str, Make); 3] =
    [("2-16-16-10", small), ("784-128-10", perceptron), ("convolutional", convolutional)];

fn work(name: &str) -> Work {
    WORKS.iter().find(|(other, _)| *other == name).expect("a work").1()
}

const NAMES: [&str; 3] = [WORKS[0].0, WORKS[1].0, WORKS[2].0];

/// The mean gradient alone, for comparison.
#[divan::bench(args = NAMES)]
fn mean_gradient(bencher: Bencher, name: &str) {
    let work = work(name);
    bencher.bench_local(|| value_and_grad(&work.params, |p| work.losses(p, 0, SAMPLES).mean()));
}

#[divan::bench(args = NAMES)]
fn per_sample_in_one_pass(bencher: Bencher, name: &str) {
    let work = work(name);
    bencher.bench_local(|| per_sample_gradients(&work.params, |p| work.losses(p, 0, SAMPLES)));
}

#[divan::bench(args = NAMES)]
fn per_sample_by_a_loop(bencher: Bencher, name: &str) {
    let work = work(name);
    bencher.bench_local(|| {
        let mut rows = Tensor::<f32>::zeros([SAMPLES, work.params.len()]);
        for (b, row) in rows.make_mut().chunks_exact_mut(work.params.len()).enumerate() {
            black_box(value_and_grad_into(&work.params, row, |p| work.losses(p, b, 1).sum()));
        }
        rows
    });
}

#[divan::bench(args = NAMES)]
fn per_sample_norms_alone(bencher: Bencher, name: &str) {
    let work = work(name);
    bencher.bench_local(|| per_sample_norms(&work.params, |p| work.losses(p, 0, SAMPLES)));
}
