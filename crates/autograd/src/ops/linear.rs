//! The affine map of a layer: y = x·W + b, so gx = gy·Wᵀ, gW = xᵀ·gy, and gb is the sum of the rows of gy.

use gradus_tensor::{Real, Tensor};

use super::matmul::{matrices, one_right_factor, one_right_factor_per_sample};
use crate::{Op, Reverse, Samples, Values, Var};

/// x·W, or x·W + b with a third input.
pub struct Linear;

impl<T: Real> Op<T> for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].linear(inputs[1], inputs.get(2).copied())
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        one_right_factor(reverse);
        if reverse.inputs() > 2 && reverse.wants(2) {
            let columns = reverse.input(2).shape();
            reverse.add(2, reverse.gradient().sum_to(columns));
        }
    }

    fn backward_values(&self, values: &mut Values<'_, T>) -> bool {
        let applies = matrices(values);
        if applies && values.inputs() > 2 && values.wants(2) {
            let columns = values.gradient().sum_to(values.input(2).shape());
            values.add(2, columns);
        }
        applies
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        if samples.rows_per_sample().is_none() || !one_right_factor_per_sample(samples) {
            return samples.mixed();
        }
        if samples.inputs() > 2 && samples.wants(2) {
            samples.add_sum(2, samples.gradient().clone());
        }
        samples.exact()
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
