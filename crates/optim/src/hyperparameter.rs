//! Ranges that several rules ask of their hyper-parameters.

use std::fmt::Display;

use crate::{Epsilon, OptimError};

/// An error unless `holds`.
pub(crate) fn require(
    holds: bool,
    rule: &'static str,
    name: &'static str,
    value: impl Display,
    allowed: &'static str,
) -> Result<(), OptimError> {
    if holds {
        Ok(())
    } else {
        Err(OptimError::Hyperparameter { rule, name, value: value.to_string(), allowed })
    }
}

/// Learning rates, epsilons and initial values. Zero is a legal learning rate: warm-up schedules start there.
pub(crate) fn non_negative(rule: &'static str, name: &'static str, value: f64) -> Result<(), OptimError> {
    require(value.is_finite() && value >= 0.0, rule, name, value, "finite and at least 0")
}

/// Bounds of losses.
pub(crate) fn finite(rule: &'static str, name: &'static str, value: f64) -> Result<(), OptimError> {
    require(value.is_finite(), rule, name, value, "finite")
}

/// What divides, and exponents.
pub(crate) fn positive(rule: &'static str, name: &'static str, value: f64) -> Result<(), OptimError> {
    require(value.is_finite() && value > 0.0, rule, name, value, "finite and above 0")
}

/// Decays of averages.
pub(crate) fn decay(rule: &'static str, name: &'static str, value: f64) -> Result<(), OptimError> {
    require((0.0..1.0).contains(&value), rule, name, value, "at least 0 and below 1")
}

/// Both decays of the Adam family.
pub(crate) fn betas(rule: &'static str, (beta1, beta2): (f64, f64)) -> Result<(), OptimError> {
    decay(rule, "betas[0]", beta1)?;
    decay(rule, "betas[1]", beta2)
}

/// The placements that need no bias correction to be defined.
pub(crate) fn not_hat(rule: &'static str, epsilon: Epsilon) -> Result<(), OptimError> {
    require(
        epsilon != Epsilon::Hat,
        rule,
        "epsilon",
        "hat",
        "outside_root or inside_root; hat is a form of Adam's bias correction",
    )
}
