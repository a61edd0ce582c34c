//! Broadcasting: the gradient is summed over the repeated axes.

use gradus_tensor::{Real, Shape, Tensor};

use crate::{Op, Reverse, Var};

/// Repetition along new and size-1 axes.
pub struct BroadcastTo {
    /// The new shape.
    pub shape: Shape,
}

impl<T: Real> Op<T> for BroadcastTo {
    fn name(&self) -> &'static str {
        "broadcast_to"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].broadcast_to(self.shape)
    }

    fn backward(&self, reverse: &mut Reverse<'_, T>) {
        reverse.add(0, reverse.gradient().sum_to(reverse.input(0).shape()));
    }
}

impl<T: Real> Var<'_, T> {
    /// The elements repeated, without copying, along new and size-1 axes.
    ///
    /// # Panics
    /// When the shapes do not broadcast.
    #[track_caller]
    pub fn broadcast_to(self, shape: impl Into<Shape>) -> Self {
        self.tape.apply(BroadcastTo { shape: shape.into() }, [self])
    }
}
