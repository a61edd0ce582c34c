//! Joining along an axis: each part gets its part of the gradient.

use gradus_tensor::{Real, Tensor};

use crate::{Op, Reverse, Samples, Var};

/// Values one after the other along an axis.
pub struct Concat {
    /// The axis.
    pub axis: usize,
}

impl<T: Real> Op<T> for Concat {
    fn name(&self) -> &'static str {
        "concat"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        Tensor::concat(inputs, self.axis)
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let mut start = 0;
        for i in 0..reverse.inputs() {
            let len = reverse.input(i).shape()[self.axis];
            if reverse.wants(i) {
                reverse.add(i, reverse.gradient().narrow(self.axis, start, len));
            }
            start += len;
        }
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        samples.along(&[self.axis])
    }
}

impl<'t, T: Real> Var<'t, T> {
    /// The values one after the other along `axis`.
    ///
    /// # Panics
    /// When there are none, the axis lies outside, shapes differ along another axis, or tapes differ.
    #[track_caller]
    pub fn concat(parts: &[Self], axis: usize) -> Self {
        assert!(!parts.is_empty(), "concat: no tensors");
        parts[0].tape.apply_many(Concat { axis }, parts)
    }

    /// Values of one shape along a new axis in front of `axis`, or behind the last one if that is the rank.
    ///
    /// # Panics
    /// When there are none, the axis exceeds the rank, shapes or tapes differ.
    #[track_caller]
    pub fn stack(parts: &[Self], axis: usize) -> Self {
        assert!(!parts.is_empty(), "stack: no tensors");
        let shape = parts[0].shape();
        let mut layers = Vec::with_capacity(parts.len());
        for part in parts {
            assert!(part.shape() == shape, "stack: shapes differ: {shape} and {}", part.shape());
            layers.push(part.unsqueeze(axis));
        }
        Self::concat(&layers, axis)
    }
}
