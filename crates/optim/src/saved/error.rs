//! Why state cannot be saved or loaded.

use gradus_tensor::Shape;
use gradus_tensor::io::IoError;

/// Why state cannot be saved or loaded. Nothing has changed when one is returned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The file cannot be read or written, or holds tensors of another element type.
    #[error(transparent)]
    Io(#[from] IoError),
    /// The file is not what [`AnyOptimizer::save`](crate::AnyOptimizer::save) writes, or of another version.
    #[error("optimizer state: {key} is {found}, {expected} expected")]
    Format {
        /// The entry of the metadata.
        key: &'static str,
        /// What was found.
        found: String,
        /// What was expected.
        expected: &'static str,
    },
    /// The state is that of an optimizer with other settings.
    #[error("optimizer state: {at}: {found} in the file, {expected} in the optimizer")]
    Settings {
        /// Where the settings differ.
        at: String,
        /// The value in the file.
        found: String,
        /// The value of the optimizer.
        expected: String,
    },
    /// The state is that of an optimizer of another model.
    #[error(
        "optimizer state: of another model: parameter {number} is {found} in the file, {expected} in the optimizer"
    )]
    Model {
        /// The first parameter that differs, counted from 1.
        number: usize,
        /// Its path and shape in the file.
        found: String,
        /// Its path and shape in the optimizer.
        expected: String,
    },
    /// A part of the state is not in the file.
    #[error("optimizer state: {name} is not in the file, which has: {known}")]
    Missing {
        /// The name of the part.
        name: String,
        /// What there is (the first names, if they are many).
        known: String,
    },
    /// The file holds something that the optimizer has not.
    #[error("optimizer state: {name} is in the file, but not in the optimizer")]
    Unexpected {
        /// The name of the part.
        name: String,
    },
    /// A part of the state has another shape.
    #[error("optimizer state: {name}: shape {found} in the file, {expected} in the optimizer")]
    Shape {
        /// The name of the part.
        name: String,
        /// The shape in the file.
        found: Box<Shape>,
        /// The shape of the optimizer.
        expected: Box<Shape>,
    },
    /// An element is one that no run makes.
    #[error("optimizer state: {name}: element {index} of shape {shape} is {value}, {expected} expected")]
    Value {
        /// The name of the part.
        name: String,
        /// The position of the element.
        index: usize,
        /// The shape of the part.
        shape: Box<Shape>,
        /// What was found.
        value: f64,
        /// What was expected.
        expected: &'static str,
    },
}
