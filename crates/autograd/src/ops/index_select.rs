//! Picking rows: the gradient of each row goes back to where it was picked, added where picked twice.

use gradus_tensor::{Real, Tensor};

use crate::{Op, Reverse, Var};

/// The rows `indices` of the first axis.
pub struct IndexSelect {
    /// The rows, in order; a row may be picked more than once.
    pub indices: Vec<usize>,
}

impl<T: Real> Op<T> for IndexSelect {
    fn name(&self) -> &'static str {
        "index_select"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].index_select(&self.indices)
    }

    fn backward(&self, reverse: &mut Reverse<'_, T>) {
        let mut contribution = Tensor::zeros(reverse.input(0).shape());
        contribution.index_add(&self.indices, reverse.gradient());
        reverse.add(0, contribution);
    }
}

impl<T: Real> Var<'_, T> {
    /// The rows `indices` of the first axis, in that order.
    ///
    /// # Panics
    /// When the value has rank 0 or an index lies outside.
    #[track_caller]
    pub fn index_select(self, indices: &[usize]) -> Self {
        self.tape.apply(IndexSelect { indices: indices.to_vec() }, [self])
    }
}
