//! Section 4: one-step bounds on conditional expectations, computed by enumerating the draws.

use approx::assert_relative_eq;
use gradus_convergence::certificates::{
    Certificate, Contraction, Judgement, Lyapunov, NoClaim, PredictablePreconditioner, SgdGap,
    SgdSquaredDistance, StochasticCertificate, StochasticLyapunov, StochasticModel,
};
use gradus_convergence::{Expectation, Observation, Rounding};
use gradus_losses::{Batch, LeastSquares, Objective};
use gradus_optim::{
    Accumulator, AdaGrad, AdaGradNorm, Adam, AmsGrad, AnyOptimizer, Epsilon, RmsProp, Rule, Sgd, Trace,
};
use gradus_tensor::{Params, Rng};

use crate::methods::boxed;
use crate::problems::infimum;

const SEEDS: u64 = 20;

/// Steps per run; each costs a few enumerations.
const STEPS: usize = 25;

/// Samples: few, so that all pairs can be enumerated.
const SAMPLES: usize = 6;

/// The next potential of C4 against an enumeration of it: sums of some ten terms.
const ENUMERATION: f64 = 1e-11;

/// A problem with L_max/μ of about ten, so that the factors are far from 1 and a bound with an error of a per
/// cent would be seen.
fn interpolating(seed: u64) -> LeastSquares<f64> {
    let spectrum: Vec<f64> = (0..SAMPLES).map(|i| 0.8f64.powi(i as i32)).collect();
    LeastSquares::synthetic(&spectrum, 15, &mut Rng::new(seed)).expect("valid data")
}

/// The same with labels that contradict each other.
fn noisy(seed: u64) -> LeastSquares<f64> {
    interpolating(seed).with_contradictory_labels(0.3).expect("finite noise")
}

/// E‖ĝ − g‖² of one sample at x.
fn variance(problem: &LeastSquares<f64>, x: &Params<f64>, gradient: &[f64]) -> f64 {
    let n = problem.samples();
    let mut sample = vec![0.0; x.len()];
    (0..n)
        .map(|i| {
            problem.value_and_gradient(x, Batch::Indices(&[i]), &mut sample);
            distance_sq(&sample, gradient) / n as f64
        })
        .sum()
}

fn distance_sq(x: &[f64], z: &[f64]) -> f64 {
    x.iter().zip(z).map(|(x, z)| (x - z) * (x - z)).sum()
}

fn model(problem: &LeastSquares<f64>, batch: usize) -> StochasticModel {
    let constants = problem.constants();
    let minimiser = problem.nearest_minimiser(problem.start().as_slice()).expect("least squares");
    let mut at_minimiser = problem.start().clone();
    at_minimiser.as_mut_slice().copy_from_slice(&minimiser);
    let noise = if constants.interpolation {
        0.0
    } else {
        variance(problem, &at_minimiser, &vec![0.0; minimiser.len()]) / batch as f64
    };
    StochasticModel {
        mu: constants.mu.value().expect("mu"),
        smoothness: constants.smoothness.value().expect("L"),
        sample_smoothness: constants.sample_smoothness.value().expect("L_max"),
        batch: batch as f64,
        minimum_noise: noise,
    }
}

/// All equally likely batches of 1 or 2 samples, drawn with replacement.
fn outcomes(n: usize, batch: usize) -> Vec<Vec<usize>> {
    match batch {
        1 => (0..n).map(|i| vec![i]).collect(),
        2 => (0..n * n).map(|i| vec![i / n, i % n]).collect(),
        _ => panic!("{batch} samples are too many to enumerate"),
    }
}

/// What happened in a run under a stochastic certificate.
#[derive(Debug, Default)]
struct Record {
    judged: usize,
    refused: Vec<String>,
    violations: Vec<String>,
    /// The smallest certified − measured factor: how sharp the bound is.
    margin: f64,
}

