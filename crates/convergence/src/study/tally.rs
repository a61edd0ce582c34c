//! What one certificate said over a whole run.

use crate::Rounding;
use crate::certificates::{Contraction, Judgement, NoClaim};

/// P_{t+1} ≤ factor·P_t + noise at one step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Certified {
    pub(super) step: usize,
    pub(super) factor: f64,
    pub(super) noise: f64,
    /// P_t, or a bound on its expectation.
    pub(super) current: f64,
}

/// The judgements of one certificate, condensed.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    pub(super) name: &'static str,
    pub(super) a_priori: Result<Contraction, NoClaim>,
    /// Steps judged.
    pub(super) judged: usize,
    /// Steps with a certified factor below 1.
    pub(super) contracting: usize,
    pub(super) worst_factor: f64,
    pub(super) worst_measured: f64,
    pub(super) violations: usize,
    pub(super) first_violation: Option<String>,
    /// The first step without a certified contraction, and why.
    pub(super) ended: Option<(usize, String)>,
    /// (step, bound on the potential) from the certified factors and noise, until the certificate ended.
    pub(super) bound: Vec<(usize, f64)>,
}

impl Tally {
    pub(super) fn new(name: &'static str, a_priori: Result<Contraction, NoClaim>) -> Self {
        Self {
            name,
            a_priori,
            judged: 0,
            contracting: 0,
            worst_factor: 0.0,
            worst_measured: 0.0,
            violations: 0,
            first_violation: None,
            ended: None,
            bound: Vec::new(),
        }
    }

    /// Compares a judgement with what was measured and returns the certified factor of its step. A violation is
    /// a measured potential above the certified one by more than rounding.
    pub(super) fn measure(&mut self, judgement: Judgement, rounding: &Rounding) -> Option<Certified> {
        match judgement {
            Judgement::Pending => None,
            Judgement::NotCovered { step, because } => {
                self.end(step, because.to_string());
                None
            }
            Judgement::Certified { step, factor, noise, current, next } => {
                self.judged += 1;
                let measured = (next - noise) / current;
                self.worst_measured = self.worst_measured.max(measured);
                let tolerance = rounding.tolerance(current);
                self.count_violation(step, "certified", (factor, noise), (current, next), tolerance);
                if let Ok(promise) = self.a_priori {
                    let bound = (promise.factor, promise.noise);
                    self.count_violation(step, "a-priori", bound, (current, next), tolerance);
                }
                Some(Certified { step, factor, noise, current })
            }
        }
    }

    /// Notes that the certificate does not cover a step.
    pub(super) fn end(&mut self, step: usize, because: String) {
        self.ended.get_or_insert((step, because));
    }

    /// Notes what was certified for an executed step. The bound starts at the potential before the first one.
    pub(super) fn add(&mut self, certified: Certified) {
        let Certified { step, factor, noise, current } = certified;
        self.worst_factor = self.worst_factor.max(factor);
        if factor < 1.0 {
            self.contracting += 1;
        } else {
            let name = self.name;
            self.end(
                step,
                format!("{name} certifies no contraction at step {step}: the factor is {factor:.4}"),
            );
        }
        if self.ended.is_none() {
            let before = self.bound.last().map_or(current, |&(_, bound)| bound);
            self.bound.push((step + 1, factor * before + noise));
        }
    }

    fn count_violation(
        &mut self,
        step: usize,
        which: &str,
        (factor, noise): (f64, f64),
        (current, next): (f64, f64),
        tolerance: f64,
    ) {
        if next > (factor + tolerance) * current + noise {
            self.violations += 1;
            self.first_violation.get_or_insert_with(|| {
                format!(
                    "step {step} violates the {which} bound of {}: {next:.6e} > {factor:.9} x {current:.6e} + \
                     {noise:.1e}",
                    self.name
                )
            });
        }
    }

    /// Whether every executed step was certified to contract.
    pub(super) fn covers_run(&self) -> bool {
        self.ended.is_none() && self.contracting > 0 && self.judged > 0
    }
}
