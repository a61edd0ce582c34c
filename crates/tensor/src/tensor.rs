//! The [`Tensor`]: a shared buffer and a layout; access and copy-on-write.

use std::ops::Deref;

use crate::elementwise::Identity;
use crate::layout::{Handle, Layout};
use crate::memory::Buffer;
use crate::{Element, Shape};

/// An n-dimensional array with a run-time shape.
///
/// Cloning and views share the elements; writing copies them first if they are shared (copy-on-write), so
/// a tensor never changes behind another one's back. To write through a view, borrow it mutably:
/// [`view_mut`](Self::view_mut).
///
/// ```
/// use gradus_tensor::Tensor;
/// let x = Tensor::<f64>::from_rows([[1.0, 2.0], [3.0, 4.0]]);
/// let y = &x * &x + 1.0;
/// assert_eq!(y.to_vec(), [2.0, 5.0, 10.0, 17.0]);
/// ```
#[derive(Clone)]
pub struct Tensor<T: Element> {
    pub(crate) buffer: Buffer<T>,
    /// How the elements lie, if this is not the whole buffer in row-major order.
    view: Option<Handle>,
}

/// The elements of a tensor in row-major order: borrowed where they lie so, else a copy.
pub(crate) enum Dense<'a, T: Element> {
    Borrowed(&'a [T]),
    Copied(Tensor<T>),
}

impl<T: Element> Deref for Dense<'_, T> {
    type Target = [T];
    #[inline]
    fn deref(&self) -> &[T] {
        match self {
            Self::Borrowed(elements) => elements,
            Self::Copied(copy) => &copy.buffer,
        }
    }
}

impl<T: Element> Tensor<T> {
    /// Row-major elements of the given shape, written by `fill`.
    #[inline]
    #[track_caller]
    pub(crate) fn build(shape: Shape, fill: impl FnOnce(&mut [T])) -> Self {
        // Refuses a shape beyond the address space before its strides are formed.
        shape.len();
        let mut buffer = Buffer::shaped(&Layout::contiguous(shape));
        fill(buffer.exclusive());
        Self { buffer, view: None }
    }

    /// Elements of a buffer that lie as `layout` says.
    pub(crate) fn view_of(buffer: Buffer<T>, layout: Layout) -> Self {
        Self { buffer, view: Some(Handle::new(layout)) }
    }

    /// How the elements lie.
    #[inline]
    pub(crate) fn layout(&self) -> &Layout {
        match &self.view {
            None => self.buffer.layout(),
            Some(layout) => layout,
        }
    }

    /// Elements in the same row-major order as those of a contiguous layout, written by `fill`.
    #[inline]
    pub(crate) fn build_as(layout: &Layout, fill: impl FnOnce(&mut [T])) -> Self {
        let mut buffer = Buffer::shaped(layout);
        let Some(elements) = buffer.get_mut() else {
            unreachable!("a fresh buffer has one owner");
        };
        fill(elements);
        Self { buffer, view: None }
    }

    /// The buffer and the layout, if the elements may be written in place: no other tensor shares the buffer, and no
    /// two indices meet in one element.
    #[inline]
    pub(crate) fn exclusive(&mut self) -> Option<(&mut [T], &Layout)> {
        match &self.view {
            None => self.buffer.get_mut_with_layout(),
            Some(layout) if !layout.is_contiguous() && !layout.is_injective() => None,
            Some(layout) => Some((self.buffer.get_mut()?, layout)),
        }
    }

    /// Whether a result of this shape may take this tensor's place: it owns all of its buffer alone, in row-major
    /// order.
    #[inline]
    pub(crate) fn is_reusable(&mut self) -> bool {
        self.layout().is_contiguous() && self.len() == self.buffer.len() && self.buffer.get_mut().is_some()
    }

    /// The extents.
    #[inline]
    pub fn shape(&self) -> Shape {
        self.layout().shape
    }

    /// Whether another tensor has the same shape.
    #[inline]
    pub fn same_shape<U: Element>(&self, other: &Tensor<U>) -> bool {
        self.layout().shape == other.layout().shape
    }

