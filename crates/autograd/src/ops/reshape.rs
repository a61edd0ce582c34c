//! The same elements under another shape: the gradient is reshaped back.

use gradus_tensor::{Real, Shape, Tensor};

use crate::{Op, Reverse, Samples, Var};

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

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let shape = reverse.input(0).shape();
        reverse.add(0, reverse.gradient().reshape(shape));
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        // What a sample owns is a part of the elements in row-major order.
        samples.parts(|_, _| true)
    }
}

impl<T: Real> Var<'_, T> {
    /// The elements in row-major order under another shape.
    ///
    /// # Panics
    /// When the number of elements differs.
    #[track_caller]
    pub fn reshape(self, shape: impl Into<Shape>) -> Self {
        let shape = shape.into();
        if shape == self.shape() { self } else { self.tape.apply(Reshape { shape }, [self]) }
    }

    /// A new axis of extent 1 in front of `axis`, or behind the last one if that is the rank.
    ///
    /// # Panics
    /// When `axis` exceeds the rank, or there would be too many axes.
    #[track_caller]
    pub fn unsqueeze(self, axis: usize) -> Self {
        self.reshape(self.value().unsqueeze(axis).shape())
    }

    /// Without the axes of extent 1.
    pub fn squeeze(self) -> Self {
        self.reshape(self.value().squeeze().shape())
    }

    /// Without one axis of extent 1.
    ///
    /// # Panics
    /// When the axis lies outside or has another extent.
    #[track_caller]
    pub fn squeeze_axis(self, axis: usize) -> Self {
        self.reshape(self.value().squeeze_axis(axis).shape())
    }
}
