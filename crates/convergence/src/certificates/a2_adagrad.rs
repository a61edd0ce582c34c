//! Theorem A2: AdaGrad contracts from step 0.

use super::{Certificate, Contraction, Judgement, NoClaim};
use crate::Observation;

/// Which accumulator the step of AdaGrad divides by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdaGradForm {
    /// aₜ = η/dₜ.
    Current,
    /// aₜ = η/dₜ₋₁.
    Delayed,
}

/// D_{t+1} ≤ (1 − 2μη min γᵢ/Uᵢ)D_t for AdaGrad and AdaGrad-Norm.
///
/// Written in the denominators d of a = η/d, which are u for eps inside the root and u + eps outside (the
/// latter for b₀ ≥ eps, where the bound on the accumulator is the same): γᵢ = 1 − ηL/(2dₜ,ᵢ) and
/// Uᵢ = dₜ₋₁,ᵢ + Dₜ/(ηγᵢ) (twice ηγᵢ, and dₜ₋₁ in γᵢ, when delayed). A priori dₜ₋₁ = b₀′ and D = D₀; at every
/// later step the certificate is restarted (A2 iv) and tightens.
pub struct AdaGradBound {
    mu: f64,
    smoothness: f64,
    learning_rate: f64,
    initial_denominator: f64,
    initial_gap: f64,
    form: AdaGradForm,
    previous: Option<Vec<f64>>,
}

impl AdaGradBound {
    /// From μ, L, η, the denominator before the first gradient (b₀′, or b₀ + eps outside the root), D₀ and the
    /// form.
    ///
    /// # Errors
    /// When the denominator is 0, so that nothing can be said a priori (theory P3).
    pub fn new(
        (mu, smoothness): (f64, f64),
        learning_rate: f64,
        initial_denominator: f64,
        initial_gap: f64,
        form: AdaGradForm,
    ) -> Result<Self, NoClaim> {
        if initial_denominator.is_nan() || initial_denominator <= 0.0 {
            return Err(NoClaim(format!(
                "A2 needs a positive initial accumulator, but the first denominator is {initial_denominator}"
            )));
        }
        Ok(Self { mu, smoothness, learning_rate, initial_denominator, initial_gap, form, previous: None })
    }

    /// 2μηγ/U for one coordinate, or the γ that is not positive.
    fn rate(&self, before: f64, now: f64, gap: f64) -> Result<f64, f64> {
        let eta = self.learning_rate;
        let (divisor, telescoped) = match self.form {
            AdaGradForm::Current => (now, 1.0),
            AdaGradForm::Delayed => (before, 2.0),
        };
        let gamma = 1.0 - eta * self.smoothness / (2.0 * divisor);
        if gamma <= 0.0 {
            return Err(gamma);
        }
        let limit = before + gap / (telescoped * eta * gamma);
        Ok(2.0 * self.mu * eta * gamma / limit)
    }

    fn refusal(gamma: f64) -> NoClaim {
        NoClaim(format!("A2 needs gamma = 1 - eta*L/(2u) > 0, but the smallest is {gamma:.3}"))
    }
}

impl Certificate for AdaGradBound {
    fn name(&self) -> &'static str {
        "A2"
    }

    fn a_priori(&self) -> Result<Contraction, NoClaim> {
        let b0 = self.initial_denominator;
        let rate = self.rate(b0, b0, self.initial_gap).map_err(Self::refusal)?;
        Ok(Contraction::of_gap(1.0 - rate))
    }

    fn observe(&mut self, o: &Observation<'_>) -> Judgement {
        let eta = self.learning_rate;
        let denominators: Vec<f64> = o.effective_step.iter().map(|&a| eta / a).collect();
        let previous = match self.form {
            AdaGradForm::Current => self.previous.as_deref(),
            // The step divides by the accumulator before this gradient already.
            AdaGradForm::Delayed => Some(denominators.as_slice()),
        };
        let mut smallest: Result<f64, f64> = Ok(f64::INFINITY);
        for (i, &now) in denominators.iter().enumerate() {
            let before = previous.map_or(self.initial_denominator, |p| p[i]);
            smallest = match (smallest, self.rate(before, now, o.gap)) {
                (Ok(best), Ok(rate)) => Ok(best.min(rate)),
                (Ok(_), Err(gamma)) => Err(gamma),
                (Err(worst), Err(gamma)) => Err(worst.min(gamma)),
                (Err(worst), Ok(_)) => Err(worst),
            };
        }
        self.previous = Some(denominators);
        match smallest {
            Ok(rate) => Judgement::Certified {
                step: o.step,
                factor: 1.0 - rate,
                noise: 0.0,
                current: o.gap,
                next: o.next_gap,
            },
            Err(gamma) => Judgement::NotCovered { step: o.step, because: Self::refusal(gamma) },
        }
    }
}
