//! Run-time shapes, stored inline.

use std::fmt;
use std::ops::Deref;

/// The largest number of axes of a tensor.
pub const MAX_RANK: usize = 8;

/// The extents of a tensor, outermost axis first; `[]` is the shape of a scalar.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shape {
    extents: [usize; MAX_RANK],
    rank: u8,
}

impl Shape {
    /// `[]`, the shape of a scalar.
    pub(crate) const SCALAR: Self = Self { extents: [0; MAX_RANK], rank: 0 };

    /// The number of elements.
    ///
    /// # Panics
    /// When there is no [`checked_len`](Self::checked_len).
    #[track_caller]
    pub fn len(&self) -> usize {
        let Some(len) = self.checked_len() else {
            panic!("shape: {self} exceeds the address space");
        };
        len
    }

    /// The number of elements, or `None` if the product of the non-zero extents exceeds `isize::MAX`: no tensor
    /// has such a shape. For shapes that come from outside.
    pub fn checked_len(&self) -> Option<usize> {
        // Strides are products of extents, so they must fit also where another axis makes the tensor empty.
        let span = self.iter().try_fold(1_usize, |span, &extent| span.checked_mul(extent.max(1)))?;
        (span <= isize::MAX as usize).then_some(if self.is_empty() { 0 } else { span })
    }

    /// The number of axes.
    pub fn rank(&self) -> usize {
        self.rank as usize
    }

    /// Whether there are no elements.
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
    pub(crate) fn with(mut self, axis: usize, extent: usize) -> Shape {
        self.extents[..self.rank as usize][axis] = extent;
        self
    }

    /// This shape without the axes for which `dropped` holds.
    pub(crate) fn without(&self, dropped: impl Fn(usize) -> bool) -> Shape {
        self.iter().enumerate().filter(|&(axis, _)| !dropped(axis)).map(|(_, &extent)| extent).collect()
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
    #[track_caller]
    fn from(extents: [usize; N]) -> Self {
        Shape::from(extents.as_slice())
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
