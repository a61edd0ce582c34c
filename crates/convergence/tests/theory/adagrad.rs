//! Theorems A2 and A3: AdaGrad's accumulator, its a-priori rate and what happens beyond it.

use approx::assert_relative_eq;
use gradus_convergence::certificates::{
    AdaGradBound, AdaGradForm, Certificate, Judgement, PreconditionedPl, SpectrumBound,
};
use gradus_optim::{Accumulator, AdaGrad, AdaGradNorm, Epsilon, Rule};
use gradus_tensor::vector::squared_norm;

use crate::methods::Known;
use crate::problems;
use crate::run::{follow, judge, rounding};

const SEEDS: u64 = 20;

/// The accumulator is nearly at its limit after so many steps; the bound holds at any.
const STEPS: usize = 400;

/// A few dozen roundings of f64.
const ROUNDING: f64 = 1e-12;

fn rule(learning_rate: f64, b0: f64, accumulator: Accumulator) -> AdaGrad {
    AdaGrad {
        learning_rate,
        eps: 0.0,
        initial_accumulator_value: b0 * b0,
        epsilon: Epsilon::InsideRoot,
        accumulator,
        ..AdaGrad::default()
    }
}

/// A2 (ii): Σγᵢ(uᵢ − b₀) ≤ D₀/η, and so uᵢ ≤ b₀ + D₀/(ηγᵢ); half of both for the delayed form.
#[test]
fn the_accumulator_stays_below_its_bound() {
    for seed in 0..SEEDS {
        for (kind, problem) in problems::all(seed) {
            let known = Known::of(&*problem);
            for (accumulator, share) in [(Accumulator::Current, 1.0), (Accumulator::Delayed, 0.5)] {
                for relative in [0.3, 1.0] {
                    let b0 = relative * (2.0 * known.smoothness * known.gap).sqrt();
                    let eta = b0 / known.smoothness;
                    let mut optimizer = rule(eta, b0, accumulator).optimizer(known.gradient.len()).unwrap();
                    let gamma = |g: f64| {
                        let first = if accumulator == Accumulator::Current { b0.hypot(g) } else { b0 };
                        1.0 - eta * known.smoothness / (2.0 * first)
                    };
                    follow(&*problem, 0.0, &mut optimizer, STEPS, |_, _, _| true);
                    let roots = optimizer.state("sum").unwrap().iter().map(|s| s.sqrt());
                    let mut spent = 0.0;
                    for (u, &g) in roots.zip(&known.gradient) {
                        spent += gamma(g) * (u - b0);
                        let bound = b0 + share * known.gap / (eta * gamma(g));
                        assert!(u <= bound * (1.0 + ROUNDING), "{kind}, seed {seed}: {u} > {bound}");
                    }
                    let budget = share * known.gap / eta;
                    assert!(spent <= budget * (1.0 + ROUNDING), "{kind}, seed {seed}: {spent} > {budget}");
                }
            }
        }
    }
}

/// The same with one sum for all coordinates: u ≤ b₀ + D₀/(ηγ).
#[test]
fn the_scalar_accumulator_stays_below_its_bound() {
    for seed in 0..SEEDS {
        let problem = problems::least_squares(10, 24, 0.4, seed);
        let known = Known::of(&problem);
        let b0 = (2.0 * known.smoothness * known.gap).sqrt();
        let AdaGrad { learning_rate, eps, initial_accumulator_value, epsilon, accumulator, .. } =
            rule(b0 / known.smoothness, b0, Accumulator::Current);
        let rule = AdaGradNorm {
            learning_rate,
            eps,
            initial_accumulator_value,
            epsilon,
            accumulator,
            ..AdaGradNorm::default()
        };
        let mut optimizer = rule.optimizer(24).unwrap();
        follow(&problem, 0.0, &mut optimizer, STEPS, |_, _, _| true);
        let u = optimizer.scalar("sum").unwrap().sqrt();
        let first = (b0 * b0 + squared_norm(&known.gradient)).sqrt();
        let gamma = 1.0 - learning_rate * known.smoothness / (2.0 * first);
        let bound = b0 + known.gap / (learning_rate * gamma);
        assert!(u > b0 && u <= bound, "seed {seed}: {u} > {bound}");
    }
}

/// A2 (iv): the certificate restarted at a step is at least as good as the one before. For u_{t−1} ≤ b₀ + (D₀
/// − D_t)/(ηγ₀) by (ii) and γ_t ≥ γ₀, so that U = u_{t−1} + D_t/(ηγ_t) does not grow.
#[test]
fn restarted_certificates_tighten() {
    for seed in 0..SEEDS {
        for (kind, problem) in problems::all(seed) {
            let known = Known::of(&*problem);
            let b0 = (2.0 * known.smoothness * known.gap).sqrt();
            let eta = b0 / known.smoothness;
            for (accumulator, form) in
                [(Accumulator::Current, AdaGradForm::Current), (Accumulator::Delayed, AdaGradForm::Delayed)]
            {
                let constants = (known.mu, known.smoothness);
                let mut bound = AdaGradBound::new(constants, eta, b0, known.gap, form).unwrap();
                let promised = bound.a_priori().unwrap().factor;
                let mut optimizer = rule(eta, b0, accumulator).optimizer(known.gradient.len()).unwrap();
                let record = judge(&*problem, &mut optimizer, &mut bound, 400);
                let mut before = promised;
                for (step, factor) in record.factors.into_iter().enumerate() {
                    let tolerance = rounding(&*problem).tolerance(record.final_gap);
                    assert!(
                        factor <= before + tolerance,
                        "{kind}, seed {seed}, {form:?}: {factor} after {before} at step {step}"
                    );
                    before = factor;
                }
                assert!(before < promised, "{kind}, seed {seed}, {form:?}");
            }
        }
    }
}

