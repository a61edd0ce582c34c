//! Averages of the points that the parameters pass through.

use gradus_tensor::Real;
use gradus_tensor::simd::{self, Kernel};
use serde::{Deserialize, Serialize};

use super::composed::AVERAGE;
use super::{After, Transform};
use crate::{OptimError, Slot, hyperparameter};

/// An exponential moving average of the parameters, as PyTorch's `swa_utils` with `get_ema_multi_avg_fn`:
///
/// ```text
/// x̄ ← x                                    after the first step
/// x̄ ← x̄ + (1 − decay)·(x − x̄)             after the others
/// ```
///
/// The state is `average`; [`swap_average`](super::Composed::swap_average) exchanges the parameters for it.
///
/// Source: Polyak, Juditsky, *Acceleration of stochastic approximation by averaging* (1992), with forgetting.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ema {
    /// In [0, 1]; 0.999 by default.
    pub decay: f64,
}

impl Default for Ema {
    fn default() -> Self {
        Self { decay: 0.999 }
    }
}

impl<T: Real> Transform<T> for Ema {
    fn name(&self) -> &'static str {
        "ema"
    }

    fn validate(&self) -> Result<(), OptimError> {
        let holds = (0.0..=1.0).contains(&self.decay);
        hyperparameter::require(holds, "ema", "decay", self.decay, "at least 0 and at most 1")
    }

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::zeros(AVERAGE)]
    }

    fn after(&self, after: After<'_, T>) {
        let After { step, parameters, mut state, .. } = after;
        if step == 1 {
            state[0].copy_from_slice(parameters);
        } else {
            move_towards(parameters, T::constant(1.0 - self.decay), &mut state[0]);
        }
    }
}

/// The mean of the parameters after the steps start, start + every, start + 2·every … (counted from 1 since the average
/// was added), as PyTorch's `AveragedModel`:
///
/// ```text
/// x̄ ← x̄ + (x − x̄)/(n + 1)                 n points in it already
/// ```
///
/// The state is `average`; [`swap_average`](super::Composed::swap_average) exchanges the parameters for it.
///
/// Source: Izmailov, Podoprikhin, Garipov, Vetrov, Wilson, *Averaging weights leads to wider optima and better
/// generalization* (UAI 2018).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Swa {
    /// The first step whose point counts, counted from 1; 1 by default.
    pub start: u64,
    /// The number of steps between points that count, at least 1; 1 by default.
    pub every: u64,
}

impl Default for Swa {
    fn default() -> Self {
        Self { start: 1, every: 1 }
    }
}

impl<T: Real> Transform<T> for Swa {
    fn name(&self) -> &'static str {
        "swa"
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::require(self.start > 0, "swa", "start", self.start, "at least 1")?;
        hyperparameter::require(self.every > 0, "swa", "every", self.every, "at least 1")
    }

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::zeros(AVERAGE)]
    }

    fn has_averaged(&self, steps: u64) -> bool {
        steps >= self.start
    }

    fn after(&self, after: After<'_, T>) {
        let After { step, parameters, mut state, .. } = after;
        let Some(since) = step.checked_sub(self.start) else { return };
        if since.is_multiple_of(self.every) {
            let counted = since / self.every;
            move_towards(parameters, T::constant(1.0 / (counted + 1) as f64), &mut state[0]);
        }
    }
}

/// y ← y + share·(x − y).
pub(super) fn move_towards<T: Real>(x: &[T], share: T, y: &mut [T]) {
    simd::dispatch(MoveTowards { x, share, y });
}

struct MoveTowards<'a, T> {
    x: &'a [T],
    share: T,
    y: &'a mut [T],
}

impl<T: Real> Kernel for MoveTowards<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (y, &x) in self.y.iter_mut().zip(self.x) {
            *y += self.share * (x - *y);
        }
    }
}
