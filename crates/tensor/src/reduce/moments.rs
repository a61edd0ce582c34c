//! Variances and standard deviations.

use super::axes::AxisSet;
use super::fold::{SquaredDeviations, Sum};
use super::reductions;
use super::steps::fold_axes;
use super::sums::divided;
use crate::{Real, Tensor};

impl<T: Real> Tensor<T> {
    reductions! {
        /// The variance of all elements, a tensor of rank 0: Σ (x − mean)² / (n − correction). A `correction` of 1 gives
        /// the unbiased estimate (PyTorch's default), 0 the mean square deviation (NumPy's default). NaN or ∞ if
        /// n ≤ `correction`, as in PyTorch.
        ///
        /// Two passes, first the mean and then the deviations: what all elements have in common does not cancel.
        var var_axes var_keepdim = folded_variance(correction: usize) -> T,
        panics "When an axis lies outside or is named twice.";

        /// The standard deviation of all elements, a tensor of rank 0: the root of the variance [`var`](Self::var).
        std std_axes std_keepdim = folded_deviation(correction: usize) -> T,
        panics "When an axis lies outside or is named twice.";
    }

    fn folded_variance(&self, _op: &str, axes: AxisSet, correction: usize) -> Self {
        let count = axes.count(self.shape());
        let mean = divided(fold_axes(Sum, self, axes, None), count);
        divided(fold_axes(SquaredDeviations, self, axes, Some(&mean)), count.saturating_sub(correction))
    }

    fn folded_deviation(&self, op: &str, axes: AxisSet, correction: usize) -> Self {
        self.folded_variance(op, axes, correction).sqrt()
    }
}
