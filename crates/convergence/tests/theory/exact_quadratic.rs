//! Theorem A1″: exact on quadratics, in its worst case and in the tail of AdaGrad.

use approx::assert_relative_eq;
use gradus_convergence::certificates::{Certificate, ExactQuadratic, Judgement, SpectrumBound};
use gradus_convergence::{Observation, fit};
use gradus_losses::{Batch, LeastSquares, Objective, spectrum};
use gradus_optim::{Accumulator, AdaGrad, AdaGradNorm, AnyOptimizer, Epsilon, Rule, Sgd, Trace};
use gradus_tensor::linalg::{eigh, solve_positive_definite};
use gradus_tensor::{Rng, Tensor};

use crate::methods::{Known, boxed};
use crate::problems;
use crate::run::{follow, rounding};

const SEEDS: u64 = 20;

/// The worst start is computed by an eigensolve and a linear solve with condition numbers up to 1e3.
const SOLVES: f64 = 1e-9;

/// Three digits of the rate −ln(factor).
const THREE_DIGITS: f64 = 1e-3;

/// The residual along the extreme eigenvector of K_A = XAXᵀ/n attains the factor, for any A ≻ 0.
#[test]
fn the_worst_residual_attains_the_factor() {
    for seed in 0..SEEDS {
        let problem = problems::least_squares(10, 24, 0.3, seed);
        let mut rng = Rng::new(seed).split("preconditioner");
        let a: Vec<f64> = rng.uniform::<f64>([24], -1.0, 1.0).to_vec().into_iter().map(f64::exp).collect();
        let (x, y) = (problem.design().clone(), problem.labels().clone());
        let kernel = (&x * &Tensor::vector(&a)).matmul(&x.t()) / 10.0;
        let eigen = eigh(&kernel).unwrap();
        let largest = eigen.values.at(&[9]);
        // Scaled so that the largest eigenvalue decides (f increases), and then the smallest.
        for (scale, worst) in [(2.5 / largest, 9), (1.0 / largest, 0)] {
            let a: Vec<f64> = a.iter().map(|a| a * scale).collect();
            let residual = Tensor::from_fn([10], |i| eigen.vectors.at(&[i, worst]));
            let w = x.t().matmul(&solve_positive_definite(&x.matmul(&x.t()), &(&residual + &y)).unwrap());
            let problem = problems::least_squares(10, 24, 0.3, seed).starting_at(&w).unwrap();
            let (next, value, next_value, gradient) = one_step(&problem, &a);
            let trace =
                Trace { effective_step: a.clone(), direction: gradient.clone(), shrink: vec![1.0; a.len()] };
            let observation = Observation::new(0, (value, next_value), (&gradient, &next), &trace, None);
            let mut exact = ExactQuadratic::new(SpectrumBound::new(&problem), 0.0, 0.0, None);
            let Judgement::Certified { factor, .. } = exact.observe(&observation) else {
                panic!("not covered")
            };
            assert_relative_eq!(next_value / value, factor, max_relative = SOLVES);
        }
    }
}

/// x − A·g: the gradient there, both values and the gradient here.
fn one_step(problem: &dyn Objective<f64>, a: &[f64]) -> (Vec<f64>, f64, f64, Vec<f64>) {
    let mut x = problem.start().clone();
    let mut gradient = vec![0.0; a.len()];
    let value = problem.value_and_gradient(&x, Batch::Full, &mut gradient);
    for ((x, g), a) in x.as_mut_slice().iter_mut().zip(&gradient).zip(a) {
        *x -= a * g;
    }
    let mut next = vec![0.0; a.len()];
    let next_value = problem.value_and_gradient(&x, Batch::Full, &mut next);
    (next, value, next_value, gradient)
}

