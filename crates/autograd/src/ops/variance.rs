//! Variances: gx = 2·(x − mean)·gy / (n − correction). (What the mean contributes adds up to 0.) Their roots y, the
//! standard deviations: gx = (x − mean)·gy / ((n − correction)·y), 0 where y is 0.

use gradus_tensor::{Real, Tensor};

use super::axes::Axes;
use super::reductions::reductions;
use super::sum::{count, kept};
use crate::{Op, Reverse, Samples};

/// The variance over some axes, which are dropped.
pub struct Variance {
    /// The axes.
    pub axes: Axes,
    /// What is subtracted from the number of elements.
    pub correction: usize,
}

impl<T: Real> Op<T> for Variance {
    fn name(&self) -> &'static str {
        "var_axes"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].var_axes(&self.axes, self.correction)
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let x = reverse.input(0);
        let degrees = count(x.shape(), &self.axes).saturating_sub(self.correction);
        let factors =
            reverse.gradient().reshape(kept(x.shape(), &self.axes)) * T::constant(2.0 / degrees as f64);
        reverse.add(0, (x - x.mean_keepdim(&self.axes)) * factors);
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        samples.along(&self.axes)
    }
}

/// The standard deviation over some axes, which are dropped.
pub struct StandardDeviation {
    /// The axes.
    pub axes: Axes,
    /// What is subtracted from the number of elements.
    pub correction: usize,
}

impl<T: Real> Op<T> for StandardDeviation {
    fn name(&self) -> &'static str {
        "std_axes"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].std_axes(&self.axes, self.correction)
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let (x, y) = (reverse.input(0), reverse.output());
        let degrees = count(x.shape(), &self.axes).saturating_sub(self.correction);
        // Another divisor where the deviation is 0, and no gradient: neither 0/0 here nor in what this is recorded for.
        let is_zero = y.value().equal(T::zero());
        let divisor = y.masked_fill(&is_zero, T::one()) * T::constant(degrees as f64);
        let factors = reverse.gradient().masked_fill(&is_zero, T::zero()) / divisor;
        let factors = factors.reshape(kept(x.shape(), &self.axes));
        reverse.add(0, (x - x.mean_keepdim(&self.axes)) * factors);
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        samples.along(&self.axes)
    }
}

reductions! {
    /// The variance Σ (x − mean)² / (n − correction) of all elements, of rank 0. A `correction` of 1 gives the unbiased
    /// estimate (PyTorch's default), 0 the mean square deviation (NumPy's default).
    var var_axes var_keepdim (correction: usize) = Variance,
    panics "When an axis lies outside or is named twice.";

    /// The standard deviation of all elements, of rank 0: the root of the variance [`var`](Self::var). Its gradient is 0
    /// where it is 0 (PyTorch's choice).
    std std_axes std_keepdim (correction: usize) = StandardDeviation,
    panics "When an axis lies outside or is named twice.";
}
