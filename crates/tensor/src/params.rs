//! All parameters of a model as one flat vector with named views.

use std::ops::Range;
use std::sync::Arc;

use crate::layout::Layout;
use crate::{Real, Shape, Tensor, TensorError};

/// The position of a parameter in its [`Params`]; plain data, so layers are `Copy` structs of ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParamId(usize);

impl ParamId {
    /// The position in the order in which parameters were added.
    pub fn index(self) -> usize {
        self.0
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Entry {
    name: String,
    offset: usize,
    shape: Shape,
}

impl Entry {
    fn range(&self) -> Range<usize> {
        self.offset..self.offset + self.shape.len()
    }
}

/// Paths, shapes and positions of parameters, apart from their values. Cheap to clone, and to compare with that of
/// [`Params`] made from one another.
#[derive(Clone, Debug)]
pub struct ParamsLayout(Arc<Vec<Entry>>);

impl ParamsLayout {
    /// Path, shape and range in the slab of every parameter, in the order of the slab.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, Shape, Range<usize>)> {
        self.0.iter().map(|entry| (entry.name.as_str(), entry.shape, entry.range()))
    }
}

impl PartialEq for ParamsLayout {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

/// A point of ℝᵈ whose coordinates are the elements of named tensors, in the order in which they were added.
///
/// Theory speaks of `f : ℝᵈ → ℝ`: optimizers, norms and checkpoints work on the one slab
/// [`as_slice`](Self::as_slice), without gaps between the parameters; models see the named tensors, which
/// are views into it. The identity of a parameter is its path, such as `"encoder.0.weight"`.
///
/// ```
/// use gradus_tensor::{Params, Tensor};
/// let mut params = Params::<f32>::new();
/// let weight = params.add("layer.weight", &Tensor::zeros([10, 4]))?;
/// let bias = params.add("layer.bias", &Tensor::ones([4]))?;
/// assert_eq!(params.len(), 44);
/// assert_eq!(params.get(bias).to_vec(), [1.0; 4]);
/// params.as_mut_slice()[0] = 0.5;
/// assert_eq!(params.get(weight).at(&[0, 0]), 0.5);
/// # Ok::<(), gradus_tensor::TensorError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Params<T: Real> {
    slab: Tensor<T>,
    /// Shared by gradients and everything else of this layout.
    entries: Arc<Vec<Entry>>,
}

impl<T: Real> Default for Params<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Real> Params<T> {
    /// No parameters.
    pub fn new() -> Self {
        Self { slab: Tensor::zeros([0]), entries: Arc::default() }
    }

    /// One parameter: the point `x` of ℝᵈ under the name `name`.
    pub fn single(name: &str, x: &Tensor<T>) -> Self {
        let mut params = Self::new();
        params.push(name, x);
        params
    }

    /// Parameters with these names and values, in this order; the slab is made once.
    #[cfg(feature = "serde")]
    pub(crate) fn from_tensors(tensors: Vec<(String, Tensor<T>)>) -> Result<Self, TensorError> {
        let mut names = std::collections::HashSet::new();
        if let Some((name, _)) = tensors.iter().find(|(name, _)| !names.insert(name.as_str())) {
            return Err(TensorError::DuplicateParameter(name.clone()));
        }
        let slab = Tensor::build([tensors.iter().map(|(_, value)| value.len()).sum()].into(), |slab| {
            let mut rest = slab;
            for (_, value) in &tensors {
                let (elements, tail) = rest.split_at_mut(value.len());
                elements.copy_from_slice(&value.dense());
                rest = tail;
            }
        });
        let mut offset = 0;
        let entries = tensors.into_iter().map(|(name, value)| {
            offset += value.len();
            Entry { name, offset: offset - value.len(), shape: value.shape() }
        });
        Ok(Self { slab, entries: Arc::new(entries.collect()) })
    }

    /// Adds a parameter with an initial value at the end of the slab.
    ///
    /// # Errors
    /// When the name is taken.
    pub fn add(&mut self, name: &str, value: &Tensor<T>) -> Result<ParamId, TensorError> {
        if self.entries.iter().any(|entry| entry.name == name) {
            return Err(TensorError::DuplicateParameter(name.to_owned()));
        }
        Ok(self.push(name, value))
    }