/// A run with batches of size `batch`; every step is judged against exact expectations. Batches larger than
/// two are not enumerated: their noise is that of one sample divided by the size, and only C4, which needs
/// nothing else, can judge them. C4's next potential is compared with an enumeration of it if `weight`, that
/// of ‖p − g‖², is given.
fn run(
    problem: &LeastSquares<f64>,
    mut optimizer: Box<dyn AnyOptimizer<f64>>,
    batch: usize,
    certificate: &mut dyn Certificate,
    weight: Option<f64>,
    seed: u64,
) -> Record {
    let mut rng = Rng::new(seed).split("draws");
    let f_star = infimum(problem);
    let rounding = Rounding::new(problem.value(problem.start()), f_star);
    let mut x = problem.start().clone();
    let minimiser = problem.nearest_minimiser(x.as_slice()).expect("least squares");
    let dim = x.len();
    let (mut gradient, mut next_gradient, mut sample) = (vec![0.0; dim], vec![0.0; dim], vec![0.0; dim]);
    let mut trace = Trace::default();
    let mut record = Record { margin: f64::INFINITY, ..Record::default() };
    for step in 0..STEPS {
        let gap = problem.value_and_gradient(&x, Batch::Full, &mut gradient) - f_star;
        if gap <= rounding.floor() {
            break;
        }
        let all = if batch <= 2 { outcomes(problem.samples(), batch) } else { Vec::new() };
        let (mut next_gap, mut next_distance) = (0.0, 0.0);
        for indices in &all {
            let (mut y, mut twin) = (x.clone(), optimizer.clone());
            problem.value_and_gradient(&y, Batch::Indices(indices), &mut sample);
            twin.step(y.as_mut_slice(), &sample).expect("a finite gradient");
            next_gap += (problem.value(&y) - f_star) / all.len() as f64;
            next_distance += distance_sq(y.as_slice(), &minimiser) / all.len() as f64;
        }
        let distance = distance_sq(x.as_slice(), &minimiser);
        let drawn: Vec<usize> = (0..batch).map(|_| rng.index(problem.samples())).collect();
        problem.value_and_gradient(&x, Batch::Indices(&drawn), &mut sample);
        optimizer.step_traced(x.as_mut_slice(), &sample, &mut trace).expect("a finite gradient");
        let executed = problem.value_and_gradient(&x, Batch::Full, &mut next_gradient) - f_star;
        let expectation = Expectation {
            next_gap: (!all.is_empty()).then_some(next_gap),
            distance_sq: Some(distance),
            next_distance_sq: (!all.is_empty()).then_some(next_distance),
            next_noise: variance(problem, &x, &next_gradient) / batch as f64,
        };
        let observation =
            Observation::new(step, (gap, executed), (&gradient, &next_gradient), &trace, Some(expectation));
        match certificate.observe(&observation) {
            Judgement::Pending => panic!("stochastic certificates judge at once"),
            Judgement::NotCovered { because, .. } => record.refused.push(because.to_string()),
            Judgement::Certified { factor, noise, current, next, .. } => {
                record.judged += 1;
                record.margin = record.margin.min(factor + noise / current - next / current);
                if next > (factor + rounding.tolerance(current)) * current + noise {
                    record
                        .violations
                        .push(format!("step {step}: {next:e} > {factor} x {current:e} + {noise:e}"));
                }
                if let Some(weight) = weight
                    && !all.is_empty()
                {
                    let error = next_error(problem, &x, &*optimizer, &next_gradient, &all);
                    assert_relative_eq!(next, executed + weight * error, max_relative = ENUMERATION);
                }
            }
        }
    }
    record
}

/// E‖p − g‖² of the next step, from the optimizer itself.
fn next_error(
    problem: &LeastSquares<f64>,
    x: &Params<f64>,
    optimizer: &dyn AnyOptimizer<f64>,
    gradient: &[f64],
    all: &[Vec<usize>],
) -> f64 {
    let (mut sample, mut trace) = (vec![0.0; x.len()], Trace::default());
    all.iter()
        .map(|indices| {
            let (mut y, mut twin) = (x.clone(), optimizer.clone_box());
            problem.value_and_gradient(&y, Batch::Indices(indices), &mut sample);
            twin.step_traced(y.as_mut_slice(), &sample, &mut trace).expect("a finite gradient");
            distance_sq(&trace.direction, gradient) / all.len() as f64
        })
        .sum()
}

