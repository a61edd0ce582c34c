//! Transforms of what an optimizer is given and of what it makes: clipping, accumulation, averages, lookahead,
//! sharpness-aware minimisation.

mod accumulate;
mod adaptive_clip;
mod average;
mod clip;
mod composed;
mod lookahead;
mod sam;

use std::fmt::Debug;

use gradus_tensor::Real;
use serde::Serialize;

pub use accumulate::Accumulate;
pub use adaptive_clip::AdaptiveClip;
pub use average::{Ema, Swa};
pub(crate) use clip::scale;
pub use clip::{ClipNorm, ClipScope, ClipValue};
pub use composed::Composed;
#[cfg(feature = "io")]
pub(crate) use composed::{AVERAGE, SWAPPED};
pub use lookahead::Lookahead;
pub use sam::Sam;

use crate::state::Slots;
use crate::{Layout, OptimError, Slot};

/// What happens to a gradient before the step, or to the parameters after it: a plain struct of settings. State lives
/// in slots, like that of a [`Rule`](crate::Rule), so that it is saved like that of a rule.
///
/// Composed by [`AnyOptimizer::with`](crate::AnyOptimizer::with).
pub trait Transform<T: Real>: Clone + Debug + Serialize + Send + Sync + 'static {
    /// The name in files and errors, such as `"clip_norm"`.
    fn name(&self) -> &'static str;

    /// Whether every setting is in its range.
    ///
    /// # Errors
    /// [`OptimError::Hyperparameter`] with the name, the value and the range of the first that is not.
    fn validate(&self) -> Result<(), OptimError>;

    /// The state that the transform keeps.
    fn slots(&self) -> Vec<Slot> {
        Vec::new()
    }

    /// Changes the gradient before the step. Whether there is to be a step: otherwise the gradient goes no further.
    /// It must stay finite.
    fn before(&self, _: Before<'_, T>) -> bool {
        true
    }

    /// The largest |gᵢ| that it can be given, when what it passes on must be at most `next`: that itself by default,
    /// right for what makes no coordinate larger.
    fn largest_gradient(&self, next: T) -> T {
        next
    }

    /// Changes the parameters after the step.
    fn after(&self, _: After<'_, T>) {}

    /// Whether the step's gradient is not that of the loss at the parameters, but of several functions, such as the
    /// losses of micro-batches, or of another point. Rules that [need the loss](crate::Rule::needs_loss) cannot be
    /// composed with such a transform.
    fn mixes_gradients(&self) -> bool {
        false
    }

    /// Whether [`after`](Self::after) changes the parameters. Rules that [keep points](crate::Rule::keeps_points)
    /// cannot be composed with such a transform.
    fn moves_parameters(&self) -> bool {
        false
    }

    /// Whether the slot `average`, if there is one, holds an average after this many steps.
    fn has_averaged(&self, steps: u64) -> bool {
        steps > 0
    }

    /// Whether the gradient of the step is that at the point to which [`displace`](Self::displace) moves; then every
    /// step needs the function.
    fn displaces(&self) -> bool {
        false
    }

    /// Moves the parameters to where the gradient of the step is to be taken. The gradient given is that of what is
    /// minimised: negated where the rule ascends.
    fn displace(&self, _parameters: &mut [T], _gradient: &[T], _layout: &Layout) {}
}

/// What [`Transform::before`] works on. Vectors are those of the whole slab; the gradient is 0 where the optimizer moves
/// nothing.
#[derive(Debug)]
pub struct Before<'a, T: Real> {
    /// The number of this gradient, counted from 1.
    pub call: u64,
    /// The parameters of the slab.
    pub layout: &'a Layout,
    /// The parameters before the step.
    pub parameters: &'a [T],
    /// The gradient, to be changed.
    pub gradient: &'a mut [T],
    /// The slots of the transform.
    pub state: Slots<'a, T>,
}

/// What [`Transform::after`] works on. Vectors are those of the whole slab.
#[derive(Debug)]
pub struct After<'a, T: Real> {
    /// The number of the step that was taken, counted from 1 since the transform was added.
    pub step: u64,
    /// The parameters after the step, to be changed.
    pub parameters: &'a mut [T],
    /// The slots of the transform.
    pub state: Slots<'a, T>,
}
