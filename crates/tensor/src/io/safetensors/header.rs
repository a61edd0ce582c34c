//! The header of safetensors files: a JSON map from names to types, shapes and offsets.
//!
//! Read with `serde_json`, but not with the crate `safetensors`: its header is a hash map, which forgets the order of
//! the entries and takes the last one of a name silently, its errors do not name the entry, and adding up the
//! offsets of a hostile header overflows in it.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use serde_core::Deserialize;
use serde_core::de::{Deserializer, Error as _, MapAccess, Visitor};

use super::super::bytes::checked_shape;
use super::super::{Dtype, IoError, IoErrorKind};
use crate::Shape;

/// The key of the map of texts, which no tensor can have.
pub(super) const METADATA: &str = "__metadata__";

/// As in the reference implementation.
pub(super) const MAX_HEADER: u64 = 100_000_000;

/// The bytes in front of the header: its length.
pub(super) const LENGTH_SIZE: u64 = 8;

/// Bits per element of types that no tensor holds, so that files that also hold such tensors can be checked and read.
const OTHER_TYPES: [(&str, u64); 9] = [
    ("F4", 4),
    ("F6_E2M3", 6),
    ("F6_E3M2", 6),
    ("F8_E4M3", 8),
    ("F8_E5M2", 8),
    ("F8_E8M0", 8),
    ("F8_E4M3FNUZ", 8),
    ("F8_E5M2FNUZ", 8),
    ("C64", 64),
];

/// Name, element type and shape of a tensor in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct TensorInfo {
    pub(super) name: String,
    dtype: String,
    extents: Vec<u64>,
    /// First byte and the one behind the last, counted from the end of the header.
    pub(super) offsets: [u64; 2],
}

impl TensorInfo {
    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The extents. There may be more of them than a tensor of this crate can have.
    pub fn extents(&self) -> &[u64] {
        &self.extents
    }

    /// The element type, if tensors can hold it.
    ///
    /// # Errors
    /// When they cannot; the text names the type.
    pub fn dtype(&self) -> Result<Dtype, IoError> {
        Dtype::from_safetensors(&self.dtype).ok_or_else(|| {
            let remedy = "convert it in the program that wrote the file";
            IoError::from(IoErrorKind::UnsupportedDtype { dtype: self.dtype.clone(), remedy })
                .in_entry(&self.name)
        })
    }

    /// The shape, if tensors can have it.
    ///
    /// # Errors
    /// When there are too many axes.
    pub fn shape(&self) -> Result<Shape, IoError> {
        checked_shape(&self.extents).map_err(|error| error.in_entry(&self.name))
    }

    /// The bytes of the data.
    pub(super) fn byte_len(&self) -> u64 {
        self.offsets[1] - self.offsets[0]
    }

    /// The bytes that type and shape need, `None` for a type that nobody knows.
    fn needed_bytes(&self) -> Result<Option<u64>, IoError> {
        let bits = match Dtype::from_safetensors(&self.dtype) {
            Some(dtype) => Some(dtype.size() as u64 * 8),
            None => OTHER_TYPES.iter().find(|(name, _)| *name == self.dtype).map(|&(_, bits)| bits),
        };
        let Some(bits) = bits else { return Ok(None) };
        let total = self.extents.iter().try_fold(bits, |bits, &extent| bits.checked_mul(extent));
        let bits = total.ok_or_else(|| IoErrorKind::Oversized { extents: self.extents.clone() })?;
        Ok(Some(bits.div_ceil(8)))
    }
}

/// A checked header.
#[derive(Clone, Debug)]
pub(super) struct Header {
    /// In the order of the header.
    pub(super) entries: Vec<TensorInfo>,
    positions: HashMap<String, usize>,
    pub(super) metadata: BTreeMap<String, String>,
    /// Where the data begin in the file.
    pub(super) data_start: u64,
}

impl Header {
    /// Parses the header's text and checks it against a file of `file_len` bytes.
    pub(super) fn parse(text: &[u8], file_len: u64) -> Result<Self, IoError> {
        let raw: RawHeader = serde_json::from_slice(text)
            .map_err(|error| IoError::from(IoErrorKind::Json(error.into())).at(LENGTH_SIZE))?;
        let mut positions = HashMap::new();
        for (position, entry) in raw.entries.iter().enumerate() {
            if positions.insert(entry.name.clone(), position).is_some() {
                return Err(IoError::from(IoErrorKind::Duplicate).in_entry(&entry.name));
            }
        }
        let data_start = LENGTH_SIZE + text.len() as u64;
        check_offsets(&raw.entries, data_start, file_len)?;
        Ok(Self { entries: raw.entries, positions, metadata: raw.metadata, data_start })
    }

