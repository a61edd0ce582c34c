//! The layouts of views, with the checks of what is asked. None of them reads or moves an element.

use super::{Layout, SliceItem};
use crate::Shape;
use crate::parallel::Rows;
use crate::shape::MAX_RANK;

impl Layout {
    /// A layout of the given axes: (extent, stride) each. `offset` is taken only if there are elements.
    #[track_caller]
    fn with_axes(&self, op: &str, offset: usize, axes: impl IntoIterator<Item = (usize, isize)>) -> Self {
        let mut strides = [0; MAX_RANK];
        let mut rank = 0;
        let mut extents = [0; MAX_RANK];
        for (extent, stride) in axes {
            assert!(
                rank < MAX_RANK,
                "{op}: a view of shape {} would have more than {MAX_RANK} axes",
                self.shape
            );
            (extents[rank], strides[rank]) = (extent, stride);
            rank += 1;
        }
        let shape = Shape::from(&extents[..rank]);
        Self::new(if shape.is_empty() { self.offset } else { offset }, shape, strides)
    }

    fn axes(&self) -> impl Iterator<Item = (usize, isize)> {
        self.shape.iter().copied().zip(self.strides().iter().copied())
    }

    /// Where the element `steps` steps along `axis` lies.
    fn shifted(&self, axis: usize, steps: usize) -> usize {
        self.offset.wrapping_add_signed(steps as isize * self.strides[axis])
    }

    #[track_caller]
    pub(crate) fn check_axis(&self, op: &str, axis: usize) {
        assert!(axis < self.shape.rank(), "{op}: axis {axis} is outside shape {}", self.shape);
    }

    #[track_caller]
    pub(crate) fn permute(&self, axes: &[usize]) -> Self {
        let rank = self.shape.rank();
        let mut seen = [false; MAX_RANK];
        let valid = axes.len() == rank
            && axes.iter().all(|&axis| axis < rank && !std::mem::replace(&mut seen[axis], true));
        assert!(valid, "permute: {axes:?} is not a permutation of the axes of shape {}", self.shape);
        self.with_axes(
            "permute",
            self.offset,
            axes.iter().map(|&axis| (self.shape[axis], self.strides[axis])),
        )
    }

    #[track_caller]
    pub(crate) fn transpose(&self, axis0: usize, axis1: usize) -> Self {
        self.check_axis("transpose", axis0);
        self.check_axis("transpose", axis1);
        let (mut shape, mut strides) = (self.shape, self.strides);
        shape.extents_mut().swap(axis0, axis1);
        strides.swap(axis0, axis1);
        Self::new(self.offset, shape, strides)
    }

    #[track_caller]
    pub(crate) fn t(&self) -> Self {
        assert!(self.shape.rank() == 2, "t: shape {} is not a matrix", self.shape);
        self.transpose(0, 1)
    }

    /// The checks of a broadcast, for callers that take a shape from their users.
    #[track_caller]
    pub(crate) fn checked_broadcast_to(&self, shape: Shape) -> Self {
        assert!(
            self.shape.broadcast(&shape) == Some(shape),
            "broadcast_to: shape {} does not broadcast to {shape}",
            self.shape
        );
        assert!(shape.checked_len().is_some(), "broadcast_to: {shape} exceeds the address space");
        self.broadcast_to(shape)
    }

    /// `shape` must be a shape that this one broadcasts to.
    pub(crate) fn broadcast_to(&self, shape: Shape) -> Self {
        let missing = shape.rank() - self.shape.rank();
        let mut strides = [0; MAX_RANK];
        for (axis, &extent) in self.shape.iter().enumerate() {
            if extent == shape[axis + missing] {
                strides[axis + missing] = self.strides[axis];
            }
        }
        Self::new(self.offset, shape, strides)
    }

    #[track_caller]
    pub(crate) fn narrow(&self, axis: usize, start: usize, len: usize) -> Self {
        let fits =
            axis < self.shape.rank() && start.checked_add(len).is_some_and(|end| end <= self.shape[axis]);
        assert!(fits, "narrow: {start}..{start}+{len} along axis {axis} is outside shape {}", self.shape);
        let axes = self.axes().enumerate();
        self.with_axes(
            "narrow",
            self.shifted(axis, start),
            axes.map(|(i, (extent, stride))| (if i == axis { len } else { extent }, stride)),
        )
    }

    /// The part in some rows, or the whole.
    pub(crate) fn part(&self, rows: Option<Rows>) -> Self {
        rows.map_or(*self, |Rows { axis, start, len }| self.narrow(axis, start, len))
    }

    #[track_caller]
    pub(crate) fn select(&self, axis: usize, index: usize) -> Self {
        self.check_axis("select", axis);
        assert!(
            index < self.shape[axis],
            "select: index {index} along axis {axis} is outside shape {}",
            self.shape
        );
        let axes = self.axes().enumerate();
        self.with_axes(
            "select",
            self.shifted(axis, index),
            axes.filter(|&(i, _)| i != axis).map(|(_, axis)| axis),
        )
    }

    #[track_caller]
    pub(crate) fn row(&self, index: usize) -> Self {
        assert!(
            self.shape.first().is_some_and(|&rows| index < rows),
            "row: index {index} is outside shape {}",
            self.shape
        );
        self.select(0, index)
    }

