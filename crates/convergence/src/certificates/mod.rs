//! The theorems as executable certificates: one small file each, all behind [`Certificate`].
//!
//! A certificate knows what its theorem promises before a run ([`Certificate::a_priori`]) and judges each
//! executed step ([`Certificate::observe`]). It never guesses: where a hypothesis fails it answers
//! [`NoClaim`] with the inequality and its numbers. The constants are derived in this project; the phenomenon
//! is that of arXiv 2407.12629.

mod a1_diagonal_step;
mod a1_double_prime_least_squares;
mod a1_prime_preconditioned_pl;
mod a2_adagrad;
mod b1_lyapunov;
mod c1_sgd;
mod c2_predictable_preconditioner;
mod c4_stochastic_adam;
mod spectrum_bound;

use serde::Serialize;

pub use self::{
    a1_diagonal_step::DiagonalStep,
    a1_double_prime_least_squares::ExactQuadratic,
    a1_prime_preconditioned_pl::PreconditionedPl,
    a2_adagrad::{AdaGradBound, AdaGradForm},
    b1_lyapunov::{Lyapunov, LyapunovRun, SmallestStep},
    c1_sgd::{SgdGap, SgdSquaredDistance},
    c2_predictable_preconditioner::{PredictablePreconditioner, StochasticModel},
    c4_stochastic_adam::StochasticLyapunov,
    spectrum_bound::SpectrumBound,
};

use crate::Observation;

/// Why a theorem says nothing: the failing inequality with its numbers.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct NoClaim(pub String);

/// P_{t+1} ≤ factor·P_t + noise for the potential P of a certificate, and P_0 ≤ prefactor·D_0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Contraction {
    /// The factor per step.
    pub factor: f64,
    /// What noise adds per step; 0 where the theorem has no noise.
    pub noise: f64,
    /// P_0/D_0, times whatever turns the potential back into a gap.
    pub prefactor: f64,
}

impl Contraction {
    /// A factor on the gap itself, without noise.
    pub fn of_gap(factor: f64) -> Self {
        Self { factor, noise: 0.0, prefactor: 1.0 }
    }

    /// The level that noise keeps the gap from leaving: noise/(1 − factor).
    pub fn floor(&self) -> f64 {
        if self.noise == 0.0 { 0.0 } else { self.noise / (1.0 - self.factor) }
    }

    /// The bound on the gap after `steps` steps from an initial gap.
    pub fn bound(&self, initial_gap: f64, steps: usize) -> f64 {
        self.prefactor * initial_gap * self.factor.powf(steps as f64) + self.floor()
    }

    /// The smallest number of steps after which the bound is at most `target`; `None` if noise forbids it.
    pub fn steps_to(&self, initial_gap: f64, target: f64) -> Option<f64> {
        let room = target - self.floor();
        let ratio = room / (self.prefactor * initial_gap);
        if room > 0.0 && ratio >= 1.0 {
            return Some(0.0);
        }
        if room <= 0.0 || self.factor >= 1.0 {
            return None;
        }
        // A factor of 0 arrives in one step.
        Some((ratio.ln() / self.factor.ln()).ceil().max(1.0))
    }
}

/// What a certificate says of one executed step.
#[derive(Clone, Debug, PartialEq)]
pub enum Judgement {
    /// The step will be judged when the next one is known.
    Pending,
    /// P_{t+1} ≤ factor·P_t + noise was certified, and these potentials were measured.
    Certified {
        /// The number of the step judged.
        step: usize,
        /// The certified factor; above 1 it bounds an increase.
        factor: f64,
        /// The certified additive noise.
        noise: f64,
        /// P_t.
        current: f64,
        /// P_{t+1}, or its exact conditional expectation.
        next: f64,
    },
    /// The theorem does not cover the step.
    NotCovered {
        /// The number of the step.
        step: usize,
        /// Why.
        because: NoClaim,
    },
}

/// A theorem of the theory, applied to one run.
pub trait Certificate: Send {
    /// The theorem's name, such as `A2`.
    fn name(&self) -> &'static str;

    /// What the theorem promises before the run.
    ///
    /// # Errors
    /// When a hypothesis fails, or the theorem promises nothing a priori: the reason.
    fn a_priori(&self) -> Result<Contraction, NoClaim>;

    /// Judges an executed step. Steps come in order, without gaps unless they are stochastic.
    fn observe(&mut self, observation: &Observation<'_>) -> Judgement;
}

/// A theorem about stochastic gradients. It covers every executed step whose range of effective steps fits, and
/// is compared with exact expectations where those are enumerated.
pub trait StochasticCertificate: Certificate {
    /// The contraction of one step, given min aᵢ and max aᵢ.
    ///
    /// # Errors
    /// When the theorem does not cover or does not contract with such a step.
    fn at_step(&self, smallest: f64, largest: f64) -> Result<Contraction, NoClaim>;

    /// Whether [`Certificate::observe`] compares with an expectation over the draw of the step itself, which costs n
    /// evaluations of f; others need the variance of the next gradient only.
    fn enumerates_outcomes(&self) -> bool {
        true
    }
}
