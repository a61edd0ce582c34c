//! Parts and reversed axes without copies: the gradient is added to the same view of the input's gradient.

use gradus_tensor::{Real, Shape, SliceItem, Tensor, ViewMut, s};

use crate::{Op, Reverse, Samples, Var};

/// A view that shows every element of its input at most once.
#[derive(Clone, Debug)]
pub enum View {
    /// As [`Tensor::narrow`].
    Narrow {
        /// The axis.
        axis: usize,
        /// The first position.
        start: usize,
        /// The number of positions.
        len: usize,
    },
    /// As [`Tensor::select`].
    Select {
        /// The axis, which is dropped.
        axis: usize,
        /// The position.
        index: usize,
    },
    /// As [`Tensor::slice`].
    Slice {
        /// What to keep of each axis.
        items: Vec<SliceItem>,
    },
    /// As [`Tensor::flip`].
    Flip {
        /// The axes.
        axes: Vec<usize>,
    },
    /// As [`Tensor::diagonal`].
    Diagonal {
        /// How far the diagonal lies beside the main one.
        offset: isize,
        /// The axis of rows.
        axis0: usize,
        /// The axis of columns.
        axis1: usize,
    },
}

/// The view of a tensor or of a mutable view.
macro_rules! view_of {
    ($view:expr, $x:expr) => {
        match $view {
            &View::Narrow { axis, start, len } => $x.narrow(axis, start, len),
            &View::Select { axis, index } => $x.select(axis, index),
            View::Slice { items } => $x.slice(items),
            View::Flip { axes } => $x.flip(axes),
            &View::Diagonal { offset, axis0, axis1 } => $x.diagonal(offset, axis0, axis1),
        }
    };
}

impl View {
    #[track_caller]
    fn of<T: Real>(&self, x: &Tensor<T>) -> Tensor<T> {
        view_of!(self, x)
    }

    /// Of samples, also of a value whose view is given.
    fn keep_parts<T: Real>(&self, samples: &mut Samples<'_, T>) -> bool {
        match self {
            &Self::Narrow { axis, .. } | &Self::Select { axis, .. } => samples.along(&[axis]),
            Self::Slice { items } => {
                let whole = items.first().is_none_or(|item| *item == s![..][0]);
                if whole { samples.along(&[]) } else { samples.mixed() }
            }
            Self::Flip { axes } => samples.along(axes),
            &Self::Diagonal { axis0, axis1, .. } => samples.along(&[axis0, axis1]),
        }
    }

    fn of_mut<'a, T: Real>(&self, x: ViewMut<'a, T>) -> ViewMut<'a, T> {
        view_of!(self, x)
    }
}

impl<T: Real> Op<T> for View {
    fn name(&self) -> &'static str {
        match self {
            Self::Narrow { .. } => "narrow",
            Self::Select { .. } => "select",
            Self::Slice { .. } => "slice",
            Self::Flip { .. } => "flip",
            Self::Diagonal { .. } => "diagonal",
        }
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        self.of(inputs[0])
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let (shape, view) = (reverse.input(0).shape(), self.clone());
        reverse.add_op(0, Embed { shape, view }, [reverse.gradient()]);
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        self.keep_parts(samples)
    }
}

/// Zeros whose view is given.
pub struct Embed {
    /// The shape.
    pub shape: Shape,
    /// The view.
    pub view: View,
}

impl<T: Real> Op<T> for Embed {
    fn name(&self) -> &'static str {
        "embed"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        let mut whole = Tensor::zeros(self.shape);
        self.view.of_mut(whole.view_mut()).assign(inputs[0]);
        whole
    }

    fn accumulate(&self, inputs: &[&Tensor<T>], sum: &mut Tensor<T>) {
        // Only the part is touched: a loop over the rows of a matrix takes as long as one pass over it.
        let mut part = self.view.of_mut(sum.view_mut());
        part += inputs[0];
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        reverse.add_op(0, self.view.clone(), [reverse.gradient()]);
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        self.view.keep_parts(samples)
    }
}

impl<T: Real> Var<'_, T> {
    /// The part `start..start + len` along one axis.
    ///
    /// # Panics
    /// When the axis or the range lies outside.
    #[track_caller]
    pub fn narrow(self, axis: usize, start: usize, len: usize) -> Self {
        self.tape.apply(View::Narrow { axis, start, len }, [self])
    }

    /// The value of one rank less at position `index` of `axis`.
    ///
    /// # Panics
    /// When the axis or the index lies outside.
    #[track_caller]
    pub fn select(self, axis: usize, index: usize) -> Self {
        self.tape.apply(View::Select { axis, index }, [self])
    }

    /// The value of one rank less at position `index` of the first axis.
    ///
    /// # Panics
    /// When the rank is 0 or the index lies outside.
    #[track_caller]
    pub fn row(self, index: usize) -> Self {
        self.select(0, index)
    }

    /// Indices and ranges with steps per axis, written by [`s!`](gradus_tensor::s), as [`Tensor::slice`].
    ///
    /// # Panics
    /// When there are more items than axes, a position lies outside, or the result has too many axes.
    #[track_caller]
    pub fn slice(self, items: &[SliceItem]) -> Self {
        self.tape.apply(View::Slice { items: items.to_vec() }, [self])
    }

    /// Parts of the given extents, one after the other along `axis`.
    ///
    /// # Panics
    /// When the axis lies outside or the extents do not add up to its own.
    #[track_caller]
    pub fn split(self, axis: usize, extents: &[usize]) -> Vec<Self> {
        self.parts(axis, self.value().split(axis, extents))
    }

    /// `parts` parts along `axis`, whose extents differ by at most one, as [`Tensor::chunk`].
    ///
    /// # Panics
    /// When the axis lies outside, or there are to be no parts.
    #[track_caller]
    pub fn chunk(self, axis: usize, parts: usize) -> Vec<Self> {
        self.parts(axis, self.value().chunk(axis, parts))
    }

    #[track_caller]
    fn parts(self, axis: usize, parts: Vec<Tensor<T>>) -> Vec<Self> {
        let mut start = 0;
        let mut narrowed = Vec::with_capacity(parts.len());
        for part in parts {
            let len = part.shape()[axis];
            narrowed.push(self.narrow(axis, start, len));
            start += len;
        }
        narrowed
    }

    /// The order along the given axes reversed.
    ///
    /// # Panics
    /// When an axis lies outside or is named twice.
    #[track_caller]
    pub fn flip(self, axes: &[usize]) -> Self {
        self.tape.apply(View::Flip { axes: axes.to_vec() }, [self])
    }

    /// A diagonal of two axes along a new last axis, as [`Tensor::diagonal`].
    ///
    /// # Panics
    /// When an axis lies outside, or both are the same.
    #[track_caller]
    pub fn diagonal(self, offset: isize, axis0: usize, axis1: usize) -> Self {
        self.tape.apply(View::Diagonal { offset, axis0, axis1 }, [self])
    }
}
