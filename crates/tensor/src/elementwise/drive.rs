//! The driver under all elementwise kernels: tiles, threads, copies of what lies badly, streaming stores.

use super::rows::{Rows, RowsMut, Target};
use super::stage::{Place, Scratch, collect, gather, scatter};
use super::stream;
use crate::layout::{Layout, STAGED_TILE, Tile, Tiles};
use crate::parallel::{PIECE, for_each_piece_if_it_pays};
use crate::{Element, Tensor};

/// An operand that is read.
#[derive(Clone, Copy)]
pub(super) struct Source<'a, T> {
    pub(super) elements: &'a [T],
    pub(super) layout: &'a Layout,
}

impl<T: Element> Tensor<T> {
    pub(super) fn source(&self) -> Source<'_, T> {
        Source { elements: &self.buffer, layout: self.layout() }
    }
}

impl<'a, T: Element> Source<'a, T> {
    /// The elements in row-major order, if they lie so in memory, or the only element to be repeated.
    #[inline(always)]
    pub(super) fn run(&self) -> Option<(&'a [T], bool)> {
        if !self.layout.is_contiguous() {
            return None;
        }
        let len = self.layout.len();
        Some((&self.elements[self.layout.offset..self.layout.offset + len], len == 1))
    }
}

impl<const N: usize> Tile<N> {
    pub(super) fn place(&self, operand: usize) -> Place {
        Place {
            offset: self.offsets[operand],
            row_stride: self.row_strides[operand],
            column_stride: self.column_strides[operand],
        }
    }

    /// The rows of an operand that is read: where they lie, or a copy.
    pub(super) fn rows<'s, T: Element>(
        &self,
        operand: usize,
        elements: &'s [T],
        scratch: &'s mut Scratch<T>,
    ) -> Rows<'s, T> {
        let place = self.place(operand);
        if self.staged[operand] {
            let packed = scratch.take(self.rows * self.columns);
            gather(elements, place, RowsMut::packed(packed, self.rows, self.columns));
            Rows::new(packed, 0, self.columns as isize, false)
        } else {
            Rows::new(elements, place.offset, place.row_stride, place.column_stride == 0 && self.columns > 1)
        }
    }

    /// Rows and columns as a kernel loops over them.
    fn extents(&self) -> [usize; 2] {
        if self.joined { [1, self.rows * self.columns] } else { [self.rows, self.columns] }
    }
}

/// How the first operand of the tiles is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Write {
    /// Every element anew.
    Fresh,
    /// As before, and too large for the caches: computed in cache, then stored past them.
    Streamed,
    /// Changed in place: the kernel reads what stands there.
    InPlace,
}

impl Write {
    /// The way to write a result of `len` elements.
    pub(super) fn anew<R>(len: usize) -> Self {
        if stream::pays::<R>(len) { Self::Streamed } else { Self::Fresh }
    }

    /// The largest tile: what is not computed where it is to stand must fit into [`Scratch`].
    pub(super) fn tile(self) -> usize {
        if self == Self::Streamed { STAGED_TILE } else { PIECE }
    }
}

/// Calls `kernel` with every tile and its rows to be written, in pieces of a fixed size, on several threads if that
/// pays.
///
/// # Safety
/// The tiles of operand 0 lie inside `y`, and no two of its indices meet in one element.
pub(super) unsafe fn drive<R: Element, const N: usize>(
    tiles: &Tiles<N>,
    y: &mut [R],
    write: Write,
    kernel: &(dyn Fn(&Tile<N>, RowsMut<'_, R>) + Sync),
) {
    let target = Target::new(y);
    let per_piece = tiles.per_piece();
    let piece = |piece: usize| {
        let mut scratch = Scratch::new();
        for index in piece * per_piece..((piece + 1) * per_piece).min(tiles.len()) {
            let tile = tiles.tile(index);
            let place = tile.place(0);
            let [rows, columns] = tile.extents();
            if !tile.staged[0] {
                // SAFETY: rows of one tile, which no other tile touches, by the contract.
                let mut y = unsafe { RowsMut::new(target, place.offset, place.row_stride, [rows, columns]) };
                if write == Write::Streamed {
                    let packed = scratch.take(rows * columns);
                    kernel(&tile, RowsMut::packed(packed, rows, columns));
                    for (r, row) in packed.chunks_exact(columns).enumerate() {
                        stream::copy(row, y.row(r));
                    }
                } else {
                    kernel(&tile, y);
                }
                continue;
            }
            let packed = scratch.take(tile.rows * tile.columns);
            if write == Write::InPlace {
                // SAFETY: the elements of this tile, which no other tile touches, by the contract.
                unsafe { collect(target, place, tile.columns, packed) };
            }
            kernel(&tile, RowsMut::packed(packed, rows, columns));
            // SAFETY: as above.
            unsafe { scatter(packed, tile.columns, place, target) };
        }
        if write == Write::Streamed {
            stream::fence();
        }
    };
    for_each_piece_if_it_pays(tiles.len().div_ceil(per_piece), &piece);
}
