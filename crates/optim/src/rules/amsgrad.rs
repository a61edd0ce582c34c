//! AMSGrad: Adam whose second moment never decreases.

use gradus_tensor::Real;
use serde::{Deserialize, Serialize};

use super::adam::{Moments, corrections};
use crate::rule::common_fields;
use crate::{
    Adam, Coordinate, CoordinateUpdate, Denominator, Epsilon, OptimError, Pass, Rule, Slot, WeightDecay,
    hyperparameter, limit,
};

/// AMSGrad, as PyTorch's `Adam` with `amsgrad=True`.
///
/// m, v, m̂ and v̂ as in [`Adam`](crate::Adam), and, coordinate by coordinate:
///
/// ```text
/// w ← max(w, v)          ŵ = w/(1 − β₂ᵗ)   (of_uncorrected)
/// w ← max(w, v̂)          ŵ = w             (of_corrected)
/// a = η/(√ŵ + ε)                           a = η/√(ŵ + ε)    (inside_root)
/// x ← x − a·m̂
/// ```
///
/// Without bias correction both maxima are the same, w ← max(w, v), and a·m is the step. The effective step
/// is a, the direction is m̂ (m without bias correction). The state is `exp_avg` (m), `exp_avg_sq` (v) and
/// `max_exp_avg_sq` (w).
///
/// PyTorch has only the maximum of the uncorrected moment, outside the root, with bias correction.
///
/// Source: Reddi, Kale, Kumar, *On the convergence of Adam and beyond* (ICLR 2018), algorithm 2, which has no
/// bias correction.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AmsGrad {
    /// η ≥ 0; 1e-3 by default.
    pub learning_rate: f64,
    /// (β₁, β₂), the decays of the averages, each in [0, 1); (0.9, 0.999) by default.
    pub betas: (f64, f64),
    /// ε ≥ 0; 1e-8 by default.
    pub eps: f64,
    /// Where ε stands; outside the root by default.
    pub epsilon: Epsilon,
    /// Whether the averages are divided by the sums of their weights; on by default.
    pub bias_correction: bool,
    /// What the maximum is taken of; the uncorrected moment by default.
    pub maximum: Maximum,
    /// How parameters are pulled towards 0; not by default.
    pub weight_decay: WeightDecay,
    /// Whether to ascend; off by default.
    pub maximize: bool,
}

impl Default for AmsGrad {
    fn default() -> Self {
        let Adam { learning_rate, betas, eps, epsilon, bias_correction, weight_decay, maximize } =
            Adam::default();
        let maximum = Maximum::OfUncorrected;
        Self { learning_rate, betas, eps, epsilon, bias_correction, maximum, weight_decay, maximize }
    }
}

/// What AMSGrad takes the maximum of. The two differ by up to a factor 1/√(1 − β₂) in the effective step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Maximum {
    /// Of v, and the maximum is corrected: PyTorch's form. The denominator can decrease, because the
    /// correction does; only a ≤ η/(√(1 − β₂)·|g₀| + ε) is certain.
    #[default]
    OfUncorrected,
    /// Of v̂: the denominator never decreases, and a ≤ η/(|g₀| + ε).
    OfCorrected,
}

const NAME: &str = "amsgrad";

impl<T: Real> Rule<T> for AmsGrad {
    fn name(&self) -> &'static str {
        NAME
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::non_negative(NAME, "learning_rate", self.learning_rate)?;
        hyperparameter::betas(NAME, self.betas)?;
        hyperparameter::non_negative(NAME, "eps", self.eps)?;
        hyperparameter::not_hat(NAME, self.epsilon)
    }

    common_fields!();

    fn largest_gradient(&self) -> T {
        limit::of_squares()
    }

    fn slots(&self) -> Vec<Slot> {
        vec![
            Slot::zeros("exp_avg"),
            Slot::zeros("exp_avg_sq").non_negative(),
            Slot::zeros("max_exp_avg_sq").non_negative(),
        ]
    }

    fn update(&self, pass: Pass<'_, T>) {
        let corrections = corrections(self.bias_correction, self.betas, pass.step());
        let second_factor = T::constant(1.0 / corrections.1);
        let (before_maximum, after_maximum) = match self.maximum {
            Maximum::OfUncorrected => (T::one(), second_factor),
            Maximum::OfCorrected => (second_factor, T::one()),
        };
        pass.fused(Update {
            moments: Moments::new(self.betas),
            first_factor: T::constant(1.0 / corrections.0),
            before_maximum,
            after_maximum,
            learning_rate: T::constant(self.learning_rate),
            denominator: self.epsilon.denominator(self.eps, corrections.1),
        });
    }
}

#[derive(Clone, Copy)]
struct Update<T> {
    moments: Moments<T>,
    first_factor: T,
    /// Of the two factors one is 1, and multiplying by it is exact: one loop serves both maxima.
    before_maximum: T,
    after_maximum: T,
    learning_rate: T,
    denominator: Denominator<T>,
}

impl<T: Real> CoordinateUpdate<T, 3> for Update<T> {
    #[inline(always)]
    fn apply(self, gradient: T, _point: T, [m, v, w]: [T; 3]) -> Coordinate<T, 3> {
        let (m, v) = self.moments.next(m, v, gradient);
        let w = w.maximum(v * self.before_maximum);
        let effective_step = self.denominator.divide(self.learning_rate, w * self.after_maximum);
        Coordinate { state: [m, v, w], effective_step, direction: m * self.first_factor }
    }
}
