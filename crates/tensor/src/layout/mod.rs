//! How a tensor lies in its buffer: offset, shape and strides. Views only change these.

mod handle;
mod nest;
mod slice;
mod tiles;
mod views;

pub(crate) use self::handle::Handle;
pub(crate) use self::nest::Nest;
pub use self::slice::SliceItem;
pub(crate) use self::tiles::{SHORT, STAGED_TILE, Tile, Tiles};

use crate::Shape;
use crate::shape::MAX_RANK;

/// Position `offset + Σ index[axis]·strides[axis]` of each element; broadcast axes have stride 0.
///
/// A layout without elements keeps the offset of the one it is cut from: a shift could point past the buffer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    pub(crate) offset: usize,
    pub(crate) shape: Shape,
    strides: [isize; MAX_RANK],
    /// Whether the elements lie in row-major order without gaps: asked by every op, so it is known beforehand.
    contiguous: bool,
}

impl Layout {
    /// That of the only element of a buffer.
    pub(crate) const SCALAR: Self =
        Self { offset: 0, shape: Shape::SCALAR, strides: [0; MAX_RANK], contiguous: true };

    /// Row-major without gaps, from the start of the buffer.
    #[inline]
    pub(crate) fn contiguous(shape: Shape) -> Self {
        Self::contiguous_at(0, shape)
    }

    #[inline]
    pub(crate) fn contiguous_at(offset: usize, shape: Shape) -> Self {
        let mut strides = [0; MAX_RANK];
        let mut stride = 1;
        for (axis, &extent) in shape.iter().enumerate().rev() {
            strides[axis] = stride;
            stride *= extent as isize;
        }
        Self { offset, shape, strides, contiguous: true }
    }

    fn new(offset: usize, shape: Shape, strides: [isize; MAX_RANK]) -> Self {
        let mut expected = 1;
        let mut contiguous = true;
        for (&extent, &stride) in shape.iter().zip(&strides).rev() {
            contiguous &= extent == 1 || stride == expected;
            expected *= extent as isize;
        }
        Self { offset, shape, strides, contiguous: contiguous || shape.is_empty() }
    }

    /// The number of elements; it was checked when the shape was first used for a tensor.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// The same row-major order without gaps, from the start of a buffer of its own.
    #[inline]
    pub(crate) fn at_start(&self) -> Self {
        // Field by field, which the compiler does in registers; the whole would be a call of `memcpy`.
        Self { offset: 0, shape: self.shape, strides: self.strides, contiguous: true }
    }

    #[inline]
    pub(crate) fn strides(&self) -> &[isize] {
        &self.strides[..self.shape.rank()]
    }

    /// Whether the elements lie in row-major order without gaps.
    #[inline]
    pub(crate) fn is_contiguous(&self) -> bool {
        self.contiguous
    }

    /// Whether no two indices meet in one element, as far as it shows from the strides: each axis steps over
    /// everything that the axes with smaller strides reach. Needed to write through a view.
    pub(crate) fn is_injective(&self) -> bool {
        let mut axes: [(usize, usize); MAX_RANK] = [(0, 1); MAX_RANK];
        let rank = self.shape.rank();
        for (axis, (&extent, &stride)) in axes.iter_mut().zip(self.shape.iter().zip(self.strides())) {
            *axis = (stride.unsigned_abs(), extent);
        }
        axes[..rank].sort_unstable();
        let mut reach = 0;
        self.shape.is_empty()
            || axes[..rank].iter().filter(|&&(_, extent)| extent > 1).all(|&(stride, extent)| {
                let steps_over = stride > reach;
                reach += (extent - 1) * stride;
                steps_over
            })
    }

    /// The same elements in the same row-major order under another shape with as many elements, if strides can
    /// say so: runs of axes that lie row-major among themselves may be cut anew, others may not be joined.
    pub(crate) fn reshape(&self, shape: Shape) -> Option<Self> {
        if self.is_contiguous() {
            return Some(Self::contiguous_at(self.offset, shape));
        }
        // Neither layout is empty here: an empty one is contiguous. Each group of old axes with a product of
        // extents is matched with the shortest group of new axes with the same product.
        let old: Vec<(usize, isize)> = self
            .shape
            .iter()
            .copied()
            .zip(self.strides().iter().copied())
            .filter(|&(extent, _)| extent != 1)
            .collect();
        let mut strides = [0; MAX_RANK];
        let (mut from, mut to) = (0, 0);
        while from < old.len() {
            let (from_start, to_start) = (from, to);
            let (mut held, mut needed) = (old[from].0, 1);
            from += 1;
            while held != needed {
                if held < needed {
                    let ((_, outer), (extent, inner)) = (old[from - 1], old[from]);
                    if outer != inner * extent as isize {
                        return None;
                    }
                    held *= extent;
                    from += 1;
                } else {
                    needed *= shape[to];
                    to += 1;
                }
            }
            debug_assert!(from > from_start && to > to_start);
            let mut stride = old[from - 1].1;
            for axis in (to_start..to).rev() {
                strides[axis] = stride;
                stride *= shape[axis] as isize;
            }
        }
        Some(Self::new(self.offset, shape, strides))
    }
}
