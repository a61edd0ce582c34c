//! MoMo and MoMo-Adam: the Polyak step of a model that averages past losses and gradients.

use gradus_tensor::Real;
use serde::{Deserialize, Serialize};

use super::adam::{Moments, corrections};
use crate::moment::{Moment, bias_correction};
use crate::reduction::{self, Term};
use crate::rule::learning_rate_field;
use crate::{
    Common, Coordinate, CoordinateUpdate, Denominator, Epsilon, OptimError, Pass, Rule, Slot, hyperparameter,
    limit,
};

/// MoMo, momentum with a step that adapts to the loss; PyTorch does not have it.
///
/// With f the loss of the batch, η the learning rate and f* the lower bound of such losses:
///
/// ```text
/// d ← β·d + (1 − β)·g                      f̄ ← β·f̄ + (1 − β)·f          ς ← β·ς + (1 − β)·⟨g, x⟩
/// h = f̄ + ⟨d, x⟩ − ς                       the averaged linear models of past losses, at x
/// τ = min(η/ρ, max(0, h − ρ·f*)/‖d‖²)
/// x ← x − τ·d
/// ```
///
/// All averages start at their first values, ρ = 1; with bias correction they start at 0, ρ = 1 − βᵗ. With
/// [`estimate_lower_bound`](Self::estimate_lower_bound) f* is found: f* ← max(h/(2ρ), lower_bound) before the step
/// where h < ρ·f*, and f* ← max((h − ½τ‖d‖²)/ρ, lower_bound) after it.
///
/// The effective step is τ in every coordinate, the direction is d. The state is `grad_avg` (d) and the scalars
/// `loss_avg` (f̄), `grad_dot_x` (ς) and `lower_bound` (f*). Steps need the loss:
/// [`step_with`](crate::AnyOptimizer::step_with).
///
/// A step is four passes: the averages, ‖d‖², the two scalar products, and the move. τ needs them all, and is the same in
/// every coordinate.
///
/// Source: Schaipp, Ohana, Eickenberg, Defazio, Gower, *MoMo: momentum models for adaptive learning rates* (ICML 2024,
/// arXiv 2305.07583), algorithms 1 and 3, without weight decay; the averages start as in the authors' code.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Momo {
    /// η ≥ 0, the largest step; 1 by default.
    pub learning_rate: f64,
    /// β in [0, 1); 0.9 by default.
    pub beta: f64,
    /// f*, or the smallest value it may be estimated at; 0 by default.
    pub lower_bound: f64,
    /// Whether f* is estimated; off by default.
    pub estimate_lower_bound: bool,
    /// Whether the averages start at 0 and are corrected for it; off by default.
    pub bias_correction: bool,
    /// Whether to ascend; off by default. Then −f is what is minimised, and its lower bound is that of −f.
    pub maximize: bool,
}

impl Default for Momo {
    fn default() -> Self {
        Self {
            learning_rate: 1.0,
            beta: 0.9,
            lower_bound: 0.0,
            estimate_lower_bound: false,
            bias_correction: false,
            maximize: false,
        }
    }
}

/// MoMo-Adam, Adam with a step that adapts to the loss; PyTorch does not have it.
///
/// As [`Momo`], in the norm of Adam's denominators D:
///
/// ```text
/// d ← β₁·d + (1 − β₁)·g                    f̄ ← β₁·f̄ + (1 − β₁)·f        ς ← β₁·ς + (1 − β₁)·⟨g, x⟩
/// v ← β₂·v + (1 − β₂)·g²                   D = √(v/(1 − β₂ᵗ)) + ε
/// h = f̄ + ⟨d, x⟩ − ς                       ρ = 1 − β₁ᵗ
/// τ = min(η/ρ, max(0, h − ρ·f*)/Σ d²/D)
/// x ← x − τ/D·d
/// ```
///
/// With τ = η/ρ it is Adam. The effective step is τ/D, the direction is d. The state is `exp_avg` (d), `exp_avg_sq` (v)
/// and the scalars of [`Momo`].
///
/// Source: as [`Momo`]; algorithm 2.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MomoAdam {
    /// η ≥ 0, Adam's learning rate and the largest; 0.01 by default.
    pub learning_rate: f64,
    /// (β₁, β₂), the decays of the averages, each in [0, 1); (0.9, 0.999) by default.
    pub betas: (f64, f64),
    /// ε ≥ 0; 1e-8 by default.
    pub eps: f64,
    /// f*, or the smallest value it may be estimated at; 0 by default.
    pub lower_bound: f64,
    /// Whether f* is estimated; off by default.
    pub estimate_lower_bound: bool,
    /// Whether to ascend; off by default. Then −f is what is minimised, and its lower bound is that of −f.
    pub maximize: bool,
}

