//! The joint loop nest over operands of one shape.

use super::Layout;
use crate::shape::MAX_RANK;

/// A joint loop nest over `N` operands of one shape: axes of extent 1 are dropped and neighbouring axes that
/// are contiguous to each other *in every operand* are merged, so that the inner run is as long as possible.
pub(crate) struct Nest<const N: usize> {
    pub(super) extents: [usize; MAX_RANK],
    pub(super) strides: [[isize; N]; MAX_RANK],
    pub(super) rank: usize,
    pub(super) offsets: [usize; N],
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
