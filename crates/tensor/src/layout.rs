//! How a tensor lies in its buffer: offset, shape, strides, and the views that only change these.

use crate::Shape;
use crate::shape::MAX_RANK;

/// Position `offset + Σ index[axis]·strides[axis]` of each element; broadcast axes have stride 0.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    pub(crate) offset: usize,
    pub(crate) shape: Shape,
    strides: [isize; MAX_RANK],
}

impl Layout {
    /// Row-major without gaps, from the start of the buffer.
    pub(crate) fn contiguous(shape: Shape) -> Self {
        Self::contiguous_at(0, shape)
    }

    pub(crate) fn contiguous_at(offset: usize, shape: Shape) -> Self {
        let mut strides = [0; MAX_RANK];
        let mut stride = 1;
        for (axis, &extent) in shape.iter().enumerate().rev() {
            strides[axis] = stride;
            stride *= extent as isize;
        }
        Self { offset, shape, strides }
    }

    pub(crate) fn strides(&self) -> &[isize] {
        &self.strides[..self.shape.iter().len()]
    }

    /// Whether the elements lie in row-major order without gaps.
    pub(crate) fn is_contiguous(&self) -> bool {
        let mut expected = 1;
        for (&extent, &stride) in self.shape.iter().zip(self.strides()).rev() {
            if extent != 1 && stride != expected {
                return self.shape.is_empty();
            }
            expected *= extent as isize;
        }
        true
    }

    pub(crate) fn permute(&self, axes: &[usize]) -> Self {
        let mut strides = [0; MAX_RANK];
        for (to, &from) in axes.iter().enumerate() {
            strides[to] = self.strides[from];
        }
        Self { offset: self.offset, shape: axes.iter().map(|&axis| self.shape[axis]).collect(), strides }
    }

    /// `shape` must be a shape that this one broadcasts to.
    pub(crate) fn broadcast_to(&self, shape: Shape) -> Self {
        let missing = shape.iter().len() - self.shape.iter().len();
        let mut strides = [0; MAX_RANK];
        for (axis, &extent) in self.shape.iter().enumerate() {
            if extent == shape[axis + missing] {
                strides[axis + missing] = self.strides[axis];
            }
        }
        Self { offset: self.offset, shape, strides }
    }

    /// `start..start + len` along `axis`, which must lie within the extent.
    pub(crate) fn narrow(&self, axis: usize, start: usize, len: usize) -> Self {
        let shape: Shape =
            self.shape.iter().enumerate().map(|(i, &extent)| if i == axis { len } else { extent }).collect();
        // A part without elements stays where the whole begins: a shift could point past the buffer.
        let shift = if shape.is_empty() { 0 } else { start as isize * self.strides[axis] };
        Self { offset: self.offset.wrapping_add_signed(shift), shape, strides: self.strides }
    }
}

/// A joint loop nest over `N` operands of one shape: axes of extent 1 are dropped and neighbouring axes that
/// are contiguous to each other *in every operand* are merged, so that the inner run is as long as possible.
pub(crate) struct Nest<const N: usize> {
    extents: [usize; MAX_RANK],
    strides: [[isize; N]; MAX_RANK],
    rank: usize,
    offsets: [usize; N],
}

impl<const N: usize> Nest<N> {
    /// All layouts must have the same shape.
    pub(crate) fn new(layouts: [&Layout; N]) -> Self {
        let mut nest = Self {
            extents: [1; MAX_RANK],
            strides: [[0; N]; MAX_RANK],
            rank: 0,
            offsets: layouts.map(|layout| layout.offset),
        };
        for (axis, &extent) in layouts[0].shape.iter().enumerate() {
            if extent == 1 {
                continue;
            }
            let strides = layouts.map(|layout| layout.strides[axis]);
            let outer = nest.rank.wrapping_sub(1);
            if nest.rank > 0 && (0..N).all(|n| nest.strides[outer][n] == strides[n] * extent as isize) {
                nest.extents[outer] *= extent;
                nest.strides[outer] = strides;
            } else {
                nest.extents[nest.rank] = extent;
                nest.strides[nest.rank] = strides;
                nest.rank += 1;
            }
        }
        nest.rank = nest.rank.max(1);
        nest
    }

    /// Length of the inner runs.
    pub(crate) fn run_len(&self) -> usize {
        self.extents[self.rank - 1]
    }

    /// Strides of the operands within an inner run.
    pub(crate) fn run_strides(&self) -> [isize; N] {
        self.strides[self.rank - 1]
    }

    /// Calls `run` with the base offset of every operand, once per inner run, in row-major order.
    #[inline(always)]
    pub(crate) fn for_each_run(&self, mut run: impl FnMut([usize; N])) {
        if self.extents[..self.rank].contains(&0) {
            return;
        }
        let outer = self.rank - 1;
        let mut index = [0usize; MAX_RANK];
        let mut offsets = self.offsets;
        loop {
            run(offsets);
            let mut axis = outer;
            loop {
                if axis == 0 {
                    return;
                }
                axis -= 1;
                index[axis] += 1;
                let strides = self.strides[axis];
                if index[axis] < self.extents[axis] {
                    for n in 0..N {
                        offsets[n] = offsets[n].wrapping_add_signed(strides[n]);
                    }
                    break;
                }
                let back = (self.extents[axis] - 1) as isize;
                for n in 0..N {
                    offsets[n] = offsets[n].wrapping_add_signed(-back * strides[n]);
                }
                index[axis] = 0;
            }
        }
    }
}