    fn push(&mut self, name: &str, value: &Tensor<T>) -> ParamId {
        let value = value.contiguous();
        let elements = value.elements();
        let offset = self.len();
        self.slab = Tensor::build([offset + elements.len()].into(), |slab| {
            slab[..offset].copy_from_slice(self.as_slice());
            slab[offset..].copy_from_slice(elements);
        });
        Arc::make_mut(&mut self.entries).push(Entry { name: name.to_owned(), offset, shape: value.shape() });
        ParamId(self.entries.len() - 1)
    }

    /// Zeros in the same layout: where a gradient goes.
    #[must_use]
    pub fn zeros_like(&self) -> Self {
        Self { slab: Tensor::zeros([self.len()]), entries: Arc::clone(&self.entries) }
    }

    /// Paths, shapes and positions of the parameters.
    pub fn layout(&self) -> ParamsLayout {
        ParamsLayout(Arc::clone(&self.entries))
    }

    /// The number of coordinates d.
    pub fn len(&self) -> usize {
        self.slab.len()
    }

    /// Whether there are no coordinates.
    pub fn is_empty(&self) -> bool {
        self.slab.is_empty()
    }

    /// All coordinates.
    pub fn as_slice(&self) -> &[T] {
        self.slab.elements()
    }

    /// All coordinates, to be changed. While a view from [`get`](Self::get) is alive, this moves the
    /// parameters to a copy, and the view keeps the old values.
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        self.slab.make_mut()
    }

    /// All coordinates as a vector that shares the slab.
    pub fn to_vector(&self) -> Tensor<T> {
        self.slab.clone()
    }

    /// The parameter as a view into the slab.
    ///
    /// # Panics
    /// When the id comes from a larger set of parameters.
    #[track_caller]
    pub fn get(&self, id: ParamId) -> Tensor<T> {
        let entry = &self.entries[id.0];
        Tensor::view_of(self.slab.buffer.clone(), Layout::contiguous_at(entry.offset, entry.shape))
    }

    /// The part of the slab that holds the parameter.
    ///
    /// # Panics
    /// When the id comes from a larger set of parameters.
    #[track_caller]
    pub fn range(&self, id: ParamId) -> Range<usize> {
        self.entries[id.0].range()
    }

    /// The path of the parameter.
    ///
    /// # Panics
    /// When the id comes from a larger set of parameters.
    #[track_caller]
    pub fn name(&self, id: ParamId) -> &str {
        &self.entries[id.0].name
    }

    /// The path of the parameter that coordinate `index` of the slab belongs to.
    pub fn name_at(&self, index: usize) -> Option<&str> {
        self.ids().find(|&id| self.range(id).contains(&index)).map(|id| self.name(id))
    }

    /// The id of a path.
    ///
    /// # Errors
    /// When no parameter has it; the text lists those there are.
    pub fn id(&self, name: &str) -> Result<ParamId, TensorError> {
        self.ids().find(|&id| self.name(id) == name).ok_or_else(|| TensorError::UnknownParameter {
            name: name.to_owned(),
            known: self.entries.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>().join(", "),
        })
    }

    /// The ids in the order of the slab.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = ParamId> + use<T> {
        (0..self.entries.len()).map(ParamId)
    }

    /// Sets a parameter.
    ///
    /// # Errors
    /// When the shape differs; then nothing changes.
    ///
    /// # Panics
    /// When the id comes from a larger set of parameters.
    #[track_caller]
    pub fn set(&mut self, id: ParamId, value: &Tensor<T>) -> Result<(), TensorError> {
        let Entry { name, shape, .. } = &self.entries[id.0];
        if value.shape() != *shape {
            return Err(TensorError::ParameterShape {
                name: name.clone(),
                expected: Box::new(*shape),
                found: Box::new(value.shape()),
            });
        }
        let range = self.range(id);
        self.as_mut_slice()[range].copy_from_slice(value.contiguous().elements());
        Ok(())
    }
}
