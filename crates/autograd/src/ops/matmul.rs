//! The matrix product: gA = gC·Bᵀ, gB = Aᵀ·gC.

use gradus_tensor::{Real, Tensor};

use crate::{Op, Reverse, Samples, Values, Var};

/// The matrix product; a vector is a row on the left and a column on the right, and batch axes broadcast.
pub struct MatMul;

impl<T: Real> Op<T> for MatMul {
    fn name(&self) -> &'static str {
        "matmul"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].matmul(inputs[1])
    }

    fn accumulate(&self, inputs: &[&Tensor<T>], sum: &mut Tensor<T>) {
        if inputs.iter().all(|input| input.rank() == 2) {
            sum.add_matmul(inputs[0], inputs[1]);
        } else {
            sum.accumulate(&inputs[0].matmul(inputs[1]));
        }
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        if reverse.input(1).rank() > 2 { batched(reverse) } else { one_right_factor(reverse) }
    }

    fn backward_values(&self, values: &mut Values<'_, T>) -> bool {
        matrices(values)
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        let batched = samples.input(1).rank() > 2;
        let applied =
            if batched { batched_per_sample(samples) } else { one_right_factor_per_sample(samples) };
        if applied { samples.exact() } else { samples.mixed() }
    }
}

/// The rule for a right factor without batch axes: the rows of all matrices on the left are the rows of one,
/// so the sum over the batch is part of the product Aᵀ·gC.
pub(super) fn one_right_factor<T: Real>(reverse: &mut Reverse<'_, '_, T>) {
    let (left, right) = (reverse.input(0), reverse.input(1));
    let (left_shape, right_shape) = (left.shape(), right.shape());
    let rows: usize = left_shape[..left_shape.rank() - 1].iter().product();
    let (inner, columns) = (right_shape[0], right_shape[1..].iter().product());
    let gc = reverse.gradient().reshape([rows, columns]);
    if reverse.wants(0) {
        add_product(reverse, 0, gc, right.reshape([inner, columns]).t());
    }
    if reverse.wants(1) {
        add_product(reverse, 1, left.reshape([rows, inner]).t(), gc);
    }
}

/// As [`one_right_factor`] for two matrices, on plain tensors: in nets of a few hundred parameters the variables would cost
/// as much as the products. Returns whether it applies.
pub(super) fn matrices<T: Real>(values: &mut Values<'_, T>) -> bool {
    let (a, b) = (values.input(0), values.input(1));
    if a.rank() != 2 || b.rank() != 2 {
        return false;
    }
    for side in [0, 1] {
        if !values.wants(side) {
            continue;
        }
        let (sum, gc) = values.sum_and_gradient(side);
        let (left, right) = if side == 0 { (gc, &b.t()) } else { (&a.t(), gc) };
        match sum {
            Some(sum) => sum.add_matmul(left, right),
            None => {
                let product = left.matmul(right);
                values.add(side, product);
            }
        }
    }
    true
}

/// Adds a product to the gradient of an input: in place if that is a matrix.
fn add_product<'t, T: Real>(
    reverse: &mut Reverse<'_, 't, T>,
    input: usize,
    left: Var<'t, T>,
    right: Var<'t, T>,
) {
    let shape = reverse.input(input).shape();
    if shape.rank() == 2 {
        reverse.add_op(input, MatMul, [left, right]);
    } else {
        reverse.add(input, left.matmul(right).reshape(shape));
    }
}

/// The rule for matrices on both sides: gradients are summed over the axes along which an operand was repeated.
fn batched<T: Real>(reverse: &mut Reverse<'_, '_, T>) {
    let (a, b) = (reverse.input(0), reverse.input(1));
    let (left_shape, right_shape) = (a.shape(), b.shape());
    // A vector on the left has lost its axis of one row.
    let (a, gc) = if left_shape.rank() == 1 {
        let gc = reverse.gradient();
        (a.reshape([1, left_shape[0]]), gc.unsqueeze(gc.rank() - 1))
    } else {
        (a, reverse.gradient())
    };
    if reverse.wants(0) {
        reverse.add(0, gc.matmul(transposed(b)).sum_to(a.shape()).reshape(left_shape));
    }
    if reverse.wants(1) {
        reverse.add(1, transposed(a).matmul(gc).sum_to(right_shape));
    }
}

