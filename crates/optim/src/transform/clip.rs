//! Gradients that are made shorter.

use gradus_tensor::Real;
use gradus_tensor::simd::{self, Kernel};
use serde::{Deserialize, Serialize};

use super::{Before, Transform};
use crate::{OptimError, hyperparameter, reduction};

/// Every coordinate of the gradient is clamped to [−value, value], as PyTorch's `clip_grad_value_`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClipValue {
    /// The largest size of a coordinate, above 0.
    pub value: f64,
}

impl<T: Real> Transform<T> for ClipValue {
    fn name(&self) -> &'static str {
        "clip_value"
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::positive("clip_value", "value", self.value)
    }

    fn largest_gradient(&self, next: T) -> T {
        bounded(self.value, next)
    }

    fn before(&self, before: Before<'_, T>) -> bool {
        simd::dispatch(Clamp { limit: T::constant(self.value), x: before.gradient });
        true
    }
}

struct Clamp<'a, T> {
    limit: T,
    x: &'a mut [T],
}

impl<T: Real> Kernel for Clamp<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for x in self.x {
            *x = (*x).minimum(self.limit).maximum(-self.limit);
        }
    }
}

/// What can be given, when what is passed on is never larger than `bound` but for roundings, and must be at most `next`.
fn bounded<T: Real>(bound: f64, next: T) -> T {
    if 2.0 * bound <= next.to_f64() { T::max_value() } else { next }
}

/// A gradient longer than `max_norm` is multiplied by max_norm/(‖g‖ + 10⁻⁶), as PyTorch's `clip_grad_norm_`.
///
/// Source: Pascanu, Mikolov, Bengio, *On the difficulty of training recurrent neural networks* (ICML 2013).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClipNorm {
    /// The largest Euclidean norm, above 0.
    pub max_norm: f64,
    /// Of what the norm is taken.
    pub scope: ClipScope,
}

/// Of what [`ClipNorm`] takes the norm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClipScope {
    /// Of the whole gradient, without what the optimizer does not move.
    Global,
    /// Of the gradient of every parameter apart.
    PerParameter,
}

impl ClipNorm {
    /// By the norm of the whole gradient.
    pub fn global(max_norm: f64) -> Self {
        Self { max_norm, scope: ClipScope::Global }
    }

    /// By the norm of the gradient of every parameter apart.
    pub fn per_parameter(max_norm: f64) -> Self {
        Self { max_norm, scope: ClipScope::PerParameter }
    }
}

/// What PyTorch adds to the norm that it divides by.
const EPS: f64 = 1e-6;

impl<T: Real> Transform<T> for ClipNorm {
    fn name(&self) -> &'static str {
        "clip_norm"
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::positive("clip_norm", "max_norm", self.max_norm)
    }

    fn largest_gradient(&self, next: T) -> T {
        bounded(self.max_norm, next)
    }

    fn before(&self, before: Before<'_, T>) -> bool {
        let clip = |gradient: &mut [T]| {
            let norm = reduction::norm(gradient);
            let factor = self.max_norm / (norm + EPS);
            if factor < 1.0 {
                scale(T::constant(factor), gradient);
            }
        };
        match self.scope {
            ClipScope::Global => clip(before.gradient),
            ClipScope::PerParameter => {
                for segment in before.layout.segments() {
                    clip(&mut before.gradient[segment.slab()]);
                }
            }
        }
        true
    }
}

/// x ← factor·x.
pub(crate) fn scale<T: Real>(factor: T, x: &mut [T]) {
    simd::dispatch(Scale { factor, x });
}

struct Scale<'a, T> {
    factor: T,
    x: &'a mut [T],
}

impl<T: Real> Kernel for Scale<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for x in self.x {
            *x *= self.factor;
        }
    }
}
