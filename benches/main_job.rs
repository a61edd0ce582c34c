//! What a step of the main job is made of: products of a 200 × 1000 matrix and a vector, the gradient, the optimizer.
//!
//!     cargo bench --bench main_job
//!
//! Alternatives stand beside each other, so that a claim is a ratio from one run.

use divan::Bencher;
use gradus::losses::{Batch, LeastSquares, Objective};
use gradus::optim::{Adam, Rule, Trace};
use gradus::tensor::{Params, Rng, Tensor};

const ROWS: usize = 200;
const COLUMNS: usize = 1000;

fn main() {
    divan::main();
}

fn matrix() -> Tensor<f64> {
    Rng::new(1).normal([ROWS, COLUMNS])
}

/// X·w by the matrix–vector kernel.
#[divan::bench]
fn product_matvec(bencher: Bencher) {
    let (x, w) = (matrix(), Rng::new(2).normal::<f64>([COLUMNS]));
    bencher.bench_local(|| x.matmul(&w));
}

/// X·w by matrixmultiply's general product, which has no path for vectors.
#[divan::bench]
fn product_matrixmultiply(bencher: Bencher) {
    let (x, w) = (matrix(), Rng::new(2).normal::<f64>([COLUMNS]));
    general(bencher, &x, &w);
}

/// Xᵀ·r by the matrix–vector kernel, the transpose read in place.
#[divan::bench]
fn transposed_matvec(bencher: Bencher) {
    let (x, r) = (matrix(), Rng::new(2).normal::<f64>([ROWS]));
    bencher.bench_local(|| x.t().matmul(&r));
}

/// Xᵀ·r by matrixmultiply's general product.
#[divan::bench]
fn transposed_matrixmultiply(bencher: Bencher) {
    let (x, r) = (matrix(), Rng::new(2).normal::<f64>([ROWS]));
    general(bencher, &x.t(), &r);
}

/// A·x as the first column of a product with two columns, which is off the matrix–vector path.
fn general(bencher: Bencher, a: &Tensor<f64>, x: &Tensor<f64>) {
    let x = x.to_vec();
    let b = Tensor::from_fn([x.len(), 2], |i| if i % 2 == 0 { x[i / 2] } else { 0.0 });
    bencher.bench_local(|| a.matmul(&b));
}

/// Loss and gradient of least squares, recorded and reversed.
#[divan::bench]
fn gradient(bencher: Bencher) {
    let objective = LeastSquares::new(matrix(), Rng::new(2).normal([ROWS])).expect("valid data");
    let (point, mut gradient) = (objective.start().clone(), vec![0.0; COLUMNS]);
    bencher.bench_local(|| objective.value_and_gradient(&point, Batch::Full, &mut gradient));
}

/// The same for one sample: mostly the overhead of the tape.
#[divan::bench]
fn gradient_of_one_sample(bencher: Bencher) {
    let objective = LeastSquares::new(matrix(), Rng::new(2).normal([ROWS])).expect("valid data");
    let (point, mut gradient) = (objective.start().clone(), vec![0.0; COLUMNS]);
    bencher.bench_local(|| objective.value_and_gradient(&point, Batch::Indices(&[7]), &mut gradient));
}

fn step(bencher: Bencher, trace: Option<&mut Trace<f64>>) {
    let gradient = Rng::new(2).normal::<f64>([COLUMNS]).to_vec();
    let mut point = Params::single("w", &Tensor::zeros([COLUMNS]));
    let mut adam = Adam::default().optimizer(COLUMNS).expect("valid settings");
    match trace {
        Some(trace) => {
            bencher.bench_local(|| adam.step_traced(point.as_mut_slice(), &gradient, trace));
        }
        None => bencher.bench_local(|| adam.step(point.as_mut_slice(), &gradient)),
    }
}

/// A step of Adam.
#[divan::bench]
fn adam_step(bencher: Bencher) {
    step(bencher, None);
}

/// The same, reporting A and p for certificates.
#[divan::bench]
fn adam_step_traced(bencher: Bencher) {
    step(bencher, Some(&mut Trace::default()));
}
