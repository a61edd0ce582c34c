//! Adan: Adam along an average of gradients and an average of their differences.

use gradus_tensor::Real;
use serde::{Deserialize, Serialize};

use crate::moment::{Moment, bias_correction};
use crate::rule::learning_rate_field;
use crate::{
    Common, Coordinate, CoordinateUpdate, Denominator, Epsilon, OptimError, Pass, Rule, Slot, WeightDecay,
    hyperparameter, limit,
};

/// Adan; PyTorch does not have it.
///
/// With η the learning rate, g′ the gradient of the step before (g itself in the first step) and t the number of the
/// step, counted from 1, coordinate by coordinate:
///
/// ```text
/// d = g − g′
/// m ← β₁·m + (1 − β₁)·g                    m̂ = m/(1 − β₁ᵗ)
/// w ← β₂·w + (1 − β₂)·d                    ŵ = w/(1 − β₂ᵗ)
/// n ← β₃·n + (1 − β₃)·(g + β₂·d)²          n̂ = n/(1 − β₃ᵗ)
/// x ← x − η/(√n̂ + ε)·(m̂ + β₂·ŵ)
/// ```
///
/// The effective step is η/(√n̂ + ε), the direction is m̂ + β₂·ŵ. The state is `exp_avg` (m), `exp_avg_diff` (w),
/// `exp_avg_sq` (n) and `previous_gradient` (g′).
///
/// Decoupled weight decay is [proximal](Self::proximal): x ← x/(1 + η·λ) after the update, as in the paper and by default
/// in the authors' code. So the effective step is η/((√n̂ + ε)·(1 + η·λ)).
///
/// The βs are those of the authors' code: 1 minus those of the paper.
///
/// Source: Xie and others, *Adan: adaptive Nesterov momentum algorithm for faster optimizing deep models* (TPAMI
/// 2024, arXiv 2208.06677), algorithm 1, with the bias corrections of the authors' code.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Adan {
    /// η ≥ 0; 1e-3 by default.
    pub learning_rate: f64,
    /// (β₁, β₂, β₃), the decays of the averages, each in [0, 1); (0.98, 0.92, 0.99) by default.
    pub betas: (f64, f64, f64),
    /// ε ≥ 0; 1e-8 by default.
    pub eps: f64,
    /// How parameters are pulled towards 0; not by default.
    pub weight_decay: WeightDecay,
    /// Whether decoupled weight decay divides by 1 + η·λ after the update, rather than multiplying by 1 − η·λ before it
    /// as in other rules (`no_prox` in the authors' code); on by default.
    pub proximal: bool,
    /// Whether to ascend; off by default.
    pub maximize: bool,
}

impl Default for Adan {
    fn default() -> Self {
        Self {
            learning_rate: 1e-3,
            betas: (0.98, 0.92, 0.99),
            eps: 1e-8,
            weight_decay: WeightDecay::None,
            proximal: true,
            maximize: false,
        }
    }
}

const NAME: &str = "adan";

impl<T: Real> Rule<T> for Adan {
    fn name(&self) -> &'static str {
        NAME
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::betas(NAME, (self.betas.0, self.betas.1))?;
        hyperparameter::decay(NAME, "betas[2]", self.betas.2)?;
        let common = Common { weight_decay: self.weight_decay, maximize: self.maximize };
        common.validate::<T>(NAME, self.learning_rate)?;
        hyperparameter::adaptive::<T>(NAME, self.learning_rate, self.eps)
    }

    learning_rate_field!();

    fn common(&self) -> Common {
        let common = Common { weight_decay: self.weight_decay, maximize: self.maximize };
        if self.proximal { common.without_decoupled() } else { common }
    }

    fn largest_gradient(&self) -> T {
        limit::of_squares()
    }

    fn slots(&self) -> Vec<Slot> {
        vec![
            Slot::zeros("exp_avg"),
            Slot::zeros("exp_avg_diff"),
            Slot::zeros("exp_avg_sq").non_negative(),
            Slot::zeros("previous_gradient"),
        ]
    }

    fn update(&self, mut pass: Pass<'_, T>) {
        let step = pass.step();
        let mut learning_rate = self.learning_rate;
        if self.proximal {
            let shrink = 1.0 / (1.0 + learning_rate * self.weight_decay.decoupled());
            pass.shrink(shrink);
            learning_rate *= shrink;
        }
        let (beta1, beta2, beta3) = self.betas;
        pass.fused(Update {
            averages: [beta1, beta2, beta3].map(Moment::average),
            factors: [beta1, beta2, beta3].map(|beta| T::constant(1.0 / bias_correction(beta, step))),
            beta2: T::constant(beta2),
            // Before the first step there is no gradient to differ from.
            difference_factor: if step == 1 { T::zero() } else { T::one() },
            learning_rate: T::constant(learning_rate),
            denominator: Epsilon::OutsideRoot.denominator(self.eps, 1.0),
        });
    }
}

#[derive(Clone, Copy)]
struct Update<T> {
    averages: [Moment<T>; 3],
    factors: [T; 3],
    beta2: T,
    difference_factor: T,
    learning_rate: T,
    denominator: Denominator<T>,
}

impl<T: Real> CoordinateUpdate<T, 4> for Update<T> {
    #[inline(always)]
    fn apply(self, gradient: T, _point: T, [m, w, n, previous]: [T; 4]) -> Coordinate<T, 4> {
        let difference = (gradient - previous) * self.difference_factor;
        let ahead = gradient + self.beta2 * difference;
        let m = self.averages[0].next(m, gradient);
        let w = self.averages[1].next(w, difference);
        let n = self.averages[2].next(n, ahead * ahead);
        let direction = m * self.factors[0] + self.beta2 * (w * self.factors[1]);
        let effective_step = self.denominator.divide(self.learning_rate, n * self.factors[2]);
        Coordinate { state: [m, w, n, gradient], effective_step, direction }
    }
}
