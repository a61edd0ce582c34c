//! Cheap bounds on the preconditioned eigenvalues contain the exact ones.

use gradus_convergence::Observation;
use gradus_convergence::certificates::{Certificate, ExactQuadratic, Judgement, SpectrumBound};
use gradus_losses::{Objective, Quartic};
use gradus_optim::Trace;
use gradus_tensor::{Rng, Tensor};

use crate::problems;

/// Roundings of two eigensolves, relative to the largest eigenvalue.
const ROUNDING: f64 = 1e-12;

/// A path of preconditioners: a random walk of logarithms, with jumps and common factors.
fn path(d: usize, steps: usize, zeros: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut rng = Rng::new(seed).split("path");
    let mut logs = rng.normal::<f64>([d]).to_vec();
    (0..steps)
        .map(|step| {
            let size = if step % 17 == 16 { 1.0 } else { 0.02 };
            let moves = rng.normal::<f64>([d]).to_vec();
            logs.iter_mut().zip(moves).for_each(|(log, by)| *log += size * by);
            if step % 11 == 10 {
                logs.iter_mut().for_each(|log| *log += 0.7);
            }
            let awake = zeros.saturating_sub(step / 20);
            (0..d).map(|i| if i < awake { 0.0 } else { logs[i].exp() }).collect()
        })
        .collect()
}

#[test]
fn bounds_contain_the_exact_eigenvalues() {
    for seed in 0..10 {
        let objectives: [Box<dyn Objective<f64>>; 3] = [
            Box::new(problems::least_squares(8, 20, 0.5, seed)),
            Box::new(problems::least_squares(20, 8, 0.5, seed)),
            Box::new(problems::quadratic(&[3.0, 1.0, 0.2, 0.1, 0.0], seed)),
        ];
        for objective in objectives {
            let d = objective.start().len();
            let bound = SpectrumBound::new(&*objective);
            let twin = bound.clone();
            for (step, a) in path(d, 200, 0, seed).into_iter().enumerate() {
                let exact = objective.preconditioned_spectrum(&a).expect("full rank");
                let found = if step % 2 == 0 { bound.at(&a) } else { twin.at(&a) }.expect("full rank");
                let slack = ROUNDING * exact.largest;
                assert!(found.smallest <= exact.smallest + slack, "{} > {}", found.smallest, exact.smallest);
                assert!(found.largest >= exact.largest - slack, "{} < {}", found.largest, exact.largest);
                // The reference moves before the bounds are off by more than its allowed spread, 1.1 at first
                // and never more than 1.1⁴ on a path that short.
                assert!(found.smallest >= exact.smallest / 1.5 && found.largest <= exact.largest * 1.5);
            }
        }
    }
}

/// Coordinates that have not moved have a = 0 (AdaGrad without an initial accumulator). The bounds hold while
/// the zeros wake up one by one; where they cost rank there is no bound, and A1″ makes no claim.
#[test]
fn zeros_in_the_preconditioner_are_allowed() {
    for seed in 0..10 {
        let objective = problems::least_squares(8, 20, 0.5, seed);
        let bound = SpectrumBound::new(&objective);
        for a in path(20, 200, 8, seed) {
            let exact = objective.preconditioned_spectrum(&a).unwrap();
            let found = bound.at(&a).unwrap();
            let slack = ROUNDING * exact.largest;
            assert!(found.smallest <= exact.smallest + slack && found.largest >= exact.largest - slack);
        }
    }
}

/// H = [[1, ½], [½, 1]] with A = diag(1, 0) at a point where g₂ = 0: the step moves x₁ alone and leaves a
/// gap, although the only non-zero eigenvalue of A^½HA^½ is 1, which would promise D⁺ = 0.
#[test]
fn a_preconditioner_that_loses_rank_is_not_covered() {
    let hessian = Tensor::from_rows([[1.0, 0.5], [0.5, 1.0]]);
    let start = Tensor::vector(&[1.0, -0.5]);
    let problem = gradus_losses::Quadratic::new(hessian, Tensor::zeros([2]), &start).unwrap();
    let trace = Trace { effective_step: vec![1.0, 0.0], direction: vec![0.75, 0.0], shrink: vec![1.0; 2] };
    let (gradient, next_gradient) = ([0.75, 0.0], [0.0, -0.375]);
    let observation = Observation::new(0, (0.375, 0.09375), (&gradient, &next_gradient), &trace, None);
    let mut exact = ExactQuadratic::new(SpectrumBound::new(&problem), 0.5, 1.5, None);
    let judgement = exact.observe(&observation);
    assert!(matches!(judgement, Judgement::NotCovered { .. }), "{judgement:?}");

    // The same from a reference with full rank: the ratios must not carry it over.
    let bound = SpectrumBound::new(&problem);
    assert!(bound.at(&[1.0, 1.0]).is_some());
    assert_eq!(bound.at(&[1.0, 0.0]), None);
    // Where nothing moves, the bounds say so.
    assert!(bound.at(&[0.0, 0.0]).is_none_or(|found| found.smallest == 0.0 && found.largest == 0.0));
}

#[test]
fn objectives_without_a_constant_hessian_have_no_bounds() {
    let objective = Quartic::new(&Tensor::vector(&[1.0, 2.0]));
    assert_eq!(SpectrumBound::new(&objective).at(&[1.0, 1.0]), None);
}
