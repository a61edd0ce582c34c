//! Every SIMD level computes the same bits. Alone in its file: the level is a setting of the process.

#[path = "rules/methods.rs"]
mod methods;

use gradus_optim::Trace;
use gradus_tensor::Real;
use gradus_tensor::simd::{self, Level};
use methods::{Method, all, bits, gradient, point, state};

const LENGTHS: [usize; 9] = [0, 1, 15, 16, 17, 63, 64, 65, 1000];

/// Point, traces and state after a few steps.
fn run<T: Real>((_, mut optimizer): Method<T>, dim: usize) -> Vec<Vec<u64>> {
    let mut x = point(dim);
    let mut trace = Trace::default();
    for step in 1..=4 {
        optimizer.step_traced(&mut x, &gradient(dim, step), &mut trace).expect("the gradient is finite");
    }
    let state = state(&*optimizer);
    let moved = [x, trace.effective_step, trace.direction];
    moved.iter().map(|values| bits(values)).chain(state.iter().map(|values| bits(values))).collect()
}

fn levels_agree<T: Real>() {
    for dim in LENGTHS {
        for (row, method) in all::<T>(dim).into_iter().enumerate() {
            let name = method.0.clone();
            simd::set_active(Level::Baseline).expect("every processor has it");
            let expected = run(method, dim);
            for level in Level::available() {
                simd::set_active(level).expect("an available level");
                let found = run(all::<T>(dim).swap_remove(row), dim);
                assert_eq!(found, expected, "{name}, {dim} coordinates, {level:?}");
            }
        }
    }
}

#[test]
fn all_levels_compute_the_same_bits() {
    levels_agree::<f32>();
    levels_agree::<f64>();
}
