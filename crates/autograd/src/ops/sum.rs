//! Sums: the gradient is repeated along the summed axes.

use gradus_tensor::{Real, Shape, Tensor};

use super::axes::Axes;
use super::reductions::reductions;
use crate::{Op, Reverse, Samples, Var};

/// The sum over some axes, which are dropped.
pub struct SumAxes {
    /// The axes.
    pub axes: Axes,
}

impl<T: Real> Op<T> for SumAxes {
    fn name(&self) -> &'static str {
        "sum_axes"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].sum_axes(&self.axes)
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let shape = reverse.input(0).shape();
        reverse.add(0, reverse.gradient().reshape(kept(shape, &self.axes)).broadcast_to(shape));
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        samples.along(&self.axes)
    }
}

/// The sum over the axes along which a shape was repeated: the opposite of broadcasting.
pub struct SumTo {
    /// The shape of the result.
    pub shape: Shape,
}

impl<T: Real> Op<T> for SumTo {
    fn name(&self) -> &'static str {
        "sum_to"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].sum_to(self.shape)
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let shape = reverse.input(0).shape();
        reverse.add(0, reverse.gradient().broadcast_to(shape));
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        // Of the same rank, since a leading axis that is summed away may leave one of the same extent.
        let is_kept =
            |samples: &Samples<'_, T>| samples.leads(0) && samples.input(0).rank() == self.shape.rank();
        samples.parts(|samples, _| is_kept(samples))
    }
}

/// A shape in which the reduced axes have extent 1: that of a result which broadcasts against the operand.
pub(super) fn kept(shape: Shape, axes: &[usize]) -> Shape {
    shape.iter().enumerate().map(|(axis, &extent)| if axes.contains(&axis) { 1 } else { extent }).collect()
}

/// The number of elements along some axes.
pub(super) fn count(shape: Shape, axes: &[usize]) -> usize {
    axes.iter().map(|&axis| shape[axis]).product()
}

reductions! {
    /// The sum of all elements, of rank 0.
    sum sum_axes sum_keepdim () = SumAxes,
    panics "When an axis lies outside or is named twice.";
}

impl<T: Real> Var<'_, T> {
    /// The sum over the axes along which `shape` would be repeated to broadcast to this value's shape.
    ///
    /// # Panics
    /// When it does not broadcast.
    #[track_caller]
    pub fn sum_to(self, shape: impl Into<Shape>) -> Self {
        let shape = shape.into();
        if shape == self.shape() { self } else { self.tape.apply(SumTo { shape }, [self]) }
    }

    /// The mean of all elements, of rank 0; NaN without elements.
    #[track_caller]
    pub fn mean(self) -> Self {
        let count = self.shape().len();
        self.sum() / T::constant(count as f64)
    }

    /// The mean over the given axes, which are dropped from the shape.
    ///
    /// # Panics
    /// When an axis lies outside or is named twice.
    #[track_caller]
    pub fn mean_axes(self, axes: &[usize]) -> Self {
        let sum = self.sum_axes(axes);
        sum / T::constant(count(self.shape(), axes) as f64)
    }

    /// The mean over the given axes, which keep extent 1.
    ///
    /// # Panics
    /// When an axis lies outside or is named twice.
    #[track_caller]
    pub fn mean_keepdim(self, axes: &[usize]) -> Self {
        let shape = self.shape();
        self.mean_axes(axes).reshape(kept(shape, axes))
    }
}
