//! State in files: safetensors, with counts and settings as JSON. Feature `io`.
//!
//! A file holds one tensor per slot and parameter, named `exp_avg/encoder.0.weight`; what belongs to no single
//! parameter is named after the slot alone, and within a group with the group's label behind it (`sum/*.bias`).
//! Transforms put their name in front (`lookahead.slow/encoder.0.weight`). The metadata are `gradus_optimizer` (the
//! version of the format), `layout` (path and shape of every parameter of the model), `settings` and `counts`.

mod difference;
mod model;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::Range;
use std::path::Path;

use gradus_tensor::io::{IoError, NamedTensors};
use gradus_tensor::{Real, Shape, Tensor};
use serde_json::Value;

use crate::schedule::Plateau;
use crate::state::State;
use crate::transform::{AVERAGE, SWAPPED};
use crate::{AnyOptimizer, Extent, Layout};
use difference::difference;

/// The version of the format.
const VERSION: &str = "1";
const VERSION_KEY: &str = "gradus_optimizer";
const LAYOUT_KEY: &str = "layout";
const SETTINGS_KEY: &str = "settings";
const COUNTS_KEY: &str = "counts";

/// No run has taken more steps: 2⁵³, from where on f64 no longer holds every count.
const LARGEST_COUNT: u64 = 1 << 53;

/// Why state cannot be saved or loaded. Nothing has changed when one is returned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The file cannot be read or written, or holds tensors of another element type.
    #[error(transparent)]
    Io(#[from] IoError),
    /// The file is not what [`AnyOptimizer::save`] writes, or of another version.
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
}

/// Something that changes from step to step, under a name.
pub struct Entry<'a, T: Real> {
    pub(crate) name: String,
    pub(crate) content: Content<'a, T>,
}

