//! Several tensors under names, in order.

use std::collections::{BTreeMap, HashMap};

use super::{AnyTensor, IoError, IoErrorKind};
use crate::{Element, Params, Real, Tensor};

/// Tensors of any element types under unique names, in the order in which they were added, with a map of texts beside
/// them: what a safetensors or npz file holds.
///
/// ```
/// use gradus_tensor::{Tensor, io::NamedTensors};
/// let mut tensors = NamedTensors::new();
/// tensors.insert("weight", Tensor::<f32>::ones([3, 2]))?;
/// tensors.insert("labels", Tensor::vector(&[1_u8, 0, 2]))?;
/// tensors.metadata_mut().insert("epoch".to_owned(), "7".to_owned());
///
/// let mut file = Vec::new();
/// tensors.write_safetensors_to(&mut file)?;
/// let read = NamedTensors::read_safetensors_from(std::io::Cursor::new(file))?;
/// assert_eq!(read.names().collect::<Vec<_>>(), ["weight", "labels"]);
/// assert_eq!(read.get::<f32>("weight")?, Tensor::ones([3, 2]));
/// assert_eq!(read.get_as::<f64>("labels")?.to_vec(), [1.0, 0.0, 2.0]);
/// assert_eq!(read.metadata()["epoch"], "7");
/// # Ok::<(), gradus_tensor::io::IoError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NamedTensors {
    entries: Vec<(String, AnyTensor)>,
    positions: HashMap<String, usize>,
    metadata: BTreeMap<String, String>,
}

impl NamedTensors {
    /// No tensors.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a tensor at the end. It shares its elements with the one given.
    ///
    /// # Errors
    /// When the name is taken.
    pub fn insert(&mut self, name: &str, tensor: impl Into<AnyTensor>) -> Result<(), IoError> {
        if self.positions.contains_key(name) {
            return Err(IoError::from(IoErrorKind::Duplicate).in_entry(name));
        }
        self.positions.insert(name.to_owned(), self.entries.len());
        self.entries.push((name.to_owned(), tensor.into()));
        Ok(())
    }

    /// The number of tensors.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The names in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(name, _)| name.as_str())
    }

    /// Names and tensors in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &AnyTensor)> {
        self.entries.iter().map(|(name, tensor)| (name.as_str(), tensor))
    }

    /// A tensor of whatever type.
    ///
    /// # Errors
    /// When there is none of this name; the text lists the names there are.
    pub fn get_any(&self, name: &str) -> Result<&AnyTensor, IoError> {
        match self.positions.get(name) {
            Some(&position) => Ok(&self.entries[position].1),
            None => Err(IoError::missing(name, self.names())),
        }
    }

    /// A tensor of type `T`.
    ///
    /// # Errors
    /// When there is none of this name, or it has another type: nothing is converted silently.
    pub fn get<T: Element>(&self, name: &str) -> Result<Tensor<T>, IoError> {
        self.get_any(name)?.get().map_err(|error| error.in_entry(name))
    }

    /// A tensor converted to type `T` as [`AnyTensor::cast`] does.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn get_as<T: Element>(&self, name: &str) -> Result<Tensor<T>, IoError> {
        self.get_any(name).map(AnyTensor::cast)
    }

    /// Texts beside the tensors; safetensors files hold them, npz files do not.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.metadata
    }

    /// The texts beside the tensors, to be changed.
    pub fn metadata_mut(&mut self) -> &mut BTreeMap<String, String> {
        &mut self.metadata
    }
}

impl<T: Real> From<&Params<T>> for NamedTensors {
    /// The parameters under their paths, in the order of the slab, which they share.
    fn from(params: &Params<T>) -> Self {
        let entries: Vec<_> =
            params.ids().map(|id| (params.name(id).to_owned(), params.get(id).into())).collect();
        let positions = entries.iter().enumerate().map(|(i, (name, _))| (name.clone(), i)).collect();
        Self { entries, positions, metadata: BTreeMap::new() }
    }
}
