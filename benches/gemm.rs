//! Matrix products at every SIMD level, in GFLOP/s. The baseline is matrixmultiply (vectors have kernels of
//! their own).
//!
//!     cargo bench --bench gemm [-- --threads N]
//!
//! Levels alternate within a round and the medians of the rounds are shown, so that a claim is a ratio from
//! one run.

use std::time::Instant;

use gradus::tensor::simd::{self, Level};
use gradus::tensor::{Real, Rng, Tensor};

/// m, n, k: squares, the layers of a small network with their gradients, products with vectors.
const SHAPES: [[usize; 3]; 12] = [
    [32, 32, 32],
    [64, 64, 64],
    [128, 128, 128],
    [256, 256, 256],
    [512, 512, 512],
    [1024, 1024, 1024],
    [64, 128, 784],
    [784, 128, 64],
    [64, 10, 128],
    [32, 16, 16],
    [1, 128, 784],
    [200, 1, 1000],
];

const ROUNDS: usize = 15;

/// Operations per timing: a few milliseconds.
const OPERATIONS: f64 = 2e8;

fn table<T: Real>() {
    let levels: Vec<Level> = Level::available().collect();
    let mut rng = Rng::new(1);
    for [m, n, k] in SHAPES {
        let (a, b): (Tensor<T>, Tensor<T>) = (rng.normal([m, k]), rng.normal([k, n]));
        let mut c = Tensor::zeros([m, n]);
        let operations = 2.0 * (m * n * k) as f64;
        let calls = (OPERATIONS / operations).ceil() as usize;
        let mut rates = vec![Vec::new(); levels.len()];
        for _ in 0..ROUNDS {
            for (level, rates) in levels.iter().zip(&mut rates) {
                simd::set_active(*level).expect("an available level");
                a.matmul_into(&b, &mut c);
                let start = Instant::now();
                (0..calls).for_each(|_| a.matmul_into(&b, &mut c));
                rates.push(calls as f64 * operations / start.elapsed().as_secs_f64() * 1e-9);
            }
        }
        print!("{} {:<16}", T::DTYPE, format!("{m}x{n}x{k}"));
        for (level, rates) in levels.iter().zip(&mut rates) {
            rates.sort_by(f64::total_cmp);
            print!("  {level:?} {:6.1}", rates[ROUNDS / 2]);
        }
        println!();
    }
}

fn main() {
    let mut words = std::env::args().skip_while(|word| word != "--threads");
    let threads = words.nth(1).map_or(1, |threads| threads.parse().expect("--threads: a number"));
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().expect("a thread pool");
    table::<f32>();
    table::<f64>();
}
