//! Picking single elements: the gradient of each one goes back to where it was picked, added where picked twice.

use gradus_tensor::{Real, Tensor};

use crate::{Op, Reverse, Var};

/// The elements at some positions of an axis.
pub struct Gather {
    /// The axis.
    pub axis: usize,
    /// The positions; the result has their shape.
    pub index: Tensor<usize>,
}

impl<T: Real> Op<T> for Gather {
    fn name(&self) -> &'static str {
        "gather"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].gather(self.axis, &self.index)
    }

    fn backward(&self, reverse: &mut Reverse<'_, T>) {
        let (shape, gradient) = (reverse.input(0).shape(), reverse.gradient().clone());
        reverse.update(0, |sum| {
            let mut sum = sum.unwrap_or_else(|| Tensor::zeros(shape));
            sum.scatter_add(self.axis, &self.index, &gradient);
            sum
        });
    }
}

impl<T: Real> Var<'_, T> {
    /// The elements at the given positions of `axis`, as [`Tensor::gather`].
    ///
    /// # Panics
    /// When the ranks differ, the axis lies outside, `index` is longer along another axis, or an index lies outside.
    #[track_caller]
    pub fn gather(self, axis: usize, index: &Tensor<usize>) -> Self {
        self.tape.apply(Gather { axis, index: index.clone() }, [self])
    }

    /// The elements in order along `axis`, as [`Tensor::sort`]; the gradient goes back by the positions.
    ///
    /// # Panics
    /// When the axis lies outside.
    #[track_caller]
    pub fn sort(self, axis: usize, descending: bool) -> Self {
        let shape = self.shape();
        assert!(axis < shape.rank(), "sort: axis {axis} is outside shape {shape}");
        self.gather(axis, &self.value().argsort(axis, descending))
    }

    /// The `k` largest or smallest elements along `axis` and their positions, as [`Tensor::topk`].
    ///
    /// # Panics
    /// When the axis lies outside or `k` exceeds its extent.
    #[track_caller]
    pub fn topk(self, k: usize, axis: usize, largest: bool) -> (Self, Tensor<usize>) {
        let (_, positions) = self.value().topk(k, axis, largest);
        (self.gather(axis, &positions), positions)
    }
}
