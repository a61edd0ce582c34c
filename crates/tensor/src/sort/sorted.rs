//! `sort` and `argsort`.

use std::cmp::Ordering;

use rayon::prelude::*;

use crate::parallel::{PIECE, worth_splitting};
use crate::{Element, Tensor};

impl<T: Element> Tensor<T> {
    /// The elements in order along `axis`, ascending or descending. Equal elements keep their order; NaN comes last.
    ///
    /// # Panics
    /// When the axis lies outside.
    #[track_caller]
    pub fn sort(&self, axis: usize, descending: bool) -> Self {
        self.layout().check_axis("sort", axis);
        self.map_lanes(axis, self.shape()[axis], |from, to| {
            to.copy_from_slice(from);
            if descending { sort_by(to, super::descending) } else { sort_by(to, super::ascending) }
        })
    }

    /// The positions along `axis` of the elements in the order of [`sort`](Self::sort):
    /// `x.take_along(axis, &x.argsort(axis, false))` is `x.sort(axis, false)`.
    ///
    /// # Panics
    /// When the axis lies outside.
    #[track_caller]
    pub fn argsort(&self, axis: usize, descending: bool) -> Tensor<usize> {
        self.layout().check_axis("argsort", axis);
        self.map_lanes(axis, self.shape()[axis], |from, to| {
            let ranked =
                if descending { ranked(from, super::descending) } else { ranked(from, super::ascending) };
            to.iter_mut().zip(ranked).for_each(|(to, (_, position))| *to = position);
        })
    }
}

/// The elements with their positions, in order.
pub(super) fn ranked<T: Element>(
    elements: &[T],
    order: impl Fn(&T, &T) -> Ordering + Sync,
) -> Vec<(T, usize)> {
    let mut pairs: Vec<(T, usize)> = elements.iter().copied().zip(0..).collect();
    sort_by(&mut pairs, |a, b| order(&a.0, &b.0));
    pairs
}

/// A stable sort, of long slices by several threads: each sorts a piece, and the last pass finds the sorted runs and
/// merges them.
fn sort_by<E: Send>(elements: &mut [E], order: impl Fn(&E, &E) -> Ordering + Sync) {
    if elements.len() > PIECE && worth_splitting::<E>(8 * elements.len()) {
        let piece = elements.len().div_ceil(rayon::current_num_threads());
        elements.par_chunks_mut(piece).for_each(|piece| piece.sort_by(&order));
    }
    elements.sort_by(order);
}
