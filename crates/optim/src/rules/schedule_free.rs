//! Schedule-free SGD and AdamW: gradients at a point between a fast run and its average.

use gradus_tensor::Real;
use serde::{Deserialize, Serialize};

use crate::epsilon::quotient;
use crate::moment::{Moment, bias_correction};
use crate::rule::learning_rate_field;
use crate::{
    Common, Coordinate, CoordinateUpdate, Denominator, Epsilon, OptimError, Pass, Rule, Slot, WeightDecay,
    hyperparameter, limit,
};

/// Schedule-free SGD; PyTorch does not have it.
///
/// The parameters of the optimizer are y, where gradients g are taken; z is the run and x its average, which is what
/// one evaluates and keeps: [`state`](crate::Optimizer::state)`("x")`. With η the learning rate of this step, η_max
/// the largest so far, β the interpolation and t the number of the step, counted from 1; x = z = y before the first:
///
/// ```text
/// z ← z − η·g
/// w = tʳ·η_max^p                           W ← W + w
/// x ← (1 − w/W)·x + w/W·z
/// y = (1 − β)·z + β·x
/// ```
///
/// With a constant η, r = 0: x is the mean of all z. Instead of a schedule that falls only a warm-up is used. The
/// effective step is 1 and the direction the whole displacement of y, of which no theorem here speaks. The state is
/// `z`, `x` and the scalars `weight_sum` (W) and `lr_max`.
///
/// Source: Defazio and others, *The road less scheduled* (NeurIPS 2024), algorithm of section 1, with the weights of
/// the authors' code.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScheduleFreeSgd {
    /// η ≥ 0; 1 by default.
    pub learning_rate: f64,
    /// β in [0, 1), the weight of the average in y; 0.9 by default.
    pub interpolation: f64,
    /// r in [0, 16], the power of the step in the weights; 0 by default.
    pub weight_power: f64,
    /// p in [0, 16], the power of the largest learning rate in the weights; 2 by default.
    pub weight_lr_power: f64,
    /// How y is pulled towards 0 through its gradient: [`WeightDecay::L2`]; not by default.
    pub weight_decay: WeightDecay,
    /// Whether to ascend; off by default.
    pub maximize: bool,
}

impl Default for ScheduleFreeSgd {
    fn default() -> Self {
        Self {
            learning_rate: 1.0,
            interpolation: 0.9,
            weight_power: 0.0,
            weight_lr_power: 2.0,
            weight_decay: WeightDecay::None,
            maximize: false,
        }
    }
}

/// Schedule-free AdamW; PyTorch does not have it.
///
/// As [`ScheduleFreeSgd`], with another run; β₁ is the interpolation:
///
/// ```text
/// v ← β₂·v + (1 − β₂)·g²
/// η_t = η·√(1 − β₂ᵗ)
/// z ← z − η_t·(g/(√v + ε) + λ·y)
/// w = tʳ·η_max^p                           W ← W + w        (η_max the largest η_t)
/// x ← (1 − w/W)·x + w/W·z
/// y = (1 − β₁)·z + β₁·x
/// ```
///
/// The state is `z`, `x`, `exp_avg_sq` (v) and the scalars `weight_sum` (W) and `lr_max`.
///
/// Source: as [`ScheduleFreeSgd`]; algorithm 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScheduleFreeAdamW {
    /// η ≥ 0; 2.5e-3 by default.
    pub learning_rate: f64,
    /// (β₁, β₂), the weight of the average in y and the decay of the average of squares, each in [0, 1);
    /// (0.9, 0.999) by default.
    pub betas: (f64, f64),
    /// ε ≥ 0; 1e-8 by default.
    pub eps: f64,
    /// r in [0, 16], the power of the step in the weights; 0 by default.
    pub weight_power: f64,
    /// p in [0, 16], the power of the largest learning rate in the weights; 2 by default.
    pub weight_lr_power: f64,
    /// λ ≥ 0, decoupled; 0 by default.
    pub weight_decay: f64,
    /// Whether to ascend; off by default.
    pub maximize: bool,
}

impl Default for ScheduleFreeAdamW {
    fn default() -> Self {
        Self {
            learning_rate: 2.5e-3,
            betas: (0.9, 0.999),
            eps: 1e-8,
            weight_power: 0.0,
            weight_lr_power: 2.0,
            weight_decay: 0.0,
            maximize: false,
        }
    }
}

const SGD: &str = "schedule_free_sgd";
const ADAMW: &str = "schedule_free_adamw";