/// The rule of [`one_right_factor`] with the rows of every sample apart.
pub(super) fn one_right_factor_per_sample<T: Real>(samples: &mut Samples<'_, T>) -> bool {
    let (left, right, gradient) = (samples.input(0), samples.input(1), samples.gradient());
    let (left_shape, right_shape, count) = (left.shape(), right.shape(), samples.count());
    let rows: usize = left_shape[..left_shape.rank() - 1].iter().product();
    let (inner, columns) = (right_shape[0], right_shape[1..].iter().product());
    if !rows.is_multiple_of(count) || inner * columns == 0 {
        return false;
    }
    if samples.wants(0) {
        let right = right.reshape([inner, columns]).t();
        samples.add(0, gradient.reshape([rows, columns]).matmul(&right).reshape(left_shape));
    }
    if samples.wants(1) {
        let own = rows / count;
        let (left, gradient) = (left.reshape([count, own, inner]), gradient.reshape([count, own, columns]));
        samples.add_products(1, left, gradient);
    }
    true
}

/// The rule of [`batched`] where samples are a batch axis.
fn batched_per_sample<T: Real>(samples: &mut Samples<'_, T>) -> bool {
    let (left, right, gradient) = (samples.input(0), samples.input(1), samples.gradient());
    if left.rank() == 1 || samples.rows_per_sample().is_none() {
        return false;
    }
    let transposed = |x: &Tensor<T>| x.transpose(x.rank() - 2, x.rank() - 1);
    if samples.wants(0) {
        samples.add_sum(0, gradient.matmul(&transposed(right)));
    }
    if samples.wants(1) {
        samples.add_sum(1, transposed(left).matmul(gradient));
    }
    true
}

/// The last two axes exchanged.
pub(crate) fn transposed<T: Real>(x: Var<'_, T>) -> Var<'_, T> {
    let rank = x.rank();
    x.transpose(rank - 2, rank - 1)
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

    /// The sum of the products of two vectors, of rank 0.
    ///
    /// # Panics
    /// When an operand is not a vector, or the lengths differ.
    #[track_caller]
    pub fn dot(self, other: Self) -> Self {
        check_vectors("dot", self, other);
        self.matmul(other)
    }

    /// The products of every element of a vector with every element of another: `[m], [n] → [m, n]`.
    ///
    /// # Panics
    /// When an operand is not a vector.
    #[track_caller]
    pub fn outer(self, other: Self) -> Self {
        check_vectors("outer", self, other);
        self.unsqueeze(1).matmul(other.unsqueeze(0))
    }

    /// β·`self` + α·A·B, as [`Tensor::addmm`]. With β = 0 the own elements do not matter, not even NaN.
    ///
    /// # Panics
    /// As [`matmul`](Self::matmul), and when this value has not the shape of the product.
    #[track_caller]
    pub fn addmm(self, beta: T, alpha: T, a: Self, b: Self) -> Self {
        let (own, product) = (self.shape(), a.matmul(b));
        let shape = product.shape();
        assert!(own == shape, "addmm: the product has shape {shape}, what it is added to {own}");
        let product = product * alpha;
        if beta == T::zero() { product } else { self * beta + product }
    }
}

#[track_caller]
fn check_vectors<T: Real>(op: &str, left: Var<'_, T>, right: Var<'_, T>) {
    for (side, operand) in [("left", left), ("right", right)] {
        let shape = operand.shape();
        assert!(shape.rank() == 1, "{op}: {side} operand of shape {shape} is not a vector");
    }
}