#[test]
fn sgd_contracts_the_expected_gap() {
    let mut sharpest = f64::INFINITY;
    for seed in 0..SEEDS {
        for problem in [interpolating(seed), noisy(seed)] {
            // C1 (a) and (d) for single samples, (c) for pairs.
            for batch in [1, 2] {
                let model = model(&problem, batch);
                let best = SgdGap::best_learning_rate(&model);
                for learning_rate in [best, 0.3 * best, 1.7 * best] {
                    let mut certificate = SgdGap::new(model, learning_rate);
                    assert!(certificate.a_priori().unwrap().factor < 1.0);
                    let optimizer = boxed(Sgd { learning_rate, ..Sgd::default() }, 15);
                    let record = run(&problem, optimizer, batch, &mut certificate, None, seed);
                    assert_eq!(record.violations, [""; 0], "seed {seed}, batch {batch}, eta {learning_rate}");
                    assert_eq!((record.judged > 0, record.refused.len()), (true, 0));
                    sharpest = sharpest.min(record.margin);
                }
            }
        }
    }
    // The bound is far from the factor 1 that would always hold.
    assert!(sharpest < 0.1, "{sharpest}");
}

/// The closed forms of C1: 1 − μ²/(LL_max) at the best η, 1 − μη* for batches, (1 − μη)ᵏ with its floor for
/// (d).
#[test]
fn sgd_factors_are_the_closed_forms() {
    let (mu, smoothness, sample_smoothness) = (0.2, 1.5, 4.0);
    let interpolation =
        |batch: f64| StochasticModel { mu, smoothness, sample_smoothness, batch, minimum_noise: 0.0 };
    let model = interpolation(1.0);
    let best = SgdGap::best_learning_rate(&model);
    assert_relative_eq!(best, mu / (smoothness * sample_smoothness));
    let factor = |model, eta| SgdGap::new(model, eta).a_priori().unwrap().factor;
    assert_relative_eq!(factor(model, best), 1.0 - mu * mu / (smoothness * sample_smoothness));
    for b in [2.0, 5.0, 100.0] {
        let model = interpolation(b);
        let best = SgdGap::best_learning_rate(&model);
        assert_relative_eq!(best, mu * b / (smoothness * (mu * (b - 1.0) + sample_smoothness)));
        assert_relative_eq!(factor(model, best), 1.0 - mu * best, max_relative = 1e-14);
    }
    // Large batches are full gradients: η = 1/L.
    assert_relative_eq!(
        SgdGap::best_learning_rate(&interpolation(1e12)),
        1.0 / smoothness,
        max_relative = 1e-9
    );

    let noisy = StochasticModel { minimum_noise: 0.01, ..model };
    let best = SgdGap::best_learning_rate(&noisy);
    assert_relative_eq!(best, mu / (smoothness * (mu + 2.0 * sample_smoothness)));
    for eta in [best, 0.4 * best] {
        let promise = SgdGap::new(noisy, eta).a_priori().unwrap();
        // (d) rounds the factor up to 1 − μη, which is reached at the best η.
        assert!(promise.factor <= 1.0 - mu * eta + 1e-15);
        assert_relative_eq!(promise.noise, smoothness * eta * eta * 0.01, max_relative = 1e-14);
        assert!(promise.floor() <= smoothness * eta * 0.01 / mu * (1.0 + 1e-12));
    }
    assert_relative_eq!(factor(noisy, best), 1.0 - mu * best, max_relative = 1e-14);
}

#[test]
fn sgd_contracts_the_expected_squared_distance() {
    let mut sharpest = f64::INFINITY;
    for seed in 0..SEEDS {
        let problem = interpolating(seed);
        let StochasticModel { mu, smoothness, sample_smoothness, .. } = model(&problem, 1);
        for relative in [0.2, 1.0, 1.9] {
            let learning_rate = relative / sample_smoothness;
            let mut certificate = SgdSquaredDistance::new(mu, smoothness, sample_smoothness, learning_rate);
            let promise = certificate.a_priori().unwrap();
            if relative == 1.0 {
                assert_relative_eq!(promise.factor, 1.0 - mu / sample_smoothness, max_relative = 1e-14);
                assert_relative_eq!(promise.prefactor, smoothness / mu);
            }
            let optimizer = boxed(Sgd { learning_rate, ..Sgd::default() }, 15);
            let record = run(&problem, optimizer, 1, &mut certificate, None, seed);
            assert_eq!(record.violations, [""; 0], "seed {seed}, eta L_max = {relative}");
            assert_eq!(record.judged, STEPS);
            sharpest = sharpest.min(record.margin);
        }
    }
    assert!(sharpest < 0.05, "{sharpest}");
}

