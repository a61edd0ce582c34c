//! The matrix product: gA = gC·Bᵀ, gB = Aᵀ·gC.

use gradus_tensor::{Real, Shape, Tensor};

use crate::{Op, Reverse, Var};

/// The matrix product; a vector is a row on the left and a column on the right, and batch axes broadcast.
pub struct MatMul;

impl<T: Real> Op<T> for MatMul {
    fn name(&self) -> &'static str {
        "matmul"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].matmul(inputs[1])
    }

    fn backward(&self, reverse: &mut Reverse<'_, T>) {
        if reverse.input(1).rank() > 2 { batched(reverse) } else { one_right_factor(reverse) }
    }
}

/// The rule for a right factor without batch axes: the rows of all matrices on the left are the rows of one,
/// so the sum over the batch is part of the product Aᵀ·gC.
pub(super) fn one_right_factor<T: Real>(reverse: &mut Reverse<'_, T>) {
    let (left, right) = (reverse.input(0), reverse.input(1));
    let (left_rank, right_rank) = (left.rank(), right.rank());
    let rows: usize = left.shape()[..left_rank - 1].iter().product();
    let (inner, columns) = (right.shape()[0], right.shape()[1..].iter().product());
    let as_matrix =
        |x: &Tensor<T>, shape: [usize; 2]| if x.rank() == 2 { x.clone() } else { x.reshape(shape) };
    let (a, b) = (as_matrix(left, [rows, inner]), as_matrix(right, [inner, columns]));
    let gc = reverse.gradient().reshape([rows, columns]);
    if reverse.wants(0) {
        add_product(reverse, 0, left_rank, &gc, &b.t());
    }
    if reverse.wants(1) {
        add_product(reverse, 1, right_rank, &a.t(), &gc);
    }
}

/// Adds a product to the gradient of an input: in place if that is a matrix.
fn add_product<T: Real>(
    reverse: &mut Reverse<'_, T>,
    input: usize,
    rank: usize,
    left: &Tensor<T>,
    right: &Tensor<T>,
) {
    if rank == 2 {
        reverse.update(input, |sum| match sum {
            None => left.matmul(right),
            Some(mut sum) => {
                sum.add_matmul(left, right);
                sum
            }
        });
    } else {
        let shape = reverse.input(input).shape();
        reverse.add(input, left.matmul(right).reshape(shape));
    }
}

/// The rule for matrices on both sides: gradients are summed over the axes along which an operand was repeated.
fn batched<T: Real>(reverse: &mut Reverse<'_, T>) {
    let (left, right) = (reverse.input(0), reverse.input(1));
    let (left_shape, right_shape) = (left.shape(), right.shape());
    let gc = reverse.gradient();
    // A vector on the left has lost its axis of one row.
    let (a, gc) = if left.rank() == 1 {
        let kept = gc.rank() - 1;
        let rows: Shape = gc.shape()[..kept].iter().copied().chain([1, gc.shape()[kept]]).collect();
        (left.reshape([1, left.len()]), gc.reshape(rows))
    } else {
        (left.clone(), gc.clone())
    };
    let b = right.clone();
    if reverse.wants(0) {
        let contribution = gc.matmul(&transposed(&b)).sum_to(a.shape()).reshape(left_shape);
        reverse.add(0, contribution);
    }
    if reverse.wants(1) {
        reverse.add(1, transposed(&a).matmul(&gc).sum_to(right_shape));
    }
}

/// The last two axes exchanged.
fn transposed<T: Real>(x: &Tensor<T>) -> Tensor<T> {
    let rank = x.rank();
    let axes: Vec<usize> = (0..rank - 2).chain([rank - 1, rank - 2]).collect();
    x.permute(&axes)
}

impl<T: Real> Var<'_, T> {
    /// The matrix product, with the shapes of [`Tensor::matmul`].
    ///
    /// # Panics
    /// When an operand has rank 0, the inner dimensions differ, or the batch axes do not broadcast.
    #[track_caller]
    pub fn matmul(self, other: Self) -> Self {
        self.tape.apply(MatMul, [self, other])
    }
}
