//! State that is read: everything is checked before anything is set.

use std::collections::BTreeMap;
use std::fmt::Display;

use gradus_tensor::io::NamedTensors;
use gradus_tensor::{Real, Shape, Tensor};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::difference::difference;
use super::entry::{Content, Entry, Rows};
use super::{
    COUNTS_KEY, LAYOUT_KEY, SCALARS_KEY, SETTINGS_KEY, StateError, VERSION, VERSION_KEY, json, model,
};
use crate::schedule::Plateau;
use crate::transform::{AVERAGE, SWAPPED};
use crate::{AnyOptimizer, Domain};

/// No run has taken more steps: 2⁵³, from where on f64 no longer holds every count.
const LARGEST_COUNT: u64 = 1 << 53;

/// Sets the state, if it is that of an optimizer with the same settings and layout.
pub(crate) fn restore<T: Real, O: AnyOptimizer<T> + ?Sized>(
    optimizer: &mut O,
    tensors: &NamedTensors,
) -> Result<(), StateError> {
    let file = File::open(optimizer, tensors)?;
    let averages = optimizer.state(AVERAGE).is_some();
    let mut read = Read::default();
    let mut outcome = Ok(());
    optimizer.entries(&mut |entry| {
        if outcome.is_ok() {
            outcome = read.take(&file, entry, averages);
        }
    });
    outcome?;
    read.is_all_of(&file)?;
    optimizer.entries(&mut |entry| read.set(entry));
    Ok(())
}

/// The parts of a file of this version, for the same settings and model.
struct File<'a> {
    tensors: &'a NamedTensors,
    counts: Value,
    scalars: Value,
}

impl<'a> File<'a> {
    fn open<T: Real, O: AnyOptimizer<T> + ?Sized>(
        optimizer: &O,
        tensors: &'a NamedTensors,
    ) -> Result<Self, StateError> {
        let text = |key: &'static str, expected: &'static str| {
            let missing = || StateError::Format { key, found: "missing".to_owned(), expected };
            tensors.metadata().get(key).ok_or_else(missing)
        };
        let version = text(VERSION_KEY, VERSION)?;
        if version != VERSION {
            let found = format!("{version:?}");
            return Err(StateError::Format { key: VERSION_KEY, found, expected: VERSION });
        }
        let parsed = |key| {
            let malformed = |error: serde_json::Error| StateError::Format {
                key,
                found: error.to_string(),
                expected: "JSON",
            };
            serde_json::from_str::<Value>(text(key, "JSON")?).map_err(malformed)
        };
        if let Some((at, found, expected)) = difference(&parsed(SETTINGS_KEY)?, &optimizer.settings()) {
            return Err(StateError::Settings { at, found, expected });
        }
        let found: Vec<model::Parameter> = serde_json::from_value(parsed(LAYOUT_KEY)?).map_err(|error| {
            StateError::Format { key: LAYOUT_KEY, found: error.to_string(), expected: "paths and shapes" }
        })?;
        model::same(&found, &model::parameters(optimizer.layout()))?;
        Ok(Self { tensors, counts: parsed(COUNTS_KEY)?, scalars: parsed(SCALARS_KEY)? })
    }

    /// The tensor of this name.
    fn tensor<T: Real>(&self, name: &str) -> Result<Tensor<T>, StateError> {
        if !self.tensors.names().any(|found| found == name) {
            return Err(missing(name, self.tensors.names()));
        }
        Ok(self.tensors.get::<T>(name)?.contiguous())
    }
}

/// What was read, by name.
#[derive(Debug)]
struct Read<T: Real> {
    parts: BTreeMap<String, Tensor<T>>,
    counts: BTreeMap<String, u64>,
    plateaus: BTreeMap<String, Plateau>,
    scalars: BTreeMap<String, f64>,
}

impl<T: Real> Default for Read<T> {
    fn default() -> Self {
        let (parts, counts) = (BTreeMap::new(), BTreeMap::new());
        Self { parts, counts, plateaus: BTreeMap::new(), scalars: BTreeMap::new() }
    }
}