/// Gradient descent on diag(μ, L) from the eigenvectors, for steps on both sides of 2/(L + μ).
#[test]
fn gradient_descent_attains_the_worst_case_at_every_step() {
    let (mu, l) = (0.1, 1.0);
    for eta in [0.5, 1.0, 2.0 / (l + mu), 1.9] {
        let start = if eta <= 2.0 / (l + mu) { [1.0, 0.0] } else { [0.0, 1.0] };
        let problem = problems::diagonal(&[mu, l], &start);
        let exact = ExactQuadratic::new(SpectrumBound::new(&problem), mu, l, Some(eta));
        let factor = exact.a_priori().unwrap().factor;
        assert_relative_eq!(factor, (1.0 - eta * mu).powi(2).max((1.0 - eta * l).powi(2)));
        let mut optimizer = Sgd { learning_rate: eta, ..Sgd::default() }.optimizer(2).unwrap();
        follow(&problem, 0.0, &mut optimizer, 100, |o, _, _| {
            // x* = 0: every product is accurate to a few roundings at any size.
            assert_relative_eq!(o.next_gap / o.gap, factor, max_relative = 1e-13);
            true
        });
    }
    // At η = 2/(L + μ) the factor is ((κ − 1)/(κ + 1))².
    assert_relative_eq!((1.0f64 - 0.2 / 1.1).powi(2), (9.0f64 / 11.0).powi(2), max_relative = 1e-14);
}

#[test]
fn too_long_steps_are_refused_with_their_number() {
    let problem = problems::diagonal(&[0.1, 1.0], &[1.0, 1.0]);
    let exact = ExactQuadratic::new(SpectrumBound::new(&problem), 0.1, 1.0, Some(2.5));
    let text = exact.a_priori().unwrap_err().to_string();
    assert!(text.contains("aL = 2.500"), "{text}");
}

/// AdaGrad's accumulator converges, and its tail factor is A1″'s at the limit. The smallest eigenvalue stands
/// alone, so that its mode is the only one left in the last fifth of the decades.
#[test]
fn the_tail_of_adagrad_is_that_of_its_limit() {
    for seed in 0..SEEDS {
        let mut rng = Rng::new(seed);
        let problem = LeastSquares::synthetic(&spectrum::power_law(12, 0.3, 8.0), 24, &mut rng).unwrap();
        let known = Known::of(&problem);
        let b0 = (2.0 * known.smoothness * known.gap).sqrt();
        let learning_rate = 0.5 * b0 / known.smoothness;
        let (eps, initial_accumulator_value) = (0.0, 0.1 * b0 * b0);
        let (epsilon, accumulator) = (Epsilon::InsideRoot, Accumulator::Current);
        let coordinates = AdaGrad {
            learning_rate,
            eps,
            initial_accumulator_value,
            epsilon,
            accumulator,
            ..AdaGrad::default()
        };
        let norm = AdaGradNorm {
            learning_rate,
            eps,
            initial_accumulator_value,
            epsilon,
            accumulator,
            ..AdaGradNorm::default()
        };
        let optimizers: [Box<dyn AnyOptimizer<f64>>; 2] = [boxed(coordinates, 24), boxed(norm, 24)];
        for mut optimizer in optimizers {
            let floor = rounding(&problem).floor();
            let (mut curve, mut limit) = (Vec::new(), Vec::new());
            follow(&problem, 0.0, &mut *optimizer, 20_000, |o, _, _| {
                curve.push((o.step, o.gap));
                limit.clear();
                limit.extend_from_slice(o.effective_step);
                o.gap > floor
            });
            let predicted = ExactQuadratic::factor(problem.preconditioned_spectrum(&limit).unwrap());
            let measured = fit::tail(&curve, floor).unwrap();
            assert_relative_eq!(measured.factor.ln(), predicted.ln(), max_relative = THREE_DIGITS);
            assert!(measured.low <= measured.median && measured.median <= measured.high);
            assert_relative_eq!(measured.median.ln(), predicted.ln(), max_relative = THREE_DIGITS);
        }
    }
}
