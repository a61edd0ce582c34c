//! Prodigy: Adam that finds its learning rate.

use gradus_tensor::Real;
use serde::{Deserialize, Serialize};

use super::adam::corrections;
use crate::moment::Moment;
use crate::reduction::{self, Term};
use crate::rule::learning_rate_field;
use crate::{
    Common, Coordinate, CoordinateUpdate, Denominator, Epsilon, OptimError, Pass, Rule, Slot, WeightDecay,
    hyperparameter, limit,
};

/// Prodigy, Adam whose learning rate is multiplied by a growing estimate d of the distance to the minimiser; PyTorch
/// does not have it.
///
/// With η the learning rate, x₀ the parameters before the first step, and κ = √(1 − β₂ᵗ)/(1 − β₁ᵗ) with bias
/// correction, otherwise 1:
///
/// ```text
/// δ = κ·η·d
/// r ← β₃·r + d/d₀·δ·⟨g, x₀ − x⟩
/// m ← β₁·m + (1 − β₁)·d·g
/// v ← β₂·v + (1 − β₂)·d²·g²
/// s ← β₃·s + d/d₀·δ·g                      (d/d₀·d·g with safeguard_warmup)
/// d̂ = d_coef·r/‖s‖₁                        d_max ← max(d_max, d̂)
/// d ← max(d, d̂) if d = d₀;                 then d ← min(d_max, growth_rate·d)
/// x ← x − δ/(√v + d·ε)·m
/// ```
///
/// The effective step is δ/(√v + d·ε) with the new d in the denominator; the direction is m, d times an average of
/// gradients. While all s are 0 nothing moves, and while η is 0 nothing changes at all. The state is `exp_avg` (m),
/// `exp_avg_sq` (v), `s`, `p0` (x₀) and the scalars `d`, `d_max` and `d_numerator` (r). Decoupled weight decay is
/// x ← (1 − δ·λ)·x before the update, as in the authors' code. The estimate ends at 4.8e7 in f32 and at 8.4e72 in f64,
/// so that its square times that of a gradient is finite.
///
/// A step is four passes: r, the averages, ‖s‖₁, and the move, in whose denominator the new d stands.
///
/// Source: Mishchenko, Defazio, *Prodigy: an expeditiously adaptive parameter-free learner* (ICML 2024), algorithm 4,
/// with the estimate of the authors' code.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Prodigy {
    /// η ≥ 0, a factor on what is found; 1 by default, and schedules are factors on it.
    pub learning_rate: f64,
    /// (β₁, β₂), the decays of the averages, each in [0, 1); (0.9, 0.999) by default.
    pub betas: (f64, f64),
    /// β₃ in [0, 1), the decay of what estimates the distance: √β₂ if none is given, which is the default.
    pub beta3: Option<f64>,
    /// ε ≥ 0; 1e-8 by default.
    pub eps: f64,
    /// Whether κ corrects the averages; off by default.
    pub bias_correction: bool,
    /// Whether s leaves out η and κ, for schedules that warm up; off by default.
    pub safeguard_warmup: bool,
    /// d₀ > 0, the estimate before the first step; 1e-6 by default.
    pub d0: f64,
    /// A factor on the estimate, above 0; 1 by default.
    pub d_coef: f64,
    /// How many times larger the estimate may become in one step, above 1: without a limit by default.
    pub growth_rate: Option<f64>,
    /// How parameters are pulled towards 0; not by default.
    pub weight_decay: WeightDecay,
    /// Whether to ascend; off by default.
    pub maximize: bool,
}

impl Default for Prodigy {
    fn default() -> Self {
        Self {
            learning_rate: 1.0,
            betas: (0.9, 0.999),
            beta3: None,
            eps: 1e-8,
            bias_correction: false,
            safeguard_warmup: false,
            d0: 1e-6,
            d_coef: 1.0,
            growth_rate: None,
            weight_decay: WeightDecay::None,
            maximize: false,
        }
    }
}

const NAME: &str = "prodigy";

/// Positions of the slots that [`Prodigy::update`] reads by number.
const SUM: usize = 2;
const START: usize = 3;
const ESTIMATE: usize = 4;
const LARGEST: usize = 5;
const NUMERATOR: usize = 6;

