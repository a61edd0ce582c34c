//! Sums, means and products.

use super::axes::AxisSet;
use super::fold::{Product, Sum};
use super::reductions;
use super::steps::fold_axes;
use crate::{Real, Shape, Tensor};

impl<T: Real> Tensor<T> {
    reductions! {
        /// The sum of all elements, a tensor of rank 0; 0 for an empty tensor.
        sum sum_axes sum_keepdim = folded_sum() -> T,
        panics "When an axis lies outside or is named twice.";

        /// The mean of all elements, a tensor of rank 0: their sum divided by their number; NaN for an empty tensor.
        mean mean_axes mean_keepdim = folded_mean() -> T,
        panics "When an axis lies outside or is named twice.";

        /// The product of all elements, a tensor of rank 0; 1 for an empty tensor. Factors are grouped as the terms of a
        /// sum, so that a partial product may overflow where another order would not.
        prod prod_axes prod_keepdim = folded_product() -> T,
        panics "When an axis lies outside or is named twice.";
    }

    fn folded_sum(&self, _op: &str, axes: AxisSet) -> Self {
        fold_axes(Sum, self, axes, None)
    }

    fn folded_mean(&self, _op: &str, axes: AxisSet) -> Self {
        divided(fold_axes(Sum, self, axes, None), axes.count(self.shape()))
    }

    fn folded_product(&self, _op: &str, axes: AxisSet) -> Self {
        fold_axes(Product, self, axes, None)
    }

    /// The sum over the axes along which `shape` was broadcast to this tensor's shape: the derivative rule of
    /// broadcasting.
    ///
    /// # Panics
    /// When `shape` does not broadcast to this tensor's shape.
    #[track_caller]
    pub fn sum_to(&self, shape: Shape) -> Self {
        let own = self.shape();
        if shape == own {
            return self.clone();
        }
        assert!(shape.broadcast(&own) == Some(own), "sum_to: {shape} does not broadcast to {own}");
        let missing = self.rank() - shape.rank();
        let broadcast = |axis: usize| axis < missing || (shape[axis - missing] == 1 && own[axis] != 1);
        let axes = (0..self.rank()).filter(|&axis| broadcast(axis)).fold(AxisSet::EMPTY, AxisSet::with);
        fold_axes(Sum, self, axes, None).reshape(shape)
    }
}

/// Sums divided by a count, in place.
pub(super) fn divided<T: Real>(mut sums: Tensor<T>, count: usize) -> Tensor<T> {
    let count = T::constant(count as f64);
    for sum in sums.make_mut() {
        *sum /= count;
    }
    sums
}
