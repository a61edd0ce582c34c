//! Whether a state is that of the same model: paths and shapes of its parameters.

use serde::{Deserialize, Serialize};

use super::StateError;
use crate::Layout;

/// A parameter of the model, in the metadata of a file.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Parameter {
    /// Absent where there are no names.
    path: Option<String>,
    shape: Vec<usize>,
}

/// The parameters of the whole slab, frozen ones too.
pub(super) fn parameters(layout: &Layout) -> Vec<Parameter> {
    let whole = layout.whole();
    let parameter = |segment: &crate::Segment| Parameter {
        path: segment.path().map(str::to_owned),
        shape: segment.shape().to_vec(),
    };
    whole.segments().iter().map(parameter).collect()
}

/// An error for the first parameter that differs.
pub(super) fn same(found: &[Parameter], expected: &[Parameter]) -> Result<(), StateError> {
    let many = found.len().max(expected.len());
    let differing = (0..many).find(|&number| found.get(number) != expected.get(number));
    differing.map_or(Ok(()), |number| {
        let (found, expected) = (text(found.get(number)), text(expected.get(number)));
        Err(StateError::Model { number: number + 1, found, expected })
    })
}

fn text(parameter: Option<&Parameter>) -> String {
    match parameter {
        None => "no parameter".to_owned(),
        Some(Parameter { path: Some(path), shape }) => format!("{path} of shape {shape:?}"),
        Some(Parameter { path: None, shape }) => format!("a parameter without a path of shape {shape:?}"),
    }
}
