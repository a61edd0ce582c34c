//! The element types of files.

use std::fmt;

use crate::Element;

/// An element type in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dtype {
    /// Truth values, a byte each.
    Bool,
    /// 8-bit signed integers.
    I8,
    /// 16-bit signed integers.
    I16,
    /// 32-bit signed integers.
    I32,
    /// 64-bit signed integers.
    I64,
    /// 8-bit unsigned integers.
    U8,
    /// 16-bit unsigned integers.
    U16,
    /// 32-bit unsigned integers.
    U32,
    /// 64-bit unsigned integers.
    U64,
    /// Half-precision floats (IEEE 754 binary16): read and written as bits.
    F16,
    /// The upper halves of single-precision floats (bfloat16): read and written as bits.
    Bf16,
    /// Single-precision floats.
    F32,
    /// Double-precision floats.
    F64,
}

/// What formats say of a type: NumPy's name, bytes per element, the name in safetensors, the kind letter in npy.
struct Row {
    dtype: Dtype,
    name: &'static str,
    size: usize,
    safetensors: &'static str,
    /// NumPy has no bfloat16.
    npy: Option<char>,
}

const fn row(
    dtype: Dtype,
    name: &'static str,
    size: usize,
    safetensors: &'static str,
    npy: Option<char>,
) -> Row {
    Row { dtype, name, size, safetensors, npy }
}

/// In the order of the enum.
const ROWS: [Row; 13] = [
    row(Dtype::Bool, "bool", 1, "BOOL", Some('b')),
    row(Dtype::I8, "int8", 1, "I8", Some('i')),
    row(Dtype::I16, "int16", 2, "I16", Some('i')),
    row(Dtype::I32, "int32", 4, "I32", Some('i')),
    row(Dtype::I64, "int64", 8, "I64", Some('i')),
    row(Dtype::U8, "uint8", 1, "U8", Some('u')),
    row(Dtype::U16, "uint16", 2, "U16", Some('u')),
    row(Dtype::U32, "uint32", 4, "U32", Some('u')),
    row(Dtype::U64, "uint64", 8, "U64", Some('u')),
    row(Dtype::F16, "float16", 2, "F16", Some('f')),
    row(Dtype::Bf16, "bfloat16", 2, "BF16", None),
    row(Dtype::F32, "float32", 4, "F32", Some('f')),
    row(Dtype::F64, "float64", 8, "F64", Some('f')),
];

impl Dtype {
    fn find(matches: impl Fn(&Row) -> bool) -> Option<Self> {
        ROWS.iter().find(|row| matches(row)).map(|row| row.dtype)
    }

    fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    /// The type of a tensor's elements; that of `usize` is [`U64`](Self::U64) (on 64-bit targets).
    pub fn of<T: Element>() -> Self {
        let Some(dtype) = Self::find(|row| row.name == T::DTYPE) else {
            unreachable!("a row for every element type")
        };
        dtype
    }

    /// NumPy's name: `float32`, `int64`, `bool`; `bfloat16` as in PyTorch.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Bytes per element.
    pub fn size(self) -> usize {
        self.row().size
    }

    pub(super) fn safetensors(self) -> &'static str {
        self.row().safetensors
    }

    pub(super) fn from_safetensors(name: &str) -> Option<Self> {
        Self::find(|row| row.safetensors == name)
    }

    /// NumPy's description without the byte order: `f4`.
    pub(super) fn npy(self) -> Option<String> {
        self.row().npy.map(|kind| format!("{kind}{}", self.size()))
    }

    pub(super) fn from_npy(kind_and_size: &str) -> Option<Self> {
        ROWS.iter().map(|row| row.dtype).find(|dtype| dtype.npy().as_deref() == Some(kind_and_size))
    }
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_the_order_of_the_enum() {
        for (i, row) in ROWS.iter().enumerate() {
            assert_eq!(row.dtype as usize, i, "{}", row.name);
        }
    }

    #[test]
    fn every_element_type_has_a_row() {
        for (found, dtype, size) in [
            (Dtype::of::<bool>(), Dtype::Bool, size_of::<bool>()),
            (Dtype::of::<i8>(), Dtype::I8, 1),
            (Dtype::of::<i16>(), Dtype::I16, 2),
            (Dtype::of::<i32>(), Dtype::I32, 4),
            (Dtype::of::<i64>(), Dtype::I64, 8),
            (Dtype::of::<u8>(), Dtype::U8, 1),
            (Dtype::of::<u16>(), Dtype::U16, 2),
            (Dtype::of::<u32>(), Dtype::U32, 4),
            (Dtype::of::<u64>(), Dtype::U64, 8),
            (Dtype::of::<f32>(), Dtype::F32, 4),
            (Dtype::of::<f64>(), Dtype::F64, 8),
        ] {
            assert_eq!((found, found.size()), (dtype, size));
        }
        assert_eq!(Dtype::of::<usize>().size(), size_of::<usize>());
    }
}
