//! One rule for all elementwise ops: the gradient times the slope, summed over broadcast axes. What that computes is
//! again an op, whose rule is the same with the next derivative.

use gradus_tensor::ops::{Affine, BinaryOp, UnaryOp};
use gradus_tensor::{
    Real, Tensor, binary_backward, binary_backward_add, binary_derivative, unary_backward, unary_derivative,
};

use crate::{Op, Reverse, Samples, Values, Var};

/// A unary elementwise op on a tape.
pub struct Unary<O>(pub O);

impl<T: Real, O: UnaryOp> Op<T> for Unary<O> {
    fn name(&self) -> &'static str {
        O::NAME
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].map(self.0)
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let (x, y, gradient) = (reverse.input(0), reverse.output(), reverse.gradient());
        match self.0.constant_slope() {
            Some(slope) => reverse.add(0, scaled(gradient, slope)),
            None if O::DEGREE == 0 => {}
            None => reverse.add_op(0, UnaryDerivative { op: self.0, order: 1 }, [x, y, gradient]),
        }
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        samples.parts(|_, _| true)
    }

    fn backward_values(&self, values: &mut Values<'_, T>) -> bool {
        if self.0.constant_slope() == Some(1.0) {
            let gradient = values.take_gradient();
            values.add(0, gradient);
            return true;
        }
        let (x, y) = (values.input(0), values.output());
        let gradient = values.take_gradient();
        match values.sum(0) {
            Some(sum) => {
                let before = std::mem::replace(sum, Tensor::zeros([0]));
                *sum = unary_backward(self.0, x, y, gradient, Some(before));
            }
            None => values.add(0, unary_backward(self.0, x, y, gradient, None)),
        }
        true
    }
}

/// The gradient times the `order`-th derivative of a unary op. The inputs are x, the value y of the op there, and the
/// gradient; y depends on x alone, so what flows to it is part of the derivative with respect to x.
struct UnaryDerivative<O> {
    op: O,
    order: usize,
}

impl<T: Real, O: UnaryOp> Op<T> for UnaryDerivative<O> {
    fn name(&self) -> &'static str {
        O::NAME
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        unary_derivative(self.op, self.order, inputs[0], inputs[1], inputs[2].clone())
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let Self { op, order } = *self;
        let (x, y, factor, gradient) =
            (reverse.input(0), reverse.input(1), reverse.input(2), reverse.gradient());
        if reverse.wants(0) && order < O::DEGREE {
            reverse.add_op(0, UnaryDerivative { op, order: order + 1 }, [x, y, factor * gradient]);
        }
        if reverse.wants(2) {
            reverse.add_op(2, UnaryDerivative { op, order }, [x, y, gradient]);
        }
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        samples.parts(|_, _| true)
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

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let (a, b, gradient) = (reverse.input(0), reverse.input(1), reverse.gradient());
        for (side, orders) in [[1, 0], [0, 1]].into_iter().enumerate() {
            if reverse.wants(side) {
                let contribution = match self.0.constant_slopes() {
                    Some(slopes) => scaled(gradient, slopes[side]),
                    None => a.tape.apply(BinaryDerivative { op: self.0, orders }, [a, b, gradient]),
                };
                reverse.add(side, contribution.sum_to(reverse.input(side).shape()));
            }
        }
    }

    fn backward_values(&self, values: &mut Values<'_, T>) -> bool {
        let (a, b) = (values.input(0), values.input(1));
        let wanted = [values.wants(0), values.wants(1)];
        // The right side first: of two contributions the last may take the place of the gradient, and the left operand
        // of a chain is the value that has no other use.
        for side in [1, 0] {
            if !wanted[side] {
                continue;
            }
            let last = side == 0 || !wanted[0];
            let operand = if side == 0 { a } else { b };
            let same_shape = operand.same_shape(values.gradient());
            let slope = self.0.constant_slopes().map(|slopes| slopes[side]);
            match (slope, values.sum_and_gradient(side)) {
                (Some(slope), (Some(sum), gradient)) if same_shape && slope.abs() == 1.0 => {
                    if slope == 1.0 {
                        *sum += gradient;
                    } else {
                        *sum -= gradient;
                    }
                    continue;
                }
                (None, (Some(sum), gradient)) if same_shape => {
                    binary_backward_add(self.0, side, a, b, gradient, sum);
                    continue;
                }
                _ => {}
            }
            let gradient = if last { values.take_gradient() } else { values.gradient().clone() };
            let contribution = match slope {
                Some(1.0) => gradient,
                Some(slope) => gradient * T::constant(slope),
                None => binary_backward(self.0, side, a, b, gradient),
            };
            values.add(side, if same_shape { contribution } else { contribution.sum_to(operand.shape()) });
        }
        true
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        let (a, b, gradient) = (samples.input(0), samples.input(1), samples.gradient());
        if a.same_shape(b) {
            return samples.parts(|_, _| true);
        }
        if samples.rows_per_sample().is_none() {
            return samples.mixed();
        }
        for side in [0, 1] {
            if samples.wants(side) {
                let contribution = match self.0.constant_slopes().map(|slopes| slopes[side]) {
                    Some(1.0) => gradient.clone(),
                    Some(slope) => gradient * T::constant(slope),
                    None => binary_backward(self.0, side, a, b, gradient.clone()),
                };
                samples.add_sum(side, contribution);
            }
        }
        samples.exact()
    }
}

/// The gradient times a mixed derivative of a binary op, of the joint shape. The inputs are the two operands and the
/// gradient.
struct BinaryDerivative<O> {
    op: O,
    /// How often with respect to each operand.
    orders: [usize; 2],
}

impl<T: Real, O: BinaryOp> Op<T> for BinaryDerivative<O> {
    fn name(&self) -> &'static str {
        O::NAME
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        binary_derivative(self.op, self.orders, inputs[0], inputs[1], inputs[2].clone())
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let Self { op, orders: [i, j] } = *self;
        let (a, b, factor, gradient) =
            (reverse.input(0), reverse.input(1), reverse.input(2), reverse.gradient());
        if i + j < O::DEGREE {
            for (side, orders) in [[i + 1, j], [i, j + 1]].into_iter().enumerate() {
                if reverse.wants(side) {
                    let derivative = BinaryDerivative { op, orders };
                    let contribution = a.tape.apply(derivative, [a, b, factor * gradient]);
                    reverse.add(side, contribution.sum_to(reverse.input(side).shape()));
                }
            }
        }
        if reverse.wants(2) {
            reverse.add_op(2, BinaryDerivative { op, orders: [i, j] }, [a, b, gradient]);
        }
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        let shape = samples.gradient().shape();
        samples.parts(|samples, i| samples.input(i).shape() == shape)
    }
}

/// `slope` · x.
fn scaled<T: Real>(x: Var<'_, T>, slope: f64) -> Var<'_, T> {
    // x + −0 is x.
    if slope == 1.0 { x } else { x.tape.apply(Unary(Affine { scale: slope, shift: -0.0 }), [x]) }
}
