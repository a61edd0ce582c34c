//! Why data cannot be used.

use gradus_tensor::Shape;

/// Why data cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// The file cannot be opened or read.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The text is not a table of numbers.
    #[error("{place}, line {line}: {problem}")]
    Table {
        /// The file, or `text`.
        place: String,
        /// The line, counted from 1, the header included.
        line: u64,
        /// What is wrong there.
        problem: String,
    },
    /// A column is missing.
    #[error("{place}: there is no column {column:?}; there are: {known}")]
    UnknownColumn {
        /// The file, or `text`.
        place: String,
        /// The column asked for.
        column: String,
        /// The columns there are.
        known: String,
    },
    /// A matrix has the wrong shape.
    #[error("{what}: got shape {found}, {expected} expected")]
    Shape {
        /// Which matrix.
        what: &'static str,
        /// Its shape.
        found: Shape,
        /// What would fit.
        expected: String,
    },
    /// A setting is out of range.
    #[error("{what} = {value}, but {allowed}")]
    Setting {
        /// The setting.
        what: &'static str,
        /// Its value.
        value: f64,
        /// What is allowed.
        allowed: &'static str,
    },
}
