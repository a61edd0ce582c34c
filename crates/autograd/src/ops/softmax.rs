//! Softmax y: gx = y·(gy − Σ gy·y). Its logarithm: gx = gy − eʸ·Σ gy.

use gradus_tensor::{Real, Tensor};

use crate::{Op, Reverse, Samples, Var};

/// eˣ / Σ eˣ along an axis.
pub struct Softmax {
    /// The axis.
    pub axis: usize,
}

/// x − ln Σ eˣ along an axis.
pub struct LogSoftmax {
    /// The axis.
    pub axis: usize,
}

impl<T: Real> Op<T> for Softmax {
    fn name(&self) -> &'static str {
        "softmax"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].softmax(self.axis)
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let (y, gy) = (reverse.output(), reverse.gradient());
        let weighted = y * gy;
        let total = weighted.sum_keepdim(&[self.axis]);
        reverse.add(0, weighted - y * total);
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        samples.along(&[self.axis])
    }
}

impl<T: Real> Op<T> for LogSoftmax {
    fn name(&self) -> &'static str {
        "log_softmax"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].log_softmax(self.axis)
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let (y, gy) = (reverse.output(), reverse.gradient());
        let total = gy.sum_keepdim(&[self.axis]);
        reverse.add(0, gy - y.exp() * total);
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        samples.along(&[self.axis])
    }
}

impl<T: Real> Var<'_, T> {
    /// eˣ / Σ eˣ along `axis`; nothing overflows.
    ///
    /// # Panics
    /// When the axis lies outside.
    #[track_caller]
    pub fn softmax(self, axis: usize) -> Self {
        self.tape.apply(Softmax { axis }, [self])
    }

    /// x − ln Σ eˣ along `axis`: the logarithm of the softmax, accurate also where that underflows.
    ///
    /// # Panics
    /// When the axis lies outside.
    #[track_caller]
    pub fn log_softmax(self, axis: usize) -> Self {
        self.tape.apply(LogSoftmax { axis }, [self])
    }
}
