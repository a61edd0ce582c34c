//! What a step of an optimizer costs beside the memory traffic that it cannot avoid, and that the number of tensors does
//! not matter.
//!
//!     cargo bench --bench optimizers
//!
//! `traffic` reads four vectors and writes three, as Adam does, with one addition per element. A step of Adam in addition
//! looks for gradients that are not finite, or too large, before it changes anything.

use std::hint::black_box;

use divan::Bencher;
use divan::counter::ItemsCount;
use gradus::optim::{AdaGrad, Adam, AdamW, Rule, Sgd};
use gradus_tensor::{Params, Tensor};

fn main() {
    divan::main();
}

/// Numbers of tensors, and their lengths: of the second two each, the same number of parameters.
const SHAPES: [(usize, usize); 5] =
    [(1, 10_000_000), (1, 1_000_000), (100, 10_000), (1, 100_000), (1000, 100)];

fn params((count, len): (usize, usize)) -> Params<f32> {
    let mut params = Params::new();
    for index in 0..count {
        params.add(&format!("{index}"), &Tensor::zeros([len])).expect("paths are unique");
    }
    fill(&mut params);
    params
}

fn fill(params: &mut Params<f32>) {
    let slab = params.as_mut_slice();
    slab.iter_mut().enumerate().for_each(|(i, x)| *x = (i % 1024) as f32 / 1024.0 - 0.5);
}

fn bench(bencher: Bencher, shape: (usize, usize), rule: impl Rule<f32>) {
    let mut point = params(shape);
    let mut gradient = point.zeros_like();
    fill(&mut gradient);
    let mut optimizer = rule.optimizer(&point).expect("legal settings");
    bencher.counter(ItemsCount::new(point.len())).bench_local(|| {
        optimizer.step_params(black_box(&mut point), black_box(&gradient)).expect("the gradient is finite");
    });
}

#[divan::bench(args = SHAPES)]
fn sgd(bencher: Bencher, shape: (usize, usize)) {
    bench(bencher, shape, Sgd::default());
}

#[divan::bench(args = SHAPES)]
fn momentum(bencher: Bencher, shape: (usize, usize)) {
    bench(bencher, shape, Sgd { momentum: 0.9, ..Sgd::default() });
}

#[divan::bench(args = SHAPES)]
fn adagrad(bencher: Bencher, shape: (usize, usize)) {
    bench(bencher, shape, AdaGrad::default());
}

#[divan::bench(args = SHAPES)]
fn adam(bencher: Bencher, shape: (usize, usize)) {
    bench(bencher, shape, Adam::default());
}

#[divan::bench(args = SHAPES)]
fn adamw(bencher: Bencher, shape: (usize, usize)) {
    bench(bencher, shape, AdamW::default());
}

#[divan::bench(args = SHAPES)]
fn traffic(bencher: Bencher, shape: (usize, usize)) {
    let (mut x, mut m, mut v) = (params(shape), params(shape), params(shape));
    let gradient = params(shape);
    bencher.counter(ItemsCount::new(x.len())).bench_local(|| {
        let moments = m.as_mut_slice().iter_mut().zip(v.as_mut_slice());
        let parameters = x.as_mut_slice().iter_mut().zip(black_box(&gradient).as_slice());
        for ((x, g), (m, v)) in parameters.zip(moments) {
            *x += g;
            *m += g;
            *v += g;
        }
    });
}
