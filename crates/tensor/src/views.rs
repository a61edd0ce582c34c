//! Views: the same elements under another layout. None of them copies, except [`Tensor::reshape`] where no layout
//! says what is asked.
//!
//! A view of a tensor shares its elements, and writing to either copies them first. A [`ViewMut`] borrows its
//! tensor and writes in place.

use crate::layout::{Layout, SliceItem};
use crate::{Element, Shape, Tensor};

/// Elements of a tensor, borrowed to be changed in place: `x.view_mut().slice(&s![.., 0]).fill(1.0)`.
///
/// The borrow checker rules out aliases: while a `ViewMut` lives, its tensor can be neither read nor written, and
/// what else shared the elements got a copy when [`Tensor::view_mut`] was called. No two of its indices meet in one
/// element, so the order of writes cannot matter.
pub struct ViewMut<'a, T: Element> {
    pub(crate) elements: &'a mut [T],
    pub(crate) layout: Layout,
}

macro_rules! views {
    ($(
        $(#[$attribute:meta])*
        fn $name:ident($($argument:ident: $type:ty),*);
    )*) => {
        impl<T: Element> Tensor<T> {
            $(
                $(#[$attribute])*
                #[track_caller]
                pub fn $name(&self, $($argument: $type),*) -> Self {
                    Self::view_of(self.buffer.clone(), self.layout().$name($($argument),*))
                }
            )*
        }

        impl<'a, T: Element> ViewMut<'a, T> {
            $(
                $(#[$attribute])*
                #[must_use]
                #[track_caller]
                pub fn $name(self, $($argument: $type),*) -> ViewMut<'a, T> {
                    ViewMut { layout: self.layout.$name($($argument),*), elements: self.elements }
                }
            )*
        }
    };
}

views! {
    /// The axes in another order: axis `i` of the result is axis `axes[i]` of `self`.
    ///
    /// # Panics
    /// When `axes` is not a permutation of `0..rank`.
    fn permute(axes: &[usize]);

    /// Two axes exchanged.
    ///
    /// # Panics
    /// When an axis lies outside.
    fn transpose(axis0: usize, axis1: usize);

    /// The transpose of a matrix.
    ///
    /// # Panics
    /// When the rank is not 2.
    fn t();

    /// The part `start..start + len` along one axis.
    ///
    /// # Panics
    /// When the axis or the range lies outside.
    fn narrow(axis: usize, start: usize, len: usize);

    /// The tensor of one rank less at position `index` of `axis`.
    ///
    /// # Panics
    /// When the axis or the index lies outside.
    fn select(axis: usize, index: usize);

    /// Row `index`: the tensor of one rank less at this position of the first axis.
    ///
    /// # Panics
    /// When the rank is 0 or the index lies outside.
    fn row(index: usize);

    /// Indices and ranges with steps per axis, written by [`s!`](crate::s); axes that are not mentioned stay whole.
    ///
    /// # Panics
    /// When there are more items than axes, a position lies outside, or the result has too many axes.
    fn slice(items: &[SliceItem]);

    /// A new axis of extent 1 in front of `axis`, or behind the last one if that is the rank.
    ///
    /// # Panics
    /// When `axis` exceeds the rank, or there would be too many axes.
    fn unsqueeze(axis: usize);

    /// Without the axes of extent 1.
    fn squeeze();

    /// Without one axis of extent 1.
    ///
    /// # Panics
    /// When the axis lies outside or has another extent.
    fn squeeze_axis(axis: usize);

    /// The order along the given axes reversed.
    ///
    /// # Panics
    /// When an axis lies outside or is named twice.
    fn flip(axes: &[usize]);

    /// The elements whose positions along `axis1` and `axis0` differ by `offset`, along a new last axis that
    /// replaces the two. `diagonal(0, 0, 1)` is the main diagonal of a matrix; the result is empty where the offset
    /// lies outside.
    ///
    /// # Panics
    /// When an axis lies outside, or both are the same.
    fn diagonal(offset: isize, axis0: usize, axis1: usize);
}

impl<T: Element> Tensor<T> {
    /// The elements in row-major order under another shape: a view where strides can say so, else a copy.
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
        match self.layout().reshape(shape) {
            Some(layout) => Self::view_of(self.buffer.clone(), layout),
            None => Self::view_of(self.to_owned_contiguous().buffer, Layout::contiguous(shape)),
        }
    }

    /// The elements repeated, without copying, along new and size-1 axes (NumPy's rules).
    ///
    /// # Panics
    /// When the shapes do not broadcast, or `shape` has more elements than can be addressed.
    #[track_caller]
    pub fn broadcast_to(&self, shape: impl Into<Shape>) -> Self {
        Self::view_of(self.buffer.clone(), self.layout().checked_broadcast_to(shape.into()))
    }

    /// All runs of `size` neighbours along `axis`, `step` apart, along a new last axis (PyTorch's `unfold`): the
    /// axis then counts the ⌊(extent − size)/step⌋ + 1 windows.
    ///
    /// # Panics
    /// When the axis lies outside, the step is 0, `size` is 0 or exceeds the extent, or there would be too many
    /// axes.
    #[track_caller]
    pub fn windows(&self, axis: usize, size: usize, step: usize) -> Self {
        Self::view_of(self.buffer.clone(), self.layout().windows(axis, size, step))
    }

    /// Consecutive parts along one axis, with the given extents.
    ///
    /// # Panics
    /// When the axis lies outside, or the extents do not add up to that of the axis.
    #[track_caller]
    pub fn split(&self, axis: usize, extents: &[usize]) -> Vec<Self> {
        let shape = self.shape();
        let total = extents.iter().try_fold(0_usize, |sum, &extent| sum.checked_add(extent));
        assert!(
            axis < self.rank() && total == Some(shape[axis]),
            "split: parts {extents:?} along axis {axis} do not make up shape {shape}"
        );
        let mut start = 0;
        extents
            .iter()
            .map(|&extent| {
                start += extent;
                self.narrow(axis, start - extent, extent)
            })
            .collect()
    }

    /// At most `parts` consecutive parts along one axis, of ⌈extent/parts⌉ each, the last one shorter (PyTorch's
    /// `chunk`).
    ///
    /// # Panics
    /// When the axis lies outside, or `parts` is 0.
    #[track_caller]
    pub fn chunk(&self, axis: usize, parts: usize) -> Vec<Self> {
        let shape = self.shape();
        assert!(
            axis < self.rank() && parts > 0,
            "chunk: no {parts} parts along axis {axis} of shape {shape}"
        );
        let size = shape[axis].div_ceil(parts).max(1);
        let starts = (0..shape[axis].max(1)).step_by(size);
        starts.map(|start| self.narrow(axis, start, size.min(shape[axis] - start))).collect()
    }

    /// The elements to be changed in place, also through views of them. Copies them first if they are shared with
    /// another tensor, or if an element stands at several indices (broadcast axes, overlapping windows).
    pub fn view_mut(&mut self) -> ViewMut<'_, T> {
        if !self.layout().is_injective() || self.buffer.get_mut().is_none() {
            *self = self.to_owned_contiguous();
        }
        let layout = *self.layout();
        ViewMut { elements: self.buffer.exclusive(), layout }
    }
}

impl<T: Element> ViewMut<'_, T> {
    /// The extents.
    pub fn shape(&self) -> Shape {
        self.layout.shape
    }

    /// A view of the same elements that ends before this one: to write several parts in turn.
    pub fn reborrow(&mut self) -> ViewMut<'_, T> {
        ViewMut { elements: self.elements, layout: self.layout }
    }
}
