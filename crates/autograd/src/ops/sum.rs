//! Sums: the gradient is repeated along the summed axes.

use gradus_tensor::{Real, Shape, Tensor};

use crate::{Op, Reverse, Var};

/// The sum over some axes, which are dropped.
pub struct SumAxes {
    /// The axes.
    pub axes: Vec<usize>,
}

impl<T: Real> Op<T> for SumAxes {
    fn name(&self) -> &'static str {
        "sum_axes"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].sum_axes(&self.axes)
    }

    fn backward(&self, reverse: &mut Reverse<'_, T>) {
        let shape = reverse.input(0).shape();
        reverse.add(0, reverse.gradient().reshape(kept(shape, &self.axes)).broadcast_to(shape));
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

impl<T: Real> Var<'_, T> {
    /// The sum over the given axes, which are dropped from the shape.
    ///
    /// # Panics
    /// When an axis lies outside or is named twice.
    #[track_caller]
    pub fn sum_axes(self, axes: &[usize]) -> Self {
        self.tape.apply(SumAxes { axes: axes.to_vec() }, [self])
    }

    /// The sum of all elements, of rank 0.
    pub fn sum(self) -> Self {
        let axes = (0..self.shape().iter().len()).collect();
        self.tape.apply(SumAxes { axes }, [self])
    }

    /// The mean of all elements, of rank 0; NaN without elements.
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
}
