//! One rule for all elementwise ops: the gradient times the slope, summed over broadcast axes.

use gradus_tensor::ops::{BinaryOp, UnaryOp};
use gradus_tensor::{Real, Tensor, unary_backward};

use crate::{Op, Reverse};

/// A unary elementwise op on a tape.
pub struct Unary<O>(pub O);

impl<T: Real, O: UnaryOp> Op<T> for Unary<O> {
    fn name(&self) -> &'static str {
        O::NAME
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].map(self.0)
    }

    fn backward(&self, reverse: &mut Reverse<'_, T>) {
        let (x, y, gy) = (reverse.input(0).clone(), reverse.output().clone(), reverse.gradient().clone());
        reverse.update(0, |gx| unary_backward(self.0, &x, &y, &gy, gx));
    }
}

/// A binary elementwise op with broadcasting on a tape.
pub struct Binary<O>(pub O);

impl<T: Real, O: BinaryOp> Op<T> for Binary<O> {
    fn name(&self) -> &'static str {
        O::NAME
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].zip(inputs[1], self.0)
    }

    fn backward(&self, reverse: &mut Reverse<'_, T>) {
        for side in 0..2 {
            if reverse.wants(side) {
                let slope = reverse.input(0).zip_slope(reverse.input(1), self.0, side);
                let contribution = (slope * reverse.gradient()).sum_to(reverse.input(side).shape());
                reverse.add(side, contribution);
            }
        }
    }
}
