//! Up to the full learning rate and down to almost nothing.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Finite, Schedule, half_cosine};
use crate::{OptimError, hyperparameter};

/// One rise and one fall, as PyTorch's `OneCycleLR`; the base learning rate is its `max_lr`.
///
/// With T the steps and s the share of the rise, in two phases (three with `three_phase`):
///
/// ```text
/// 0 … sT − 1          from 1/div_factor to 1
/// sT − 1 … T − 1      from 1 to 1/(div_factor·final_div_factor)
///
/// 0 … sT − 1          from 1/div_factor to 1                                       (three_phase)
/// sT − 1 … 2sT − 2    from 1 to 1/div_factor
/// 2sT − 2 … T − 1     from 1/div_factor to 1/(div_factor·final_div_factor)
/// ```
///
/// along half a cosine or a straight line. After T steps it stays where it is, where PyTorch's raises an error.
/// PyTorch also cycles the momentum, against the learning rate; that is not here.
///
/// Source: Smith, Topin, *Super-convergence: very fast training of neural networks using large learning rates*
/// (arXiv 1708.07120).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OneCycle {
    /// T ≥ 1; 1000 by default (PyTorch has no default).
    pub steps: u64,
    /// s in (0, 1), PyTorch's `pct_start`; 0.3 by default.
    pub rise: f64,
    /// The curve between the factors; half a cosine by default.
    pub anneal: Anneal,
    /// How many times smaller the first factor is than 1; 25 by default.
    pub div_factor: f64,
    /// How many times smaller the last factor is than the first; 1e4 by default.
    pub final_div_factor: f64,
    /// Whether the fall first mirrors the rise; off by default.
    pub three_phase: bool,
}

impl Default for OneCycle {
    fn default() -> Self {
        Self {
            steps: 1000,
            rise: 0.3,
            anneal: Anneal::Cosine,
            div_factor: 25.0,
            final_div_factor: 1e4,
            three_phase: false,
        }
    }
}

/// The curve between two factors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anneal {
    /// Half a cosine.
    #[default]
    Cosine,
    /// A straight line.
    Linear,
}

impl Anneal {
    fn between(self, from: f64, to: f64, share: f64) -> f64 {
        let left = match self {
            Anneal::Cosine => half_cosine(share),
            Anneal::Linear => 1.0 - share,
        };
        to + (from - to) * left
    }
}

impl OneCycle {
    fn first(&self) -> f64 {
        1.0 / self.div_factor
    }

    fn last(&self) -> f64 {
        self.first() / self.final_div_factor
    }
}

impl Schedule for OneCycle {
    fn at(&self, step: u64) -> f64 {
        let (first, last) = (self.first(), self.last());
        let peak = self.rise * self.steps as f64 - 1.0;
        let end = self.steps as f64 - 1.0;
        let phases: &[(f64, f64, f64)] = if self.three_phase {
            &[(peak, first, 1.0), (2.0 * peak, 1.0, first), (end, first, last)]
        } else {
            &[(peak, first, 1.0), (end, 1.0, last)]
        };
        let step = step as f64;
        let mut start = 0.0;
        for &(end, from, to) in phases {
            if step < end {
                return self.anneal.between(from, to, (step - start) / (end - start));
            }
            start = end;
        }
        last
    }

    fn validate(&self) -> Result<(), OptimError> {
        const NAME: &str = "one_cycle";
        hyperparameter::require(self.steps >= 1, NAME, "steps", self.steps, "at least 1")?;
        let largest = if self.three_phase { 0.5 } else { 1.0 };
        let allowed =
            if self.three_phase { "above 0, at most 0.5 with three_phase" } else { "above 0 and below 1" };
        hyperparameter::require(
            self.rise > 0.0 && (self.rise < largest || self.three_phase && self.rise == largest),
            NAME,
            "rise",
            self.rise,
            allowed,
        )?;
        hyperparameter::positive(NAME, "div_factor", self.div_factor)?;
        hyperparameter::positive(NAME, "final_div_factor", self.final_div_factor)
    }
}

impl Finite for OneCycle {
    fn end(&self) -> u64 {
        self.steps.saturating_sub(1)
    }
}

impl fmt::Display for OneCycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let curve = match self.anneal {
            Anneal::Cosine => "cosines",
            Anneal::Linear => "straight lines",
        };
        let (first, share, last) = (self.first(), 100.0 * self.rise, self.last());
        let back = if self.three_phase { format!("back to {first}, then ") } else { String::new() };
        let steps = self.steps;
        write!(
            f,
            "one cycle of {steps} steps along {curve}: from {first} to 1 in {share} % of them, then {back}to {last:e}"
        )
    }
}
