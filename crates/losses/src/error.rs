//! Why an objective cannot be made from the data given.

use gradus_tensor::{LinalgError, Shape};

/// Why an objective cannot be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ObjectiveError {
    /// Shapes of the data do not fit together.
    #[error("{objective}: {what}: got shape {found}, {expected} expected")]
    Shape {
        /// The objective.
        objective: &'static str,
        /// Which part of the data.
        what: &'static str,
        /// Its shape.
        found: Shape,
        /// What would fit.
        expected: String,
    },
    /// A number is outside its range.
    #[error("{objective}: {what} = {value}, but {allowed}")]
    Range {
        /// The objective.
        objective: &'static str,
        /// Which number.
        what: &'static str,
        /// Its value.
        value: f64,
        /// What is allowed.
        allowed: &'static str,
    },
    /// The constants could not be computed.
    #[error("{objective}: constants: {source}")]
    Linalg {
        /// The objective.
        objective: &'static str,
        /// What went wrong.
        source: LinalgError,
    },
}
