//! The trajectory identity D1, which needs no constants and no hypotheses.

use gradus_losses::Quartic;
use gradus_optim::{Accumulator, AdaGrad, AdaGradNorm, AnyOptimizer, Epsilon, RmsProp, Sgd};
use gradus_tensor::Tensor;

use crate::methods::boxed;
use crate::negative_controls::{DoubleWell, Saddle};
use crate::problems::{self, infimum};
use crate::run::follow;

/// Roundings of the identity, in units of ε·max(1, |f|/D, gᵀAg/D): f⁺ − f + gᵀAg and D⁺/D are each a few.
const ROUNDINGS: f64 = 16.0;

/// Rules whose direction is the gradient, with steps from tiny to far too long.
fn preconditioned_gradients(dim: usize) -> Vec<Box<dyn AnyOptimizer<f64>>> {
    let mut optimizers: Vec<Box<dyn AnyOptimizer<f64>>> = Vec::new();
    for learning_rate in [1e-3, 0.1, 1.0] {
        optimizers.push(boxed(Sgd { learning_rate, ..Sgd::default() }, dim));
        for epsilon in [Epsilon::OutsideRoot, Epsilon::InsideRoot] {
            for accumulator in [Accumulator::Current, Accumulator::Delayed] {
                let (eps, initial_accumulator_value) = (1e-3, 0.1);
                let rule = AdaGrad {
                    learning_rate,
                    eps,
                    initial_accumulator_value,
                    epsilon,
                    accumulator,
                    ..AdaGrad::default()
                };
                optimizers.push(boxed(rule, dim));
                let rule = AdaGradNorm {
                    learning_rate,
                    eps,
                    initial_accumulator_value,
                    epsilon,
                    accumulator,
                    ..AdaGradNorm::default()
                };
                optimizers.push(boxed(rule, dim));
            }
            let rule = RmsProp { learning_rate, epsilon, ..RmsProp::default() };
            optimizers.push(boxed(rule, dim));
        }
    }
    optimizers
}

#[test]
fn the_gap_ratio_is_one_minus_twice_m_times_one_minus_half_l() {
    let mut tested = (0, 0);
    for seed in 0..4 {
        let mut all = problems::all(seed);
        all.push(("spurious minima", Box::new(problems::sine_wave(5.0, seed))));
        all.push(("quartic", Box::new(Quartic::new(&Tensor::vector(&[1.5, -0.2])))));
        all.push(("double well", Box::new(DoubleWell::starting_at(-0.3))));
        all.push(("saddle", Box::new(Saddle::starting_at([1.0, 1e-6]))));
        for (kind, problem) in all {
            for mut optimizer in preconditioned_gradients(problem.start().len()) {
                let context = format!("{optimizer:?} on {kind}, seed {seed}");
                let infimum = infimum(&*problem);
                follow(&*problem, infimum, &mut *optimizer, 300, |o, value, _| {
                    // D1 asks for D > 0 and gᵀAg > 0; below the last term l drowns in rounding.
                    let gag = o.sums.gag;
                    let usable = o.gap > 0.0 && gag > 1e2 * f64::EPSILON * value.abs().max(infimum.abs());
                    // Far out f overflows (the long steps on the quartic) or goes to −∞ (the saddle).
                    let near = o.next_gap.abs() < 1e100;
                    if !usable || !near {
                        return o.gap > 0.0 && near;
                    }
                    let (m, l) = (o.preconditioned_ratio(), o.realised_preconditioned_curvature());
                    let (ratio, predicted) = (o.next_gap / o.gap, 1.0 - 2.0 * m * (1.0 - l / 2.0));
                    let magnitude = [1.0, value.abs() / o.gap, gag / o.gap, ratio.abs()];
                    let scale = magnitude.into_iter().fold(1.0, f64::max);
                    assert!(
                        (ratio - predicted).abs() <= ROUNDINGS * f64::EPSILON * scale,
                        "{context}, step {}: {ratio} is not {predicted}",
                        o.step
                    );
                    tested.0 += 1;
                    // A change of f below the rounding of gᵀAg has no sign in l.
                    let change = o.next_gap - o.gap;
                    if change.abs() > 4.0 * f64::EPSILON * gag {
                        assert_eq!(l > 2.0, change > 0.0, "{context}, step {}: l = {l}", o.step);
                        tested.1 += usize::from(change > 0.0);
                    }
                    true
                });
            }
        }
    }
    // Both sides of l = 2 have been seen often.
    assert!(tested.0 > 10_000 && tested.1 > 1000, "{tested:?}");
}
