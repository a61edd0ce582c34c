//! Largest and smallest elements.

use super::axes::AxisSet;
use super::fold::{Largest, Smallest};
use super::reductions;
use super::steps::fold_axes;
use crate::{Real, Tensor};

impl<T: Real> Tensor<T> {
    reductions! {
        /// The largest of all elements, a tensor of rank 0; NaN if one is NaN (PyTorch's `amax`).
        ///
        /// # Panics
        /// When the tensor is empty.
        max max_axes max_keepdim = folded_max() -> T,
        panics "When an axis lies outside or is named twice, or when there is nothing to reduce over.";

        /// The smallest of all elements, a tensor of rank 0; NaN if one is NaN (PyTorch's `amin`).
        ///
        /// # Panics
        /// When the tensor is empty.
        min min_axes min_keepdim = folded_min() -> T,
        panics "When an axis lies outside or is named twice, or when there is nothing to reduce over.";
    }

    #[track_caller]
    fn folded_max(&self, op: &str, axes: AxisSet) -> Self {
        axes.require_elements(op, self.shape());
        fold_axes(Largest, self, axes, None)
    }

    #[track_caller]
    fn folded_min(&self, op: &str, axes: AxisSet) -> Self {
        axes.require_elements(op, self.shape());
        fold_axes(Smallest, self, axes, None)
    }
}
