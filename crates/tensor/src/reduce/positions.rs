//! Where the largest and the smallest elements stand.

use std::ops::Range;

use super::axes::{AxisSet, Walk};
use super::columns::Slabs;
use super::fold::{Join, Largest, Smallest};
use super::lanes::{BLOCK, LANES, block_range, blocks, fold_block};
use super::rows::Runs;
use crate::parallel::{PIECE, for_each_chunk, worth_splitting};
use crate::simd::{Kernel, dispatch};
use crate::{Real, Tensor};

/// A join that returns one of its operands.
trait Choice<T: Real>: Join<T, Join = Self> {
    /// Whether `best` stays when `x` follows, neither being NaN. (If one is, the answer is no.)
    fn stays(self, best: T, x: T) -> bool;

    /// Whether `x` takes the place of an earlier `best`: it is better, or the first NaN.
    #[inline(always)]
    fn takes_over(self, best: T, x: T) -> bool {
        !self.stays(best, x) & !best.is_nan()
    }
}

impl<T: Real> Choice<T> for Largest {
    #[inline(always)]
    fn stays(self, best: T, x: T) -> bool {
        x <= best
    }
}

impl<T: Real> Choice<T> for Smallest {
    #[inline(always)]
    fn stays(self, best: T, x: T) -> bool {
        x >= best
    }
}

macro_rules! positions {
    ($($all:ident $dropped:ident $kept:ident $choice:ident $word:literal;)*) => {$(
        #[doc = concat!("The position in row-major order of the first ", $word, " element, a tensor of rank 0; that of the")]
        /// first NaN if there is one.
        ///
        /// # Panics
        /// When the tensor is empty.
        #[track_caller]
        pub fn $all(&self) -> Tensor<usize> {
            positions($choice, stringify!($all), self, AxisSet::all(self.rank())).reshape([])
        }

        #[doc = concat!("The position along `axis` of the first ", $word, " element, or of the first NaN; the axis is dropped.")]
        ///
        /// # Panics
        /// When the axis lies outside or has no elements.
        #[track_caller]
        pub fn $dropped(&self, axis: usize) -> Tensor<usize> {
            let axes = AxisSet::new(stringify!($dropped), self.shape(), &[axis]);
            positions($choice, stringify!($dropped), self, axes).reshape(axes.dropped_from(self.shape()))
        }

        #[doc = concat!("The position along `axis` of the first ", $word, " element, or of the first NaN; the axis is kept")]
        /// with extent 1.
        ///
        /// # Panics
        /// When the axis lies outside or has no elements.
        #[track_caller]
        pub fn $kept(&self, axis: usize) -> Tensor<usize> {
            let axes = AxisSet::new(stringify!($kept), self.shape(), &[axis]);
            positions($choice, stringify!($kept), self, axes)
        }
    )*};
}

impl<T: Real> Tensor<T> {
    positions! {
        argmax argmax_axis argmax_keepdim Largest "largest";
        argmin argmin_axis argmin_keepdim Smallest "smallest";
    }
}

#[track_caller]
fn positions<T: Real, C: Choice<T>>(choice: C, op: &str, x: &Tensor<T>, axes: AxisSet) -> Tensor<usize> {
    axes.require_elements(op, x.shape());
    let kept = Walk::new(x.layout(), |axis| !axes.contains(axis));
    let run = Walk::new(x.layout(), |axis| axes.contains(axis));
    let offset = x.layout().offset;
    Tensor::build(axes.kept_in(x.shape()), |out| {
        if out.is_empty() {
            return;
        }
        let (columns, column_stride) = kept.inner();
        match run.single() {
            Some((rows, row_stride)) if row_stride != 1 && column_stride == 1 && rows <= ROW_LIMIT => {
                let slabs = &kept.outer();
                let slabs = Slabs { x: &x.buffer, offset, slabs, rows, row_stride, columns };
                positions_in_columns(choice, slabs, out);
            }
            _ => positions_in_runs(choice, Runs { x: &x.buffer, offset, kept: &kept, run: &run }, out),
        }
    })
}

/// The best element of one block of a run.
struct Best<'a, T, C> {
    choice: C,
    runs: Runs<'a, T>,
    start: usize,
    part: Range<usize>,
}

impl<T: Real, C: Choice<T>> Kernel for Best<'_, T, C> {
    type Output = T;
    #[inline(always)]
    fn run(self) -> T {
        let mut packed = self.runs.room(self.part.len());
        fold_block(self.choice, self.runs.part(self.start, self.part, &mut packed), self.choice.identity())
    }
}

/// out[i] ← the position of the best element of run `first + i`: the best block is found by its best element, which is
/// then looked for.
struct RunPositions<'a, T, C> {
    choice: C,
    runs: Runs<'a, T>,
    first: usize,
    out: &'a mut [usize],
}

