//! A tensor whose element type is known when the program runs.

use std::any::Any;
use std::fmt;
use std::io::{self, Read, Write};

use crate::{Element, Shape, Tensor};

use super::bytes::{ByteOrder, bytes_of, read_elements, write_elements};
use super::half::{bf16_to_f32, f16_to_f32};
use super::{Dtype, IoError, IoErrorKind};

macro_rules! any_tensor {
    ($($variant:ident($type:ty) $doc:literal;)*) => {
        /// A tensor of one of the element types of files.
        ///
        /// ```
        /// use gradus_tensor::{Tensor, io::{AnyTensor, Dtype}};
        /// let labels = AnyTensor::from(Tensor::vector(&[3_u8, 1, 2]));
        /// assert_eq!(labels.dtype(), Dtype::U8);
        /// assert_eq!(labels.get::<u8>()?.to_vec(), [3, 1, 2]);
        /// assert!(labels.get::<f32>().is_err(), "nothing is converted silently");
        /// assert_eq!(labels.cast::<f32>().to_vec(), [3.0, 1.0, 2.0]);
        /// # Ok::<(), gradus_tensor::io::IoError>(())
        /// ```
        #[derive(Clone, PartialEq)]
        #[non_exhaustive]
        pub enum AnyTensor {
            $(#[doc = $doc] $variant(Tensor<$type>),)*
        }

        /// Evaluates an expression with `$tensor` bound to the typed tensor of an [`AnyTensor`].
        macro_rules! with_tensor {
            ($any:expr, $tensor:ident => $result:expr) => {
                match $any {
                    $(AnyTensor::$variant($tensor) => $result,)*
                }
            };
        }

        impl AnyTensor {
            /// The element type.
            pub fn dtype(&self) -> Dtype {
                match self {
                    $(Self::$variant(_) => Dtype::$variant,)*
                }
            }

            fn of<T: Element>(tensor: &Tensor<T>) -> Self {
                match Dtype::of::<T>() {
                    $(Dtype::$variant => Self::$variant(reinterpret(tensor)),)*
                }
            }

            /// The view with the axes in reverse order.
            pub(super) fn reverse_axes(&self) -> Self {
                let axes: Vec<usize> = (0..self.shape().rank()).rev().collect();
                match self {
                    $(Self::$variant(tensor) => Self::$variant(tensor.permute(&axes)),)*
                }
            }

            /// Reads elements of a type that is known from a header.
            pub(super) fn read(
                source: &mut impl Read,
                dtype: Dtype,
                shape: Shape,
                order: ByteOrder,
                held: Option<u64>,
            ) -> Result<Self, IoError> {
                match dtype {
                    $(Dtype::$variant => read_elements(source, shape, order, held).map(Self::$variant),)*
                }
            }
        }
    };
}

any_tensor! {
    Bool(bool) "Truth values.";
    I8(i8) "8-bit signed integers.";
    I16(i16) "16-bit signed integers.";
    I32(i32) "32-bit signed integers.";
    I64(i64) "64-bit signed integers.";
    U8(u8) "8-bit unsigned integers.";
    U16(u16) "16-bit unsigned integers.";
    U32(u32) "32-bit unsigned integers.";
    U64(u64) "64-bit unsigned integers.";
    F16(u16) "Half-precision floats, as their bits; [`cast`](Self::cast) to `f32` gives their exact values.";
    Bf16(u16) "bfloat16, as their bits; [`cast`](Self::cast) to `f32` gives their exact values.";
    F32(f32) "Single-precision floats.";
    F64(f64) "Double-precision floats.";
}

impl<T: Element> From<Tensor<T>> for AnyTensor {
    /// The same elements, shared (those of `usize` copied).
    fn from(tensor: Tensor<T>) -> Self {
        Self::of(&tensor)
    }
}

impl<T: Element> From<&Tensor<T>> for AnyTensor {
    fn from(tensor: &Tensor<T>) -> Self {
        Self::of(tensor)
    }
}

impl AnyTensor {
    /// The extents.
    pub fn shape(&self) -> Shape {
        with_tensor!(self, tensor => tensor.shape())
    }

    /// The tensor, which shares its elements with this one, if its type is `T` (`usize` for `uint64`, copied).
    ///
    /// # Errors
    /// When the type is another one: nothing is converted silently.
    pub fn get<T: Element>(&self) -> Result<Tensor<T>, IoError> {
        if self.dtype() != Dtype::of::<T>() {
            return Err(mismatch::<T>(self.dtype()));
        }
        Ok(with_tensor!(self, tensor => reinterpret(tensor)))
    }

    /// The same values with another element type, converted as [`Element::cast`] says: rounded, wrapped or cut off where
    /// they do not fit. 16-bit floats become `f32` exactly.
    pub fn cast<T: Element>(&self) -> Tensor<T> {
        match self {
            Self::F16(bits) => from_half(bits, f16_to_f32),
            Self::Bf16(bits) => from_half(bits, bf16_to_f32),
            other => with_tensor!(other, tensor => tensor.cast()),
        }
    }

    /// The bytes of all elements.
    pub(super) fn byte_len(&self) -> u64 {
        self.shape().len() as u64 * self.dtype().size() as u64
    }

    /// Writes the elements in little-endian order, row-major.
    pub(super) fn write(&self, sink: &mut impl Write) -> io::Result<()> {
        with_tensor!(self, tensor => write_elements(sink, tensor))
    }
}

pub(super) fn mismatch<T: Element>(found: Dtype) -> IoError {
    IoErrorKind::DtypeMismatch { expected: T::DTYPE, found: found.name() }.into()
}

fn from_half<T: Element>(bits: &Tensor<u16>, value: fn(u16) -> f32) -> Tensor<T> {
    let source = bits.dense();
    Tensor::from_fn(bits.shape(), |i| value(source[i]).cast())
}

/// The tensor under another type of the same name: `T` itself, or `usize` for the integer of its size.
fn reinterpret<U: Element, T: Element>(tensor: &Tensor<U>) -> Tensor<T> {
    if let Some(same) = (tensor as &dyn Any).downcast_ref::<Tensor<T>>() {
        return same.clone();
    }
    let source = tensor.dense();
    Tensor::build(tensor.shape(), |out| {
        let copied = super::bytes::fill_elements(out, ByteOrder::NATIVE, |bytes| {
            bytes.copy_from_slice(bytes_of(&source));
            Ok(())
        });
        debug_assert!(copied.is_ok(), "integers take any bits");
    })
}

impl fmt::Debug for AnyTensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        with_tensor!(self, tensor => fmt::Debug::fmt(tensor, f))
    }
}
