//! The k largest or smallest elements.

use std::cmp::Ordering;

use super::{ascending, descending};
use crate::{Element, Tensor};

impl<T: Element> Tensor<T> {
    /// The `k` largest or smallest elements along `axis`, best first, and their positions. Of equal elements the first
    /// ones are taken, in order; NaN only where there are fewer than `k` numbers.
    ///
    /// # Panics
    /// When the axis lies outside or `k` exceeds its extent.
    #[track_caller]
    pub fn topk(&self, k: usize, axis: usize, largest: bool) -> (Self, Tensor<usize>) {
        self.layout().check_axis("topk", axis);
        let shape = self.shape();
        assert!(k <= shape[axis], "topk: no {k} elements along axis {axis} of shape {shape}");
        let positions = self.map_lanes(axis, k, |from, to| {
            if largest { best(from, to, descending) } else { best(from, to, ascending) }
        });
        (self.gather(axis, &positions), positions)
    }
}

/// The positions of the first elements in the given order, as many as `out` holds, but at least one.
fn best<T: Element>(elements: &[T], out: &mut [usize], order: impl Fn(&T, &T) -> Ordering) {
    // The position breaks ties: a total order, in which selection and sorting without stability give one result.
    let total = |a: &(T, usize), b: &(T, usize)| order(&a.0, &b.0).then(a.1.cmp(&b.1));
    let mut pairs: Vec<(T, usize)> = elements.iter().copied().zip(0..).collect();
    let k = out.len();
    pairs.select_nth_unstable_by(k - 1, total);
    pairs[..k].sort_unstable_by(total);
    out.iter_mut().zip(pairs).for_each(|(slot, (_, position))| *slot = position);
}
