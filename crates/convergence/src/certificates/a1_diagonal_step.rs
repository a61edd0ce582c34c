//! Theorem A1: one step with any diagonal preconditioner.

use super::{Certificate, Contraction, Judgement, NoClaim};
use crate::Observation;
use crate::text::number;

/// D⁺ ≤ (1 − 2μφ̄)D with φ̄ = Σφᵢgᵢ²/‖g‖², φᵢ = aᵢ − Laᵢ²/2; for φ̄ < 0, D⁺ ≤ (1 + 2L|φ̄|)D.
///
/// A priori, for a constant step a ≤ 2/L: 1 − 2μ(a − La²/2).
pub struct DiagonalStep {
    mu: f64,
    smoothness: f64,
    constant_step: Option<f64>,
}

impl DiagonalStep {
    /// From μ, L and the effective step, if it is the same number in every step and coordinate.
    pub fn new(mu: f64, smoothness: f64, constant_step: Option<f64>) -> Self {
        Self { mu, smoothness, constant_step }
    }
}

impl Certificate for DiagonalStep {
    fn name(&self) -> &'static str {
        "A1"
    }

    fn a_priori(&self) -> Result<Contraction, NoClaim> {
        let Some(a) = self.constant_step else {
            return Err(NoClaim("A1 promises a rate a priori only for a constant step".into()));
        };
        if a * self.smoothness > 2.0 {
            return Err(NoClaim(format!(
                "A1 needs a <= 2/L, but a = {a}, 2/L = {}",
                2.0 / self.smoothness,
                a = number(a)
            )));
        }
        Ok(Contraction::of_gap(1.0 - 2.0 * self.mu * (a - 0.5 * self.smoothness * a * a)))
    }

    fn observe(&mut self, o: &Observation<'_>) -> Judgement {
        if !o.follows_gradient() {
            let because = NoClaim("A1 needs p = g: the direction is not the gradient".into());
            return Judgement::NotCovered { step: o.step, because };
        }
        let phi = (o.sums.gag - 0.5 * self.smoothness * o.sums.gaag) / o.sums.gradient_sq;
        let factor = if phi >= 0.0 { 1.0 - 2.0 * self.mu * phi } else { 1.0 + 2.0 * self.smoothness * -phi };
        Judgement::Certified { step: o.step, factor, noise: 0.0, current: o.gap, next: o.next_gap }
    }
}
