//! Schedules made of schedules.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Finite, Schedule};
use crate::OptimError;

/// One schedule up to its end, then another that counts its steps from there; see [`Finite::then`]. PyTorch's
/// `SequentialLR`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Then<A, B> {
    /// The one that ends.
    pub first: A,
    /// The one that follows.
    pub next: B,
}

impl<A: Finite, B: Schedule> Schedule for Then<A, B> {
    fn at(&self, step: u64) -> f64 {
        match step.checked_sub(self.first.end()) {
            None => self.first.at(step),
            Some(since) => self.next.at(since),
        }
    }

    fn validate(&self) -> Result<(), OptimError> {
        self.first.validate()?;
        self.next.validate()
    }
}

impl<A: Finite, B: Finite> Finite for Then<A, B> {
    fn end(&self) -> u64 {
        self.first.end().saturating_add(self.next.end())
    }
}

impl<A: Finite, B: Schedule> fmt::Display for Then<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, then {}", self.first, self.next)
    }
}

/// A schedule for a number of steps; see [`Schedule::until`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Until<A> {
    /// The schedule.
    pub schedule: A,
    /// The step from which its factor no longer changes.
    pub steps: u64,
}

impl<A: Schedule> Schedule for Until<A> {
    fn at(&self, step: u64) -> f64 {
        self.schedule.at(step.min(self.steps))
    }

    fn validate(&self) -> Result<(), OptimError> {
        self.schedule.validate()
    }
}

impl<A: Schedule> Finite for Until<A> {
    fn end(&self) -> u64 {
        self.steps
    }
}

impl<A: Schedule> fmt::Display for Until<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} for {} steps", self.schedule, self.steps)
    }
}

/// The product of two schedules; see [`Schedule::times`]. PyTorch's `ChainedScheduler`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Times<A, B> {
    /// One.
    pub first: A,
    /// The other.
    pub second: B,
}

impl<A: Schedule, B: Schedule> Schedule for Times<A, B> {
    fn at(&self, step: u64) -> f64 {
        self.first.at(step) * self.second.at(step)
    }

    fn validate(&self) -> Result<(), OptimError> {
        self.first.validate()?;
        self.second.validate()
    }
}

impl<A: Finite, B: Finite> Finite for Times<A, B> {
    fn end(&self) -> u64 {
        self.first.end().max(self.second.end())
    }
}

impl<A: Schedule, B: Schedule> fmt::Display for Times<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}) times ({})", self.first, self.second)
    }
}
