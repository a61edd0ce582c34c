//! Theorem A1′: one step in terms of the preconditioned sharpness.

use super::{Certificate, Contraction, Judgement, NoClaim, SpectrumBound};
use crate::Observation;

/// D⁺ ≤ (1 − 2m(1 − L_A/2))D with m = gᵀAg/(2D) measured and L_A ≥ λ_max(A^½ΛA^½); an increase for L_A > 2.
///
/// L_A comes from the Hessian where it is constant, else from L·max aᵢ.
pub struct PreconditionedPl<'a> {
    smoothness: f64,
    spectrum: Option<SpectrumBound<'a>>,
}

impl<'a> PreconditionedPl<'a> {
    /// From L and, for quadratics, the bound on the preconditioned spectrum.
    pub fn new(smoothness: f64, spectrum: Option<SpectrumBound<'a>>) -> Self {
        Self { smoothness, spectrum }
    }
}

impl Certificate for PreconditionedPl<'_> {
    fn name(&self) -> &'static str {
        "A1'"
    }

    fn a_priori(&self) -> Result<Contraction, NoClaim> {
        Err(NoClaim("A1' uses the A and the PL ratio of each step, which are known only then".into()))
    }

    fn observe(&mut self, o: &Observation<'_>) -> Judgement {
        if !o.follows_gradient() {
            let because = NoClaim("A1' needs p = g: the direction is not the gradient".into());
            return Judgement::NotCovered { step: o.step, because };
        }
        let global = self.smoothness * o.sums.largest_step;
        let sharpness = match &self.spectrum {
            Some(spectrum) => spectrum.at(o.effective_step).map_or(global, |s| s.largest.min(global)),
            None => global,
        };
        let factor = 1.0 - 2.0 * o.preconditioned_ratio() * (1.0 - 0.5 * sharpness);
        Judgement::Certified { step: o.step, factor, noise: 0.0, current: o.gap, next: o.next_gap }
    }
}
