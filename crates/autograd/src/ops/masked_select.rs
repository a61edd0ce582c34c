//! Picking by truth values: the positions that are picked are known, and picking by position has a rule.

use gradus_tensor::{Real, Tensor};

use crate::Var;

impl<T: Real> Var<'_, T> {
    /// The elements where `mask` is true, as a vector in row-major order; operands broadcast.
    ///
    /// # Panics
    /// When the shapes do not broadcast.
    #[track_caller]
    pub fn masked_select(self, mask: &Tensor<bool>) -> Self {
        let own = self.shape();
        let Some(shape) = own.broadcast(&mask.shape()) else {
            panic!("masked_select: shapes do not broadcast: tensor {own}, mask {}", mask.shape());
        };
        let positions = Tensor::indices(shape.len()).reshape(shape).masked_select(mask).to_vec();
        self.broadcast_to(shape).reshape([shape.len()]).index_select(0, &positions)
    }
}