impl<T: Real> Read<T> {
    /// Reads what an entry is to be set to.
    fn take(&mut self, file: &File<'_>, entry: Entry<'_, T>, averages: bool) -> Result<(), StateError> {
        let Entry { name, content } = entry;
        match content {
            Content::Part { shape, domain, .. } => {
                let part = file.tensor(&name)?;
                same_shape(&name, part.shape(), shape)?;
                within(&name, &part, domain)?;
                self.parts.insert(name, part);
            }
            Content::Rows(rows) => {
                let part = file.tensor(&name)?;
                let count = part.shape().first().map_or(0, |&count| count.min(rows.at_most));
                same_shape(&name, part.shape(), of_rows(count, rows.shape))?;
                within(&name, &part, Domain::Finite)?;
                let Rows { shape, allowed, expected, .. } = rows;
                let values = part.as_slice().unwrap_or_default();
                let defect = values.chunks_exact(shape.len().max(1)).position(|row| !allowed(row));
                if let Some(row) = defect {
                    let (index, value) = (row * shape.len(), values[row * shape.len()].to_f64());
                    return Err(StateError::Value {
                        name,
                        index,
                        shape: Box::new(part.shape()),
                        value,
                        expected,
                    });
                }
                self.parts.insert(name, part);
            }
            Content::Scalar { domain, .. } => {
                let value: f64 = number(&file.scalars, SCALARS_KEY, &name, "a number")?;
                if !domain.contains(value) {
                    return Err(malformed(SCALARS_KEY, &name, value, domain.text()));
                }
                self.scalars.insert(name, value);
            }
            Content::LearningRate { check, .. } => {
                let value: f64 = number(&file.scalars, SCALARS_KEY, &name, "a number")?;
                check(value).map_err(|error| {
                    let found = format_args!("{value} ({error})");
                    malformed(SCALARS_KEY, &name, found, "a learning rate that the rule allows")
                })?;
                self.scalars.insert(name, value);
            }
            Content::Count(_) => {
                let value: u64 = number(&file.counts, COUNTS_KEY, &name, "what the optimizer counts")?;
                if value > LARGEST_COUNT {
                    return Err(malformed(COUNTS_KEY, &name, value, "at most 2^53"));
                }
                if name == SWAPPED && value > u64::from(averages) {
                    let expected = if averages { "0 or 1" } else { "0 without an average" };
                    return Err(malformed(COUNTS_KEY, &name, value, expected));
                }
                self.counts.insert(name, value);
            }
            Content::Plateau(own) => {
                let plateau: Plateau = number(&file.counts, COUNTS_KEY, &name, "what the optimizer counts")?;
                if let Some((at, found, expected)) =
                    difference(&json(plateau.settings()), &json(own.settings()))
                {
                    let at = format!("{name}.settings.{at}");
                    return Err(StateError::Settings { at, found, expected });
                }
                self.plateaus.insert(name, plateau);
            }
        }
        Ok(())
    }

    /// Whether the file holds nothing else.
    fn is_all_of(&self, file: &File<'_>) -> Result<(), StateError> {
        let known = |name: &str| self.parts.contains_key(name);
        let unknown = file.tensors.names().find(|name| !known(name));
        let known = |name: &str| self.counts.contains_key(name) || self.plateaus.contains_key(name);
        let unknown = unknown.or_else(|| names(&file.counts).find(|name| !known(name)));
        let unknown = unknown.or_else(|| names(&file.scalars).find(|name| !self.scalars.contains_key(*name)));
        unknown.map_or(Ok(()), |name| Err(StateError::Unexpected { name: name.to_owned() }))
    }

    /// Sets what an entry stands for.
    fn set(&self, Entry { name, content }: Entry<'_, T>) {
        match content {
            Content::Part { values, range, .. } => {
                if let Some(part) = self.parts[&name].as_slice() {
                    values.make_mut()[range].copy_from_slice(part);
                }
            }
            Content::Rows(Rows { rows, shape, .. }) => {
                let values = self.parts[&name].as_slice().unwrap_or_default();
                *rows = values.chunks_exact(shape.len().max(1)).map(<[T]>::to_vec).collect();
            }
            Content::Scalar { value, .. } | Content::LearningRate { value, .. } => {
                *value = self.scalars[&name];
            }
            Content::Count(value) => *value = self.counts[&name],
            Content::Plateau(plateau) => *plateau = self.plateaus[&name],
        }
    }
}

/// The shape of a number of arrays of one shape.
pub(super) fn of_rows(count: usize, shape: Shape) -> Shape {
    std::iter::once(count).chain(shape.iter().copied()).collect()
}

fn same_shape(name: &str, found: Shape, expected: Shape) -> Result<(), StateError> {
    if found == expected {
        return Ok(());
    }
    let (found, expected) = (Box::new(found), Box::new(expected));
    Err(StateError::Shape { name: name.to_owned(), found, expected })
}

/// Whether all elements are in the domain.
fn within<T: Real>(name: &str, part: &Tensor<T>, domain: Domain) -> Result<(), StateError> {
    let values = part.as_slice().unwrap_or_default();
    let defect = values.iter().position(|value| !domain.contains(value.to_f64()));
    defect.map_or(Ok(()), |index| {
        let (shape, value, expected) = (Box::new(part.shape()), values[index].to_f64(), domain.text());
        Err(StateError::Value { name: name.to_owned(), index, shape, value, expected })
    })
}

/// The names in a JSON object.
fn names(object: &Value) -> impl Iterator<Item = &str> {
    object.as_object().into_iter().flat_map(|object| object.keys()).map(String::as_str)
}

/// Something that is held as JSON.
fn number<V: DeserializeOwned>(
    object: &Value,
    key: &'static str,
    name: &str,
    expected: &'static str,
) -> Result<V, StateError> {
    let Some(value) = object.get(name) else { return Err(missing(name, names(object))) };
    serde_json::from_value(value.clone())
        .map_err(|error| malformed(key, name, format_args!("{value} ({error})"), expected))
}

/// What no optimizer holds.
fn malformed(key: &'static str, name: &str, value: impl Display, expected: &'static str) -> StateError {
    StateError::Format { key, found: format!("{name} = {value}"), expected }
}

fn missing<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> StateError {
    const LISTED: usize = 8;
    let mut known: Vec<&str> = known.take(LISTED + 1).collect();
    if known.len() > LISTED {
        known[LISTED] = "…";
    }
    StateError::Missing { name: name.to_owned(), known: known.join(", ") }
}
