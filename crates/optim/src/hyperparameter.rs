//! Ranges that several rules ask of their hyper-parameters.

use std::fmt::Display;

use gradus_tensor::Real;

use crate::{Epsilon, OptimError, limit};

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

/// What every element type holds.
fn representable(rule: &'static str, name: &'static str, value: f64) -> Result<(), OptimError> {
    let holds = value.abs() <= f64::from(f32::MAX) || !value.is_finite();
    require(holds, rule, name, value, "at most 3.4e38, the largest number of f32")
}

/// Learning rates, epsilons and initial values. Zero is a legal learning rate: warm-up schedules start there.
pub(crate) fn non_negative(rule: &'static str, name: &'static str, value: f64) -> Result<(), OptimError> {
    representable(rule, name, value)?;
    require(value.is_finite() && value >= 0.0, rule, name, value, "finite and at least 0")
}

/// The learning rate η and ε of an adaptive rule, whose largest effective step η/ε must be finite. Without ε the
/// smallest divisor is the root of the smallest second moment.
pub(crate) fn adaptive<T: Real>(rule: &'static str, learning_rate: f64, eps: f64) -> Result<(), OptimError> {
    non_negative(rule, "learning_rate", learning_rate)?;
    non_negative(rule, "eps", eps)?;
    let divisor = if T::constant(eps) > T::zero() { eps } else { limit::least_root::<T>() };
    let allowed = "small enough for learning_rate/eps to be finite in the element type";
    let holds = T::constant(learning_rate / divisor).is_finite();
    require(holds, rule, "learning_rate", learning_rate, allowed)
}

/// Exponents of numbers that may be as large as counts of steps.
pub(crate) fn power(rule: &'static str, name: &'static str, value: f64) -> Result<(), OptimError> {
    require((0.0..=16.0).contains(&value), rule, name, value, "at least 0 and at most 16")
}

/// Bounds of losses.
pub(crate) fn finite(rule: &'static str, name: &'static str, value: f64) -> Result<(), OptimError> {
    require(value.is_finite(), rule, name, value, "finite")
}

/// What divides, and exponents.
pub(crate) fn positive(rule: &'static str, name: &'static str, value: f64) -> Result<(), OptimError> {
    representable(rule, name, value)?;
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
