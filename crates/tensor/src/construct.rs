//! Constructors from values, functions and ranges.

use num_traits::One;

use crate::{Element, Real, Shape, Tensor, TensorError};

impl<T: Element> Tensor<T> {
    /// All elements equal to `value`.
    ///
    /// # Panics
    /// When the shape exceeds the address space; so do all functions that make a tensor of a shape.
    #[track_caller]
    pub fn full(shape: impl Into<Shape>, value: T) -> Self {
        Self::build(shape.into(), |out| out.fill(value))
    }

    /// All elements 0, or `false`.
    #[track_caller]
    pub fn zeros(shape: impl Into<Shape>) -> Self {
        Self::full(shape, T::default())
    }

    /// All elements 1.
    #[track_caller]
    pub fn ones(shape: impl Into<Shape>) -> Self
    where
        T: One,
    {
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
}

impl Tensor<usize> {
    /// The indices `0, 1, …, end − 1`. For other ranges of integers: `Tensor::from_fn([n], |i| …)`.
    pub fn indices(end: usize) -> Self {
        Self::from_fn([end], |i| i)
    }
}

impl<T: Real> Tensor<T> {
    /// The identity matrix of order `n`.
    pub fn eye(n: usize) -> Self {
        Self::from_fn([n, n], |i| if i % (n + 1) == 0 { T::one() } else { T::zero() })
    }

    /// `start, start + step, …` up to but not including `end`: ⌈(end − start)/step⌉ elements, each rounded once
    /// from `start + i·step` in `f64`. As NumPy's `arange`, whether the last element is there depends on rounding
    /// where `end − start` is a multiple of a fractional step; [`linspace`](Self::linspace) fixes their number.
    ///
    /// # Panics
    /// When the step is 0, or the number of elements is not finite or exceeds the address space.
    #[track_caller]
    pub fn arange(start: f64, end: f64, step: f64) -> Self {
        let count = ((end - start) / step).ceil();
        assert!(
            step != 0.0 && count.is_finite() && count < isize::MAX as f64,
            "arange: no {count} elements from {start} to {end} by {step}"
        );
        Self::from_fn([count.max(0.0) as usize], |i| T::constant(start + i as f64 * step))
    }

    /// `count` evenly spaced elements from `start` to `end`, both included; the last one is exactly `end`.
    ///
    /// # Panics
    /// When the count exceeds the address space.
    #[track_caller]
    pub fn linspace(start: f64, end: f64, count: usize) -> Self {
        let last = count.saturating_sub(1);
        let steps = last.max(1) as f64;
        let width = end - start;
        // Numbers of opposite signs near the largest one are further apart than that.
        let step = if width.is_finite() { width / steps } else { end / steps - start / steps };
        Self::from_fn([count], |i| {
            T::constant(if i == last && i > 0 { end } else { start + i as f64 * step })
        })
    }
}
