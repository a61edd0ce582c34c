//! The logarithm of a sum of exponentials.

use super::axes::AxisSet;
use super::fold::{Largest, ShiftedExponentials};
use super::reductions;
use super::steps::fold_axes;
use crate::{Real, Tensor};

impl<T: Real> Tensor<T> {
    reductions! {
        /// ln Σ eˣ over all elements, a tensor of rank 0; −∞ for an empty tensor.
        ///
        /// Computed as m + ln Σ eˣ⁻ᵐ with m the largest element, so that nothing overflows. −∞ if all elements are, ∞ if
        /// one is, NaN if one is.
        logsumexp logsumexp_axes logsumexp_keepdim = folded_logsumexp() -> T,
        panics "When an axis lies outside or is named twice.";
    }

    fn folded_logsumexp(&self, _op: &str, axes: AxisSet) -> Self {
        let pivots = exponent_pivots(fold_axes(Largest, self, axes, None));
        let sums = fold_axes(ShiftedExponentials, self, axes, Some(&pivots));
        sums.ln() + pivots
    }
}

/// What to subtract from exponents whose largest value is given: that value, or 0 where it is not finite. Then
/// infinities and NaN pass through the formula unharmed.
fn exponent_pivots<T: Real>(mut largest: Tensor<T>) -> Tensor<T> {
    for pivot in largest.make_mut() {
        *pivot = exponent_pivot(*pivot);
    }
    largest
}

/// One of the [`exponent_pivots`].
#[inline(always)]
pub(super) fn exponent_pivot<T: Real>(largest: T) -> T {
    if largest.is_finite() { largest } else { T::zero() }
}