impl Default for MomoAdam {
    fn default() -> Self {
        Self {
            learning_rate: 0.01,
            betas: (0.9, 0.999),
            eps: 1e-8,
            lower_bound: 0.0,
            estimate_lower_bound: false,
            maximize: false,
        }
    }
}

const MOMO: &str = "momo";
const MOMO_ADAM: &str = "momo_adam";

impl<T: Real> Rule<T> for Momo {
    fn name(&self) -> &'static str {
        MOMO
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::non_negative(MOMO, "learning_rate", self.learning_rate)?;
        hyperparameter::decay(MOMO, "beta", self.beta)?;
        hyperparameter::finite(MOMO, "lower_bound", self.lower_bound)
    }

    learning_rate_field!();

    fn common(&self) -> Common {
        Common { maximize: self.maximize, ..Common::default() }
    }

    fn needs_loss(&self) -> bool {
        true
    }

    fn largest_gradient(&self) -> T {
        let corrected = if self.bias_correction { 1.0 - self.beta } else { 1.0 };
        limit::of_squares::<T>().minimum(limit::of_steps(self.learning_rate / corrected))
    }

    fn slots(&self) -> Vec<Slot> {
        let [loss_avg, grad_dot_x, lower_bound] = scalars(self.lower_bound);
        vec![Slot::zeros("grad_avg"), loss_avg, grad_dot_x, lower_bound]
    }

    fn update(&self, mut pass: Pass<'_, T>) {
        let step = pass.step();
        let starts = step == 1 && !self.bias_correction;
        let gains = if starts { (0.0, 1.0) } else { (self.beta, 1.0 - self.beta) };
        let rho = if self.bias_correction { bias_correction(self.beta, step) } else { 1.0 };
        pass.fused_state(Average(Moment::new(gains.0, gains.1)));
        let squared_norm = reduction::squared_norm(&pass.vectors().state[0]);
        let bound = Bound { floor: self.lower_bound, estimated: self.estimate_lower_bound, first_slot: 1 };
        let average = Moment::new(gains.0, gains.1);
        let tau = bound.step(&mut pass, average, rho, self.learning_rate, squared_norm);
        pass.fused(Along { effective_step: T::constant(tau) });
    }
}

impl<T: Real> Rule<T> for MomoAdam {
    fn name(&self) -> &'static str {
        MOMO_ADAM
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::betas(MOMO_ADAM, self.betas)?;
        hyperparameter::adaptive::<T>(MOMO_ADAM, self.learning_rate, self.eps)?;
        hyperparameter::finite(MOMO_ADAM, "lower_bound", self.lower_bound)
    }

    learning_rate_field!();

    fn common(&self) -> Common {
        Common { maximize: self.maximize, ..Common::default() }
    }

    fn needs_loss(&self) -> bool {
        true
    }

    fn largest_gradient(&self) -> T {
        limit::of_squares()
    }

    fn slots(&self) -> Vec<Slot> {
        let [loss_avg, grad_dot_x, lower_bound] = scalars(self.lower_bound);
        vec![
            Slot::zeros("exp_avg"),
            Slot::zeros("exp_avg_sq").non_negative(),
            loss_avg,
            grad_dot_x,
            lower_bound,
        ]
    }

    fn update(&self, mut pass: Pass<'_, T>) {
        let (rho, correction) = corrections(true, self.betas, pass.step());
        let scaling = Scaling {
            second_factor: T::constant(1.0 / correction),
            denominator: Epsilon::OutsideRoot.denominator(self.eps, correction),
        };
        pass.fused_state(Averages(Moments::new(self.betas)));
        let state = pass.vectors().state;
        let squared_norm = reduction::sum(scaling, [&state[0], &state[1], &state[1]]);
        let bound = Bound { floor: self.lower_bound, estimated: self.estimate_lower_bound, first_slot: 2 };
        let average = Moment::average(self.betas.0);
        let tau = bound.step(&mut pass, average, rho, self.learning_rate, squared_norm);
        pass.fused(Scaled { scaling, tau: T::constant(tau) });
    }
}

