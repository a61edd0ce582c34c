//! The types that tensors hold.

use std::fmt::{Debug, Display};

/// An element type of tensors: `f32` and `f64` (see [`Real`](crate::Real)), integers for indices and labels, and
/// `bool` for masks.
pub trait Element:
    Copy + Debug + Default + Display + PartialEq + PartialOrd + Send + Sync + sealed::Sealed + 'static
{
    /// NumPy's name of the type: `float32`, `int64`, `bool`; that of `usize` is `uint64` (on 64-bit targets).
    const DTYPE: &'static str;

    /// Whether every bit pattern is a valid value; zero always is. The buffer cache relies on it.
    #[doc(hidden)]
    const ANY_BITS: bool;

    /// The value as another element type, as Rust's `as` converts: floats round to nearest, integers wrap, a float
    /// becomes the nearest integer towards zero within range (NaN becomes 0). `true` is 1, and what is not zero is
    /// `true` (NaN is).
    fn cast<U: Element>(self) -> U;

    /// The value as an integer, if it is one.
    #[doc(hidden)]
    fn to_integer(self) -> Option<i128>;

    // Every type reaches every other through the widest of its kind, which holds all its values: as many
    // conversions as types, and generic code can cast without naming both ends.
    #[doc(hidden)]
    fn from_i64(value: i64) -> Self;
    #[doc(hidden)]
    fn from_u64(value: u64) -> Self;
    #[doc(hidden)]
    fn from_f64(value: f64) -> Self;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! elements {
    ($($type:ident $dtype:expr, $from_wide:ident;)*) => {$(
        impl sealed::Sealed for $type {}
        impl Element for $type {
            const DTYPE: &'static str = $dtype;
            const ANY_BITS: bool = true;
            #[inline(always)]
            fn cast<U: Element>(self) -> U {
                U::$from_wide(self.into_wide())
            }
            #[inline]
            fn to_integer(self) -> Option<i128> {
                let integer = self as i128;
                // The saturating cast of a float beyond the range does not come back to it, except at 2¹²⁷, which
                // no integer type here holds.
                (integer as $type == self).then_some(integer)
            }
            #[inline(always)]
            fn from_i64(value: i64) -> Self {
                value as $type
            }
            #[inline(always)]
            fn from_u64(value: u64) -> Self {
                value as $type
            }
            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as $type
            }
        }
    )*};
}

elements! {
    i8 "int8", from_i64;
    i16 "int16", from_i64;
    i32 "int32", from_i64;
    i64 "int64", from_i64;
    u8 "uint8", from_u64;
    u16 "uint16", from_u64;
    u32 "uint32", from_u64;
    u64 "uint64", from_u64;
    usize if usize::BITS == 64 { "uint64" } else { "uint32" }, from_u64;
    f32 "float32", from_f64;
    f64 "float64", from_f64;
}

/// The widest type of a kind.
trait IntoWide<W> {
    fn into_wide(self) -> W;
}

macro_rules! into_wide {
    ($($wide:ident: $($type:ident)*;)*) => {$($(
        impl IntoWide<$wide> for $type {
            #[inline(always)]
            fn into_wide(self) -> $wide {
                self as $wide
            }
        }
    )*)*};
}
into_wide! {
    i64: i8 i16 i32 i64;
    u64: u8 u16 u32 u64 usize;
    f64: f32 f64;
}

impl sealed::Sealed for bool {}

impl Element for bool {
    const DTYPE: &'static str = "bool";
    const ANY_BITS: bool = false;
    #[inline(always)]
    fn cast<U: Element>(self) -> U {
        U::from_u64(u64::from(self))
    }
    #[inline]
    fn to_integer(self) -> Option<i128> {
        Some(i128::from(self))
    }
    #[inline(always)]
    fn from_i64(value: i64) -> Self {
        value != 0
    }
    #[inline(always)]
    fn from_u64(value: u64) -> Self {
        value != 0
    }
    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value != 0.0
    }
}
