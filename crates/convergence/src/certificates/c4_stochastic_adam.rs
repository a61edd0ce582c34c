//! Theorem C4: stochastic momentum, Adam and RMSProp with a preconditioner correlated with the draw.

use super::{Certificate, Contraction, Judgement, Lyapunov, NoClaim, StochasticCertificate};
use crate::Observation;
use crate::text::number;

/// E V_{t+1} ≤ (1 + k)(1 − μ min aᵢ)V_t + c(1 − β)²σ², given everything up to and including the draw of step t.
///
/// E‖ξ‖² ≤ 2L_cD + σ² for the noise ξ of a batch; k = 2c(1 − β)²L_c. (The theorem states L_c and σ² apart; its
/// proof adds both terms as they stand here.) β is the weight of the next step's average, without
/// bias correction.
pub struct StochasticLyapunov {
    constants: Lyapunov,
    noise_slope: f64,
    noise: f64,
    /// The step, if it is constant: then the rate is known a priori.
    constant_step: Option<f64>,
    initial: (f64, f64),
}

impl StochasticLyapunov {
    /// From the constants of B1, L_c and σ² of the batch, the step of SGD with momentum (which is constant), and
    /// D₀ with E‖p₀ − g₀‖².
    pub fn new(
        constants: Lyapunov,
        noise_slope: f64,
        noise: f64,
        constant_step: Option<f64>,
        initial: (f64, f64),
    ) -> Self {
        Self { constants, noise_slope, noise, constant_step, initial }
    }
}

impl Certificate for StochasticLyapunov {
    fn name(&self) -> &'static str {
        "C4"
    }

    fn a_priori(&self) -> Result<Contraction, NoClaim> {
        match self.constant_step {
            Some(step) => self.at_step(step, step),
            None => {
                // No rate a priori, but the best case tells whether the settings can work at all.
                self.at_step(self.constants.cap, self.constants.cap)?;
                Err(NoClaim(
                    "C4 has an a-priori rate only with a bound on the stochastic gradients; none is known"
                        .into(),
                ))
            }
        }
    }

    fn observe(&mut self, o: &Observation<'_>) -> Judgement {
        let step = o.step;
        let not_covered = |because| Judgement::NotCovered { step, because };
        let Lyapunov { beta, weight, .. } = self.constants;
        let Some(expectation) = o.expectation else {
            return not_covered(NoClaim("C4 needs the variance of the next gradient".into()));
        };
        let contraction = match self.at_step(o.sums.smallest_step, o.sums.largest_step) {
            Ok(contraction) => contraction,
            Err(because) => return not_covered(because),
        };
        // p_{t+1} − g_{t+1} = β(e_t + g_t − g_{t+1}) + (1 − β)ξ_{t+1} and e_t + g_t = p_t; ξ has mean zero.
        let drift: f64 = o.direction.iter().zip(o.next_gradient).map(|(p, g)| (p - g) * (p - g)).sum();
        let next_error = beta * beta * drift + (1.0 - beta).powi(2) * expectation.next_noise;
        Judgement::Certified {
            step,
            factor: contraction.factor,
            noise: contraction.noise,
            current: self.constants.potential(o.gap, o.sums.error_sq),
            next: o.next_gap + weight * next_error,
        }
    }
}

impl StochasticCertificate for StochasticLyapunov {
    fn enumerates_outcomes(&self) -> bool {
        false
    }

    fn at_step(&self, smallest: f64, largest: f64) -> Result<Contraction, NoClaim> {
        let Lyapunov { mu, weight, beta, cap, .. } = self.constants;
        if largest > cap * (1.0 + 1e-9) {
            return Err(NoClaim(format!(
                "C4 needs every effective step <= {cap}, but one is {largest}",
                cap = number(cap),
                largest = number(largest)
            )));
        }
        let spill = weight * (1.0 - beta).powi(2);
        let k = 2.0 * spill * self.noise_slope;
        let factor = (1.0 + k) * (1.0 - mu * smallest);
        if factor >= 1.0 {
            return Err(NoClaim(format!(
                "C4 needs (1 + k)(1 - mu a_lo) < 1, but with k = {k} and mu a_lo = {} it is {factor:.6}",
                number(mu * smallest),
                k = number(k)
            )));
        }
        let (gap, error_sq) = self.initial;
        Ok(Contraction {
            factor,
            noise: spill * self.noise,
            prefactor: self.constants.potential(gap, error_sq) / gap,
        })
    }
}