fn scalars(lower_bound: f64) -> [Slot; 3] {
    [("loss_avg", 0.0), ("grad_dot_x", 0.0), ("lower_bound", lower_bound)]
        .map(|(name, initial)| Slot::scalar(name, initial))
}

/// The lower bound of losses, and where the scalars are.
struct Bound {
    floor: f64,
    estimated: bool,
    /// That of f̄; ς and f* follow. The slot of d is the first one.
    first_slot: usize,
}

impl Bound {
    /// Brings the scalars up to date and returns τ, given ‖d‖² in the norm of the step.
    fn step<T: Real>(
        &self,
        pass: &mut Pass<'_, T>,
        average: Moment<f64>,
        rho: f64,
        learning_rate: f64,
        squared_norm: f64,
    ) -> f64 {
        let [loss_avg, grad_dot_x, lower_bound] = [0, 1, 2].map(|i| self.first_slot + i);
        let loss = pass.loss().to_f64();
        let operands = pass.vectors();
        let gradient_at_x = reduction::dot(operands.gradient, operands.parameters);
        let direction_at_x = reduction::dot(&operands.state[0], operands.parameters);
        let mut next = |slot, value| {
            let scalar = pass.scalar_state(slot);
            *scalar = average.next(*scalar, value);
            *scalar
        };
        let model = next(loss_avg, loss) + direction_at_x - next(grad_dot_x, gradient_at_x);
        let bound = pass.scalar_state(lower_bound);
        if self.estimated && model < rho * *bound {
            *bound = (model / (2.0 * rho)).max(self.floor);
        }
        let gap = (model - rho * *bound).max(0.0);
        let polyak = if squared_norm > 0.0 { gap / squared_norm } else { 0.0 };
        let tau = polyak.min(learning_rate / rho);
        if self.estimated {
            *bound = ((model - 0.5 * tau * squared_norm) / rho).max(self.floor);
        }
        tau
    }
}

#[derive(Clone, Copy)]
struct Average<T>(Moment<T>);

impl<T: Real> CoordinateUpdate<T, 1> for Average<T> {
    #[inline(always)]
    fn apply(self, gradient: T, _point: T, [d]: [T; 1]) -> Coordinate<T, 1> {
        Coordinate { state: [self.0.next(d, gradient)], effective_step: T::zero(), direction: T::zero() }
    }
}

/// x ← x − a·d, with an average that is up to date.
#[derive(Clone, Copy)]
struct Along<T> {
    effective_step: T,
}

impl<T: Real> CoordinateUpdate<T, 1> for Along<T> {
    #[inline(always)]
    fn apply(self, _gradient: T, _point: T, [d]: [T; 1]) -> Coordinate<T, 1> {
        Coordinate { state: [d], effective_step: self.effective_step, direction: d }
    }
}

#[derive(Clone, Copy)]
struct Averages<T>(Moments<T>);

impl<T: Real> CoordinateUpdate<T, 2> for Averages<T> {
    #[inline(always)]
    fn apply(self, gradient: T, _point: T, [d, v]: [T; 2]) -> Coordinate<T, 2> {
        let (d, v) = self.0.next(d, v, gradient);
        Coordinate { state: [d, v], effective_step: T::zero(), direction: T::zero() }
    }
}

/// D as a function of v.
#[derive(Clone, Copy)]
struct Scaling<T> {
    second_factor: T,
    denominator: Denominator<T>,
}

impl<T: Real> Scaling<T> {
    #[inline(always)]
    fn divide(self, numerator: T, v: T) -> T {
        self.denominator.divide(numerator, v * self.second_factor)
    }
}

impl<T: Real> Term<T> for Scaling<T> {
    #[inline(always)]
    fn at(self, [d, v, _]: [T; 3]) -> T {
        d * self.divide(d, v)
    }
}

#[derive(Clone, Copy)]
struct Scaled<T> {
    scaling: Scaling<T>,
    tau: T,
}

impl<T: Real> CoordinateUpdate<T, 2> for Scaled<T> {
    #[inline(always)]
    fn apply(self, _gradient: T, _point: T, [d, v]: [T; 2]) -> Coordinate<T, 2> {
        Coordinate { state: [d, v], effective_step: self.scaling.divide(self.tau, v), direction: d }
    }
}