#[test]
fn delayed_adagrad_contracts_the_expected_gap() {
    let (mut judged, mut refused) = (0, 0);
    for seed in 0..SEEDS {
        for problem in [interpolating(seed), noisy(seed)] {
            for batch in [1, 2] {
                let model = model(&problem, batch);
                let step = SgdGap::best_learning_rate(&model);
                // A small accumulator grows soon, so that a_lo and a_hi differ; a large one hardly moves.
                for b0 in [2.0, 20.0] {
                    let learning_rate = step * b0;
                    let (eps, initial_accumulator_value) = (0.0, b0 * b0);
                    let (epsilon, accumulator) = (Epsilon::InsideRoot, Accumulator::Delayed);
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
                    let optimizers: [Box<dyn AnyOptimizer<f64>>; 2] =
                        [boxed(coordinates, 15), boxed(norm, 15)];
                    for optimizer in optimizers {
                        let mut certificate = PredictablePreconditioner::new(model);
                        let record = run(&problem, optimizer, batch, &mut certificate, None, seed);
                        assert_eq!(record.violations, [""; 0], "seed {seed}, batch {batch}, b0 {b0}");
                        judged += record.judged;
                        refused += record.refused.len();
                        for text in record.refused {
                            assert!(text.contains("a_lo = ") && text.contains("a_hi = "), "{text}");
                        }
                    }
                }
            }
        }
    }
    assert!(judged > 5000, "{judged} judged, {refused} refused");
}

/// Momentum, Adam and AMSGrad without bias correction, and RMSProp with batches so large that L_max/b < μ.
#[test]
fn methods_with_a_correlated_preconditioner_contract_the_expected_potential() {
    for seed in 0..SEEDS {
        for problem in [interpolating(seed), noisy(seed)] {
            for (batch, name) in [
                (1, "momentum"),
                (2, "momentum"),
                (1, "adam"),
                (2, "adam inside"),
                (1, "amsgrad"),
                (400, "rmsprop"),
            ] {
                let model = model(&problem, batch);
                let StochasticModel { mu, smoothness, .. } = model;
                let beta = if name == "rmsprop" { 0.0 } else { 1.0 - 0.2 * mu / model.noise_slope() };
                let cap = Lyapunov::largest_cap(mu, smoothness, beta, 1.0);
                let constants = Lyapunov::new(mu, smoothness, beta, 1.0, cap).unwrap();
                let constant = (name == "momentum").then_some(cap);
                let (slope, noise) = (model.noise_slope(), model.noise());
                let mut certificate = StochasticLyapunov::new(constants, slope, noise, constant, (1.0, 0.0));
                // Large eps: steps between a_hi/2 and a_hi.
                let eps = 30.0;
                let learning_rate = cap * eps;
                let (betas, bias_correction) = ((beta, 0.99), false);
                let optimizer: Box<dyn AnyOptimizer<f64>> = match name {
                    "momentum" => {
                        let learning_rate = cap * (1.0 - beta);
                        let rule = Sgd { learning_rate, momentum: beta, ..Sgd::default() };
                        boxed(rule, 15)
                    }
                    "adam" => {
                        let rule = Adam { learning_rate, betas, eps, bias_correction, ..Adam::default() };
                        boxed(rule, 15)
                    }
                    "adam inside" => {
                        let (epsilon, eps) = (Epsilon::InsideRoot, eps * eps);
                        let rule =
                            Adam { learning_rate, betas, eps, bias_correction, epsilon, ..Adam::default() };
                        boxed(rule, 15)
                    }
                    "amsgrad" => {
                        let rule =
                            AmsGrad { learning_rate, betas, eps, bias_correction, ..AmsGrad::default() };
                        boxed(rule, 15)
                    }
                    _ => {
                        let rule = RmsProp { learning_rate, eps, ..RmsProp::default() };
                        boxed(rule, 15)
                    }
                };
                let record = run(&problem, optimizer, batch, &mut certificate, Some(constants.weight), seed);
                assert_eq!(record.violations, [""; 0], "{name}, seed {seed}, batch {batch}");
                assert_eq!(record.refused, [""; 0], "{name}, seed {seed}, batch {batch}");
                assert!(record.judged > 0);
                assert_eq!(certificate.a_priori().is_ok(), name == "momentum");
            }
        }
    }
}

