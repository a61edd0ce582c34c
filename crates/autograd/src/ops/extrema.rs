//! Largest and smallest elements: the gradient goes to the elements that are the result, in equal shares.

use gradus_tensor::{Real, Tensor};

use super::axes::Axes;
use super::reductions::reductions;
use super::sum::kept;
use crate::{Op, Reverse, Samples};

/// The largest elements along some axes, which are dropped.
pub struct MaxAxes {
    /// The axes.
    pub axes: Axes,
}

/// The smallest elements along some axes, which are dropped.
pub struct MinAxes {
    /// The axes.
    pub axes: Axes,
}

impl<T: Real> Op<T> for MaxAxes {
    fn name(&self) -> &'static str {
        "max_axes"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].max_axes(&self.axes)
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        share(reverse, &self.axes);
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        samples.along(&self.axes)
    }
}

impl<T: Real> Op<T> for MinAxes {
    fn name(&self) -> &'static str {
        "min_axes"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].min_axes(&self.axes)
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        share(reverse, &self.axes);
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        samples.along(&self.axes)
    }
}

/// gx = gy / (number of ties) where x = y, else 0.
fn share<T: Real>(reverse: &mut Reverse<'_, '_, T>, axes: &[usize]) {
    let (x, y) = (reverse.input(0), reverse.output());
    let kept = kept(x.shape(), axes);
    let is_result = x.value().equal(&y.value().reshape(kept)).cast::<T>();
    let ties = is_result.sum_keepdim(axes);
    let shares = x.tape().constant(&(is_result / ties));
    reverse.add(0, shares * reverse.gradient().reshape(kept));
}

reductions! {
    /// The largest of all elements, of rank 0; NaN if one is NaN. Elements that tie share the gradient evenly (as PyTorch's
    /// `amax`).
    ///
    /// # Panics
    /// When there are no elements.
    max max_axes max_keepdim () = MaxAxes,
    panics "When an axis lies outside or is named twice, or when there is nothing to reduce over.";

    /// The smallest of all elements, of rank 0; NaN if one is NaN. Elements that tie share the gradient evenly (as
    /// PyTorch's `amin`).
    ///
    /// # Panics
    /// When there are no elements.
    min min_axes min_keepdim () = MinAxes,
    panics "When an axis lies outside or is named twice, or when there is nothing to reduce over.";
}