    /// The entry of a name.
    pub(super) fn find(&self, name: &str) -> Result<&TensorInfo, IoError> {
        match self.positions.get(name) {
            Some(&position) => Ok(&self.entries[position]),
            None => Err(IoError::missing(name, self.entries.iter().map(|entry| entry.name.as_str()))),
        }
    }
}

/// Requires that the data of the entries fill the rest of the file, each of them once, and have the right lengths.
fn check_offsets(entries: &[TensorInfo], data_start: u64, file_len: u64) -> Result<(), IoError> {
    let mut ordered: Vec<&TensorInfo> = entries.iter().collect();
    ordered.sort_by_key(|entry| entry.offsets);
    let held = file_len - data_start;
    let mut expected = 0;
    for entry in ordered {
        let [begin, end] = entry.offsets;
        let check = || {
            if begin != expected || end < begin {
                return Err(IoErrorKind::Offsets { begin, end, expected }.into());
            }
            if end > held {
                let (needed, available) = (end - begin, held - begin);
                return Err(
                    IoError::from(IoErrorKind::Truncated { needed, available }).at(data_start + begin)
                );
            }
            match entry.needed_bytes()? {
                Some(needed) if needed != end - begin => Err(IoErrorKind::ByteCount {
                    extents: entry.extents.clone(),
                    dtype: entry.dtype.clone(),
                    needed,
                    found: end - begin,
                }
                .into()),
                _ => Ok(()),
            }
        };
        check().map_err(|error: IoError| error.in_entry(&entry.name))?;
        expected = end;
    }
    if expected < held {
        let bytes = held - expected;
        return Err(IoError::from(IoErrorKind::Trailing { bytes }).at(data_start + expected));
    }
    Ok(())
}

/// A header as it stands in the file.
struct RawHeader {
    entries: Vec<TensorInfo>,
    metadata: BTreeMap<String, String>,
}

/// The value of one name.
struct RawEntry {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: [u64; 2],
}

/// A map of texts with unique keys.
struct Texts(BTreeMap<String, String>);

macro_rules! deserialize_map {
    ($type:ident, $expecting:literal, |$map:ident| $body:block) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct MapVisitor;
                impl<'de> Visitor<'de> for MapVisitor {
                    type Value = $type;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expecting)
                    }
                    fn visit_map<A: MapAccess<'de>>(self, mut $map: A) -> Result<$type, A::Error> $body
                }
                deserializer.deserialize_map(MapVisitor)
            }
        }
    };
}

deserialize_map!(RawHeader, "a map from names to tensors", |map| {
    let (mut entries, mut metadata) = (Vec::new(), None);
    while let Some(name) = map.next_key::<String>()? {
        if name == METADATA {
            if metadata.replace(map.next_value::<Texts>()?.0).is_some() {
                return Err(A::Error::duplicate_field(METADATA));
            }
            continue;
        }
        let RawEntry { dtype, shape, data_offsets } =
            map.next_value().map_err(|error| A::Error::custom(format_args!("tensor {name:?}: {error}")))?;
        entries.push(TensorInfo { name, dtype, extents: shape, offsets: data_offsets });
    }
    Ok(RawHeader { entries, metadata: metadata.unwrap_or_default() })
});

deserialize_map!(RawEntry, "a map with dtype, shape and data_offsets", |map| {
    let (mut dtype, mut shape, mut data_offsets) = (None, None, None);
    while let Some(key) = map.next_key::<String>()? {
        let duplicate = match key.as_str() {
            "dtype" => dtype.replace(map.next_value()?).is_some(),
            "shape" => shape.replace(map.next_value()?).is_some(),
            "data_offsets" => data_offsets.replace(map.next_value()?).is_some(),
            _ => return Err(A::Error::unknown_field(&key, &["dtype", "shape", "data_offsets"])),
        };
        if duplicate {
            return Err(A::Error::custom(format_args!("duplicate field `{key}`")));
        }
    }
    Ok(RawEntry {
        dtype: dtype.ok_or_else(|| A::Error::missing_field("dtype"))?,
        shape: shape.ok_or_else(|| A::Error::missing_field("shape"))?,
        data_offsets: data_offsets.ok_or_else(|| A::Error::missing_field("data_offsets"))?,
    })
});

deserialize_map!(Texts, "a map from texts to texts", |map| {
    let mut texts = BTreeMap::new();
    while let Some((key, value)) = map.next_entry::<String, String>()? {
        if texts.contains_key(&key) {
            return Err(A::Error::custom(format_args!("metadata {key:?} stands twice")));
        }
        texts.insert(key, value);
    }
    Ok(Texts(texts))
});
