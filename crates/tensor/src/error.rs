//! Errors about what comes from outside; shape bugs in code panic at the caller's line instead.
//!
//! The texts are written out here rather than derived: the proc-macro crates behind a derive would take a third of
//! the build time of a program that only uses tensors.

use std::error::Error;
use std::fmt;

use crate::Shape;

/// Why a tensor or a set of parameters could not be made.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum TensorError {
    /// The number of elements is not that of the shape.
    ElementCount {
        /// The shape asked for.
        shape: Shape,
        /// The number of elements given.
        elements: usize,
    },
    /// No tensor has so many elements.
    Oversized {
        /// The shape asked for.
        shape: Shape,
    },
    /// A value has no exact counterpart in the other type.
    Inexact {
        /// The position of the first such element in row-major order.
        position: usize,
        /// Its value.
        value: String,
        /// The type it has.
        from: &'static str,
        /// The type it should get.
        to: &'static str,
    },
    /// A parameter name is used twice.
    DuplicateParameter(String),
    /// A parameter name is not known.
    UnknownParameter {
        /// The name asked for.
        name: String,
        /// The names there are, separated by commas.
        known: String,
    },
    /// A parameter has another shape than expected.
    ParameterShape {
        /// The parameter's path.
        name: String,
        /// The shape it has.
        expected: Box<Shape>,
        /// The shape given.
        found: Box<Shape>,
    },
}

impl fmt::Display for TensorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ElementCount { shape, elements } => {
                write!(f, "shape {shape} needs {} elements, got {elements}", shape.len())
            }
            Self::Oversized { shape } => write!(f, "shape {shape} exceeds the address space"),
            Self::Inexact { position, value, from, to } => {
                write!(f, "element {position} is {value} ({from}), which {to} does not hold exactly")
            }
            Self::DuplicateParameter(name) => {
                write!(f, "parameter {name:?} exists already; names are paths and must be unique")
            }
            Self::UnknownParameter { name, known } => {
                write!(f, "no parameter is named {name:?}; there are: {known}")
            }
            Self::ParameterShape { name, expected, found } => {
                write!(f, "parameter {name:?}: shape {found} given, {expected} expected")
            }
        }
    }
}

impl Error for TensorError {}

/// Why a linear-algebra routine has no answer. `batch` is the position of the matrix in the leading axes, `[]` where
/// there are none.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum LinalgError {
    /// There are fewer than two axes.
    NotMatrix {
        /// The routine.
        routine: &'static str,
        /// The shape given.
        shape: Shape,
    },
    /// The matrix is not square.
    NotSquare {
        /// The routine.
        routine: &'static str,
        /// The shape given.
        shape: Shape,
    },
    /// An element is infinite or NaN.
    NotFinite {
        /// The routine.
        routine: &'static str,
        /// The index of the first such element.
        index: Vec<usize>,
        /// Its value.
        value: f64,
    },
    /// The iteration did not converge.
    NoConvergence {
        /// The routine.
        routine: &'static str,
        /// The position of the matrix in its batch.
        batch: Vec<usize>,
        /// The extents of the matrix.
        extents: [usize; 2],
    },
    /// The matrix is not positive definite.
    NotPositiveDefinite {
        /// The routine.
        routine: &'static str,
        /// The position of the matrix in its batch.
        batch: Vec<usize>,
        /// The order of the matrix.
        order: usize,
        /// The order of its first leading minor that is not positive definite.
        minor: usize,
    },
    /// A pivot is exactly 0.
    Singular {
        /// The routine.
        routine: &'static str,
        /// The position of the matrix in its batch.
        batch: Vec<usize>,
        /// The order of the matrix.
        order: usize,
        /// The position of the pivot on the diagonal.
        pivot: usize,
    },
    /// The tolerance is negative or NaN.
    InvalidTolerance {
        /// The routine.
        routine: &'static str,
        /// The tolerance given.
        rcond: f64,
    },
}

impl fmt::Display for LinalgError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let which = |batch: &[usize]| match batch {
            [] => "a matrix".to_owned(),
            _ => format!("matrix {batch:?} of the batch"),
        };
        match self {
            Self::NotMatrix { routine, shape } => {
                write!(f, "{routine}: a matrix is needed, got shape {shape}")
            }
            Self::NotSquare { routine, shape } => {
                write!(f, "{routine}: a square matrix is needed, got shape {shape}")
            }
            Self::NotFinite { routine, index, value } => write!(f, "{routine}: element {index:?} is {value}"),
            Self::NoConvergence { routine, batch, extents } => {
                write!(f, "{routine}: no convergence for {} of shape {extents:?}", which(batch))
            }
            Self::NotPositiveDefinite { routine, batch, order, minor } => write!(
                f,
                "{routine}: {} of order {order} is not positive definite: its leading minor of order {minor} is not",
                which(batch)
            ),
            Self::Singular { routine, batch, order, pivot } => {
                write!(f, "{routine}: {} of order {order} is singular: pivot {pivot} is 0", which(batch))
            }
            Self::InvalidTolerance { routine, rcond } => {
                write!(f, "{routine}: rcond is {rcond}; it must be at least 0")
            }
        }
    }
}

impl Error for LinalgError {}