/// What it is.
pub(crate) enum Content<'a, T: Real> {
    /// Part of a vector, in the shape of what it belongs to.
    Part { values: &'a mut Tensor<T>, range: Range<usize>, shape: Shape },
    /// A count.
    Count(&'a mut u64),
    /// What a plateau has seen.
    Plateau(&'a mut Plateau),
}

impl<'a, T: Real> Entry<'a, T> {
    pub(crate) fn count(name: impl Into<String>, count: &'a mut u64) -> Self {
        Self { name: name.into(), content: Content::Count(count) }
    }

    /// The same within a group, whose label stands behind names without a path.
    pub(crate) fn within(self, label: &str) -> Self {
        let name = if self.name.contains('/') { self.name } else { format!("{}/{label}", self.name) };
        Self { name, ..self }
    }
}

/// The slots of a rule or transform.
pub(crate) fn slot_entries<T: Real>(
    prefix: &str,
    state: &mut [State<T>],
    layout: &Layout,
    visit: &mut dyn FnMut(Entry<'_, T>),
) {
    for state in state {
        let slot = state.slot;
        if slot.extent == Extent::Scalar {
            let (name, shape, range) = (format!("{prefix}{}", slot.name), Shape::from([0; 0]), 0..1);
            visit(Entry { name, content: Content::Part { values: state.tensor(), range, shape } });
            continue;
        }
        for (index, segment) in layout.segments().iter().enumerate() {
            let (range, shape) = (state.range(index), slot.extent.shape(segment.shape()));
            if range.is_empty() {
                continue;
            }
            let path = segment.path().map(|path| format!("/{path}")).unwrap_or_default();
            let name = format!("{prefix}{}{path}", slot.name);
            visit(Entry { name, content: Content::Part { values: state.tensor(), range, shape } });
        }
    }
}

/// The state as named tensors that share its memory.
pub(crate) fn collect<T: Real, O: AnyOptimizer<T> + ?Sized>(
    optimizer: &O,
) -> Result<NamedTensors, StateError> {
    let mut tensors = NamedTensors::new();
    let mut counts = BTreeMap::new();
    let mut outcome = Ok(());
    let mut copy = optimizer.clone_box();
    copy.entries(&mut |Entry { name, content }| match content {
        Content::Part { values, range, shape } => {
            let part = values.narrow(0, range.start, range.len()).reshape(shape);
            if outcome.is_ok() {
                outcome = tensors.insert(&name, part);
            }
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
    Ok(tensors)
}

/// Settings and counts are structs of numbers and texts, which JSON can always hold.
pub(crate) fn json(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// Sets the state, if it is that of an optimizer with the same settings and layout.
pub(crate) fn restore<T: Real, O: AnyOptimizer<T> + ?Sized>(
    optimizer: &mut O,
    tensors: &NamedTensors,
) -> Result<(), StateError> {
    let text = |key: &'static str, expected: &'static str| {
        let missing = || StateError::Format { key, found: "missing".to_owned(), expected };
        tensors.metadata().get(key).ok_or_else(missing)
    };
    let version = text(VERSION_KEY, VERSION)?;
    if version != VERSION {
        return Err(StateError::Format {
            key: VERSION_KEY,
            found: format!("{version:?}"),
            expected: VERSION,
        });
    }
    let parsed = |key| {
        let text = text(key, "JSON")?;
        serde_json::from_str::<Value>(text).map_err(|error| StateError::Format {
            key,
            found: error.to_string(),
            expected: "JSON",
        })
    };
    if let Some((at, found, expected)) = difference(&parsed(SETTINGS_KEY)?, &optimizer.settings()) {
        return Err(StateError::Settings { at, found, expected });
    }
    let found: Vec<model::Parameter> = serde_json::from_value(parsed(LAYOUT_KEY)?).map_err(|error| {
        StateError::Format { key: LAYOUT_KEY, found: error.to_string(), expected: "paths and shapes" }
    })?;
    model::same(&found, &model::parameters(optimizer.layout()))?;
    let counts = parsed(COUNTS_KEY)?;
    let averages = optimizer.state(AVERAGE).is_some();
    // Everything is read before anything is set.
    let mut parts: BTreeMap<String, Tensor<T>> = BTreeMap::new();
    let mut numbers: BTreeMap<String, u64> = BTreeMap::new();
    let mut plateaus: BTreeMap<String, Plateau> = BTreeMap::new();
    let mut outcome: Result<(), StateError> = Ok(());
    optimizer.entries(&mut |entry| {
        if outcome.is_err() {
            return;
        }
        outcome = (|| {
            let Entry { name, content } = entry;
            match content {
                Content::Part { shape, .. } => {
                    let part = part(tensors, &name, shape)?;
                    parts.insert(name, part);
                }
                Content::Count(_) => {
                    let value = count(&counts, &name)?;
                    if value > LARGEST_COUNT {
                        return Err(malformed(&name, value, "at most 2^53"));
                    }
                    if name == SWAPPED && value > u64::from(averages) {
                        let expected = if averages { "0 or 1" } else { "0 without an average" };
                        return Err(malformed(&name, value, expected));
                    }
                    numbers.insert(name, value);
                }
                Content::Plateau(own) => {
                    let plateau: Plateau = count(&counts, &name)?;
                    if let Some((at, found, expected)) =
                        difference(&json(plateau.settings()), &json(own.settings()))
                    {
                        return Err(StateError::Settings {
                            at: format!("{name}.settings.{at}"),
                            found,
                            expected,
                        });
                    }
                    plateaus.insert(name, plateau);
                }
            }
            Ok(())
        })();
    });
    outcome?;
    let known = |name: &str| parts.contains_key(name);
    if let Some(name) = tensors.names().find(|name| !known(name)) {
        return Err(StateError::Unexpected { name: name.to_owned() });
    }
    let names = counts.as_object().into_iter().flat_map(|counts| counts.keys());
    let known = |name: &str| numbers.contains_key(name) || plateaus.contains_key(name);
    if let Some(name) = names.into_iter().find(|name| !known(name)) {
        return Err(StateError::Unexpected { name: name.clone() });
    }
    optimizer.entries(&mut |Entry { name, content }| match content {
        Content::Part { values, range, .. } => {
            if let Some(part) = parts.get(&name).and_then(Tensor::as_slice) {
                values.make_mut()[range].copy_from_slice(part);
            }
        }
        Content::Count(value) => *value = numbers[&name],
        Content::Plateau(plateau) => *plateau = plateaus[&name],
    });
    Ok(())
}

/// A tensor of this shape.
fn part<T: Real>(tensors: &NamedTensors, name: &str, shape: Shape) -> Result<Tensor<T>, StateError> {
    if !tensors.names().any(|found| found == name) {
        return Err(missing(name, tensors.names()));
    }
    let part: Tensor<T> = tensors.get(name)?;
    if part.shape() != shape {
        let (found, expected) = (Box::new(part.shape()), Box::new(shape));
        return Err(StateError::Shape { name: name.to_owned(), found, expected });
    }
    Ok(part.contiguous())
}

/// A count, or what a plateau has seen.
fn count<V: serde::de::DeserializeOwned>(counts: &Value, name: &str) -> Result<V, StateError> {
    let Some(value) = counts.get(name) else {
        let known = counts.as_object().into_iter().flat_map(|counts| counts.keys());
        return Err(missing(name, known.map(String::as_str)));
    };
    serde_json::from_value(value.clone())
        .map_err(|error| malformed(name, format_args!("{value} ({error})"), "what the optimizer counts"))
}

/// A count that no optimizer has.
fn malformed(name: &str, value: impl Display, expected: &'static str) -> StateError {
    StateError::Format { key: COUNTS_KEY, found: format!("{name} = {value}"), expected }
}

fn missing<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> StateError {
    const LISTED: usize = 8;
    let mut known: Vec<&str> = known.take(LISTED + 1).collect();
    if known.len() > LISTED {
        known[LISTED] = "…";
    }
    StateError::Missing { name: name.to_owned(), known: known.join(", ") }
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
