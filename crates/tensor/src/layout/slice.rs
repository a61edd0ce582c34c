//! What [`slice`](crate::Tensor::slice) takes: an index or a range with a step per axis, written by [`s!`](crate::s).

use std::fmt;
use std::ops::{Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

/// What to keep of one axis. Negative positions count from the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SliceItem {
    /// One position; the axis is dropped.
    Index(isize),
    /// The positions `start..end`, every `|step|`-th of them, from the first one on if the step is positive and
    /// from the last one backwards if it is negative. `None` as an end is the end of the axis.
    Range {
        /// The first position.
        start: isize,
        /// The position behind the last one.
        end: Option<isize>,
        /// The step, not 0.
        step: isize,
    },
    /// A new axis of extent 1.
    NewAxis,
}

impl SliceItem {
    /// The same range with another step.
    ///
    /// # Panics
    /// When the item is no range or the step is 0.
    #[must_use]
    #[track_caller]
    pub fn step(self, step: isize) -> Self {
        match self {
            Self::Range { start, end, .. } if step != 0 => Self::Range { start, end, step },
            _ => panic!("slice: {self} cannot have step {step}"),
        }
    }
}

impl fmt::Display for SliceItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Index(index) => write!(f, "{index}"),
            Self::NewAxis => f.write_str("NewAxis"),
            Self::Range { start, end, step } => {
                if start != 0 {
                    write!(f, "{start}")?;
                }
                f.write_str("..")?;
                if let Some(end) = end {
                    write!(f, "{end}")?;
                }
                if step != 1 {
                    write!(f, "; {step}")?;
                }
                Ok(())
            }
        }
    }
}

impl From<RangeFull> for SliceItem {
    fn from(_: RangeFull) -> Self {
        Self::Range { start: 0, end: None, step: 1 }
    }
}

/// A number beyond `isize` is outside every axis, as is the largest one.
fn position(number: impl TryInto<isize>) -> isize {
    number.try_into().unwrap_or(isize::MAX)
}

macro_rules! from_integers {
    ($($type:ident)*) => {$(
        impl From<$type> for SliceItem {
            fn from(index: $type) -> Self {
                Self::Index(position(index))
            }
        }
        impl From<Range<$type>> for SliceItem {
            fn from(range: Range<$type>) -> Self {
                Self::Range { start: position(range.start), end: Some(position(range.end)), step: 1 }
            }
        }
        impl From<RangeFrom<$type>> for SliceItem {
            fn from(range: RangeFrom<$type>) -> Self {
                Self::Range { start: position(range.start), end: None, step: 1 }
            }
        }
        impl From<RangeTo<$type>> for SliceItem {
            fn from(range: RangeTo<$type>) -> Self {
                Self::Range { start: 0, end: Some(position(range.end)), step: 1 }
            }
        }
        impl From<RangeInclusive<$type>> for SliceItem {
            fn from(range: RangeInclusive<$type>) -> Self {
                Self::Range { start: position(*range.start()), end: behind(position(*range.end())), step: 1 }
            }
        }
        impl From<RangeToInclusive<$type>> for SliceItem {
            fn from(range: RangeToInclusive<$type>) -> Self {
                Self::Range { start: 0, end: behind(position(range.end)), step: 1 }
            }
        }
    )*};
}
from_integers!(i32 isize usize);

/// The end of a range that includes `last`: behind −1, the last position, is the end of the axis.
fn behind(last: isize) -> Option<isize> {
    (last != -1).then(|| last.saturating_add(1))
}

/// The argument of [`Tensor::slice`](crate::Tensor::slice): per axis an index, a range, or a range with a step
/// behind a semicolon; axes that are not mentioned stay whole.
///
/// ```
/// use gradus_tensor::{SliceItem::NewAxis, Tensor, s};
/// let x = Tensor::<f64>::from_fn([3, 4], |i| i as f64);
/// assert_eq!(x.slice(&s![1]).to_vec(), [4.0, 5.0, 6.0, 7.0]);
/// assert_eq!(x.slice(&s![.., -1]).to_vec(), [3.0, 7.0, 11.0]);
/// assert_eq!(x.slice(&s![0..2, 1..; 2]).to_vec(), [1.0, 3.0, 5.0, 7.0]);
/// assert_eq!(x.slice(&s![2, ..; -1]).to_vec(), [11.0, 10.0, 9.0, 8.0]);
/// assert_eq!(x.slice(&s![NewAxis, .., 0]).shape(), [1, 3].into());
/// ```
#[macro_export]
macro_rules! s {
    ($($item:expr $(; $step:expr)?),* $(,)?) => {{
        #[allow(clippy::reversed_empty_ranges, reason = "a negative end counts from the end of the axis")]
        let items = [$($crate::SliceItem::from($item)$(.step($step))?),*];
        items
    }};
}
