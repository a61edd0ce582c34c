//! Theorem B1 and Corollary B2 beyond the runs they cover: formulas, refusals, and where a certificate ends.

use approx::assert_relative_eq;
use gradus_convergence::certificates::{Certificate, Judgement, Lyapunov, LyapunovRun, SmallestStep};
use gradus_losses::Objective;
use gradus_optim::{Adam, Rule};

use crate::methods::Known;
use crate::problems;
use crate::run::{follow, rounding};

/// A few roundings of f64.
const ROUNDING: f64 = 1e-14;

const MU: f64 = 0.05;
const SMOOTHNESS: f64 = 2.0;
const BETA: f64 = 0.9;

fn constants() -> Lyapunov {
    let cap = Lyapunov::largest_cap(MU, SMOOTHNESS, BETA, 1.0);
    Lyapunov::new(MU, SMOOTHNESS, BETA, 1.0, cap).expect("the cap obeys (★)")
}

fn run(largest: f64, smallest: SmallestStep, initial: (f64, f64)) -> LyapunovRun {
    LyapunovRun::new(constants(), largest, smallest, initial, f64::INFINITY)
}

/// 1 − μa_lo with a_lo = η/(√(2LV₀) + eps) or η/√(2LV₀ + eps), and V₀ = D₀ + c‖p₀ − g₀‖².
#[test]
fn a_priori_rates_are_those_of_the_smallest_step() {
    let cap = constants().cap;
    for (gap, error_sq) in [(1.0, 0.0), (3.0, 0.7), (1e-4, 1e-5)] {
        let v0 = gap + constants().weight * error_sq;
        for eps in [1e-3, 1.0, 50.0] {
            let learning_rate = cap * eps;
            let outside = learning_rate / ((2.0 * SMOOTHNESS * v0).sqrt() + eps);
            let inside = cap * eps.sqrt() / (2.0 * SMOOTHNESS * v0 + eps).sqrt();
            for (smallest, a_lo) in [
                (SmallestStep::Constant, cap),
                (SmallestStep::OutsideRoot { learning_rate, eps }, outside),
                (SmallestStep::InsideRoot { learning_rate: cap * eps.sqrt(), eps }, inside),
            ] {
                let promise = run(cap, smallest, (gap, error_sq)).a_priori().unwrap();
                assert_relative_eq!(1.0 - promise.factor, MU * a_lo, max_relative = 1e-9);
                assert_relative_eq!(promise.prefactor, v0 / gap, max_relative = ROUNDING);
                assert_eq!(promise.noise, 0.0);
            }
        }
    }
}

/// B2, closed form: with eps = ηL/q = √(2LD₀) the factor is 1 − qμ/(2L).
#[test]
fn the_closed_form_of_b2_is_half_of_q() {
    let (cap, gap) = (constants().cap, 3.0);
    let eps = (2.0 * SMOOTHNESS * gap).sqrt();
    let smallest = SmallestStep::OutsideRoot { learning_rate: cap * eps, eps };
    let promise = run(cap, smallest, (gap, 0.0)).a_priori().unwrap();
    let q = cap * SMOOTHNESS;
    assert_relative_eq!(promise.factor, 1.0 - q * MU / (2.0 * SMOOTHNESS), max_relative = ROUNDING);
}

#[test]
fn steps_that_can_exceed_the_cap_are_refused_with_both_numbers() {
    let cap = constants().cap;
    let text = run(3.0 * cap, SmallestStep::Constant, (1.0, 0.0)).a_priori().unwrap_err().to_string();
    for number in [cap, 3.0 * cap] {
        // Four significant digits, without trailing zeros.
        let digits = format!("{number:.4}");
        assert!(text.contains(digits.trim_end_matches('0')), "{digits}: {text}");
    }
}

/// B3 (iv): with a tiny eps Adam's steps grow as the gradients vanish. B1 holds up to the first step above
/// the cap, says which one it is, and nothing afterwards.
#[test]
fn a_certificate_ends_where_a_step_exceeds_the_cap() {
    let mut ends = Vec::new();
    for seed in 0..10 {
        let problem = problems::least_squares(10, 24, 0.2, seed);
        let known = Known::of(&problem);
        let (mu, smoothness, gap) = (known.mu, known.smoothness, known.gap);
        let beta = 0.9;
        let cap = Lyapunov::largest_cap(mu, smoothness, beta, 1.0);
        // Below the cap at the first step, whose denominator is |g₀|.
        let first = known.gradient.iter().map(|g| g.abs()).fold(f64::INFINITY, f64::min);
        let learning_rate = 0.8 * cap * first;
        let adam = Adam { learning_rate, betas: (beta, 0.99), ..Adam::default() };
        let constants = Lyapunov::new(mu, smoothness, beta, 1.0, cap).unwrap();
        let smallest = SmallestStep::OutsideRoot { learning_rate, eps: adam.eps };
        let largest = learning_rate / adam.eps;
        let mut run = LyapunovRun::new(constants, largest, smallest, (gap, 0.0), f64::INFINITY);
        assert!(run.a_priori().unwrap_err().to_string().contains("B2 needs every effective step <= "));

        let (rounding, mut end) = (rounding(&problem), None);
        follow(&problem, 0.0, &mut adam.optimizer(24).unwrap(), 3000, |o, _, _| {
            let exceeded = o.sums.largest_step > cap;
            match run.observe(o) {
                Judgement::Pending => assert_eq!(o.step, 0),
                Judgement::Certified { step, factor, current, next, .. } => {
                    assert_eq!((step + 1, end), (o.step, None));
                    assert!(
                        next <= (factor + rounding.tolerance(current)) * current,
                        "seed {seed}, step {step}"
                    );
                }
                Judgement::NotCovered { step, because } => {
                    let (text, first) = (because.to_string(), end.expect("a step above the cap"));
                    assert!(step > first);
                    assert!(text.contains(&format!("the certificate ends at step {first}: ")), "{text}");
                }
            }
            if exceeded && end.is_none() {
                end = Some(o.step);
            }
            true
        });
        ends.push(end.expect("the steps grow"));
    }
    assert!(ends.iter().all(|&end| end > 0), "{ends:?}");
}

/// A level below V₀ ends the certificate before it begins, although D₀ is inside.
#[test]
fn the_potential_and_not_the_gap_must_lie_inside_the_level() {
    let cap = constants().cap;
    let problem = problems::sine_curve(1);
    let gap = problem.value(problem.start());
    for (level, refused) in [(1.01 * gap, true), (gap + constants().weight, false)] {
        let run = LyapunovRun::new(constants(), cap, SmallestStep::Constant, (gap, 1.0), level);
        let promise = run.a_priori();
        assert_eq!(promise.is_err(), refused, "{promise:?}");
    }
}