impl<T: Real> Rule<T> for ScheduleFreeSgd {
    fn name(&self) -> &'static str {
        SGD
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::non_negative(SGD, "learning_rate", self.learning_rate)?;
        hyperparameter::decay(SGD, "interpolation", self.interpolation)?;
        hyperparameter::power(SGD, "weight_power", self.weight_power)?;
        hyperparameter::power(SGD, "weight_lr_power", self.weight_lr_power)?;
        hyperparameter::require(
            !matches!(self.weight_decay, WeightDecay::Decoupled(_)),
            SGD,
            "weight_decay",
            "decoupled",
            "none or l2: there is no one point that could shrink",
        )
    }

    crate::rule::common_fields!();

    fn keeps_points(&self) -> bool {
        true
    }

    fn largest_gradient(&self) -> T {
        limit::of_steps(self.learning_rate)
    }

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::parameters("z"), Slot::parameters("x"), scalar("weight_sum"), scalar("lr_max")]
    }

    fn update(&self, mut pass: Pass<'_, T>) {
        let power = (self.weight_power, self.weight_lr_power);
        let average = Average::next(&mut pass, (2, 3), self.learning_rate, power, self.interpolation);
        pass.fused(Descent { average, learning_rate: T::constant(self.learning_rate) });
    }
}

impl<T: Real> Rule<T> for ScheduleFreeAdamW {
    fn name(&self) -> &'static str {
        ADAMW
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::betas(ADAMW, self.betas)?;
        hyperparameter::adaptive::<T>(ADAMW, self.learning_rate, self.eps)?;
        hyperparameter::power(ADAMW, "weight_power", self.weight_power)?;
        hyperparameter::power(ADAMW, "weight_lr_power", self.weight_lr_power)?;
        hyperparameter::non_negative(ADAMW, "weight_decay", self.weight_decay)
    }

    learning_rate_field!();

    fn common(&self) -> Common {
        Common { maximize: self.maximize, ..Common::default() }
    }

    fn keeps_points(&self) -> bool {
        true
    }

    fn largest_gradient(&self) -> T {
        limit::of_squares()
    }

    fn slots(&self) -> Vec<Slot> {
        vec![
            Slot::parameters("z"),
            Slot::parameters("x"),
            Slot::zeros("exp_avg_sq").non_negative(),
            scalar("weight_sum"),
            scalar("lr_max"),
        ]
    }

    fn update(&self, mut pass: Pass<'_, T>) {
        let learning_rate = self.learning_rate * bias_correction(self.betas.1, pass.step()).sqrt();
        let power = (self.weight_power, self.weight_lr_power);
        let average = Average::next(&mut pass, (3, 4), learning_rate, power, self.betas.0);
        pass.fused(Adapted {
            average,
            second: Moment::average(self.betas.1),
            denominator: Epsilon::OutsideRoot.denominator(self.eps, 1.0),
            decay: T::constant(self.weight_decay),
            learning_rate: T::constant(learning_rate),
        });
    }
}

fn scalar(name: &'static str) -> Slot {
    Slot::scalar(name, 0.0).non_negative()
}

/// Sums of any number of these are finite.
const LARGEST_WEIGHT: f64 = 1e290;

/// How the average and the point of the gradient follow from the run.
#[derive(Clone, Copy)]
struct Average<T> {
    /// w/W.
    share: T,
    interpolation: T,
}

impl<T: Real> Average<T> {
    /// Brings the scalars W and η_max, whose slots are given, up to date.
    fn next(
        pass: &mut Pass<'_, T>,
        (weight_sum, lr_max): (usize, usize),
        learning_rate: f64,
        (power, lr_power): (f64, f64),
        interpolation: f64,
    ) -> Self {
        let step = pass.step() as f64;
        let largest = pass.scalar_state(lr_max);
        *largest = largest.max(learning_rate);
        let weight = (step.powf(power) * largest.powf(lr_power)).min(LARGEST_WEIGHT);
        let sum = pass.scalar_state(weight_sum);
        *sum += weight;
        let share = T::constant(quotient(weight, *sum));
        Self { share, interpolation: T::constant(interpolation) }
    }

    /// The new average and by how much y falls.
    #[inline(always)]
    fn follow(self, y: T, x: T, z: T) -> (T, T) {
        let x = x + self.share * (z - x);
        let next = z + self.interpolation * (x - z);
        (x, y - next)
    }
}

#[derive(Clone, Copy)]
struct Descent<T> {
    average: Average<T>,
    learning_rate: T,
}

impl<T: Real> CoordinateUpdate<T, 2> for Descent<T> {
    #[inline(always)]
    fn apply(self, gradient: T, y: T, [z, x]: [T; 2]) -> Coordinate<T, 2> {
        let z = z - self.learning_rate * gradient;
        let (x, direction) = self.average.follow(y, x, z);
        Coordinate { state: [z, x], effective_step: T::one(), direction }
    }
}

#[derive(Clone, Copy)]
struct Adapted<T> {
    average: Average<T>,
    second: Moment<T>,
    denominator: Denominator<T>,
    decay: T,
    learning_rate: T,
}

impl<T: Real> CoordinateUpdate<T, 3> for Adapted<T> {
    #[inline(always)]
    fn apply(self, gradient: T, y: T, [z, x, v]: [T; 3]) -> Coordinate<T, 3> {
        let v = self.second.next(v, gradient * gradient);
        let adapted = self.denominator.divide(gradient, v) + self.decay * y;
        let z = z - self.learning_rate * adapted;
        let (x, direction) = self.average.follow(y, x, z);
        Coordinate { state: [z, x, v], effective_step: T::one(), direction }
    }
}
