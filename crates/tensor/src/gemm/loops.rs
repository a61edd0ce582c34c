//! The loop nest: which part of the operands is in which cache, and what is packed.

use super::lanes::Lanes;
use super::pack::{interleave, pack_a, pack_b};
use super::product::{Batch, Factor, Output, Product};
use super::tile::tile;
use crate::memory::Buffer;

/// The longest run of the inner index between two updates of C: a panel of B of this depth and two vectors takes
/// 64 KiB and comes from the L2 cache. With 256, where it would fit L1, products of order 1024 are 4 % slower. The
/// blocks are made equal, so that none is short. This alone decides the order of sums.
const DEPTH: usize = 512;

/// Columns of B per block.
const COLUMNS: usize = 2048;

/// Rows of A per block: with `DEPTH` a quarter to a half of the L2 cache.
const ROWS: usize = 120;

/// Bytes of an operand that the microkernel reads where it lies: a quarter of the L2 cache.
const IN_PLACE: usize = 256 << 10;

/// Rows of A up to which a copy of B costs more than it saves, even of a large B (measured for 64 rows).
const SHORT: usize = 96;

/// Columns of B up to which a copy of A costs more than it saves.
const NARROW: usize = 64;

/// Bytes of the items of a batch that are computed tile by tile: half of the L1 cache.
const BATCH: usize = 16 << 10;

/// How the next columns of a block are computed: with two vectors, one, or one of half the width.
#[derive(Clone, Copy)]
pub(super) enum Panel {
    Two,
    One,
    Half,
}

impl Panel {
    /// The panel for the first of `columns` columns: its kind, how many it takes, and its width with padding.
    #[inline(always)]
    pub(super) fn next<S: Lanes>(columns: usize) -> (Self, usize, usize) {
        let (full, half) = (S::LANES, S::Half::LANES);
        if columns > full + half || (half == full && columns > full) {
            (Self::Two, columns.min(2 * full), 2 * full)
        } else if columns > half || half == full {
            (Self::One, columns.min(full), full)
        } else {
            (Self::Half, columns, half)
        }
    }
}

/// The height of the next tile when `rows` rows are left.
#[inline(always)]
pub(super) fn height(rows: usize, tallest: usize) -> usize {
    match rows {
        _ if rows >= tallest => tallest,
        8.. => 8,
        4.. => 4,
        rows => rows,
    }
}

