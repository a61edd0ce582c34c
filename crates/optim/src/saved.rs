//! State in files: safetensors, with numbers and settings as JSON. Feature `io`.
//!
//! A file holds one tensor per slot and parameter, named `exp_avg/encoder.0.weight`. Transforms put their name in front
//! (`lookahead.slow/encoder.0.weight`). The metadata are `gradus_optimizer` (the version of the format), `layout` (path
//! and shape of every parameter of the model), `settings`, and `counts` and `scalars` (what belongs to all parameters,
//! within a group with the group's label behind its name: `mu_product/*.bias`).
//!
//! Settings identify an optimizer: they are those it was built with. The learning rate in force, which may have been set
//! since, is a scalar of the state.

mod difference;
mod entry;
mod error;
mod model;
mod restore;

use std::collections::BTreeMap;
use std::path::Path;

use gradus_tensor::io::NamedTensors;
use gradus_tensor::{Real, Tensor};
use serde_json::Value;

use crate::AnyOptimizer;
pub(crate) use entry::{Content, Entry, Rows, learning_rate_entry, slot_entries};
pub use error::StateError;
pub(crate) use restore::restore;

/// The version of the format. Files of version 1 had scalars as tensors, and no learning rate.
const VERSION: &str = "2";
const VERSION_KEY: &str = "gradus_optimizer";
const LAYOUT_KEY: &str = "layout";
const SETTINGS_KEY: &str = "settings";
const COUNTS_KEY: &str = "counts";
const SCALARS_KEY: &str = "scalars";

/// The state as named tensors that share its memory.
pub(crate) fn collect<T: Real, O: AnyOptimizer<T> + ?Sized>(
    optimizer: &O,
) -> Result<NamedTensors, StateError> {
    let mut tensors = NamedTensors::new();
    let (mut counts, mut scalars) = (BTreeMap::new(), BTreeMap::new());
    let mut outcome = Ok(());
    let mut insert = |name: &str, part: Tensor<T>| {
        if outcome.is_ok() {
            outcome = tensors.insert(name, part);
        }
    };
    let mut copy = optimizer.clone_box();
    copy.entries(&mut |Entry { name, content }| match content {
        Content::Part { values, range, shape, .. } => {
            insert(&name, values.narrow(0, range.start, range.len()).reshape(shape));
        }
        Content::Rows(Rows { rows, shape, .. }) => {
            let (len, shape) = (shape.len(), restore::of_rows(rows.len(), shape));
            insert(&name, Tensor::from_fn([rows.len() * len], |i| rows[i / len][i % len]).reshape(shape));
        }
        Content::Scalar { value, .. } | Content::LearningRate { value, .. } => {
            scalars.insert(name, *value);
        }
        Content::Count(count) => {
            counts.insert(name, Value::from(*count));
        }
        Content::Plateau(plateau) => {
            counts.insert(name, json(plateau));
        }
    });
    outcome?;
    let metadata = tensors.metadata_mut();
    metadata.insert(VERSION_KEY.to_owned(), VERSION.to_owned());
    metadata.insert(LAYOUT_KEY.to_owned(), json(&model::parameters(optimizer.layout())).to_string());
    metadata.insert(SETTINGS_KEY.to_owned(), optimizer.settings().to_string());
    metadata.insert(COUNTS_KEY.to_owned(), json(&counts).to_string());
    metadata.insert(SCALARS_KEY.to_owned(), json(&scalars).to_string());
    Ok(tensors)
}

/// Settings and counts are structs of numbers and texts, which JSON can always hold.
pub(crate) fn json(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// Writes the state to a file.
pub(crate) fn save<T: Real, O: AnyOptimizer<T> + ?Sized>(
    optimizer: &O,
    path: &Path,
) -> Result<(), StateError> {
    Ok(collect(optimizer)?.write_safetensors(path)?)
}

/// Reads the state from a file.
pub(crate) fn load<T: Real, O: AnyOptimizer<T> + ?Sized>(
    optimizer: &mut O,
    path: &Path,
) -> Result<(), StateError> {
    restore(optimizer, &NamedTensors::read_safetensors(path)?)
}
