//! Why an objective cannot be made from the data given.

use gradus_tensor::{LinalgError, Real, Shape, Tensor, vector};

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
    /// An element of the data is infinite or NaN.
    #[error("{objective}: {what}: element {index:?} is {value}")]
    NotFinite {
        /// The objective.
        objective: &'static str,
        /// Which part of the data.
        what: &'static str,
        /// The position of the first such element, one index per axis.
        index: Vec<usize>,
        /// Its value.
        value: f64,
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

/// Refuses infinite and NaN elements.
pub(crate) fn require_finite<T: Real>(
    objective: &'static str,
    what: &'static str,
    tensor: &Tensor<T>,
) -> Result<(), ObjectiveError> {
    let elements = tensor.to_vec();
    let Some(position) = vector::first_non_finite(&elements) else { return Ok(()) };
    let mut rest = position;
    let mut index: Vec<usize> = (tensor.shape().iter().rev())
        .map(|&extent| {
            let place = rest % extent;
            rest /= extent;
            place
        })
        .collect();
    index.reverse();
    Err(ObjectiveError::NotFinite { objective, what, index, value: elements[position].to_f64() })
}