    /// The number of elements.
    #[inline]
    pub fn len(&self) -> usize {
        // Checked when the tensor was made.
        self.layout().shape.iter().product()
    }

    /// Whether there are no elements.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.layout().shape.is_empty()
    }

    /// The number of axes.
    #[inline]
    pub fn rank(&self) -> usize {
        self.layout().shape.rank()
    }

    /// The strides in elements, outermost axis first.
    #[inline]
    pub fn strides(&self) -> &[isize] {
        self.layout().strides()
    }

    /// Whether the elements lie in row-major order without gaps.
    #[inline]
    pub fn is_contiguous(&self) -> bool {
        self.layout().is_contiguous()
    }

    /// The elements in row-major order, if they lie so in memory.
    #[inline]
    pub fn as_slice(&self) -> Option<&[T]> {
        self.is_contiguous().then(|| &self.buffer[self.layout().offset..self.layout().offset + self.len()])
    }

    /// The elements in row-major order, copied only if they do not lie so.
    #[inline]
    pub(crate) fn dense(&self) -> Dense<'_, T> {
        match self.as_slice() {
            Some(elements) => Dense::Borrowed(elements),
            None => Dense::Copied(self.to_owned_contiguous()),
        }
    }

    /// The elements of a tensor that is known to be [`contiguous`](Self::contiguous).
    pub(crate) fn elements(&self) -> &[T] {
        self.as_slice().expect("a contiguous tensor")
    }

    /// The elements in row-major order, to be changed. Copies them first if they are shared with another
    /// tensor or do not lie in row-major order.
    #[inline]
    pub fn make_mut(&mut self) -> &mut [T] {
        if !self.is_contiguous() || self.buffer.get_mut().is_none() {
            *self = self.to_owned_contiguous();
        }
        let (start, len) = (self.layout().offset, self.len());
        &mut self.buffer.exclusive()[start..start + len]
    }

    /// Whether two tensors share their elements, or parts of them: neither can be written without a copy.
    pub fn shares_memory(&self, other: &Self) -> bool {
        self.buffer.is(&other.buffer)
    }

    /// The elements in row-major order, copied.
    pub fn to_vec(&self) -> Vec<T> {
        self.dense().to_vec()
    }

    /// This tensor if its elements lie in row-major order, else a copy in which they do.
    pub fn contiguous(&self) -> Self {
        if !self.is_contiguous() {
            return self.to_owned_contiguous();
        }
        // An axis of extent 1 may have had any stride; kernels that walk by strides get the row-major one.
        Self::view_of(self.buffer.clone(), Layout::contiguous_at(self.layout().offset, self.shape()))
    }

    pub(crate) fn to_owned_contiguous(&self) -> Self {
        self.map_formula(Identity)
    }

    /// The one element of a tensor with a single element, whatever its rank.
    ///
    /// # Panics
    /// When there is not exactly one element.
    #[track_caller]
    pub fn item(&self) -> T {
        assert!(
            self.len() == 1,
            "item: a tensor of shape {} has {} elements, not 1",
            self.shape(),
            self.len()
        );
        self.buffer[self.layout().offset]
    }

    /// The element at an index.
    ///
    /// # Panics
    /// When the index has the wrong rank or lies outside.
    #[track_caller]
    pub fn at(&self, index: &[usize]) -> T {
        let shape = self.shape();
        assert!(
            index.len() == shape.rank() && index.iter().zip(shape.iter()).all(|(i, extent)| i < extent),
            "at: index {index:?} is outside shape {shape}"
        );
        let shift: isize = index.iter().zip(self.strides()).map(|(&i, &stride)| i as isize * stride).sum();
        self.buffer[self.layout().offset.wrapping_add_signed(shift)]
    }
}

impl<T: Element> PartialEq for Tensor<T> {
    /// Equal shapes and equal elements (NaN differs from itself).
    fn eq(&self, other: &Self) -> bool {
        self.shape() == other.shape() && *self.dense() == *other.dense()
    }
}