#[test]
fn settings_out_of_range_are_refused_with_their_numbers() {
    let (mu, smoothness, sample_smoothness) = (0.1, 1.0, 2.0);
    let model = StochasticModel { mu, smoothness, sample_smoothness, batch: 1.0, minimum_noise: 0.0 };
    let text = |refusal: Result<Contraction, NoClaim>| refusal.unwrap_err().to_string();

    // η ≥ 2μ/(LL_max) = 0.1
    let refusal = text(SgdGap::new(model, 0.125).a_priori());
    assert!(refusal.contains("a_lo = 0.125") && refusal.contains("factor is 1.00625"), "{refusal}");
    let refusal = text(SgdSquaredDistance::new(mu, smoothness, sample_smoothness, 1.25).a_priori());
    assert!(refusal.contains("eta*L_max = 2.5"), "{refusal}");
    // a_lo < ½L·a_hi²(1 − 1/b)
    let many = StochasticModel { batch: 1e9, ..model };
    let refusal = text(PredictablePreconditioner::new(many).at_step(0.25, 1.0));
    assert!(refusal.contains("a_lo = 0.25") && refusal.contains("a_hi = 1"), "{refusal}");
    assert!(PredictablePreconditioner::new(many).at_step(0.75, 1.0).is_ok());
    assert!(PredictablePreconditioner::new(model).a_priori().is_err());

    let beta = 0.9;
    let cap = Lyapunov::largest_cap(mu, smoothness, beta, 1.0);
    let constants = Lyapunov::new(mu, smoothness, beta, 1.0, cap).unwrap();
    let certificate = StochasticLyapunov::new(constants, sample_smoothness, 0.0, Some(2.0 * cap), (1.0, 0.0));
    let refusal = text(certificate.a_priori());
    let number = format!("{:.4}", 2.0 * cap);
    assert!(refusal.contains("every effective step <= ") && refusal.contains(&number), "{refusal}");
    // (1 − β)·L_c > μ: no contraction even with the largest step.
    let certificate = StochasticLyapunov::new(constants, sample_smoothness, 0.0, Some(cap), (1.0, 0.0));
    let refusal = text(certificate.a_priori());
    assert!(refusal.contains("(1 + k)(1 - mu a_lo) < 1") && refusal.contains("k = "), "{refusal}");
    let certificate = StochasticLyapunov::new(constants, 1e-3, 0.0, None, (1.0, 0.0));
    assert!(text(certificate.a_priori()).contains("bound on the stochastic gradients"));
    assert!(certificate.at_step(0.5 * cap, cap).unwrap().factor < 1.0);
    assert!(!certificate.enumerates_outcomes());
}

/// Without an expectation there is nothing to judge: the certificates say which one is missing.
#[test]
fn a_step_without_expectations_is_not_judged() {
    let problem = interpolating(0);
    let model = model(&problem, 1);
    let StochasticModel { mu, smoothness, sample_smoothness, .. } = model;
    let cap = Lyapunov::largest_cap(mu, smoothness, 0.9, 1.0);
    let constants = Lyapunov::new(mu, smoothness, 0.9, 1.0, cap).unwrap();
    let eta = SgdGap::best_learning_rate(&model);
    let mut certificates: [Box<dyn Certificate>; 4] = [
        Box::new(SgdGap::new(model, eta)),
        Box::new(SgdSquaredDistance::new(mu, smoothness, sample_smoothness, eta)),
        Box::new(PredictablePreconditioner::new(model)),
        Box::new(StochasticLyapunov::new(constants, 1e-3, 0.0, None, (1.0, 0.0))),
    ];
    let mut optimizer = Sgd { learning_rate: eta, ..Sgd::default() }.optimizer(15).unwrap();
    crate::run::follow(&problem, 0.0, &mut optimizer, 3, |o, _, _| {
        for certificate in &mut certificates {
            let judgement = certificate.observe(o);
            assert!(
                matches!(judgement, Judgement::NotCovered { .. }),
                "{}: {judgement:?}",
                certificate.name()
            );
        }
        true
    });
}
