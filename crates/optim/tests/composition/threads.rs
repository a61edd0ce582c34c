//! The same bits for any number of threads, where steps are long enough to be shared.

use crate::methods::bits;
use gradus_optim::{
    AdaGradNorm, Adafactor, AdamW, AnyOptimizer, Lamb, Layout, OptimError, Prodigy, Rule, ScheduleFreeAdamW,
    Sgd, Trace,
};
use gradus_tensor::{Params, Tensor};

/// Several pieces of the loop and of the look for defects, and a last one that is not full.
const DIM: usize = 300_001;

fn gradient(step: usize) -> Vec<f32> {
    (0..DIM).map(|i| ((i * 7 + step * 13) % 1000) as f32 / 500.0 - 1.0).collect()
}

/// Point, traces and state after a few steps on a pool of this size.
fn run(threads: usize, optimizer: &dyn AnyOptimizer<f32>, traced: bool) -> Vec<Vec<u64>> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    let mut optimizer = optimizer.clone_box();
    pool.install(|| {
        let mut x = gradient(9);
        let mut trace = Trace::default();
        for step in 0..3 {
            let gradient = gradient(step);
            let outcome = if traced {
                optimizer.step_traced(&mut x, &gradient, &mut trace)
            } else {
                optimizer.step(&mut x, &gradient)
            };
            outcome.expect("the gradient is finite");
        }
        let state = optimizer.state_names().into_iter().filter_map(|name| optimizer.state(name));
        state.chain([&x[..], &trace.effective_step, &trace.direction]).map(bits).collect()
    })
}

#[test]
fn any_number_of_threads_computes_the_same_bits() {
    let sgd = Sgd { learning_rate: 0.1, momentum: 0.9, ..Sgd::default() };
    let optimizers: [Box<dyn AnyOptimizer<f32>>; 3] = [
        Box::new(Sgd { momentum: 0.0, ..sgd }.optimizer(DIM).unwrap()),
        Box::new(sgd.optimizer(DIM).unwrap()),
        Box::new(AdamW::default().optimizer(DIM).unwrap()),
    ];
    for optimizer in optimizers {
        for traced in [false, true] {
            let expected = run(1, &*optimizer, traced);
            // Not only moved, but all of it.
            assert!(
                expected[expected.len() - 3]
                    .iter()
                    .zip(gradient(9))
                    .any(|(&x, y)| x != f64::from(y).to_bits())
            );
            for threads in [2, 3] {
                assert!(
                    run(threads, &*optimizer, traced) == expected,
                    "{}, {threads} threads",
                    optimizer.name()
                );
            }
        }
    }
}

#[test]
fn pieces_compute_what_short_steps_compute() {
    let mut long = AdamW::default().optimizer(DIM).unwrap();
    let mut x = gradient(9);
    long.step(&mut x, &gradient(1)).unwrap();
    let (mut y, g) = (gradient(9), gradient(1));
    for (y, g) in y.chunks_mut(1000).zip(g.chunks(1000)) {
        AdamW::default().optimizer(y.len()).unwrap().step(y, g).unwrap();
    }
    assert!(bits(&x) == bits(&y));
}

#[test]
fn a_defect_is_found_wherever_it_is() {
    for index in [0, 65_535, 65_536, 200_000, DIM - 1] {
        for (threads, value) in [(1, f32::NAN), (2, f32::NEG_INFINITY)] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let mut optimizer = Sgd::default().optimizer(DIM).unwrap();
            let (mut x, mut bad) = (gradient(9), gradient(0));
            bad[index] = value;
            bad[DIM - 1] = f32::NAN;
            let error = pool.install(|| optimizer.step(&mut x, &bad)).unwrap_err();
            let OptimError::NonFiniteGradient { place, .. } = error else { panic!("{error}") };
            assert_eq!(place.to_string(), format!("coordinate {index} of the gradient"));
            assert!(x == gradient(9));
        }
    }
}

/// A matrix and a vector, cut in the middle of a piece.
fn model() -> Params<f32> {
    let mut params = Params::new();
    params.add("weight", &Tensor::zeros([200, 1000])).expect("paths are unique");
    params.add("bias", &Tensor::zeros([DIM - 200_000])).expect("paths are unique");
    params
}

/// Rules that are elementwise, that use norms of everything or of a parameter, and factors of matrices.
fn of_parameters() -> Vec<Box<dyn AnyOptimizer<f32>>> {
    const LEGAL: &str = "the settings are legal";
    let layout = Layout::from(&model());
    vec![
        Box::new(AdamW::default().optimizer(&layout).expect(LEGAL)),
        Box::new(AdaGradNorm::default().optimizer(&layout).expect(LEGAL)),
        Box::new(Lamb::default().optimizer(&layout).expect(LEGAL)),
        Box::new(Adafactor::default().optimizer(&layout).expect(LEGAL)),
        Box::new(Prodigy::default().optimizer(&layout).expect(LEGAL)),
        Box::new(ScheduleFreeAdamW::default().optimizer(&layout).expect(LEGAL)),
    ]
}

#[test]
fn any_number_of_threads_moves_parameters_by_the_same_bits() {
    for optimizer in of_parameters() {
        let expected = run(1, &*optimizer, false);
        assert!(run(2, &*optimizer, false) == expected, "{}", optimizer.name());
    }
}

#[test]
fn a_defect_in_the_last_piece_is_named_and_changes_nothing() {
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        for mut optimizer in of_parameters() {
            let mut x = gradient(9);
            let state = |optimizer: &dyn AnyOptimizer<f32>| -> Vec<Vec<u64>> {
                optimizer
                    .state_names()
                    .into_iter()
                    .filter_map(|name| optimizer.state(name))
                    .map(bits)
                    .collect()
            };
            pool.install(|| optimizer.step(&mut x, &gradient(0))).unwrap();
            let (point, before) = (x.clone(), state(&*optimizer));
            let mut bad = gradient(1);
            bad[DIM - 1] = f32::NAN;
            let error = pool.install(|| optimizer.step(&mut x, &bad)).unwrap_err().to_string();
            let place = "step 2: gradient of bias, element 100000 of shape [100001], is NaN";
            assert_eq!(error, format!("{}: {place}", optimizer.name()));
            assert!(x == point && state(&*optimizer) == before && optimizer.steps() == 1, "{error}");
        }
    }
}
