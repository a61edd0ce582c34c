//! The affine map of a layer: y = x·W + b, so gx = gy·Wᵀ, gW = xᵀ·gy, and gb is the sum of the rows of gy.

use gradus_tensor::{Real, Tensor};

use super::matmul::one_right_factor;
use crate::{Op, Reverse, Var};

/// x·W, or x·W + b with a third input.
pub struct Linear;

impl<T: Real> Op<T> for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].linear(inputs[1], inputs.get(2).copied())
    }

    fn backward(&self, reverse: &mut Reverse<'_, T>) {
        one_right_factor(reverse);
        if reverse.inputs.len() > 2 && reverse.wants(2) {
            let axes: Vec<usize> = (0..reverse.gradient().rank() - 1).collect();
            reverse.add(2, reverse.gradient().sum_axes(&axes));
        }
    }
}

impl<T: Real> Var<'_, T> {
    /// x·W + b along the last axis, with the shapes of [`Tensor::linear`]; without a bias, x·W.
    ///
    /// # Panics
    /// When the weight is not a matrix, the inner dimensions differ, or the bias is not a vector of the
    /// columns of W.
    #[track_caller]
    pub fn linear(self, weight: Self, bias: Option<Self>) -> Self {
        match bias {
            Some(bias) => self.tape.apply(Linear, [self, weight, bias]),
            None => self.tape.apply(Linear, [self, weight]),
        }
    }
}
