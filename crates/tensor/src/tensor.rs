//! The [`Tensor`]: a shared buffer and a layout; constructors, access, copy-on-write.

use std::sync::Arc;

use crate::layout::{Layout, Nest};
use crate::memory::Buffer;
use crate::{Real, Shape, TensorError};

/// An n-dimensional array with a run-time shape.
///
/// Cloning and views share the elements; writing copies them first if they are shared (copy-on-write), so
/// a tensor never changes behind another one's back.
///
/// ```
/// use gradus_tensor::Tensor;
/// let x = Tensor::<f64>::from_rows([[1.0, 2.0], [3.0, 4.0]]);
/// let y = &x * &x + 1.0;
/// assert_eq!(y.to_vec(), [2.0, 5.0, 10.0, 17.0]);
/// ```
#[derive(Clone)]
pub struct Tensor<T: Real> {
    pub(crate) buffer: Arc<Buffer<T>>,
    pub(crate) layout: Layout,
}

impl<T: Real> Tensor<T> {
    /// Row-major elements of the given shape, written by `fill`.
    #[track_caller]
    pub(crate) fn build(shape: Shape, fill: impl FnOnce(&mut [T])) -> Self {
        let mut buffer = Buffer::new(shape.len());
        fill(&mut buffer);
        Self { buffer: Arc::new(buffer), layout: Layout::contiguous(shape) }
    }

    /// All elements equal to `value`.
    ///
    /// # Panics
    /// When the shape exceeds the address space; so do all functions that make a tensor of a shape.
    #[track_caller]
    pub fn full(shape: impl Into<Shape>, value: T) -> Self {
        Self::build(shape.into(), |out| out.fill(value))
    }

    /// All elements 0.
    #[track_caller]
    pub fn zeros(shape: impl Into<Shape>) -> Self {
        Self::full(shape, T::zero())
    }

    /// All elements 1.
    #[track_caller]
    pub fn ones(shape: impl Into<Shape>) -> Self {
        Self::full(shape, T::one())
    }

    /// A tensor of rank 0.
    pub fn scalar(value: T) -> Self {
        Self::full([], value)
    }

    /// Row-major elements computed from their position in row-major order.
    #[track_caller]
    pub fn from_fn(shape: impl Into<Shape>, mut element: impl FnMut(usize) -> T) -> Self {
        Self::build(shape.into(), |out| {
            for (i, slot) in out.iter_mut().enumerate() {
                *slot = element(i);
            }
        })
    }

    /// A matrix from its rows.
    pub fn from_rows<const M: usize, const N: usize>(rows: [[T; N]; M]) -> Self {
        Self::build([M, N].into(), |out| out.copy_from_slice(rows.as_flattened()))
    }

    /// A copy of row-major elements.
    ///
    /// # Errors
    /// When the number of elements is not that of the shape, or that of the shape exceeds the address space.
    pub fn from_slice(shape: impl Into<Shape>, elements: &[T]) -> Result<Self, TensorError> {
        let shape = shape.into();
        let needed = shape.checked_len().ok_or(TensorError::Oversized { shape })?;
        if needed != elements.len() {
            return Err(TensorError::ElementCount { shape, elements: elements.len() });
        }
        Ok(Self::build(shape, |out| out.copy_from_slice(elements)))
    }

    /// A vector of the elements.
    pub fn vector(elements: &[T]) -> Self {
        Self::build([elements.len()].into(), |out| out.copy_from_slice(elements))
    }

    /// The identity matrix of order `n`.
    pub fn eye(n: usize) -> Self {
        Self::from_fn([n, n], |i| if i % (n + 1) == 0 { T::one() } else { T::zero() })
    }

    /// The extents.
    pub fn shape(&self) -> Shape {
        self.layout.shape
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.layout.shape.len()
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.layout.shape.is_empty()
    }

    /// The number of axes.
    pub fn rank(&self) -> usize {
        self.layout.shape.iter().len()
    }

    /// The strides in elements, outermost axis first.
    pub fn strides(&self) -> &[isize] {
        self.layout.strides()
    }

    /// Whether the elements lie in row-major order without gaps.
    pub fn is_contiguous(&self) -> bool {
        self.layout.is_contiguous()
    }

    /// The elements in row-major order, if they lie so in memory.
    pub fn as_slice(&self) -> Option<&[T]> {
        self.is_contiguous().then(|| &self.buffer[self.layout.offset..self.layout.offset + self.len()])
    }

    /// The elements of a tensor that is known to be [`contiguous`](Self::contiguous).
    pub(crate) fn elements(&self) -> &[T] {
        self.as_slice().expect("a contiguous tensor")
    }

    /// The elements in row-major order, to be changed. Copies them first if they are shared with another
    /// tensor or do not lie in row-major order.
    pub fn make_mut(&mut self) -> &mut [T] {
        if !self.is_contiguous() || Arc::get_mut(&mut self.buffer).is_none() {
            *self = self.to_owned_contiguous();
        }
        let (start, len) = (self.layout.offset, self.len());
        let Some(buffer) = Arc::get_mut(&mut self.buffer) else {
            unreachable!("a fresh buffer has one owner");
        };
        &mut buffer[start..start + len]
    }

    /// The elements in row-major order, copied.
    pub fn to_vec(&self) -> Vec<T> {
        match self.as_slice() {
            Some(elements) => elements.to_vec(),
            None => self.to_owned_contiguous().to_vec(),
        }
    }

    /// This tensor if its elements lie in row-major order, else a copy in which they do.
    pub fn contiguous(&self) -> Self {
        if self.is_contiguous() { self.clone() } else { self.to_owned_contiguous() }
    }

    fn to_owned_contiguous(&self) -> Self {
        Self::build(self.shape(), |out| {
            let nest = Nest::new([&self.layout]);
            let (len, [stride]) = (nest.run_len(), nest.run_strides());
            let mut rest = out;
            nest.for_each_run(|[from]| {
                let (run, tail) = std::mem::take(&mut rest).split_at_mut(len);
                rest = tail;
                for (i, slot) in run.iter_mut().enumerate() {
                    *slot = self.buffer[from.wrapping_add_signed(i as isize * stride)];
                }
            });
        })
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
        self.buffer[self.layout.offset]
    }

    /// The element at an index.
    ///
    /// # Panics
    /// When the index has the wrong rank or lies outside.
    #[track_caller]
    pub fn at(&self, index: &[usize]) -> T {
        let shape = self.shape();
        assert!(
            index.len() == shape.iter().len() && index.iter().zip(shape.iter()).all(|(i, extent)| i < extent),
            "at: index {index:?} is outside shape {shape}"
        );
        let shift: isize = index.iter().zip(self.strides()).map(|(&i, &stride)| i as isize * stride).sum();
        self.buffer[self.layout.offset.wrapping_add_signed(shift)]
    }

    /// The same values with another element type, rounded to nearest.
    pub fn cast<U: Real>(&self) -> Tensor<U> {
        let source = self.contiguous();
        let elements = source.elements();
        Tensor::from_fn(self.shape(), |i| U::constant(elements[i].to_f64()))
    }
}

impl<T: Real> PartialEq for Tensor<T> {
    /// Equal shapes and equal elements (NaN differs from itself).
    fn eq(&self, other: &Self) -> bool {
        self.shape() == other.shape() && self.contiguous().as_slice() == other.contiguous().as_slice()
    }
}
