//! Settings that a theorem covers: its bounds hold at every step, down to the rounding floor.

use gradus_convergence::certificates::{Certificate, ExactQuadratic, SpectrumBound};
use gradus_optim::{Rule, Sgd};

use crate::methods::{Known, certified};
use crate::problems::{self, infimum};
use crate::run::{follow, judge, rounding};

/// Problems of each kind.
const SEEDS: u64 = 20;

/// Enough for the faster half of the runs to reach the floor.
const STEPS: usize = 300;

#[test]
fn no_bound_is_violated_and_every_step_is_covered() {
    let (mut runs, mut at_floor) = (0, 0);
    for seed in 0..SEEDS {
        for (kind, problem) in problems::all(seed) {
            let known = Known::of(&*problem);
            for case in certified(&known) {
                for mut certificate in case.certificates {
                    let context = format!("{} of {} on {kind}, seed {seed}", certificate.name(), case.name);
                    let mut optimizer = case.optimizer.clone();
                    let record = judge(&*problem, &mut *optimizer, &mut *certificate, STEPS);
                    assert_eq!(record.violations, [""; 0], "{context}");
                    assert_eq!(record.not_covered, [], "{context}");
                    assert!(record.judged > 0, "{context}");
                    runs += 1;
                    at_floor += usize::from(record.final_gap <= rounding(&*problem).floor());
                }
            }
        }
    }
    // The bounds have been tested where rounding is worst, too.
    assert!(at_floor * 10 > runs, "{at_floor} of {runs} runs reached the floor");
}

/// A2 and B2 promise a contraction before the run; they are not vacuous.
#[test]
fn a_priori_promises_contract() {
    for (kind, problem) in problems::all(3) {
        let known = Known::of(&*problem);
        for case in certified(&known) {
            for certificate in &case.certificates {
                if matches!(certificate.name(), "A2" | "B1/B2") {
                    let promise = certificate.a_priori();
                    let factor = promise.as_ref().map(|promise| promise.factor).unwrap_or(1.0);
                    assert!(factor < 1.0, "{} of {} on {kind}: {promise:?}", certificate.name(), case.name);
                }
            }
        }
    }
}

/// P1: the exact theorem A1″ looks violated near the floor unless rounding is taken into account.
#[test]
fn the_rounding_rule_is_needed() {
    let mut false_violations = 0;
    for seed in 0..SEEDS {
        let problem = problems::least_squares(10, 24, 0.1, seed);
        let known = Known::of(&problem);
        let learning_rate = 2.0 / (known.smoothness + known.mu);
        let mut optimizer = Sgd { learning_rate, ..Sgd::default() }.optimizer(24).unwrap();
        let spectrum = SpectrumBound::new(&problem);
        let exact = ExactQuadratic::new(spectrum, known.mu, known.smoothness, Some(learning_rate));
        let factor = exact.a_priori().unwrap().factor;
        let rounding = rounding(&problem);
        follow(&problem, infimum(&problem), &mut optimizer, 4000, |o, _, _| {
            let violated = o.next_gap > factor * o.gap;
            false_violations += usize::from(violated);
            let excused =
                o.gap <= rounding.floor() || o.next_gap <= (factor + rounding.tolerance(o.gap)) * o.gap;
            assert!(!violated || excused, "seed {seed}, step {}", o.step);
            o.gap > 0.0
        });
    }
    assert!(false_violations > 100, "{false_violations}");
}
