//! Sets of axes, and walks over some axes of a layout.

use std::ops::Range;

use crate::layout::Layout;
use crate::{MAX_RANK, Shape};

/// A set of axes of a tensor.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct AxisSet(u16);

impl AxisSet {
    pub(crate) const EMPTY: Self = Self(0);

    /// The axes named by a caller of `op`.
    ///
    /// # Panics
    /// When an axis lies outside or is named twice.
    #[track_caller]
    pub(crate) fn new(op: &str, shape: Shape, axes: &[usize]) -> Self {
        let mut set = Self::EMPTY;
        for &axis in axes {
            assert!(axis < shape.rank(), "{op}: axis {axis} is outside shape {shape}");
            assert!(!set.contains(axis), "{op}: axis {axis} is named twice");
            set = set.with(axis);
        }
        set
    }

    /// All axes of a tensor.
    pub(crate) fn all(rank: usize) -> Self {
        Self((1 << rank) - 1)
    }

    pub(crate) fn with(self, axis: usize) -> Self {
        Self(self.0 | 1 << axis)
    }

    pub(crate) fn contains(self, axis: usize) -> bool {
        self.0 >> axis & 1 == 1
    }

    /// The number of elements along these axes.
    pub(crate) fn count(self, shape: Shape) -> usize {
        (0..shape.rank()).filter(|&axis| self.contains(axis)).map(|axis| shape[axis]).product()
    }

    /// # Panics
    /// When there are no elements along these axes, in the name of `op`.
    #[track_caller]
    pub(crate) fn require_elements(self, op: &str, shape: Shape) {
        if self.count(shape) == 0 {
            let axes: Vec<usize> = (0..shape.rank()).filter(|&axis| self.contains(axis)).collect();
            panic!("{op}: no elements along axes {axes:?} of shape {shape}");
        }
    }

    /// A shape in which these axes have extent 1.
    pub(crate) fn kept_in(self, mut shape: Shape) -> Shape {
        for (axis, extent) in shape.extents_mut().iter_mut().enumerate() {
            if self.contains(axis) {
                *extent = 1;
            }
        }
        shape
    }

    /// A shape without these axes.
    pub(crate) fn dropped_from(self, shape: Shape) -> Shape {
        shape.without(|axis| self.contains(axis))
    }
}

/// Some axes of a layout, in their order: extents of 1 left out, and neighbours merged where one steps over exactly
/// what the other reaches.
#[derive(Clone, Copy)]
pub(crate) struct Walk {
    extents: [usize; MAX_RANK],
    strides: [isize; MAX_RANK],
    rank: usize,
}

impl Walk {
    /// One position, without axes.
    pub(crate) const NOWHERE: Self = Self { extents: [1; MAX_RANK], strides: [0; MAX_RANK], rank: 0 };

    /// Neighbours in memory.
    pub(crate) fn line(len: usize) -> Self {
        let mut walk = Self::NOWHERE;
        if len != 1 {
            (walk.extents[0], walk.strides[0], walk.rank) = (len, 1, 1);
        }
        walk
    }

    /// The axes of `layout` for which `chosen` holds.
    pub(crate) fn new(layout: &Layout, chosen: impl Fn(usize) -> bool) -> Self {
        let mut walk = Self::NOWHERE;
        for (axis, (&extent, &stride)) in layout.shape.iter().zip(layout.strides()).enumerate() {
            if extent == 1 || !chosen(axis) {
                continue;
            }
            let outer = walk.rank.wrapping_sub(1);
            if walk.rank > 0 && walk.strides[outer] == stride.wrapping_mul(extent as isize) {
                walk.extents[outer] *= extent;
                walk.strides[outer] = stride;
            } else {
                (walk.extents[walk.rank], walk.strides[walk.rank]) = (extent, stride);
                walk.rank += 1;
            }
        }
        walk
    }

    /// The number of positions.
    pub(crate) fn len(&self) -> usize {
        self.extents[..self.rank].iter().product()
    }

    /// The extent and the stride of the innermost axis; (1, 0) without axes.
    pub(crate) fn inner(&self) -> (usize, isize) {
        self.rank.checked_sub(1).map_or((1, 0), |inner| (self.extents[inner], self.strides[inner]))
    }

    /// The extent and the stride of the only axis, (1, 0) without axes; `None` if there are several.
    pub(crate) fn single(&self) -> Option<(usize, isize)> {
        (self.rank <= 1).then(|| self.inner())
    }

    /// Without the innermost axis.
    pub(crate) fn outer(mut self) -> Self {
        self.rank = self.rank.saturating_sub(1);
        self
    }

    /// The shift of a position in row-major order. Not inlined: once per run it does not matter, and its divisions would
    /// be unrolled in every kernel.
    #[inline(never)]
    pub(crate) fn shift(&self, mut position: usize) -> isize {
        let mut shift = 0;
        for axis in (0..self.rank).rev() {
            shift += (position % self.extents[axis]) as isize * self.strides[axis];
            position /= self.extents[axis];
        }
        shift
    }

    /// Calls `visit` for consecutive positions that lie `stride` apart, with their range in row-major order, the
    /// shift of the first one and the stride, until `positions` are covered.
    #[inline(always)]
    pub(crate) fn for_each_run(
        &self,
        positions: Range<usize>,
        mut visit: impl FnMut(Range<usize>, isize, isize),
    ) {
        let (extent, stride) = self.inner();
        let mut first = positions.start;
        while first < positions.end {
            let len = (extent - first % extent).min(positions.end - first);
            visit(first..first + len, self.shift(first), stride);
            first += len;
        }
    }
}
