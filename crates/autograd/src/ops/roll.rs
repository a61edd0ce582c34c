//! Moving around an axis: the gradient is moved back.

use gradus_tensor::{Real, Tensor};

use crate::{Op, Reverse, Samples, Var};

/// The elements moved along an axis, those pushed over the end coming back at the start.
pub struct Roll {
    /// The axis.
    pub axis: usize,
    /// How far.
    pub shift: isize,
}

impl<T: Real> Op<T> for Roll {
    fn name(&self) -> &'static str {
        "roll"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].roll(self.axis, self.shift)
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        // −isize::MIN is not a number, and a shift counts modulo the extent.
        let extent = reverse.input(0).shape()[self.axis].max(1) as isize;
        reverse.add(0, reverse.gradient().roll(self.axis, -(self.shift % extent)));
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        samples.along(&[self.axis])
    }
}

impl<T: Real> Var<'_, T> {
    /// The elements moved by `shift` positions along `axis`, those pushed over the end coming back at the start.
    ///
    /// # Panics
    /// When the axis lies outside.
    #[track_caller]
    pub fn roll(self, axis: usize, shift: isize) -> Self {
        self.tape.apply(Roll { axis, shift }, [self])
    }
}
