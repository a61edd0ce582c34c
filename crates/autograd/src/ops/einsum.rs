//! Einstein summation: the gradient of a product of two operands is again one, of the gradient and the other operand.

use gradus_tensor::einsum::{Contraction, EinsumOperand, einsum_path};
use gradus_tensor::{Real, Shape, Tensor};

use crate::{Op, Reverse, Samples, Var};

/// One product of an einsum path.
pub struct Einsum(pub Contraction);

impl<T: Real> Op<T> for Einsum {
    fn name(&self) -> &'static str {
        "einsum"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        self.0.apply(inputs[0], inputs[1])
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        if reverse.wants(0) {
            let contraction = Einsum(self.0.gradient_of_left());
            reverse.add_op(0, contraction, [reverse.gradient(), reverse.input(1)]);
        }
        if reverse.wants(1) {
            let contraction = Einsum(self.0.gradient_of_right());
            reverse.add_op(1, contraction, [reverse.input(0), reverse.gradient()]);
        }
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        let leading = self.0.leading_letter();
        samples.parts(|samples, i| leading[i] && samples.leads(i))
    }
}

impl<T: Real> EinsumOperand for Var<'_, T> {
    fn squeeze_axis(&self, axis: usize) -> Self {
        let shape = self.shape();
        self.reshape([&shape[..axis], &shape[axis + 1..]].concat().as_slice())
    }
    fn diagonal(&self, axis0: usize, axis1: usize) -> Self {
        Var::diagonal(*self, 0, axis0, axis1)
    }
    fn sum_axes(&self, axes: &[usize]) -> Self {
        Var::sum_axes(*self, axes)
    }
    fn permute(&self, axes: &[usize]) -> Self {
        Var::permute(*self, axes)
    }
    fn contract(&self, other: &Self, contraction: &Contraction) -> Self {
        self.tape().apply(Einsum(contraction.clone()), [*self, *other])
    }
}

/// Einstein summation in the notation of [`gradus_tensor::einsum()`]. The tape records one product per step of the path.
///
/// # Panics
/// When the expression is malformed or does not fit the shapes; the text names the letter.
#[track_caller]
pub fn einsum<'t, T: Real>(expression: &str, operands: &[Var<'t, T>]) -> Var<'t, T> {
    let shapes: Vec<Shape> = operands.iter().map(|operand| operand.shape()).collect();
    match einsum_path(expression, &shapes) {
        Ok(path) => path.evaluate(operands.to_vec()),
        Err(error) => panic!("{error}"),
    }
}
