//! Adadelta: steps in the units of the parameters, from root mean squares of past steps and gradients.

use gradus_tensor::Real;
use serde::{Deserialize, Serialize};

use crate::moment::Moment;
use crate::rule::common_fields;
use crate::{
    Coordinate, CoordinateUpdate, Denominator, Epsilon, OptimError, Pass, Rule, Slot, WeightDecay,
    hyperparameter, limit,
};

/// Adadelta, as PyTorch's `Adadelta`.
///
/// With η the learning rate, coordinate by coordinate:
///
/// ```text
/// v ← ρ·v + (1 − ρ)·g²
/// Δ = √(u + ε)/√(v + ε)·g
/// u ← ρ·u + (1 − ρ)·Δ²
/// x ← x − η·Δ
/// ```
///
/// The effective step is η·√(u + ε)/√(v + ε), the direction is g. The state is `square_avg` (v) and `acc_delta` (u).
/// The first steps are about η·√ε/√(1 − ρ) long, so ε sets how fast a run gets going.
///
/// Source: Zeiler, *ADADELTA: an adaptive learning rate method* (arXiv 1212.5701), algorithm 1, which has no η.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Adadelta {
    /// η ≥ 0; 1 by default.
    pub learning_rate: f64,
    /// ρ in [0, 1), the decay of both averages; 0.9 by default.
    pub rho: f64,
    /// ε > 0, inside both roots; 1e-6 by default. With 0, which PyTorch allows, nothing would ever move.
    pub eps: f64,
    /// How parameters are pulled towards 0; not by default.
    pub weight_decay: WeightDecay,
    /// Whether to ascend; off by default.
    pub maximize: bool,
}

impl Default for Adadelta {
    fn default() -> Self {
        Self { learning_rate: 1.0, rho: 0.9, eps: 1e-6, weight_decay: WeightDecay::None, maximize: false }
    }
}

const NAME: &str = "adadelta";

impl<T: Real> Rule<T> for Adadelta {
    fn name(&self) -> &'static str {
        NAME
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::non_negative(NAME, "learning_rate", self.learning_rate)?;
        hyperparameter::decay(NAME, "rho", self.rho)?;
        hyperparameter::positive(NAME, "eps", self.eps)
    }

    common_fields!();

    fn largest_gradient(&self) -> T {
        limit::of_squares()
    }

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::zeros("square_avg").non_negative(), Slot::zeros("acc_delta").non_negative()]
    }

    fn update(&self, pass: Pass<'_, T>) {
        pass.fused(Update {
            average: Moment::average(self.rho),
            root: Epsilon::InsideRoot.denominator(self.eps, 1.0),
            learning_rate: T::constant(self.learning_rate),
        });
    }
}

#[derive(Clone, Copy)]
struct Update<T> {
    average: Moment<T>,
    root: Denominator<T>,
    learning_rate: T,
}

impl<T: Real> CoordinateUpdate<T, 2> for Update<T> {
    #[inline(always)]
    fn apply(self, gradient: T, _point: T, [v, u]: [T; 2]) -> Coordinate<T, 2> {
        let v = self.average.next(v, gradient * gradient);
        let ratio = self.root.divide(self.root.at(u), v);
        let step = ratio * gradient;
        let u = self.average.next(u, step * step);
        Coordinate { state: [v, u], effective_step: self.learning_rate * ratio, direction: gradient }
    }
}
