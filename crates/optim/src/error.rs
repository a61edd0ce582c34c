//! Why an optimizer cannot be built or a step cannot be taken.

/// Why an optimizer cannot be built or a step cannot be taken. Nothing has changed when one is returned.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OptimError {
    /// A hyper-parameter is outside its range.
    #[error("{rule}: {name} = {value}, allowed: {allowed}")]
    Hyperparameter {
        /// The rule's name.
        rule: &'static str,
        /// The field, such as `eps` or `betas[1]`.
        name: &'static str,
        /// The value given.
        value: String,
        /// The values allowed.
        allowed: &'static str,
    },
    /// The parameters or the gradient have another length than the optimizer's state.
    #[error("{rule}: the {slice} has length {found}, the optimizer was built for {expected} coordinates")]
    Length {
        /// The rule's name.
        rule: &'static str,
        /// `parameter vector` or `gradient`.
        slice: &'static str,
        /// The optimizer's dimension.
        expected: usize,
        /// The length given.
        found: usize,
    },
    /// A coordinate of the gradient is infinite or NaN.
    #[error("{rule}: step {step}: coordinate {index} of the gradient is {value}")]
    NonFiniteGradient {
        /// The rule's name.
        rule: &'static str,
        /// The step that was not taken, counted from 1.
        step: u64,
        /// The first such coordinate.
        index: usize,
        /// Its value.
        value: f64,
    },
}
