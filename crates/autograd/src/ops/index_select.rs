//! Picking by position: the gradient of each part goes back to where it was picked, added where picked twice.

use gradus_tensor::{Real, Tensor};

use crate::{Op, Reverse, Var};

/// The parts at some positions of an axis.
pub struct IndexSelect {
    /// The axis.
    pub axis: usize,
    /// The positions, in order; one may be picked more than once.
    pub indices: Vec<usize>,
}

impl<T: Real> Op<T> for IndexSelect {
    fn name(&self) -> &'static str {
        "index_select"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].index_select(self.axis, &self.indices)
    }

    fn backward(&self, reverse: &mut Reverse<'_, T>) {
        let mut contribution = Tensor::zeros(reverse.input(0).shape());
        contribution.index_add(self.axis, &self.indices, reverse.gradient());
        reverse.add(0, contribution);
    }
}

impl<T: Real> Var<'_, T> {
    /// The parts at the positions `indices` of `axis`, in that order.
    ///
    /// # Panics
    /// When the axis or an index lies outside.
    #[track_caller]
    pub fn index_select(self, axis: usize, indices: &[usize]) -> Self {
        self.tape.apply(IndexSelect { axis, indices: indices.to_vec() }, [self])
    }
}
