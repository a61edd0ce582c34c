//! Run-time shapes, stored inline.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

/// The largest number of axes of a tensor.
pub const MAX_RANK: usize = 8;

/// The extents of a tensor, outermost axis first; `[]` is the shape of a scalar.
#[derive(Clone, Copy, Eq)]
pub struct Shape {
    extents: [usize; MAX_RANK],
    rank: u8,
}

impl Shape {
    /// `[]`, the shape of a scalar.
    pub(crate) const SCALAR: Self = Self { extents: [0; MAX_RANK], rank: 0 };

    /// The shape of a vector.
    #[inline]
    pub(crate) fn vector(len: usize) -> Self {
        let mut extents = [0; MAX_RANK];
        extents[0] = len;
        Self { extents, rank: 1 }
    }

    /// The number of elements.
    ///
    /// # Panics
    /// When there is no [`checked_len`](Self::checked_len).
    #[inline]
    #[track_caller]
    pub fn len(&self) -> usize {
        let Some(len) = self.checked_len() else {
            panic!("shape: {self} exceeds the address space");
        };
        len
    }

    /// The number of elements, or `None` if the product of the non-zero extents exceeds `isize::MAX`: no tensor
    /// has such a shape. For shapes that come from outside.
    #[inline]
    pub fn checked_len(&self) -> Option<usize> {
        // Strides are products of extents, so they must fit also where another axis makes the tensor empty.
        let (mut span, mut empty) = (1_usize, false);
        for &extent in self.iter() {
            span = span.checked_mul(extent.max(1))?;
            empty |= extent == 0;
        }
        (span <= isize::MAX as usize).then_some(if empty { 0 } else { span })
    }

    /// The number of axes.
    #[inline]
    pub fn rank(&self) -> usize {
        self.rank as usize
    }

    /// Whether there are no elements.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.contains(&0)
    }

    /// The shape that two operands broadcast to under NumPy's rules, or `None` if they do not.
    pub fn broadcast(&self, other: &Shape) -> Option<Shape> {
        let rank = self.rank.max(other.rank);
        let mut extents = [0; MAX_RANK];
        for (axis, extent) in extents[..rank as usize].iter_mut().enumerate() {
            *extent =
                match (self.aligned_extent(axis, rank as usize), other.aligned_extent(axis, rank as usize)) {
                    (a, b) if a == b => a,
                    (1, b) => b,
                    (a, 1) => a,
                    _ => return None,
                };
        }
        Some(Shape { extents, rank })
    }

    /// The extent at `axis` of a shape padded with leading ones to `rank` axes.
    fn aligned_extent(&self, axis: usize, rank: usize) -> usize {
        let missing = rank - self.rank as usize;
        if axis < missing { 1 } else { self.extents[axis - missing] }
    }

    /// This shape with another extent at one axis.
    #[inline]
    pub(crate) fn with(mut self, axis: usize, extent: usize) -> Shape {
        self.extents_mut()[axis] = extent;
        self
    }

    /// The extents, to be changed.
    #[inline]
    pub(crate) fn extents_mut(&mut self) -> &mut [usize] {
        &mut self.extents[..self.rank as usize]
    }

    /// This shape without the axes for which `dropped` holds.
    pub(crate) fn without(&self, dropped: impl Fn(usize) -> bool) -> Shape {
        self.iter().enumerate().filter(|&(axis, _)| !dropped(axis)).map(|(_, &extent)| extent).collect()
    }
}

impl PartialEq for Shape {
    /// In a loop: most shapes have one or two axes, and a comparison of slices is a call.
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        let mut equal = self.rank == other.rank;
        for axis in 0..self.rank as usize {
            equal &= self.extents[axis] == other.extents[axis];
        }
        equal
    }
}

impl Hash for Shape {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl Deref for Shape {
    type Target = [usize];
    #[inline(always)]
    fn deref(&self) -> &[usize] {
        &self.extents[..self.rank as usize]
    }
}

impl FromIterator<usize> for Shape {
    /// # Panics
    /// With more than [`MAX_RANK`] axes.
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = usize>>(iter: I) -> Self {
        let mut shape = Shape { extents: [0; MAX_RANK], rank: 0 };
        for extent in iter {
            assert!((shape.rank as usize) < MAX_RANK, "shape: more than {MAX_RANK} axes");
            shape.extents[shape.rank as usize] = extent;
            shape.rank += 1;
        }
        shape
    }
}

impl From<&[usize]> for Shape {
    #[track_caller]
    fn from(extents: &[usize]) -> Self {
        // Not `collect`, which would report the panic inside the standard library.
        Self::from_iter(extents.iter().copied())
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    #[inline]
    #[track_caller]
    fn from(extents: [usize; N]) -> Self {
        if N > MAX_RANK {
            return Shape::from(extents.as_slice());
        }
        let mut shape = Shape { extents: [0; MAX_RANK], rank: N as u8 };
        shape.extents[..N].copy_from_slice(&extents);
        shape
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}
