//! Views: the same elements under another layout. None of them copies, except [`Tensor::reshape`] when the
//! elements do not lie in row-major order.

use crate::layout::Layout;
use crate::{Real, Shape, Tensor};

impl<T: Real> Tensor<T> {
    fn view(&self, layout: Layout) -> Self {
        Self { buffer: self.buffer.clone(), layout }
    }

    /// The axes in another order: axis `i` of the result is axis `axes[i]` of `self`.
    ///
    /// # Panics
    /// When `axes` is not a permutation of `0..rank`.
    #[track_caller]
    pub fn permute(&self, axes: &[usize]) -> Self {
        let rank = self.rank();
        let mut seen = [false; crate::shape::MAX_RANK];
        let valid = axes.len() == rank
            && axes.iter().all(|&axis| axis < rank && !std::mem::replace(&mut seen[axis], true));
        assert!(valid, "permute: {axes:?} is not a permutation of the axes of shape {}", self.shape());
        self.view(self.layout.permute(axes))
    }

    /// The transpose of a matrix.
    ///
    /// # Panics
    /// When the rank is not 2.
    #[track_caller]
    pub fn t(&self) -> Self {
        assert!(self.rank() == 2, "t: shape {} is not a matrix", self.shape());
        self.permute(&[1, 0])
    }

    /// The elements in row-major order under another shape.
    ///
    /// # Panics
    /// When the number of elements differs.
    #[track_caller]
    pub fn reshape(&self, shape: impl Into<Shape>) -> Self {
        let shape = shape.into();
        assert!(
            shape.len() == self.len(),
            "reshape: {} has {} elements, {shape} has {}",
            self.shape(),
            self.len(),
            shape.len()
        );
        let source = self.contiguous();
        let layout = Layout::contiguous_at(source.layout.offset, shape);
        Self { buffer: source.buffer, layout }
    }

    /// The elements repeated, without copying, along new and size-1 axes (NumPy's rules).
    ///
    /// # Panics
    /// When the shapes do not broadcast, or `shape` has more elements than can be addressed.
    #[track_caller]
    pub fn broadcast_to(&self, shape: impl Into<Shape>) -> Self {
        let shape = shape.into();
        assert!(
            self.shape().broadcast(&shape) == Some(shape),
            "broadcast_to: shape {} does not broadcast to {shape}",
            self.shape()
        );
        assert!(shape.checked_len().is_some(), "broadcast_to: {shape} exceeds the address space");
        self.view(self.layout.broadcast_to(shape))
    }

    /// The part `start..start + len` along one axis.
    ///
    /// # Panics
    /// When the axis or the range lies outside.
    #[track_caller]
    pub fn narrow(&self, axis: usize, start: usize, len: usize) -> Self {
        let shape = self.shape();
        assert!(
            axis < self.rank() && start.checked_add(len).is_some_and(|end| end <= shape[axis]),
            "narrow: {start}..{start}+{len} along axis {axis} is outside shape {shape}"
        );
        self.view(self.layout.narrow(axis, start, len))
    }

    /// Row `index`: the tensor of one rank less at this position of the first axis.
    ///
    /// # Panics
    /// When the rank is 0 or the index lies outside.
    #[track_caller]
    pub fn row(&self, index: usize) -> Self {
        let row = self.narrow(0, index, 1);
        let axes: Vec<usize> = (1..self.rank()).chain([0]).collect();
        let mut view = row.permute(&axes);
        view.layout.shape = view.layout.shape.without(|axis| axis == axes.len() - 1);
        view
    }
}
