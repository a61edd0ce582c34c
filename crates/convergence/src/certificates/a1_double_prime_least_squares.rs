//! Theorem A1″: the exact worst case of one step on a quadratic.

use gradus_losses::PreconditionedSpectrum;

use super::{Certificate, Contraction, Judgement, NoClaim, SpectrumBound};
use crate::Observation;

/// D⁺ ≤ max((1 − λ₊)², (1 − λ_max)²)·D with the extreme non-zero eigenvalues of A^½HA^½ (for least squares,
/// of K_A = XAXᵀ/n). Attained for the worst residual.
pub struct ExactQuadratic<'a> {
    spectrum: SpectrumBound<'a>,
    /// a·μ and a·L for a constant step a.
    constant: Option<PreconditionedSpectrum>,
}

impl<'a> ExactQuadratic<'a> {
    /// From the bound on the spectrum, and μ, L and the step for methods with a constant step.
    pub fn new(spectrum: SpectrumBound<'a>, mu: f64, smoothness: f64, constant_step: Option<f64>) -> Self {
        let constant =
            constant_step.map(|a| PreconditionedSpectrum { smallest: a * mu, largest: a * smoothness });
        Self { spectrum, constant }
    }

    /// The factor that a spectrum gives.
    pub fn factor(spectrum: PreconditionedSpectrum) -> f64 {
        (1.0 - spectrum.smallest).powi(2).max((1.0 - spectrum.largest).powi(2))
    }
}

impl Certificate for ExactQuadratic<'_> {
    fn name(&self) -> &'static str {
        "A1\""
    }

    fn a_priori(&self) -> Result<Contraction, NoClaim> {
        let Some(spectrum) = self.constant else {
            return Err(NoClaim("A1\" promises a rate a priori only for a constant step".into()));
        };
        if spectrum.largest >= 2.0 {
            return Err(NoClaim(format!("A1\" contracts only for aL < 2, but aL = {:.3}", spectrum.largest)));
        }
        Ok(Contraction::of_gap(Self::factor(spectrum)))
    }

    fn observe(&mut self, o: &Observation<'_>) -> Judgement {
        let step = o.step;
        if !o.follows_gradient() {
            let because = NoClaim("A1\" needs p = g: the direction is not the gradient".into());
            return Judgement::NotCovered { step, because };
        }
        let spectrum = match self.constant {
            Some(spectrum) => Some(spectrum),
            None => self.spectrum.at(o.effective_step),
        };
        match spectrum {
            Some(spectrum) => {
                let factor = Self::factor(spectrum);
                Judgement::Certified { step, factor, noise: 0.0, current: o.gap, next: o.next_gap }
            }
            None => {
                let because =
                    "A1\" needs a constant Hessian of known rank, and a preconditioner that keeps the rank";
                Judgement::NotCovered { step, because: NoClaim(because.into()) }
            }
        }
    }
}