impl<T: Real, C: Choice<T>> Kernel for RunPositions<'_, T, C> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { choice, runs, first, out } = self;
        let len = runs.run.len();
        let mut packed = runs.room(len.min(BLOCK));
        runs.for_each(
            first..first + out.len(),
            #[inline(always)]
            |index, start| {
                let (mut best, mut best_block) = (choice.identity(), 0);
                for block in 0..blocks(len) {
                    let part = runs.part(start, block_range(block, len), &mut packed);
                    let x = fold_block(choice, part, best);
                    if choice.takes_over(best, x) {
                        (best, best_block) = (x, block);
                    }
                }
                let part = runs.part(start, block_range(best_block, len), &mut packed);
                out[index - first] = best_block * BLOCK + first_place(part, best);
            },
        );
    }
}

/// The first place of a value that is there; NaN stands for any NaN.
#[inline(always)]
fn first_place<T: Real>(block: &[T], value: T) -> usize {
    if value.is_nan() {
        first_where(
            block,
            #[inline(always)]
            |x| x.is_nan(),
        )
    } else {
        first_where(
            block,
            #[inline(always)]
            |x| x == value,
        )
    }
}

/// The first place where `found` holds: first the chunk, all of whose elements are asked at once.
#[inline(always)]
fn first_where<T: Real>(block: &[T], found: impl Fn(T) -> bool) -> usize {
    let mut from = 0;
    for chunk in block.as_chunks::<LANES>().0 {
        let mut any = false;
        for &x in chunk {
            any |= found(x);
        }
        if any {
            break;
        }
        from += LANES;
    }
    from + block[from..].iter().take_while(|&&x| !found(x)).count()
}

fn positions_in_runs<T: Real, C: Choice<T>>(choice: C, runs: Runs<'_, T>, out: &mut [usize]) {
    let len = runs.run.len();
    let parallel = worth_splitting::<T>(len * out.len());
    if parallel && out.len() > 1 {
        let rows = PIECE.div_ceil(len);
        for_each_chunk(out, rows, parallel, &|piece, out| {
            dispatch(RunPositions { choice, runs, first: piece * rows, out });
        });
    } else if parallel {
        // The first best block of one long run, then the place in it.
        let start = runs.offset.wrapping_add_signed(runs.kept.shift(0));
        let mut bests = vec![choice.identity(); blocks(len)];
        for_each_chunk(&mut bests, PIECE / BLOCK, parallel, &|chunk, bests| {
            for (block, best) in (chunk * (PIECE / BLOCK)..).zip(bests) {
                *best = dispatch(Best { choice, runs, start, part: block_range(block, len) });
            }
        });
        let first = |best, block| if choice.takes_over(bests[best], bests[block]) { block } else { best };
        let block = (1..bests.len()).fold(0, first);
        let part = block_range(block, len);
        let mut packed = runs.room(part.len());
        let part = runs.part(start, part, &mut packed);
        let line = Walk::line(part.len());
        let one = Runs { x: part, offset: 0, kept: &Walk::NOWHERE, run: &line };
        dispatch(RunPositions { choice, runs: one, first: 0, out });
        out[0] += block * BLOCK;
    } else {
        dispatch(RunPositions { choice, runs, first: 0, out });
    }
}

/// Row numbers are kept in 32 bits, as wide as an `f32`.
const ROW_LIMIT: usize = u32::MAX as usize;

/// Columns whose best elements and positions stay in the first-level cache.
const STRIP: usize = 512;

/// out[c] ← the position of the best element of column c, for columns of one slab.
struct ColumnPositions<'a, T, C> {
    choice: C,
    slab: Slabs<'a, T>,
    out: &'a mut [usize],
}

impl<T: Real, C: Choice<T>> Kernel for ColumnPositions<'_, T, C> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { choice, slab, out } = self;
        let len = out.len();
        let (best, rows) = (&mut [choice.identity(); STRIP][..len], &mut [0u32; STRIP][..len]);
        for row in 0..slab.rows {
            let start = slab.offset.wrapping_add_signed(row as isize * slab.row_stride);
            let x = &slab.x[start..start + len];
            for i in 0..len {
                let takes_over = choice.takes_over(best[i], x[i]);
                best[i] = if takes_over { x[i] } else { best[i] };
                rows[i] = if takes_over { row as u32 } else { rows[i] };
            }
        }
        for (out, &row) in out.iter_mut().zip(&*rows) {
            *out = row as usize;
        }
    }
}

fn positions_in_columns<T: Real, C: Choice<T>>(choice: C, slabs: Slabs<'_, T>, out: &mut [usize]) {
    let Slabs { rows, columns, .. } = slabs;
    let parallel = worth_splitting::<T>(rows * out.len());
    let strips = columns.div_ceil(STRIP);
    let mut parts: Vec<_> = out.chunks_mut(columns).flat_map(|slab| slab.chunks_mut(STRIP)).collect();
    for_each_chunk(&mut parts, 1, parallel, &|index, parts| {
        let shift = slabs.slabs.shift(index / strips) + (index % strips * STRIP) as isize;
        let slab = Slabs { offset: slabs.offset.wrapping_add_signed(shift), ..slabs };
        for out in parts {
            dispatch(ColumnPositions { choice, slab, out });
        }
    });
}
