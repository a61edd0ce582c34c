//! Reductions beside hand-written loops over the same memory, in `f32`.
//!
//!     cargo bench --bench reductions
//!
//! The hand loops do the least that the result demands, compiled for the baseline of the target: eight running sums, one
//! row added to another. Where they are as fast, memory is the limit.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use gradus::tensor::{Rng, Tensor, vector};

const ROWS: usize = 1024;
const COLUMNS: usize = 1000;

fn main() {
    divan::main();
}

fn matrix() -> Tensor<f32> {
    Rng::new(1).uniform([ROWS, COLUMNS], -1.0, 1.0)
}

fn long() -> Tensor<f32> {
    Rng::new(1).uniform([10_000_000], -1.0, 1.0)
}

fn elements(x: &Tensor<f32>) -> &[f32] {
    x.as_slice().expect("a contiguous tensor")
}

fn hand_sum(x: &[f32]) -> f32 {
    let mut sums = [0.0; 8];
    for chunk in x.as_chunks::<8>().0 {
        for (sum, x) in sums.iter_mut().zip(chunk) {
            *sum += x;
        }
    }
    sums.iter().sum()
}

/// A reduction of the matrix, per element.
fn reduce<R>(bencher: Bencher, reduction: impl Fn(&Tensor<f32>) -> R) {
    let x = matrix();
    bencher.counter(ItemsCount::new(x.len())).bench_local(|| reduction(black_box(&x)));
}

#[divan::bench]
fn sum_of_1e7(bencher: Bencher) {
    let x = long();
    bencher.counter(ItemsCount::new(x.len())).bench_local(|| x.sum());
}

#[divan::bench]
fn sum_of_1e7_by_hand(bencher: Bencher) {
    let x = long();
    bencher.counter(ItemsCount::new(x.len())).bench_local(|| hand_sum(black_box(elements(&x))));
}

#[divan::bench]
fn squared_norm_of_1e7(bencher: Bencher) {
    let x = long();
    bencher.counter(ItemsCount::new(x.len())).bench_local(|| vector::squared_norm(elements(&x)));
}

#[divan::bench(args = [0, 1])]
fn sum_over_axis(bencher: Bencher, axis: usize) {
    reduce(bencher, |x| x.sum_axes(&[axis]));
}

#[divan::bench]
fn sum_over_axis_0_by_hand(bencher: Bencher) {
    reduce(bencher, |x| {
        let mut sums = vec![0.0; COLUMNS];
        for row in elements(x).chunks_exact(COLUMNS) {
            for (sum, x) in sums.iter_mut().zip(row) {
                *sum += x;
            }
        }
        sums
    });
}

#[divan::bench]
fn sum_over_axis_1_by_hand(bencher: Bencher) {
    reduce(bencher, |x| elements(x).chunks_exact(COLUMNS).map(hand_sum).collect::<Vec<f32>>());
}

#[divan::bench(args = [0, 1])]
fn max_over_axis(bencher: Bencher, axis: usize) {
    reduce(bencher, |x| x.max_axes(&[axis]));
}

#[divan::bench(args = [0, 1])]
fn argmax_over_axis(bencher: Bencher, axis: usize) {
    reduce(bencher, |x| x.argmax_axis(axis));
}

#[divan::bench(args = [0, 1])]
fn variance_over_axis(bencher: Bencher, axis: usize) {
    reduce(bencher, |x| x.var_axes(&[axis], 1));
}

#[divan::bench(args = [0, 1])]
fn logsumexp_over_axis(bencher: Bencher, axis: usize) {
    reduce(bencher, |x| x.logsumexp_axes(&[axis]));
}

#[divan::bench(args = [0, 1])]
fn softmax_along_axis(bencher: Bencher, axis: usize) {
    reduce(bencher, |x| x.softmax(axis));
}

#[divan::bench(args = [0, 1])]
fn cumsum_along_axis(bencher: Bencher, axis: usize) {
    reduce(bencher, |x| x.cumsum(axis));
}

#[divan::bench]
fn copy_of_the_matrix(bencher: Bencher) {
    reduce(bencher, |x| x.to_vec());
}

#[divan::bench]
fn sum_of_10(bencher: Bencher) {
    let x: Tensor<f32> = Rng::new(1).uniform([10], -1.0, 1.0);
    bencher.bench_local(|| x.sum());
}