    #[track_caller]
    pub(crate) fn slice(&self, items: &[SliceItem]) -> Self {
        let text = || items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let asked = items.iter().filter(|&&item| item != SliceItem::NewAxis).count();
        let rank = self.shape.rank();
        assert!(asked <= rank, "slice: [{}] has {asked} items for shape {}", text(), self.shape);
        let too_many = items.len() - asked > MAX_RANK;
        assert!(!too_many, "slice: a view of shape {} would have more than {MAX_RANK} axes", self.shape);
        // Negative positions count from the end.
        let position = |at: isize, extent: usize| if at < 0 { at + extent as isize } else { at };
        let mut offset = self.offset;
        let mut axis = 0;
        let mut axes = [None; 2 * MAX_RANK];
        for (slot, &item) in axes.iter_mut().zip(items) {
            if item == SliceItem::NewAxis {
                *slot = Some((1, 0));
                continue;
            }
            let (extent, stride) = (self.shape[axis], self.strides[axis]);
            let (start, end, step) = match item {
                SliceItem::Range { start, end, step } => {
                    (position(start, extent), end.map_or(extent as isize, |end| position(end, extent)), step)
                }
                SliceItem::Index(index) => {
                    let index = position(index, extent);
                    (index, index.saturating_add(1), 1)
                }
                SliceItem::NewAxis => unreachable!("a new axis was made above"),
            };
            // An assertion here, since a closure would report the panic at its own line, not at the caller's.
            let inside = 0 <= start && start <= end && end <= extent as isize;
            assert!(inside, "slice: {item} along axis {axis} is outside shape {}", self.shape);
            let len = (end - start) as usize;
            let first = if step < 0 && len > 0 { end - 1 } else { start };
            offset = offset.wrapping_add_signed(first * stride);
            if let SliceItem::Range { .. } = item {
                let len = len.div_ceil(step.unsigned_abs());
                // A step of any size leaves a single element; its stride stays one that others can calculate with.
                *slot = Some((len, if len > 1 { stride * step } else { stride }));
            }
            axis += 1;
        }
        self.with_axes("slice", offset, axes.into_iter().flatten().chain(self.axes().skip(axis)))
    }

    #[track_caller]
    pub(crate) fn unsqueeze(&self, axis: usize) -> Self {
        assert!(axis <= self.shape.rank(), "unsqueeze: no axis {axis} in shape {}", self.shape);
        let (before, after) = (self.axes().take(axis), self.axes().skip(axis));
        self.with_axes("unsqueeze", self.offset, before.chain([(1, 0)]).chain(after))
    }

    pub(crate) fn squeeze(&self) -> Self {
        self.with_axes("squeeze", self.offset, self.axes().filter(|&(extent, _)| extent != 1))
    }

    #[track_caller]
    pub(crate) fn squeeze_axis(&self, axis: usize) -> Self {
        self.check_axis("squeeze_axis", axis);
        assert!(self.shape[axis] == 1, "squeeze_axis: axis {axis} of shape {} has not extent 1", self.shape);
        self.select(axis, 0)
    }

    #[track_caller]
    pub(crate) fn flip(&self, axes: &[usize]) -> Self {
        let mut flipped = *self;
        for (i, &axis) in axes.iter().enumerate() {
            self.check_axis("flip", axis);
            assert!(!axes[..i].contains(&axis), "flip: axis {axis} of shape {} is named twice", self.shape);
            if !self.shape.is_empty() {
                flipped.offset = flipped.shifted(axis, self.shape[axis] - 1);
            }
            flipped.strides[axis] = -self.strides[axis];
        }
        Self::new(flipped.offset, flipped.shape, flipped.strides)
    }

    #[track_caller]
    pub(crate) fn diagonal(&self, offset: isize, axis0: usize, axis1: usize) -> Self {
        self.check_axis("diagonal", axis0);
        self.check_axis("diagonal", axis1);
        assert!(axis0 != axis1, "diagonal: axis {axis0} is named twice");
        let (down, right) = (offset.min(0).unsigned_abs(), offset.max(0).unsigned_abs());
        let len = self.shape[axis0].saturating_sub(down).min(self.shape[axis1].saturating_sub(right));
        let shift = down
            .wrapping_mul(self.strides[axis0] as usize)
            .wrapping_add(right.wrapping_mul(self.strides[axis1] as usize));
        let rest = self.axes().enumerate().filter(|&(i, _)| i != axis0 && i != axis1).map(|(_, axis)| axis);
        let along = (len, self.strides[axis0].wrapping_add(self.strides[axis1]));
        self.with_axes("diagonal", self.offset.wrapping_add(shift), rest.chain([along]))
    }

    #[track_caller]
    pub(crate) fn windows(&self, axis: usize, size: usize, step: usize) -> Self {
        self.check_axis("windows", axis);
        let extent = self.shape[axis];
        assert!(
            step > 0 && (1..=extent).contains(&size),
            "windows: no windows of {size} by steps of {step} along axis {axis} of shape {}",
            self.shape
        );
        let stride = self.strides[axis];
        let count = (extent - size) / step + 1;
        // Windows that overlap show more elements than there are.
        let len = self.shape.with(axis, count).checked_len().and_then(|len| len.checked_mul(size));
        assert!(
            len.is_some_and(|len| len <= isize::MAX as usize),
            "windows: {count} of {size} elements along axis {axis} of shape {} exceed the address space",
            self.shape
        );
        let windows = (count, if count > 1 { stride * step as isize } else { stride });
        let axes = self.axes().enumerate().map(|(i, other)| if i == axis { windows } else { other });
        self.with_axes("windows", self.offset, axes.chain([(size, stride)]))
    }
}
