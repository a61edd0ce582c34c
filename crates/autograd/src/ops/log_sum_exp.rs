//! The logarithm of a sum of exponentials: the gradient is weighted with the softmax.

use gradus_tensor::{Real, Tensor};

use super::axes::Axes;
use super::reductions::reductions;
use super::sum::kept;
use crate::{Op, Reverse, Samples};

/// ln Σ eˣ over some axes, which are dropped.
pub struct LogSumExp {
    /// The axes.
    pub axes: Axes,
}

impl<T: Real> Op<T> for LogSumExp {
    fn name(&self) -> &'static str {
        "logsumexp_axes"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].logsumexp_axes(&self.axes)
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let x = reverse.input(0);
        let kept = kept(x.shape(), &self.axes);
        let weights = (x - reverse.output().reshape(kept)).exp();
        reverse.add(0, weights * reverse.gradient().reshape(kept));
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        samples.along(&self.axes)
    }
}

reductions! {
    /// ln Σ eˣ over all elements, of rank 0; nothing overflows.
    logsumexp logsumexp_axes logsumexp_keepdim () = LogSumExp,
    panics "When an axis lies outside or is named twice.";
}
