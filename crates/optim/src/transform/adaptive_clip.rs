//! Gradients that are made shorter where they are long beside their parameters.

use gradus_tensor::{Real, Shape};
use serde::{Deserialize, Serialize};

use super::{Before, Transform};
use crate::{OptimError, hyperparameter};

/// Adaptive gradient clipping: of every unit i of a parameter W with gradient G,
///
/// ```text
/// Gᵢ ← λ·max(‖Wᵢ‖, ε)/‖Gᵢ‖ · Gᵢ    if ‖Gᵢ‖ > λ·max(‖Wᵢ‖, ε)
/// ```
///
/// A unit is what feeds one output: a column of a matrix (inputs by outputs, as in x·W), what shares the first index of
/// a parameter with three axes or more (the filter of a convolution), and the whole of a vector or scalar.
///
/// Source: Brock, De, Smith, Simonyan, *High-performance large-scale image recognition without normalization* (ICML
/// 2021), section 4.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdaptiveClip {
    /// λ above 0; 0.01 by default.
    pub clipping: f64,
    /// ε above 0, so that units at 0 can move; 1e-3 by default.
    pub eps: f64,
}

impl Default for AdaptiveClip {
    fn default() -> Self {
        Self { clipping: 0.01, eps: 1e-3 }
    }
}

/// How many units a parameter has, and the distance of the elements of one, if they lie apart.
fn units(shape: Shape) -> (usize, bool) {
    match *shape {
        [_, outputs] => (outputs, true),
        [filters, _, _, ..] => (filters, false),
        _ => (1, false),
    }
}

impl<T: Real> Transform<T> for AdaptiveClip {
    fn name(&self) -> &'static str {
        "adaptive_clip"
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::positive("adaptive_clip", "clipping", self.clipping)?;
        hyperparameter::positive("adaptive_clip", "eps", self.eps)
    }

    fn before(&self, before: Before<'_, T>) -> bool {
        for segment in before.layout.segments() {
            let (weights, gradient) =
                (&before.parameters[segment.slab()], &mut before.gradient[segment.slab()]);
            let (units, columns) = units(segment.shape());
            if weights.is_empty() {
                continue;
            }
            let unit_len = weights.len() / units;
            let (step, stride) = if columns { (1, units) } else { (unit_len, 1) };
            for unit in 0..units {
                let positions = (0..unit_len).map(|i| unit * step + i * stride);
                let norm = |x: &[T]| {
                    let squares = positions.clone().map(|i| x[i].to_f64() * x[i].to_f64());
                    squares.sum::<f64>().sqrt()
                };
                let limit = self.clipping * norm(weights).max(self.eps);
                let size = norm(gradient);
                if size > limit {
                    let factor = T::constant(limit / size);
                    positions.clone().for_each(|i| gradient[i] *= factor);
                }
            }
        }
        true
    }
}