impl<T: Real> Rule<T> for Prodigy {
    fn name(&self) -> &'static str {
        NAME
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::betas(NAME, self.betas)?;
        self.beta3.map_or(Ok(()), |beta3| hyperparameter::decay(NAME, "beta3", beta3))?;
        hyperparameter::adaptive::<T>(NAME, self.learning_rate, self.eps)?;
        hyperparameter::positive(NAME, "d0", self.d0)?;
        let allowed = "at most the largest estimate that the element type bears";
        hyperparameter::require(self.d0 <= largest_estimate::<T>(), NAME, "d0", self.d0, allowed)?;
        hyperparameter::positive(NAME, "d_coef", self.d_coef)?;
        let common = Common { weight_decay: self.weight_decay, maximize: self.maximize };
        common.validate::<T>(NAME, self.learning_rate * largest_estimate::<T>())?;
        self.growth_rate
            .map_or(Ok(()), |rate| hyperparameter::require(rate > 1.0, NAME, "growth_rate", rate, "above 1"))
    }

    learning_rate_field!();

    fn common(&self) -> Common {
        Common { weight_decay: self.weight_decay, maximize: self.maximize }.without_decoupled()
    }

    fn largest_gradient(&self) -> T {
        let largest = largest_estimate::<T>();
        let sum = self.learning_rate.max(1.0) * largest * largest / self.d0;
        let beta3 = self.beta3.unwrap_or(self.betas.1.sqrt());
        T::constant(largest).minimum(limit::of_steps(sum / (1.0 - beta3)))
    }

    fn slots(&self) -> Vec<Slot> {
        vec![
            Slot::zeros("exp_avg"),
            Slot::zeros("exp_avg_sq").non_negative(),
            Slot::zeros("s"),
            Slot::parameters("p0"),
            Slot::scalar("d", self.d0).non_negative(),
            Slot::scalar("d_max", self.d0).non_negative(),
            Slot::scalar("d_numerator", 0.0),
        ]
    }

    fn update(&self, mut pass: Pass<'_, T>) {
        if self.learning_rate == 0.0 {
            return pass.fused(Rest);
        }
        let (beta1, beta2) = self.betas;
        let beta3 = self.beta3.unwrap_or(beta2.sqrt());
        let corrections = corrections(self.bias_correction, self.betas, pass.step());
        let d = *pass.scalar_state(ESTIMATE);
        let relative = d / self.d0;
        let step = d * self.learning_rate * corrections.1.sqrt() / corrections.0;
        let operands = pass.vectors();
        let gain = reduction::sum(
            GradientTimesDisplacement,
            [operands.gradient, operands.parameters, &operands.state[START]],
        );
        let numerator = pass.scalar_state(NUMERATOR);
        *numerator = beta3 * *numerator + relative * step * gain;
        let numerator = *numerator;
        pass.fused_state(Averages {
            first: Moment::new(beta1, d * (1.0 - beta1)),
            second: Moment::new(beta2, d * d * (1.0 - beta2)),
            sum: Moment::new(beta3, relative * if self.safeguard_warmup { d } else { step }),
        });
        let s = pass.vectors().state;
        let denominator = reduction::sum(Size, [&s[SUM]; 3]);
        let mut next = d;
        if denominator > 0.0 {
            pass.shrink(1.0 - step * self.weight_decay.decoupled());
            let estimate = (self.d_coef * numerator / denominator).min(largest_estimate::<T>());
            if relative == 1.0 {
                next = next.max(estimate);
            }
            let largest = pass.scalar_state(LARGEST);
            *largest = largest.max(estimate);
            next = largest.min(next * self.growth_rate.unwrap_or(f64::INFINITY));
            *pass.scalar_state(ESTIMATE) = next;
        }
        pass.fused(Step {
            learning_rate: T::constant(step),
            denominator: Epsilon::OutsideRoot.denominator(next * self.eps, 1.0),
        });
    }
}

/// An estimate and a gradient up to this size have a product that can be squared.
fn largest_estimate<T: Real>() -> f64 {
    limit::of_squares::<T>().to_f64().sqrt()
}

/// ⟨g, x₀ − x⟩ in one pass: the difference of two scalar products would lose the small displacement of early steps.
#[derive(Clone, Copy)]
struct GradientTimesDisplacement;

impl<T: Real> Term<T> for GradientTimesDisplacement {
    #[inline(always)]
    fn at(self, [gradient, point, start]: [T; 3]) -> T {
        gradient * (start - point)
    }
}

#[derive(Clone, Copy)]
struct Size;

impl<T: Real> Term<T> for Size {
    #[inline(always)]
    fn at(self, [s, _, _]: [T; 3]) -> T {
        s.abs()
    }
}

#[derive(Clone, Copy)]
struct Averages<T> {
    first: Moment<T>,
    second: Moment<T>,
    sum: Moment<T>,
}

impl<T: Real> CoordinateUpdate<T, 3> for Averages<T> {
    #[inline(always)]
    fn apply(self, gradient: T, _point: T, [m, v, s]: [T; 3]) -> Coordinate<T, 3> {
        let m = self.first.next(m, gradient);
        let v = self.second.next(v, gradient * gradient);
        let s = self.sum.next(s, gradient);
        Coordinate { state: [m, v, s], effective_step: T::zero(), direction: T::zero() }
    }
}

/// Nothing moves.
#[derive(Clone, Copy)]
struct Rest;

impl<T: Real> CoordinateUpdate<T, 0> for Rest {
    #[inline(always)]
    fn apply(self, _gradient: T, _point: T, state: [T; 0]) -> Coordinate<T, 0> {
        Coordinate { state, effective_step: T::zero(), direction: T::zero() }
    }
}

/// x ← x − δ/(√v + d·ε)·m, with averages that are up to date.
#[derive(Clone, Copy)]
struct Step<T> {
    learning_rate: T,
    denominator: Denominator<T>,
}

impl<T: Real> CoordinateUpdate<T, 2> for Step<T> {
    #[inline(always)]
    fn apply(self, _gradient: T, _point: T, [m, v]: [T; 2]) -> Coordinate<T, 2> {
        let effective_step = self.denominator.divide(self.learning_rate, v);
        Coordinate { state: [m, v], effective_step, direction: m }
    }
}
