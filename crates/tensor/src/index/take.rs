//! Reading by position: `gather`, `take_along`, `index_select`.

use super::{along, check_covered, check_indices, origins};
use crate::layout::{Layout, Nest};
use crate::parallel::{for_each_piece, worth_splitting};
use crate::{Element, Shape, Tensor};

impl<T: Element> Tensor<T> {
    /// The elements at the given positions of `axis` (PyTorch's `gather`): for axis 1 of a matrix
    /// `out[i, j] = self[i, index[i, j]]`. The result has the shape of `index`, which may be shorter than `self` along
    /// the other axes.
    ///
    /// # Panics
    /// When the ranks differ, the axis lies outside, `index` is longer than `self` along another axis, or an index lies
    /// outside.
    #[track_caller]
    pub fn gather(&self, axis: usize, index: &Tensor<usize>) -> Self {
        let shape = index.shape();
        check_covered("gather", self, axis, shape);
        check_indices("gather", &index.dense(), axis, self.shape());
        if shape.is_empty() {
            return Self::zeros(shape);
        }
        self.take(axis, origins(self.layout(), axis, shape), &index.buffer, *index.layout())
    }

    /// As [`gather`](Self::gather), but the axes other than `axis` broadcast (NumPy's `take_along_axis`): it picks
    /// what [`argsort`](Self::argsort) found.
    ///
    /// # Panics
    /// When the ranks differ, the axis lies outside, the other axes do not broadcast, or an index lies outside.
    #[track_caller]
    pub fn take_along(&self, axis: usize, index: &Tensor<usize>) -> Self {
        let (own, given) = (self.shape(), index.shape());
        self.layout().check_axis("take_along", axis);
        // With extent 1 the indexed axis of `self` broadcasts to any number of indices.
        let joint = if own.rank() == given.rank() { own.with(axis, 1).broadcast(&given) } else { None };
        let Some(shape) = joint else {
            panic!(
                "take_along: indices of shape {given} along axis {axis} do not broadcast with shape {own}"
            );
        };
        check_indices("take_along", &index.dense(), axis, own);
        if shape.is_empty() {
            return Self::zeros(shape);
        }
        let origins = self.layout().narrow(axis, 0, 1).broadcast_to(shape);
        self.take(axis, origins, &index.buffer, index.layout().broadcast_to(shape))
    }

    /// The parts at the positions `indices` of `axis`, in that order; a position may be picked more than once.
    /// `table.index_select(0, &rows)` picks rows.
    ///
    /// # Panics
    /// When the axis or an index lies outside.
    #[track_caller]
    pub fn index_select(&self, axis: usize, indices: &[usize]) -> Self {
        self.layout().check_axis("index_select", axis);
        check_indices("index_select", indices, axis, self.shape());
        let shape = self.shape().with(axis, indices.len());
        if shape.is_empty() {
            return Self::zeros(shape);
        }
        self.take(axis, origins(self.layout(), axis, shape), indices, along(axis, shape))
    }

    /// `out = self[origin + index·stride of the axis]` over the joint nest of `origins` and `at`, which have the shape
    /// of the result; the indices lie within the extent of the axis.
    #[track_caller]
    fn take(&self, axis: usize, origins: Layout, indices: &[usize], at: Layout) -> Self {
        let (shape, step): (Shape, isize) = (origins.shape, self.strides()[axis]);
        Self::build(shape, |out| {
            for_each_piece(shape, out, worth_splitting::<T>(2 * shape.len()), |rows, out| {
                let nest = Nest::new([&origins.part(rows), &at.part(rows)]);
                take_runs(&self.buffer, step, indices, &nest, out);
            });
        })
    }
}

fn take_runs<T: Element>(source: &[T], step: isize, indices: &[usize], nest: &Nest<2>, out: &mut [T]) {
    let (len, [stride, along]) = (nest.run_len(), nest.run_strides());
    let shifted = |from: usize, at: usize| from.wrapping_add_signed(indices[at] as isize * step);
    let mut rest = out;
    nest.for_each_run(
        #[inline(always)]
        |[from, at]| {
            let (run, tail) = std::mem::take(&mut rest).split_at_mut(len);
            rest = tail;
            match (stride, along) {
                (1, 0) => {
                    let from = shifted(from, at);
                    run.copy_from_slice(&source[from..from + len]);
                }
                (_, 0) => {
                    let from = shifted(from, at);
                    for (i, slot) in run.iter_mut().enumerate() {
                        *slot = source[from.wrapping_add_signed(i as isize * stride)];
                    }
                }
                (0, 1) => {
                    for (slot, &index) in run.iter_mut().zip(&indices[at..at + len]) {
                        *slot = source[from.wrapping_add_signed(index as isize * step)];
                    }
                }
                _ => {
                    for (i, slot) in run.iter_mut().enumerate() {
                        let from = from.wrapping_add_signed(i as isize * stride);
                        *slot = source[shifted(from, at.wrapping_add_signed(i as isize * along))];
                    }
                }
            }
        },
    );
}
