//! Inverses Y: gA = −Yᵀ·gY·Yᵀ.

use gradus_tensor::{LinalgError, Real, Tensor, linalg};

use super::routine::{Routine, record};
use crate::ops::transposed;
use crate::{Reverse, Var};

struct Inverse;

impl<T: Real> Routine<T> for Inverse {
    fn name(&self) -> &'static str {
        "inv"
    }

    fn answer(&self, inputs: &[&Tensor<T>]) -> Result<Tensor<T>, LinalgError> {
        linalg::inv(inputs[0])
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let y = transposed(reverse.output());
        reverse.add(0, -y.matmul(reverse.gradient()).matmul(y));
    }
}

/// The inverses of square matrices, as [`gradus_tensor::linalg::inv`].
///
/// # Errors
/// When the matrices are not square, not finite or singular.
pub fn inv<T: Real>(a: Var<'_, T>) -> Result<Var<'_, T>, LinalgError> {
    record(Inverse, [a])
}
