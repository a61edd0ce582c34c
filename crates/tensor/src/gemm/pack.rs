//! Copies of blocks in the order in which the microkernel reads them.

use super::lanes::{Lanes, Square};
use super::loops::{Panel, height};
use super::product::Factor;

/// Rows of A tile by tile: for each inner index the elements of all rows of a tile.
///
/// # Safety
/// The processor has the instructions of `S`. A has `rows` × `depth` valid elements, and so much room is in
/// `to`.
#[inline(always)]
pub(super) unsafe fn pack_a<S: Lanes>(rows: usize, depth: usize, a: Factor<S::Element>, to: *mut S::Element) {
    let mut i = 0;
    while i < rows {
        let height = height(rows - i, S::ROWS);
        // SAFETY: the rows of this tile by the contract.
        unsafe { interleave::<S>(height, depth, a.from(i, 0), to.wrapping_add(i * depth), height) };
        i += height;
    }
}

/// Columns of B panel by panel: for each inner index the elements of all columns of a panel, padded with zeros.
///
/// # Safety
/// The processor has the instructions of `S`. B has `depth` × `columns` valid elements, and `to` has room for
/// `depth` × the columns rounded up to two vectors.
#[inline(always)]
pub(super) unsafe fn pack_b<S: Lanes>(
    depth: usize,
    columns: usize,
    b: Factor<S::Element>,
    to: *mut S::Element,
) {
    let mut j = 0;
    while j < columns {
        let (_, taken, width) = Panel::next::<S>(columns - j);
        // SAFETY: the columns of this panel by the contract.
        unsafe {
            interleave::<S>(taken, depth, b.from(0, j).transposed(), to.wrapping_add(j * depth), width)
        };
        j += taken;
    }
}

/// Writes the elements at each position of `lines` lines side by side, and zeros after them up to `width`.
///
/// # Safety
/// The processor has the instructions of `S`. There are `lines` ≤ `width` lines (rows of `from`) of `depth`
/// valid elements, and room for `depth` × `width`.
#[inline(always)]
pub(super) unsafe fn interleave<S: Lanes>(
    lines: usize,
    depth: usize,
    from: Factor<S::Element>,
    to: *mut S::Element,
    width: usize,
) {
    // SAFETY: all indices are below the bounds of the contract; masked-off lanes are not touched.
    unsafe {
        if from.row == 1 {
            for p in 0..depth {
                let (from, to) = (from.from(0, p).pointer, to.add(p * width));
                for lane in (0..width).step_by(S::LANES) {
                    let row = S::load_masked(from.wrapping_add(lane), S::first(lines.saturating_sub(lane)));
                    row.store_masked(to.add(lane), S::first(width - lane));
                }
            }
            return;
        }
        let side = S::Half::LANES;
        if from.column == 1 && lines >= side && depth >= side {
            // The last square of a line or column overlaps the one before: it writes the same elements again.
            for line in (0..lines).step_by(side).map(|line| line.min(lines - side)) {
                for p in (0..depth).step_by(side).map(|p| p.min(depth - side)) {
                    S::Half::transpose(from.from(line, p).pointer, from.row, to.add(p * width + line), width);
                }
            }
        } else {
            for p in 0..depth {
                for line in 0..lines {
                    *to.add(p * width + line) = *from.from(line, p).pointer;
                }
            }
        }
        for line in lines..width {
            for p in 0..depth {
                *to.add(p * width + line) = num_traits::zero();
            }
        }
    }
}
