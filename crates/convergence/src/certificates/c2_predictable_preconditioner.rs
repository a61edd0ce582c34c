//! Theorem C2: stochastic gradients with a preconditioner that does not depend on the current draw.

use super::{Certificate, Contraction, Judgement, NoClaim, StochasticCertificate};
use crate::Observation;
use crate::text::number;

/// The noise of mini-batches drawn with replacement from a finite sum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StochasticModel {
    /// The PL constant.
    pub mu: f64,
    /// The smoothness of f.
    pub smoothness: f64,
    /// L_max: the smoothness of every summand.
    pub sample_smoothness: f64,
    /// The batch size b.
    pub batch: f64,
    /// σ*² = E‖ĝ‖² of a batch at a minimiser; 0 under interpolation.
    pub minimum_noise: f64,
}

impl StochasticModel {
    /// (slope, share, noise) of E‖ĝ‖² ≤ 2·slope·D + share·‖g‖² + noise: F4 and the variance of a mean under
    /// interpolation, expected residual otherwise.
    fn second_moment(&self) -> (f64, f64, f64) {
        let share = if self.minimum_noise == 0.0 { 1.0 - 1.0 / self.batch } else { 1.0 };
        (self.noise_slope(), share, self.noise())
    }

    /// L_c of E‖ĝ − g‖² ≤ 2L_cD + σ²: L_max/b under interpolation, else 2L_max/b (C1 d, since the noise of a
    /// difference to the minimiser and that at the minimiser may add up).
    pub fn noise_slope(&self) -> f64 {
        let residual = self.sample_smoothness / self.batch;
        if self.minimum_noise == 0.0 { residual } else { 2.0 * residual }
    }

    /// σ² of E‖ĝ − g‖² ≤ 2L_cD + σ²: 2σ*².
    pub fn noise(&self) -> f64 {
        2.0 * self.minimum_noise
    }
}

/// E D⁺ ≤ (1 − 2μa_lo + μL·a_hi²·share + L·a_hi²·slope)D + ½L·a_hi²·noise, for a_lo ≤ aᵢ ≤ a_hi known before
/// the draw, from E D⁺ ≤ D − gᵀAg + ½L·a_hi²E‖ĝ‖² with E‖ĝ‖² ≤ 2·slope·D + share·‖g‖² + noise.
///
/// For b = 1 and interpolation this is C2 (a); the proof for b > 1 replaces F4 by the variance of a mean, as
/// C1 (c) does, and needs a_lo ≥ ½L·a_hi²·share so that PL may be applied to the ‖g‖² terms.
pub struct PredictablePreconditioner {
    model: StochasticModel,
}

impl PredictablePreconditioner {
    /// From the model of the noise.
    pub fn new(model: StochasticModel) -> Self {
        Self { model }
    }
}

impl Certificate for PredictablePreconditioner {
    fn name(&self) -> &'static str {
        "C2"
    }

    fn a_priori(&self) -> Result<Contraction, NoClaim> {
        Err(NoClaim("C2 uses the smallest and largest step of each step, known only then".into()))
    }

    fn observe(&mut self, o: &Observation<'_>) -> Judgement {
        let step = o.step;
        let Some(next) = o.expectation.and_then(|e| e.next_gap) else {
            let because = NoClaim("C2 needs a preconditioner that is known before the draw".into());
            return Judgement::NotCovered { step, because };
        };
        match self.at_step(o.sums.smallest_step, o.sums.largest_step) {
            Ok(Contraction { factor, noise, .. }) => {
                Judgement::Certified { step, factor, noise, current: o.gap, next }
            }
            Err(because) => Judgement::NotCovered { step, because },
        }
    }
}

impl StochasticCertificate for PredictablePreconditioner {
    fn at_step(&self, smallest: f64, largest: f64) -> Result<Contraction, NoClaim> {
        let StochasticModel { mu, smoothness, .. } = self.model;
        let (slope, share, noise) = self.model.second_moment();
        let spread = smoothness * largest * largest;
        if smallest < 0.5 * spread * share {
            return Err(NoClaim(format!(
                "C2 needs a_lo >= L a_hi^2 (1 - 1/b)/2, but a_lo = {smallest}, a_hi = {largest}",
                smallest = number(smallest),
                largest = number(largest)
            )));
        }
        let factor = 1.0 - 2.0 * mu * smallest + spread * (mu * share + slope);
        if factor >= 1.0 {
            return Err(NoClaim(format!(
                "C2 contracts only if L a_hi^2 (mu(1 - 1/b) + L_max/b) < 2 mu a_lo, but with a_lo = {smallest}, \
                 a_hi = {largest} the factor is {factor:.6}",
                smallest = number(smallest),
                largest = number(largest)
            )));
        }
        Ok(Contraction { factor, noise: 0.5 * spread * noise, prefactor: 1.0 })
    }
}
