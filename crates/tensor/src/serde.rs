//! `Serialize` and `Deserialize` for shapes, tensors and parameters, feature `serde`.
//!
//! A shape is a list of extents; a tensor a map of `dtype`, `shape` and row-major `elements`; parameters are a map from
//! paths to tensors, in the order of the slab. Binary formats keep every bit. JSON has no NaN and no infinities, and
//! `serde_json` would write `null`, which cannot be read back: formats of text refuse them when they are written. Files
//! of feature `io` hold all.

use std::fmt;
use std::marker::PhantomData;

use ::serde_core::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use ::serde_core::ser::{Error as _, SerializeMap, SerializeSeq, SerializeStruct, Serializer};
use ::serde_core::{Deserialize, Serialize};

use crate::{Element, MAX_RANK, Params, Real, Shape, Tensor};

/// Elements for which memory is taken before they arrive: a length from outside is a hint only.
const TRUSTED: usize = 4096;

const TENSOR_FIELDS: &[&str] = &["dtype", "shape", "elements"];

impl Serialize for Shape {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Extents;
        impl<'de> Visitor<'de> for Extents {
            type Value = Shape;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a shape: at most {MAX_RANK} extents")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Shape, A::Error> {
                let (mut extents, mut rank) = ([0; MAX_RANK], 0);
                while let Some(extent) = seq.next_element::<usize>()? {
                    let slot =
                        extents.get_mut(rank).ok_or_else(|| A::Error::invalid_length(rank + 1, &self))?;
                    *slot = extent;
                    rank += 1;
                }
                let shape = Shape::from(&extents[..rank]);
                let oversized = || A::Error::custom(format_args!("shape {shape} exceeds the address space"));
                shape.checked_len().map(|_| shape).ok_or_else(oversized)
            }
        }
        deserializer.deserialize_seq(Extents)
    }
}

/// The elements of a tensor in row-major order.
struct Elements<'a, T: Element>(&'a Tensor<T>);

impl<T: Element + Serialize> Serialize for Elements<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let elements = self.0.dense();
        if serializer.is_human_readable()
            && let Some(position) = elements.iter().position(|element| !element.cast::<f64>().is_finite())
        {
            return Err(S::Error::custom(format_args!(
                "tensor: element {position} is {}, which formats of text do not hold; a binary format or a file of \
                 feature `io` does",
                elements[position]
            )));
        }
        let mut seq = serializer.serialize_seq(Some(elements.len()))?;
        elements.iter().try_for_each(|element| seq.serialize_element(element))?;
        seq.end()
    }
}

/// ```
/// use gradus_tensor::Tensor;
/// let x = Tensor::<f32>::from_rows([[1.0, 2.5], [3.0, 4.0]]);
/// let text = serde_json::to_string(&x)?;
/// assert_eq!(text, r#"{"dtype":"float32","shape":[2,2],"elements":[1.0,2.5,3.0,4.0]}"#);
/// assert_eq!(serde_json::from_str::<Tensor<f32>>(&text)?, x);
/// # Ok::<(), serde_json::Error>(())
/// ```
impl<T: Element + Serialize> Serialize for Tensor<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Tensor", TENSOR_FIELDS.len())?;
        fields.serialize_field("dtype", T::DTYPE)?;
        fields.serialize_field("shape", &self.shape())?;
        fields.serialize_field("elements", &Elements(self))?;
        fields.end()
    }
}

impl<'de, T: Element + Deserialize<'de>> Deserialize<'de> for Tensor<T> {
    /// Fails on another element type, and on a number of elements that is not that of the shape.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("Tensor", TENSOR_FIELDS, TensorVisitor(PhantomData))
    }
}

struct TensorVisitor<T>(PhantomData<T>);

impl<T: Element> TensorVisitor<T> {
    fn tensor<E: ::serde_core::de::Error>(dtype: &str, shape: Shape, elements: &[T]) -> Result<Tensor<T>, E> {
        if dtype != T::DTYPE {
            return Err(E::custom(format_args!("tensor: dtype {dtype:?} found, {:?} expected", T::DTYPE)));
        }
        Tensor::from_slice(shape, elements).map_err(|error| E::custom(format_args!("tensor: {error}")))
    }
}

impl<'de, T: Element + Deserialize<'de>> Visitor<'de> for TensorVisitor<T> {
    type Value = Tensor<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a tensor of dtype {} with its shape and elements", T::DTYPE)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tensor<T>, A::Error> {
        let dtype: String = seq.next_element()?.ok_or_else(|| A::Error::invalid_length(0, &self))?;
        let shape = seq.next_element()?.ok_or_else(|| A::Error::invalid_length(1, &self))?;
        let elements: Vec<T> = seq.next_element()?.ok_or_else(|| A::Error::invalid_length(2, &self))?;
        Self::tensor(&dtype, shape, &elements)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tensor<T>, A::Error> {
        let (mut dtype, mut shape, mut elements) = (None::<String>, None, None::<Vec<T>>);
        while let Some(key) = map.next_key::<String>()? {
            let duplicate = match key.as_str() {
                "dtype" => dtype.replace(map.next_value()?).is_some(),
                "shape" => shape.replace(map.next_value()?).is_some(),
                "elements" => elements.replace(map.next_value()?).is_some(),
                _ => return Err(A::Error::unknown_field(&key, TENSOR_FIELDS)),
            };
            if duplicate {
                return Err(A::Error::custom(format_args!("duplicate field `{key}`")));
            }
        }
        let dtype = dtype.ok_or_else(|| A::Error::missing_field("dtype"))?;
        let shape = shape.ok_or_else(|| A::Error::missing_field("shape"))?;
        let elements = elements.ok_or_else(|| A::Error::missing_field("elements"))?;
        Self::tensor(&dtype, shape, &elements)
    }
}

impl<T: Real + Serialize> Serialize for Params<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.ids().count()))?;
        for id in self.ids() {
            map.serialize_entry(self.name(id), &self.get(id))?;
        }
        map.end()
    }
}

impl<'de, T: Real + Deserialize<'de>> Deserialize<'de> for Params<T> {
    /// Fails on a path that stands twice.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(PhantomData<T>);
        impl<'de, T: Real + Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = Params<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map from paths to tensors")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Params<T>, A::Error> {
                let mut entries = Vec::with_capacity(map.size_hint().unwrap_or(0).min(TRUSTED));
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Params::from_tensors(entries).map_err(A::Error::custom)
            }
        }
        deserializer.deserialize_map(Entries(PhantomData))
    }
}
