//! Norms: gx = sign(x)·(|x|/y)ᵖ⁻¹·gy, 0 where the norm is 0; the largest magnitudes share that of order ∞.

use gradus_tensor::{Real, Tensor};

use super::axes::Axes;
use super::reductions::reductions;
use super::sum::kept;
use crate::{Op, Reverse, Samples};

/// The norm of some order over some axes, which are dropped.
pub struct Norm {
    /// The axes.
    pub axes: Axes,
    /// The order.
    pub order: f64,
}

impl<T: Real> Op<T> for Norm {
    fn name(&self) -> &'static str {
        "norm_axes"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].norm_axes(&self.axes, self.order)
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let x = reverse.input(0);
        let kept = kept(x.shape(), &self.axes);
        let (y, gradient) = (reverse.output().reshape(kept), reverse.gradient().reshape(kept));
        let order = self.order;
        if order == 0.0 {
            return;
        }
        if order == 1.0 {
            return reverse.add(0, x.sign() * gradient);
        }
        if order.is_infinite() {
            let is_result = x.value().abs().equal(&y.value()).cast::<T>();
            let ties = is_result.sum_keepdim(&self.axes);
            let shares = x.tape().constant(&(is_result / ties));
            return reverse.add(0, x.sign() * shares * gradient);
        }
        // Another divisor where the norm is 0, and no gradient: neither 0/0 here nor in what this is recorded for.
        let is_zero = y.value().equal(T::zero());
        let gradient = gradient.masked_fill(&is_zero, T::zero());
        let ratio = x / y.masked_fill(&is_zero, T::one());
        if order == 2.0 {
            return reverse.add(0, ratio * gradient);
        }
        // Nor 0 to a negative power at elements that are 0; their sign is 0.
        let size = ratio.abs().masked_fill(&x.value().equal(T::zero()), T::one());
        reverse.add(0, x.sign() * size.powf(order - 1.0) * gradient);
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        samples.along(&self.axes)
    }
}

reductions! {
    /// The norm of the given order of all elements, of rank 0, with the orders of [`Tensor::norm`].
    ///
    /// Where there is no derivative the gradient is PyTorch's: 0 for a norm that is 0 and, of orders below 2, for an
    /// element that is 0; the elements of largest (or smallest) magnitude share that of order ∞ (or −∞) evenly. The norm
    /// of order 0 has the gradient 0.
    ///
    /// # Panics
    /// When the order is NaN, or there is no element and the order negative.
    norm norm_axes norm_keepdim (order: f64) = Norm,
    panics "When an axis lies outside or is named twice, or where [`norm`](Self::norm) does.";
}
