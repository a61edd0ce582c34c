//! The same elements under another shape: the gradient is reshaped back.

use gradus_tensor::{Real, Shape, Tensor};

use crate::{Op, Reverse, Var};

/// Row-major reshape.
pub struct Reshape {
    /// The new shape.
    pub shape: Shape,
}

impl<T: Real> Op<T> for Reshape {
    fn name(&self) -> &'static str {
        "reshape"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].reshape(self.shape)
    }

    fn backward(&self, reverse: &mut Reverse<'_, T>) {
        reverse.add(0, reverse.gradient().reshape(reverse.input(0).shape()));
    }
}

impl<T: Real> Var<'_, T> {
    /// The elements in row-major order under another shape.
    ///
    /// # Panics
    /// When the number of elements differs.
    #[track_caller]
    pub fn reshape(self, shape: impl Into<Shape>) -> Self {
        self.tape.apply(Reshape { shape: shape.into() }, [self])
    }
}
