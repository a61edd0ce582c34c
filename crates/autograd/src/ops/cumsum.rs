//! Cumulative sums: the gradient is summed from the other end.

use gradus_tensor::{Real, Tensor};

use crate::{Op, Reverse, Samples, Var};

/// The sums of the elements up to each one along an axis.
pub struct CumSum {
    /// The axis.
    pub axis: usize,
}

impl<T: Real> Op<T> for CumSum {
    fn name(&self) -> &'static str {
        "cumsum"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].cumsum(self.axis)
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let from_the_end = reverse.gradient().flip(&[self.axis]).cumsum(self.axis);
        reverse.add(0, from_the_end.flip(&[self.axis]));
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        samples.along(&[self.axis])
    }
}

impl<T: Real> Var<'_, T> {
    /// The sums of the elements up to each one along `axis`, itself included.
    ///
    /// # Panics
    /// When the axis lies outside.
    #[track_caller]
    pub fn cumsum(self, axis: usize) -> Self {
        self.tape.apply(CumSum { axis }, [self])
    }
}
