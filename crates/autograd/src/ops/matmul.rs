//! The matrix product: gA = gC·Bᵀ, gB = Aᵀ·gC.

use gradus_tensor::{Real, Tensor};

use crate::{Op, Reverse, Var};

/// The matrix product; a vector is a row on the left and a column on the right.
pub struct MatMul;

impl<T: Real> Op<T> for MatMul {
    fn name(&self) -> &'static str {
        "matmul"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].matmul(inputs[1])
    }

    fn backward(&self, reverse: &mut Reverse<'_, T>) {
        let (left, right) = (reverse.input(0), reverse.input(1));
        let (left_shape, right_shape) = (left.shape(), right.shape());
        let inner = right_shape[0];
        // The same rule for vectors and matrices: a vector is a matrix with one row or one column.
        let rows = if left.rank() == 2 { left_shape[0] } else { 1 };
        let columns = if right.rank() == 2 { right_shape[1] } else { 1 };
        let a = if left.rank() == 2 { left.clone() } else { left.reshape([rows, inner]) };
        let b = if right.rank() == 2 { right.clone() } else { right.reshape([inner, columns]) };
        let gc = reverse.gradient().reshape([rows, columns]);
        if reverse.wants(0) {
            reverse.add(0, gc.matmul(&b.t()).reshape(left_shape));
        }
        if reverse.wants(1) {
            reverse.add(1, a.t().matmul(&gc).reshape(right_shape));
        }
    }
}

impl<T: Real> Var<'_, T> {
    /// The matrix product, with the shapes of [`Tensor::matmul`].
    ///
    /// # Panics
    /// When an operand is neither a vector nor a matrix, or the inner dimensions differ.
    #[track_caller]
    pub fn matmul(self, other: Self) -> Self {
        self.tape.apply(MatMul, [self, other])
    }
}
