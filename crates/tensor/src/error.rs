//! Errors about what comes from outside; shape bugs in code panic at the caller's line instead.

use crate::Shape;

/// Why a tensor or a set of parameters could not be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TensorError {
    /// The number of elements is not that of the shape.
    #[error("shape {shape} needs {} elements, got {elements}", shape.len())]
    ElementCount {
        /// The shape asked for.
        shape: Shape,
        /// The number of elements given.
        elements: usize,
    },
    /// No tensor has so many elements.
    #[error("shape {shape} exceeds the address space")]
    Oversized {
        /// The shape asked for.
        shape: Shape,
    },
    /// A parameter name is used twice.
    #[error("parameter {0:?} exists already; names are paths and must be unique")]
    DuplicateParameter(String),
    /// A parameter name is not known.
    #[error("no parameter is named {name:?}; there are: {known}")]
    UnknownParameter {
        /// The name asked for.
        name: String,
        /// The names there are, separated by commas.
        known: String,
    },
    /// A parameter has another shape than expected.
    #[error("parameter {name:?}: shape {found} given, {expected} expected")]
    ParameterShape {
        /// The parameter's path.
        name: String,
        /// The shape it has.
        expected: Box<Shape>,
        /// The shape given.
        found: Box<Shape>,
    },
}

/// Why a linear-algebra routine has no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LinalgError {
    /// The matrix is not square.
    #[error("{routine}: a square matrix is needed, got shape {shape}")]
    NotSquare {
        /// The routine.
        routine: &'static str,
        /// The shape given.
        shape: Shape,
    },
    /// An element is infinite or NaN.
    #[error("{routine}: element [{row}, {column}] is {value}")]
    NotFinite {
        /// The routine.
        routine: &'static str,
        /// The row of the first such element.
        row: usize,
        /// Its column.
        column: usize,
        /// Its value.
        value: f64,
    },
    /// The iteration did not converge.
    #[error("{routine}: no convergence for a matrix of order {order}")]
    NoConvergence {
        /// The routine.
        routine: &'static str,
        /// The order of the matrix.
        order: usize,
    },
    /// The matrix is not positive definite.
    #[error("{routine}: a matrix of order {order} is not positive definite")]
    NotPositiveDefinite {
        /// The routine.
        routine: &'static str,
        /// The order of the matrix.
        order: usize,
    },
}
