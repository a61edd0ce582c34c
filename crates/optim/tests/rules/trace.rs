//! What a step reports is what it did.

use crate::methods::{all, bits, gradient, point, state};
use gradus_optim::Trace;
use gradus_tensor::Real;

/// Around the block length of the fused loop, and the small cases.
const LENGTHS: [usize; 9] = [0, 1, 15, 16, 17, 63, 64, 65, 1000];

fn point_moves_by_what_the_trace_says<T: Real>() {
    for dim in LENGTHS {
        for (method, mut traced) in all::<T>(dim) {
            let mut plain = traced.clone();
            let (mut x, mut y) = (point::<T>(dim), point::<T>(dim));
            let mut trace = Trace::default();
            for step in 1..=5 {
                let before = x.clone();
                let gradient = gradient(dim, step);
                traced.step_traced(&mut x, &gradient, &mut trace).expect("the gradient is finite");
                plain.step(&mut y, &gradient).expect("the gradient is finite");
                let moved: Vec<T> =
                    (0..dim).map(|i| before[i] - trace.effective_step[i] * trace.direction[i]).collect();
                assert_eq!(bits(&moved), bits(&x), "{method}, {dim} coordinates, step {step}");
                assert_eq!(bits(&x), bits(&y), "{method}, {dim} coordinates, step {step}");
                assert!(trace.effective_step.iter().all(|&a| a >= T::zero()), "{method}");
                assert_eq!((trace.effective_step.len(), trace.direction.len()), (dim, dim));
            }
            assert_eq!(state(&*traced), state(&*plain), "{method}");
            assert_eq!(traced.steps(), 5);
        }
    }
}

#[test]
fn point_moves_by_what_the_trace_says_in_f32() {
    point_moves_by_what_the_trace_says::<f32>();
}

#[test]
fn point_moves_by_what_the_trace_says_in_f64() {
    point_moves_by_what_the_trace_says::<f64>();
}

/// A coordinate in a block and the same coordinate in the tail go through differently compiled code.
#[test]
fn position_in_the_vector_does_not_matter() {
    for ((method, mut one), (_, mut many)) in all::<f32>(1).into_iter().zip(all::<f32>(100)) {
        // Some see norms of all coordinates: with one coordinate other than 0 they are the same.
        let shared = ["adagrad_norm", "lars", "lamb", "prodigy"].contains(&one.name());
        // A root mean square is not.
        if one.name() == "adafactor" {
            continue;
        }
        let (mut x, mut y) = (vec![0.3_f32], vec![if shared { 0.0 } else { 0.3_f32 }; 100]);
        y[70] = 0.3;
        for step in 1..=5 {
            let g = gradient::<f32>(1, step)[0];
            one.step(&mut x, &[g]).unwrap();
            let gradient: Vec<f32> = (0..100).map(|i| if shared && i != 70 { 0.0 } else { g }).collect();
            many.step(&mut y, &gradient).unwrap();
            assert_eq!(bits(&x), bits(&y[70..71]), "{method}");
            assert!(shared || y.iter().all(|y| y.to_bits() == x[0].to_bits()), "{method}");
        }
    }
}
