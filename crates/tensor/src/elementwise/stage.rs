//! Copies of a tile between an operand that lies badly in memory and a packed block in cache.

use super::rows::{RowsMut, Target};
use crate::Element;
use crate::layout::STAGED_TILE;
use crate::memory::Buffer;
use crate::simd::{Kernel, dispatch};

/// Where the elements of a tile lie: (r, c) at `offset + r·row_stride + c·column_stride`.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) offset: usize,
    pub(super) row_stride: isize,
    pub(super) column_stride: isize,
}

impl Place {
    #[inline(always)]
    fn at(self, row: usize, column: usize) -> usize {
        self.offset.wrapping_add_signed(row as isize * self.row_stride + column as isize * self.column_stride)
    }
}

/// Side of the squares that are transposed at once: eight loads of eight neighbours, eight stores of eight.
const SQUARE: usize = 8;

/// packed[r, c] ← elements[place(r, c)].
struct Gather<'a, T> {
    elements: &'a [T],
    place: Place,
    packed: RowsMut<'a, T>,
}

impl<T: Element> Kernel for Gather<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { elements, place, mut packed } = self;
        let (rows, columns) = (packed.rows, packed.columns);
        match (place.row_stride, place.column_stride) {
            (0, _) if rows > 1 => {
                // One row repeated, as a bias: twice as many rows at a time.
                let packed = packed.all();
                let (first, mut done) = (&mut packed[..columns], columns);
                for (c, slot) in first.iter_mut().enumerate() {
                    *slot = elements[place.at(0, c)];
                }
                while done < packed.len() {
                    let more = done.min(packed.len() - done);
                    packed.copy_within(..more, done);
                    done += more;
                }
            }
            (_, 1) => {
                for r in 0..rows {
                    let start = place.at(r, 0);
                    packed.row(r).copy_from_slice(&elements[start..start + columns]);
                }
            }
            (_, 0) => {
                for r in 0..rows {
                    packed.row(r).fill(elements[place.at(r, 0)]);
                }
            }
            (1, _) => {
                let (whole_rows, whole_columns) = (rows - rows % SQUARE, columns - columns % SQUARE);
                for c in (0..whole_columns).step_by(SQUARE) {
                    for r in (0..whole_rows).step_by(SQUARE) {
                        let mut square = [[elements[place.at(r, c)]; SQUARE]; SQUARE];
                        for (j, line) in square.iter_mut().enumerate() {
                            let start = place.at(r, c + j);
                            line.copy_from_slice(&elements[start..start + SQUARE]);
                        }
                        for (i, row) in (r..r + SQUARE).enumerate() {
                            let slots = packed.row(row)[c..c + SQUARE].iter_mut();
                            for (slot, line) in slots.zip(&square) {
                                *slot = line[i];
                            }
                        }
                    }
                }
                for r in 0..rows {
                    let done = if r < whole_rows { whole_columns } else { 0 };
                    for (c, slot) in packed.row(r).iter_mut().enumerate().skip(done) {
                        *slot = elements[place.at(r, c)];
                    }
                }
            }
            (down, right) if down.unsigned_abs() < right.unsigned_abs() => {
                for c in 0..columns {
                    for r in 0..rows {
                        packed.row(r)[c] = elements[place.at(r, c)];
                    }
                }
            }
            (_, -1) => {
                for r in 0..rows {
                    let start = place.at(r, columns - 1);
                    let reversed = elements[start..start + columns].iter().rev();
                    for (slot, &element) in packed.row(r).iter_mut().zip(reversed) {
                        *slot = element;
                    }
                }
            }
            _ => {
                for r in 0..rows {
                    for (c, slot) in packed.row(r).iter_mut().enumerate() {
                        *slot = elements[place.at(r, c)];
                    }
                }
            }
        }
    }
}

/// Copies the elements of a tile into rows.
pub(super) fn gather<T: Element>(elements: &[T], place: Place, packed: RowsMut<'_, T>) {
    dispatch(Gather { elements, place, packed });
}

/// Copies a packed block of `rows` × `columns` to the elements of a tile.
///
/// # Safety
/// Nobody else reads or writes these elements of the target meanwhile.
pub(super) unsafe fn scatter<T: Element>(packed: &[T], columns: usize, place: Place, target: Target<'_, T>) {
    for (r, row) in packed.chunks_exact(columns).enumerate() {
        for (c, &element) in row.iter().enumerate() {
            // SAFETY: by the contract.
            unsafe { target.part(place.at(r, c), 1)[0] = element };
        }
    }
}

/// Copies the elements of a tile that is changed in place to a packed block.
///
/// # Safety
/// As for [`scatter`].
pub(super) unsafe fn collect<T: Element>(
    target: Target<'_, T>,
    place: Place,
    columns: usize,
    packed: &mut [T],
) {
    for (r, row) in packed.chunks_exact_mut(columns).enumerate() {
        for (c, slot) in row.iter_mut().enumerate() {
            // SAFETY: by the contract.
            *slot = unsafe { target.part(place.at(r, c), 1)[0] };
        }
    }
}

/// A packed block of a tile in cache, made when it is first needed.
pub(super) struct Scratch<T: Element>(Option<Buffer<T>>);

impl<T: Element> Scratch<T> {
    pub(super) fn new() -> Self {
        Self(None)
    }

    /// `len` elements with unspecified contents.
    pub(super) fn take(&mut self, len: usize) -> &mut [T] {
        let buffer = self.0.get_or_insert_with(|| Buffer::new(STAGED_TILE));
        match buffer.get_mut() {
            Some(elements) => &mut elements[..len],
            None => unreachable!("a fresh buffer has one owner"),
        }
    }
}
