//! A joint nest cut into tiles of rows × columns: the units in which elementwise kernels evaluate, copy operands
//! that do not lie well into cache first, and share the work among threads.

use super::{Layout, Nest};
use crate::parallel::PIECE;
use crate::shape::MAX_RANK;

/// Elements of a tile of which a part is copied.
pub(crate) const STAGED_TILE: usize = 4096;

/// Columns of a tile in which some operand is transposed. It then has 16 rows: one cache line of `f32` of the
/// transposed operand, and long runs of the others. A sum of two 2048 × 2048 `f32`, one of them transposed, takes 1.3 ns
/// per element with 16 × 256, 1.8 with 64 × 64 and 2.4 with 32 × 128.
const TRANSPOSED_COLUMNS: usize = 256;

/// Rows shorter than this are not worth a loop of their own: operands are copied so that the whole tile is one run.
pub(crate) const SHORT: usize = 64;

/// One axis: its extent, the strides of the operands along it, and the extent of a tile.
#[derive(Clone, Copy)]
struct Axis<const N: usize> {
    extent: usize,
    strides: [isize; N],
    tile: usize,
}

impl<const N: usize> Axis<N> {
    const NONE: Self = Self { extent: 1, strides: [0; N], tile: 1 };

    fn tiles(&self) -> usize {
        self.extent.div_ceil(self.tile)
    }
}

/// The index space of `N` operands of one shape, cut into tiles; operand 0 is the one that is written.
pub(crate) struct Tiles<const N: usize> {
    /// Outermost first; the last two are rows and columns.
    axes: [Axis<N>; MAX_RANK + 1],
    rank: usize,
    offsets: [usize; N],
    staged: [bool; N],
    joined: bool,
    len: usize,
}

/// One tile: element (r, c) of operand n lies at `offsets[n] + r·row_strides[n] + c·column_strides[n]`.
#[derive(Clone, Copy)]
pub(crate) struct Tile<const N: usize> {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) offsets: [usize; N],
    pub(crate) row_strides: [isize; N],
    pub(crate) column_strides: [isize; N],
    /// Whether operand n must be copied to be read (or written) in runs.
    pub(crate) staged: [bool; N],
    /// Whether, with those copies, the tile is a single run in which every operand moves on by one or not at all.
    pub(crate) joined: bool,
}

impl<const N: usize> Tiles<N> {
    /// Tiles of at most `limit` elements over operands that all have the shape of `layouts[0]`.
    pub(crate) fn new(layouts: [&Layout; N], limit: usize) -> Self {
        let nest = Nest::new(layouts);

        let axis = |i: usize| Axis { extent: nest.extents[i], strides: nest.strides[i], tile: 1 };
        let inner = nest.rank - 1;
        let mut column = axis(inner);
        // An operand that takes long steps along the columns has its short steps along another axis: the rows.
        let strided = (0..N).find(|&n| column.strides[n].unsigned_abs() > 1);
        let shortest = strided.and_then(|n| {
            let steps = (0..inner).map(|i| (nest.strides[i][n].unsigned_abs(), i));
            let (step, i) = steps.filter(|&(step, _)| step > 0).min()?;
            (step < column.strides[n].unsigned_abs()).then_some(i)
        });
        let row_axis = shortest.or(inner.checked_sub(1));
        let mut row = row_axis.map_or(Axis::NONE, axis);

        let short = column.extent < SHORT && row.extent > 1 && shortest.is_none();
        let staged: [bool; N] = std::array::from_fn(|n| {
            let (down, right) = (row.strides[n], column.strides[n]);
            let run = right == 1 && (!short || down == column.extent as isize);
            let repeated = right == 0 && (!short || down == 0);
            column.extent > 1 && !run && !repeated
        });

        let limit = if staged.contains(&true) { STAGED_TILE.min(limit) } else { limit };
        if shortest.is_some() {
            column.tile = TRANSPOSED_COLUMNS.min(column.extent).max(limit / row.extent.max(1));
            column.tile = column.tile.min(column.extent).min(limit).max(1);
        } else {
            column.tile = column.extent.clamp(1, limit);
        }
        row.tile = (limit / column.tile).clamp(1, row.extent.max(1));

        let joined = column.tile == column.extent
            && (0..N).all(|n| {
                let (down, right) = (row.strides[n], column.strides[n]);
                staged[n] || (right == 1 && down == column.extent as isize) || (right == 0 && down == 0)
            });

        let mut axes = [Axis::NONE; MAX_RANK + 1];
        let mut rank = 0;
        for i in (0..inner).filter(|&i| Some(i) != row_axis) {
            axes[rank] = axis(i);
            rank += 1;
        }
        axes[rank] = row;
        axes[rank + 1] = column;
        rank += 2;
        let len = axes[..rank].iter().map(Axis::tiles).product();
        Self { axes, rank, offsets: nest.offsets, staged, joined, len }
    }

    /// The number of tiles; 0 for an empty shape.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Tiles that make up a piece of work for one thread.
    pub(crate) fn per_piece(&self) -> usize {
        let [row, column] = [self.axes[self.rank - 2], self.axes[self.rank - 1]];
        (PIECE / (row.tile * column.tile)).max(1)
    }

    /// Tile `index`, in row-major order.
    pub(crate) fn tile(&self, index: usize) -> Tile<N> {
        let mut left = index;
        let mut offsets = self.offsets;
        let mut extents = [1; 2];
        for i in (0..self.rank).rev() {
            let axis = &self.axes[i];
            let tiles = axis.tiles();
            // Most nests have one tile along most axes, and a division is slow.
            let (quotient, remainder) = if tiles == 1 { (left, 0) } else { (left / tiles, left % tiles) };
            left = quotient;
            let start = remainder * axis.tile;
            for (offset, &stride) in offsets.iter_mut().zip(&axis.strides) {
                *offset = offset.wrapping_add_signed(start as isize * stride);
            }
            if i + 2 >= self.rank {
                extents[i + 2 - self.rank] = axis.tile.min(axis.extent - start);
            }
        }
        let [rows, columns] = extents;
        Tile {
            rows,
            columns,
            offsets,
            row_strides: self.axes[self.rank - 2].strides,
            column_strides: self.axes[self.rank - 1].strides,
            staged: self.staged,
            joined: self.joined || rows == 1,
        }
    }
}
