//! Questions to masks, and counts.

use super::axes::AxisSet;
use super::fold::{All, Any, NonZero};
use super::reductions;
use super::steps::fold_axes;
use crate::{Element, Tensor};

impl Tensor<bool> {
    reductions! {
        /// Whether any element is true, a tensor of rank 0; false for an empty tensor.
        any any_axes any_keepdim = folded_any() -> bool,
        panics "When an axis lies outside or is named twice.";

        /// Whether all elements are true, a tensor of rank 0; true for an empty tensor.
        all all_axes all_keepdim = folded_all() -> bool,
        panics "When an axis lies outside or is named twice.";
    }

    fn folded_any(&self, _op: &str, axes: AxisSet) -> Self {
        fold_axes(Any, self, axes, None)
    }

    fn folded_all(&self, _op: &str, axes: AxisSet) -> Self {
        fold_axes(All, self, axes, None)
    }
}

impl<T: Element> Tensor<T> {
    reductions! {
        /// How many elements differ from 0, a tensor of rank 0: of a mask, how many are true. NaN differs from 0.
        count_nonzero count_nonzero_axes count_nonzero_keepdim = folded_count() -> usize,
        panics "When an axis lies outside or is named twice.";
    }

    fn folded_count(&self, _op: &str, axes: AxisSet) -> Tensor<usize> {
        fold_axes(NonZero, self, axes, None)
    }
}
