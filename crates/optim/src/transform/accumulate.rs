//! Steps with the mean of several gradients.

use gradus_tensor::{Real, vector};
use serde::{Deserialize, Serialize};

use super::{Before, Transform};
use crate::{OptimError, Slot, hyperparameter};

/// A step is taken with every n-th gradient only, and with the mean of the last n: n micro-batches stand for one batch
/// that is n times as large. What stands behind it in the order of the transforms sees the means only.
///
/// Rules that [need the loss](crate::Rule::needs_loss) refuse it when n > 1: the loss of a step would be that of the
/// last micro-batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accumulate {
    /// n, at least 1.
    pub micro_batches: u64,
}

impl Accumulate {
    /// The mean over `micro_batches` gradients.
    pub fn over(micro_batches: u64) -> Self {
        Self { micro_batches }
    }
}

impl<T: Real> Transform<T> for Accumulate {
    fn name(&self) -> &'static str {
        "accumulate"
    }

    fn validate(&self) -> Result<(), OptimError> {
        let n = self.micro_batches;
        hyperparameter::require(n > 0, "accumulate", "micro_batches", n, "at least 1")
    }

    fn mixes_gradients(&self) -> bool {
        self.micro_batches > 1
    }

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::zeros("mean")]
    }

    fn before(&self, before: Before<'_, T>) -> bool {
        let Before { call, gradient, mut state, .. } = before;
        let mean = &mut state[0];
        // Parts of a mean of finite numbers are finite, where their sum need not be.
        vector::axpy(T::constant(1.0 / self.micro_batches as f64), gradient, mean);
        if !call.is_multiple_of(self.micro_batches) {
            return false;
        }
        gradient.copy_from_slice(mean);
        mean.fill(T::zero());
        true
    }
}
