//! The logarithm of a sum of exponentials: the gradient is weighted with the softmax.

use gradus_tensor::{Real, Tensor};

use super::sum::kept;
use crate::{Op, Reverse, Var};

/// ln Σ eˣ over some axes, which are dropped.
pub struct LogSumExp {
    /// The axes.
    pub axes: Vec<usize>,
}

impl<T: Real> Op<T> for LogSumExp {
    fn name(&self) -> &'static str {
        "logsumexp_axes"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].logsumexp_axes(&self.axes)
    }

    fn backward(&self, reverse: &mut Reverse<'_, T>) {
        let x = reverse.input(0);
        let kept = kept(x.shape(), &self.axes);
        let weights = (x - &reverse.output().reshape(kept)).exp();
        reverse.add(0, weights * reverse.gradient().reshape(kept));
    }
}

impl<T: Real> Var<'_, T> {
    /// ln Σ eˣ over the given axes, which are dropped; nothing overflows.
    ///
    /// # Panics
    /// When an axis lies outside or is named twice.
    #[track_caller]
    pub fn logsumexp_axes(self, axes: &[usize]) -> Self {
        self.tape.apply(LogSumExp { axes: axes.to_vec() }, [self])
    }
}
