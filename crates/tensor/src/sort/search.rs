//! Places in a sorted vector, and counts of indices.

use std::cmp::Ordering;

use super::ascending;
use crate::{Element, Tensor};

impl<T: Element> Tensor<T> {
    /// For each of `values` the place in this ascending vector where it can be inserted in order: in front of equal
    /// elements, or behind them if `right`. NaN counts as larger than every number. The result has the shape of
    /// `values`; if the vector is not ascending, the places mean nothing.
    ///
    /// # Panics
    /// When `self` is not a vector.
    #[track_caller]
    pub fn searchsorted(&self, values: &Self, right: bool) -> Tensor<usize> {
        assert!(self.rank() == 1, "searchsorted: shape {} is not that of a vector", self.shape());
        let (sorted, values_in_order) = (self.dense(), values.dense());
        let last_before = if right { Ordering::Equal } else { Ordering::Less };
        Tensor::build(values.shape(), |out| {
            for (place, value) in out.iter_mut().zip(&*values_in_order) {
                *place = sorted.partition_point(|element| ascending(element, value) <= last_before);
            }
        })
    }
}

impl Tensor<usize> {
    /// How often each of `0..classes` occurs among the elements.
    ///
    /// # Panics
    /// When an element is not less than `classes`.
    #[track_caller]
    pub fn bincount(&self, classes: usize) -> Self {
        let mut counts = Self::zeros([classes]);
        let slots = counts.make_mut();
        for &class in &*self.dense() {
            assert!(class < classes, "bincount: element {class} is outside 0..{classes}");
            slots[class] += 1;
        }
        counts
    }
}