/// A2 (v): at η = b₀′/L the factor is 1 − (μ/L)/(1 + 2LD₀/b₀′²), and no other η has a better one; delayed,
/// 2LD₀ becomes LD₀.
#[test]
fn closed_forms_are_the_general_formula_at_their_step_size() {
    for (mu, smoothness, gap, b0) in
        [(0.1, 1.0, 1.0, 1.0), (0.02, 7.0, 30.0, 0.4), (1.0, 1.0, 1e-3, 50.0), (3e-4, 12.0, 1e4, 1e-2)]
    {
        for (form, work) in [(AdaGradForm::Current, 2.0), (AdaGradForm::Delayed, 1.0)] {
            let factor = |eta: f64| {
                let bound = AdaGradBound::new((mu, smoothness), eta, b0, gap, form);
                bound.unwrap().a_priori().map(|promise| promise.factor)
            };
            let best = b0 / smoothness;
            let closed = (mu / smoothness) / (1.0 + work * smoothness * gap / (b0 * b0));
            assert_relative_eq!(1.0 - factor(best).unwrap(), closed, max_relative = 1e-9, epsilon = 1e-15);
            for relative in [0.1, 0.5, 0.9, 1.1, 1.5, 1.9] {
                assert!(factor(relative * best).unwrap() >= factor(best).unwrap(), "{relative}");
            }
        }
    }
    // b₀′² = 2LD₀ gives 1 − μ/(2L).
    let bound = AdaGradBound::new((0.2, 2.0), 1.0, 2.0, 1.0, AdaGradForm::Current).unwrap();
    assert_relative_eq!(bound.a_priori().unwrap().factor, 0.95, max_relative = ROUNDING);
}

#[test]
fn settings_without_a_margin_are_refused_with_the_margin() {
    for form in [AdaGradForm::Current, AdaGradForm::Delayed] {
        // γ = 1 − ηL/(2b₀) = 1 − 5·1/2
        let bound = AdaGradBound::new((0.1, 1.0), 5.0, 1.0, 1.0, form).unwrap();
        let text = bound.a_priori().unwrap_err().to_string();
        assert!(text.contains("gamma") && text.contains("-1.5"), "{text}");
        for b0 in [0.0, -1.0, f64::NAN] {
            let text = AdaGradBound::new((0.1, 1.0), 1.0, b0, 1.0, form).err().unwrap().to_string();
            assert!(text.contains("positive initial accumulator"), "{text}");
        }
    }
    // Exactly at the limit there is no margin either.
    let bound = AdaGradBound::new((0.1, 1.0), 2.0, 1.0, 1.0, AdaGradForm::Current).unwrap();
    assert!(bound.a_priori().is_err());
}

/// With η far too large A2 is silent at first. A3 bounds the overshoot by B = Σ Lη² ln⁺(ηL/(2b₀)), the
/// squared gradients of the bad steps by (ηL/2)² − b₀² and the accumulator by max(b₀, ηL) + 2(D₀ + B)/η; once
/// the accumulator has grown A2 certifies every step, and A1′ does so much earlier.
#[test]
fn a_step_size_far_too_large_overshoots_by_a_bounded_amount() {
    for seed in 0..SEEDS {
        let problem = problems::least_squares(10, 24, 0.2, seed);
        let known = Known::of(&problem);
        let (l, b0) = (known.smoothness, 0.01);
        let eta = 20.0;
        let d = known.gradient.len();
        let overshoot = d as f64 * l * eta * eta * (eta * l / (2.0 * b0)).ln();
        let mut optimizer = rule(eta, b0, Accumulator::Current).optimizer(d).unwrap();
        let constants = (known.mu, l);
        let mut a2 = AdaGradBound::new(constants, eta, b0, known.gap, AdaGradForm::Current).unwrap();
        let mut a1 = PreconditionedPl::new(l, Some(SpectrumBound::new(&problem)));
        let rounding = rounding(&problem);
        let mut bad = vec![0.0; d];
        let (mut contracting, mut last) = ((0, 0), known.gap);
        follow(&problem, 0.0, &mut optimizer, 3000, |o, _, _| {
            assert!(o.gap <= known.gap + overshoot);
            for ((bad, &g), &a) in bad.iter_mut().zip(o.gradient).zip(o.effective_step) {
                *bad += if a > 2.0 / l { g * g } else { 0.0 };
            }
            if o.gap > rounding.floor() {
                for (certificate, count) in
                    [(&mut a2 as &mut dyn Certificate, &mut contracting.0), (&mut a1, &mut contracting.1)]
                {
                    if let Judgement::Certified { factor, current, next, .. } = certificate.observe(o) {
                        assert!(next <= (factor + rounding.tolerance(current)) * current, "seed {seed}");
                        *count += usize::from(factor < 1.0);
                    }
                }
            }
            last = o.next_gap;
            true
        });
        assert!(bad.iter().all(|&bad| bad <= (eta * l / 2.0).powi(2) - b0 * b0), "seed {seed}");
        let limit = eta * l + 2.0 * (known.gap + overshoot) / eta;
        assert!(optimizer.state("sum").unwrap().iter().all(|s| s.sqrt() <= limit), "seed {seed}");
        assert!(contracting.1 > contracting.0, "seed {seed}: {contracting:?}");
        assert!(last < 1e-6 * known.gap, "seed {seed}: {last}");
    }
}
