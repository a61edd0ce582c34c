//! Half a cosine, once or again and again.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Finite, Schedule, half_cosine, share};
use crate::{OptimError, hyperparameter};

/// Half a cosine from 1 down to the floor, as PyTorch's `CosineAnnealingLR` with `eta_min` = floor·base rate.
///
/// ```text
/// f(t) = floor + (1 − floor)·(1 + cos(π·min(t, T)/T))/2
/// ```
///
/// After T steps it stays at the floor, where PyTorch's climbs again; [`CosineRestarts`] starts over.
///
/// Source: Loshchilov, Hutter, *SGDR: stochastic gradient descent with warm restarts* (ICLR 2017), equation 5.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cosine {
    /// T ≥ 1, PyTorch's `T_max`.
    pub steps: u64,
    /// The factor at the end, at least 0; 0 where a file does not name it.
    #[serde(default)]
    pub floor: f64,
}

impl Schedule for Cosine {
    fn at(&self, step: u64) -> f64 {
        fall(self.floor, share(step, self.steps))
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::require(self.steps >= 1, "cosine", "steps", self.steps, "at least 1")?;
        hyperparameter::non_negative("cosine", "floor", self.floor)
    }
}

impl Finite for Cosine {
    fn end(&self) -> u64 {
        self.steps
    }
}

impl fmt::Display for Cosine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cosine from 1 to {} over {} steps", self.floor, self.steps)
    }
}

/// Half cosines that start again from 1, as PyTorch's `CosineAnnealingWarmRestarts`.
///
/// ```text
/// f(t) = floor + (1 − floor)·(1 + cos(π·(t − t_i)/T_i))/2      t_i ≤ t < t_i + T_i
/// T_0 = period,   T_{i+1} = growth·T_i,   t_{i+1} = t_i + T_i
/// ```
///
/// Source: as [`Cosine`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CosineRestarts {
    /// The steps up to the first restart, at least 1: PyTorch's `T_0`.
    pub period: u64,
    /// How many times as long each period is as the one before, at least 1: PyTorch's `T_mult`; 1 where a file
    /// does not name it.
    #[serde(default = "one")]
    pub growth: u64,
    /// The factor that a period falls to, at least 0; 0 where a file does not name it.
    #[serde(default)]
    pub floor: f64,
}

fn one() -> u64 {
    1
}

impl Schedule for CosineRestarts {
    fn at(&self, step: u64) -> f64 {
        let mut period = self.period.max(1);
        let mut since = step;
        if self.growth <= 1 {
            since %= period;
        }
        while since >= period {
            since -= period;
            period = period.saturating_mul(self.growth);
        }
        fall(self.floor, share(since, period))
    }

    fn validate(&self) -> Result<(), OptimError> {
        const NAME: &str = "cosine_restarts";
        hyperparameter::require(self.period >= 1, NAME, "period", self.period, "at least 1")?;
        hyperparameter::require(self.growth >= 1, NAME, "growth", self.growth, "at least 1")?;
        hyperparameter::non_negative(NAME, "floor", self.floor)
    }
}

impl fmt::Display for CosineRestarts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cosine from 1 to {} over {} steps, again and again", self.floor, self.period)?;
        if self.growth > 1 {
            write!(f, ", each time {} times as long", self.growth)?;
        }
        Ok(())
    }
}

fn fall(floor: f64, share: f64) -> f64 {
    floor + (1.0 - floor) * half_cosine(share)
}
