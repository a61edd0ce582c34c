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
        let kept: Shape =
            shape.iter().enumerate().map(|(i, &n)| if self.axes.contains(&i) { 1 } else { n }).collect();
        reverse.add(0, reverse.gradient().reshape(kept).broadcast_to(shape));
    }
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
}
