//! RAdam: Adam that takes plain momentum steps until its second moment can be trusted.

use gradus_tensor::Real;
use serde::{Deserialize, Serialize};

use super::adam::{self, Moments};
use crate::rule::common_fields;
use crate::{
    Coordinate, CoordinateUpdate, Epsilon, OptimError, Pass, Rule, Slot, WeightDecay, hyperparameter, limit,
};

/// RAdam, as PyTorch's `RAdam`.
///
/// With η the learning rate and t the number of the step, counted from 1, coordinate by coordinate:
///
/// ```text
/// m ← β₁·m + (1 − β₁)·g                    m̂ = m/(1 − β₁ᵗ)
/// v ← β₂·v + (1 − β₂)·g²                   v̂ = v/(1 − β₂ᵗ)
/// ρ∞ = 2/(1 − β₂) − 1                      ρ = ρ∞ − 2t·β₂ᵗ/(1 − β₂ᵗ)
/// r = √((ρ − 4)(ρ − 2)ρ∞ / ((ρ∞ − 4)(ρ∞ − 2)ρ))
/// a = r·η/(√v̂ + ε/√(1 − β₂ᵗ))              if ρ > 5
/// a = η                                    otherwise
/// x ← x − a·m̂
/// ```
///
/// The effective step is a, the direction is m̂. The state is `exp_avg` (m) and `exp_avg_sq` (v). For β₂ ≤ 2/3, ρ
/// never exceeds 5, and the method is gradient descent with momentum.
///
/// Source: Liu and others, *On the variance of the adaptive learning rate and beyond* (ICLR 2020), algorithm 2, with
/// ρ > 4 for ρ > 5 and without ε.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RAdam {
    /// η ≥ 0; 1e-3 by default.
    pub learning_rate: f64,
    /// (β₁, β₂), the decays of the averages, each in [0, 1); (0.9, 0.999) by default.
    pub betas: (f64, f64),
    /// ε ≥ 0; 1e-8 by default.
    pub eps: f64,
    /// How parameters are pulled towards 0; not by default.
    pub weight_decay: WeightDecay,
    /// Whether to ascend; off by default.
    pub maximize: bool,
}

impl Default for RAdam {
    fn default() -> Self {
        Self {
            learning_rate: 1e-3,
            betas: (0.9, 0.999),
            eps: 1e-8,
            weight_decay: WeightDecay::None,
            maximize: false,
        }
    }
}

impl RAdam {
    /// r, where the variance of the second moment is tractable.
    fn rectification(&self, step: u64) -> Option<f64> {
        let (beta2, step) = (self.betas.1, step as f64);
        let limit = 2.0 / (1.0 - beta2) - 1.0;
        let power = beta2.powf(step);
        let rho = limit - 2.0 * step * power / (1.0 - power);
        (rho > 5.0).then(|| {
            let now = (rho - 4.0) * (rho - 2.0) / rho;
            let eventually = (limit - 4.0) * (limit - 2.0) / limit;
            (now / eventually).sqrt()
        })
    }
}

const NAME: &str = "radam";

impl<T: Real> Rule<T> for RAdam {
    fn name(&self) -> &'static str {
        NAME
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::betas(NAME, self.betas)?;
        hyperparameter::adaptive::<T>(NAME, self.learning_rate, self.eps)
    }

    common_fields!();

    fn largest_gradient(&self) -> T {
        limit::of_squares::<T>().minimum(limit::of_steps(self.learning_rate))
    }

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::zeros("exp_avg"), Slot::zeros("exp_avg_sq").non_negative()]
    }

    fn update(&self, pass: Pass<'_, T>) {
        let step = pass.step();
        let corrections = adam::corrections(true, self.betas, step);
        let first_factor = T::constant(1.0 / corrections.0);
        let moments = Moments::new(self.betas);
        match self.rectification(step) {
            Some(rectification) => pass.fused(adam::Update {
                moments,
                first_factor,
                second_factor: T::constant(1.0 / corrections.1),
                learning_rate: T::constant(self.learning_rate * rectification),
                denominator: Epsilon::Hat.denominator(self.eps, corrections.1),
            }),
            None => {
                pass.fused(Unadapted {
                    moments,
                    first_factor,
                    effective_step: T::constant(self.learning_rate),
                });
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Unadapted<T> {
    moments: Moments<T>,
    first_factor: T,
    effective_step: T,
}

impl<T: Real> CoordinateUpdate<T, 2> for Unadapted<T> {
    #[inline(always)]
    fn apply(self, gradient: T, _point: T, [m, v]: [T; 2]) -> Coordinate<T, 2> {
        let (m, v) = self.moments.next(m, v, gradient);
        Coordinate { state: [m, v], effective_step: self.effective_step, direction: m * self.first_factor }
    }
}