/// Computes products with the kernel `run` for blocks.
///
/// # Safety
/// The processor has the instructions of `S` and `run`; the elements of the operands are valid as [`Product`]
/// and [`Batch`] place them.
#[inline(always)]
pub(super) unsafe fn nest<S: Lanes>(
    product: &Product<S::Element>,
    batch: &Batch,
    run: unsafe fn(&Block<'_, S::Element>),
) {
    let Product { rows, inner, columns, a, b, out } = *product;
    if a.row == 1
        && columns < 2 * S::LANES
        && columns % S::Half::LANES != 0
        && rows >= 2 * S::LANES
        && out.addend.is_null()
        && out.c_row == columns as isize
    {
        for index in 0..batch.count {
            // SAFETY: the caller's contract for this item.
            unsafe { narrow::<S>(&product.item(batch, index), run) };
        }
        return;
    }
    let size = size_of::<S::Element>();
    let packs_b = (b.column != 1 && columns > 1) || (inner * columns * size > IN_PLACE && rows > SHORT);
    let packs_a = rows * inner * size > IN_PLACE && columns > NARROW;
    if inner > DEPTH || packs_a || packs_b {
        for index in 0..batch.count {
            // SAFETY: the caller's contract for this item.
            unsafe { blocked::<S>(&product.item(batch, index), (packs_a, packs_b), run) };
        }
        return;
    }
    if batch.count == 1 {
        // SAFETY: the caller's contract.
        return unsafe { run(&Block { product, packed_a: None, packed_b: None, batch: Batch::SINGLE }) };
    }
    // Tile by tile through as many items as stay in the L1 cache.
    let step = (BATCH / (size * (rows * inner + inner * columns + rows * columns))).max(1);
    for start in (0..batch.count).step_by(step) {
        let batch = Batch { count: step.min(batch.count - start), ..*batch };
        let product = product.item(&batch, start);
        // SAFETY: the caller's contract for these items.
        unsafe { run(&Block { product: &product, packed_a: None, packed_b: None, batch }) };
    }
}

/// Computes few columns, which would leave lanes empty, as the rows of Cᵀ ← α·Bᵀ·Aᵀ, and transposes the result.
///
/// # Safety
/// As [`nest`]; the columns of A and the rows of C are contiguous, and D is null.
#[inline(always)]
unsafe fn narrow<S: Lanes>(product: &Product<S::Element>, run: unsafe fn(&Block<'_, S::Element>)) {
    let Product { rows, inner, columns, a, b, out } = *product;
    let mut transposed = Buffer::<S::Element>::new(rows * columns);
    let flipped = Product {
        rows: columns,
        inner,
        columns: rows,
        a: b.transposed(),
        b: a.transposed(),
        out: Output { c: transposed.exclusive().as_mut_ptr(), c_row: rows as isize, ..out },
    };
    // SAFETY: the caller's contract; the buffer has room for Cᵀ, which is read after it was written.
    unsafe {
        blocked::<S>(&flipped, (false, false), run);
        let from = Factor { pointer: transposed.as_ptr(), row: rows as isize, column: 1 };
        interleave::<S>(columns, rows, from, out.c, columns);
    }
}

/// # Safety
/// As [`nest`].
#[inline(always)]
unsafe fn blocked<S: Lanes>(
    product: &Product<S::Element>,
    (packs_a, packs_b): (bool, bool),
    run: unsafe fn(&Block<'_, S::Element>),
) {
    let Product { rows, inner, columns, a, b, out } = *product;
    let blocks = inner.div_ceil(DEPTH).max(1);
    let depth = inner.div_ceil(blocks);
    let room = |needed: bool, len: usize| needed.then(|| Buffer::<S::Element>::new(len));
    let mut packed_b = room(packs_b, depth * columns.min(COLUMNS).next_multiple_of(2 * S::LANES));
    let mut packed_a = room(packs_a, depth * rows.min(ROWS));
    for block in 0..blocks {
        let start = (block * depth).min(inner);
        let inner = depth.min(inner - start);
        let out = if block == 0 {
            out
        } else {
            Output { beta: num_traits::one(), addend: out.c, addend_row: out.c_row, ..out }
        };
        for j in (0..columns).step_by(COLUMNS) {
            let columns = COLUMNS.min(columns - j);
            let b = b.from(start, j);
            if let Some(packed) = &mut packed_b {
                // SAFETY: the part is within B; the buffer holds `inner` rows of the columns rounded up to
                // panels.
                unsafe { pack_b::<S>(inner, columns, b, packed.exclusive().as_mut_ptr()) };
            }
            for i in (0..rows).step_by(ROWS) {
                let rows = ROWS.min(rows - i);
                let a = a.from(i, start);
                if let Some(packed) = &mut packed_a {
                    // SAFETY: the part is within A; the buffer holds `rows` × `inner` elements.
                    unsafe { pack_a::<S>(rows, inner, a, packed.exclusive().as_mut_ptr()) };
                }
                let product = Product { rows, inner, columns, a, b, out: out.from(i, j) };
                let packed_a = packed_a.as_ref().map(|packed| packed.as_ptr());
                let packed_b = packed_b.as_ref().map(|packed| packed.as_ptr());
                // SAFETY: the caller's contract, for a part of each operand; what is packed was packed above.
                unsafe { run(&Block { product: &product, packed_a, packed_b, batch: Batch::SINGLE }) };
            }
        }
    }
}

/// Products of blocks that are in cache.
pub(super) struct Block<'a, T> {
    product: &'a Product<T>,
    /// Copies of A and B in the order of the microkernel; then the batch has one item.
    packed_a: Option<*const T>,
    packed_b: Option<*const T>,
    batch: Batch,
}

impl<T: Copy> Block<'_, T> {
    /// # Safety
    /// As [`nest`]; the packed operands hold these blocks.
    #[inline(always)]
    pub(super) unsafe fn run<S: Lanes<Element = T>>(&self) {
        let total = self.product.columns;
        let mut j = 0;
        while j < total {
            let (kind, columns, width) = Panel::next::<S>(total - j);
            let b = match self.packed_b {
                Some(packed) => (packed.wrapping_add(j * self.product.inner), width as isize),
                None => (self.product.b.from(0, j).pointer, self.product.b.row),
            };
            // SAFETY: the caller's contract, for the columns of this panel.
            unsafe {
                match kind {
                    Panel::Two => self.panel::<S, 2>(j, b, columns - S::LANES, S::ROWS),
                    Panel::One => self.panel::<S, 1>(j, b, columns, S::ROWS),
                    Panel::Half => self.panel::<S::Half, 1>(j, b, columns, S::ROWS),
                }
            }
            j += columns;
        }
    }

    /// All rows of A times `NV` vectors of columns of B from column `j` on, of which `last` are in the last
    /// vector.
    ///
    /// # Safety
    /// As [`nest`], for these columns.
    #[inline(always)]
    unsafe fn panel<S: Lanes<Element = T>, const NV: usize>(
        &self,
        j: usize,
        (b, b_row): (*const T, isize),
        last: usize,
        tallest: usize,
    ) {
        let Product { rows, inner, a, out, .. } = self.product;
        let mut i = 0;
        while i < *rows {
            let height = height(rows - i, tallest);
            let a = match self.packed_a {
                Some(packed) => {
                    Factor { pointer: packed.wrapping_add(i * inner), row: 1, column: height as isize }
                }
                None => a.from(i, 0),
            };
            let out = out.from(i, j);
            for item in 0..self.batch.count as isize {
                let shift = |step: isize| step.wrapping_mul(item);
                let a = Factor { pointer: a.pointer.wrapping_offset(shift(self.batch.a)), ..a };
                let b = (b.wrapping_offset(shift(self.batch.b)), b_row);
                let out = out.shifted(shift(self.batch.c), shift(self.batch.addend));
                // SAFETY: the caller's contract, for `height` of the rows of this item.
                unsafe {
                    match height {
                        12 if tallest == 12 => tile::<S, 12, NV>(*inner, a, b, &out, last),
                        8 if tallest > 8 => tile::<S, 8, NV>(*inner, a, b, &out, last),
                        6 if tallest == 6 => tile::<S, 6, NV>(*inner, a, b, &out, last),
                        4 => tile::<S, 4, NV>(*inner, a, b, &out, last),
                        3 => tile::<S, 3, NV>(*inner, a, b, &out, last),
                        2 => tile::<S, 2, NV>(*inner, a, b, &out, last),
                        _ => tile::<S, 1, NV>(*inner, a, b, &out, last),
                    }
                }
            }
            i += height;
        }
    }
}
