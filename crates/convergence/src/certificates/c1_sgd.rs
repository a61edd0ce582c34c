//! Theorems C1 and C1′: SGD with a constant step.

use super::{Certificate, Contraction, Judgement, NoClaim, PredictablePreconditioner};
use super::{StochasticCertificate, StochasticModel};
use crate::Observation;

/// C1 (c) and (d): the expected gap of SGD, the case A = ηI of [`PredictablePreconditioner`].
///
/// Interpolation: E D⁺ ≤ (1 − 2μη + μLη²(1 − 1/b) + LL_maxη²/b)D. Expected residual with noise σ*² at the
/// minimiser: E D⁺ ≤ (1 − 2μη + μLη² + 2ρLη²)D + Lη²σ*², which for η ≤ μ/(L(μ + 2ρ)) is at most
/// (1 − μη)D + Lη²σ*².
pub struct SgdGap {
    inner: PredictablePreconditioner,
    learning_rate: f64,
}

impl SgdGap {
    /// From the model of the noise and η.
    pub fn new(model: StochasticModel, learning_rate: f64) -> Self {
        Self { inner: PredictablePreconditioner::new(model), learning_rate }
    }

    /// The η with the best factor: μb/(L(μ(b − 1) + L_max)) under interpolation, μ/(L(μ + 2ρ)) otherwise.
    pub fn best_learning_rate(model: &StochasticModel) -> f64 {
        let StochasticModel { mu, smoothness, sample_smoothness, batch, minimum_noise } = *model;
        let residual = sample_smoothness / batch;
        if minimum_noise == 0.0 {
            mu / (smoothness * (mu * (1.0 - 1.0 / batch) + residual))
        } else {
            mu / (smoothness * (mu + 2.0 * residual))
        }
    }
}

impl Certificate for SgdGap {
    fn name(&self) -> &'static str {
        "C1"
    }

    fn a_priori(&self) -> Result<Contraction, NoClaim> {
        self.inner.at_step(self.learning_rate, self.learning_rate)
    }

    fn observe(&mut self, o: &Observation<'_>) -> Judgement {
        self.inner.observe(o)
    }
}

impl StochasticCertificate for SgdGap {
    fn at_step(&self, smallest: f64, largest: f64) -> Result<Contraction, NoClaim> {
        self.inner.at_step(smallest, largest)
    }
}

/// C1′: the expected squared distance of single-sample SGD on consistent least squares.
///
/// E‖w⁺ − w*‖² ≤ (1 − μ(2η − η²L_max))‖w − w*‖²; η = 1/L_max gives 1 − μ/L_max. With f ≤ (L/2)‖w − w*‖² and
/// ‖w₀ − w*‖² ≤ (2/μ)f(w₀) the gap obeys E f(w_k) ≤ κ·factorᵏ·f(w₀).
pub struct SgdSquaredDistance {
    mu: f64,
    smoothness: f64,
    sample_smoothness: f64,
    learning_rate: f64,
}

impl SgdSquaredDistance {
    /// From μ, L, L_max and η.
    pub fn new(mu: f64, smoothness: f64, sample_smoothness: f64, learning_rate: f64) -> Self {
        Self { mu, smoothness, sample_smoothness, learning_rate }
    }
}

impl Certificate for SgdSquaredDistance {
    fn name(&self) -> &'static str {
        "C1'"
    }

    fn a_priori(&self) -> Result<Contraction, NoClaim> {
        let (eta, l_max) = (self.learning_rate, self.sample_smoothness);
        if eta * l_max > 2.0 {
            return Err(NoClaim(format!("C1' needs eta <= 2/L_max, but eta*L_max = {:.3}", eta * l_max)));
        }
        let factor = 1.0 - self.mu * (2.0 * eta - eta * eta * l_max);
        Ok(Contraction { factor, noise: 0.0, prefactor: self.smoothness / self.mu })
    }

    fn observe(&mut self, o: &Observation<'_>) -> Judgement {
        let step = o.step;
        let distances = o.expectation.and_then(|e| Some((e.distance_sq?, e.next_distance_sq?)));
        match (self.a_priori(), distances) {
            (Err(because), _) => Judgement::NotCovered { step, because },
            (Ok(_), None) => {
                let because = NoClaim("C1' needs the minimiser nearest to the start".into());
                Judgement::NotCovered { step, because }
            }
            (Ok(contraction), Some((current, next))) => {
                Judgement::Certified { step, factor: contraction.factor, noise: 0.0, current, next }
            }
        }
    }
}

impl StochasticCertificate for SgdSquaredDistance {
    fn at_step(&self, _smallest: f64, _largest: f64) -> Result<Contraction, NoClaim> {
        self.a_priori()
    }
}
