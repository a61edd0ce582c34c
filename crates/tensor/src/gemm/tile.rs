//! The microkernel: a tile of C in registers.

use super::lanes::Lanes;
use super::product::{Factor, Output};

/// C ← α·A·B + β·D on a tile of `MR` rows and at most `NV` vectors of columns, of which the last has `last`
/// lanes (0 < `last` ≤ `S::LANES`).
///
/// Every element is one chain of fused multiply-adds over the inner index in ascending order, whatever the
/// tile: so its bits depend neither on the tile nor on the vector.
///
/// # Safety
/// The processor has the instructions of `S`. The elements of A (`MR` × `depth`), of B (`depth` rows of the
/// tile's width, neighbours in memory), of C and, unless it is null, D are valid; those of C also for
/// writing.
#[inline(always)]
#[allow(clippy::needless_range_loop, reason = "an index names a register and a place in memory")]
pub(super) unsafe fn tile<S: Lanes, const MR: usize, const NV: usize>(
    depth: usize,
    a: Factor<S::Element>,
    (b, b_row): (*const S::Element, isize),
    out: &Output<S::Element>,
    last: usize,
) {
    // SAFETY: pointers stay within the operands by the contract; the ones past the end, after the last step,
    // are made with wrapping arithmetic and not read.
    unsafe {
        let mask = S::first(last);
        let mut sums = [[S::splat(num_traits::zero()); NV]; MR];
        // From bases of three rows each LLVM makes one pointer that steps from row to row (seen in the
        // assembly). Of a pointer per row, some would have to live on the stack.
        let mut bases = [a.pointer; 4];
        for (group, base) in bases.iter_mut().enumerate() {
            *base = a.pointer.wrapping_offset((3 * group as isize).wrapping_mul(a.row));
        }
        let mut b = b;
        for _ in 0..depth {
            let mut row = [S::splat(num_traits::zero()); NV];
            for v in 0..NV - 1 {
                row[v] = S::load(b.add(v * S::LANES));
            }
            row[NV - 1] = S::load_masked(b.add((NV - 1) * S::LANES), mask);
            for i in 0..MR {
                let factor = S::splat(*bases[i / 3].offset((i % 3) as isize * a.row));
                for v in 0..NV {
                    sums[i][v] = sums[i][v].plus_product(factor, row[v]);
                }
            }
            for base in &mut bases {
                *base = base.wrapping_offset(a.column);
            }
            b = b.wrapping_offset(b_row);
        }
        if out.alpha != num_traits::one() {
            let alpha = S::splat(out.alpha);
            for row in &mut sums {
                for sum in row {
                    *sum = sum.times(alpha);
                }
            }
        }
        if !out.addend.is_null() {
            let beta = S::splat(out.beta);
            for (i, row) in sums.iter_mut().enumerate() {
                let d = out.addend.offset(i as isize * out.addend_row);
                for v in 0..NV - 1 {
                    row[v] = row[v].plus_product(beta, S::load(d.add(v * S::LANES)));
                }
                row[NV - 1] =
                    row[NV - 1].plus_product(beta, S::load_masked(d.add((NV - 1) * S::LANES), mask));
            }
        }
        for (i, row) in sums.iter().enumerate() {
            let c = out.c.offset(i as isize * out.c_row);
            for v in 0..NV - 1 {
                row[v].store(c.add(v * S::LANES));
            }
            let end = c.add((NV - 1) * S::LANES);
            if last == S::LANES {
                row[NV - 1].store(end);
            } else {
                row[NV - 1].store_masked(end, mask);
            }
        }
    }
}
