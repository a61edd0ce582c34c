//! Variances: gx = 2·(x − mean)·gy / (n − correction). (What the mean contributes adds up to 0.)

use gradus_tensor::{Real, Tensor};

use super::sum::{count, kept};
use crate::{Op, Reverse, Var};

/// The variance over some axes, which are dropped.
pub struct Variance {
    /// The axes.
    pub axes: Vec<usize>,
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

    fn backward(&self, reverse: &mut Reverse<'_, T>) {
        let x = reverse.input(0);
        let degrees = count(x.shape(), &self.axes).saturating_sub(self.correction);
        let factors =
            reverse.gradient().reshape(kept(x.shape(), &self.axes)) * T::constant(2.0 / degrees as f64);
        reverse.add(0, (x - &x.mean_keepdim(&self.axes)) * factors);
    }
}

impl<T: Real> Var<'_, T> {
    /// The variance Σ (x − mean)² / (n − correction) over the given axes, which are dropped. A `correction` of 1 gives the
    /// unbiased estimate (PyTorch's default). For a standard deviation: `.sqrt()`.
    ///
    /// # Panics
    /// When an axis lies outside or is named twice.
    #[track_caller]
    pub fn var_axes(self, axes: &[usize], correction: usize) -> Self {
        self.tape.apply(Variance { axes: axes.to_vec(), correction }, [self])
    }
}
