//! Matrix products: one loop nest over microkernels for AVX-512 and AVX2, and matrixmultiply elsewhere.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod lanes;
#[cfg(target_arch = "x86_64")]
mod level;
#[cfg(target_arch = "x86_64")]
mod loops;
#[cfg(target_arch = "x86_64")]
mod pack;
mod portable;
mod product;
#[cfg(target_arch = "x86_64")]
mod tile;

pub(crate) use portable::Portable;
pub(crate) use product::{Batch, Factor, Output, Product};

use crate::{crew, matvec};

/// The element types that have kernels.
pub(crate) trait Kernels: Portable {
    /// # Safety
    /// That of [`gemm`], and the processor has AVX-512.
    #[cfg(target_arch = "x86_64")]
    unsafe fn avx512(product: &Product<Self>, batch: &Batch);
    /// # Safety
    /// That of [`gemm`], and the processor has AVX2 and FMA.
    #[cfg(target_arch = "x86_64")]
    unsafe fn avx2(product: &Product<Self>, batch: &Batch);
}

#[cfg(not(target_arch = "x86_64"))]
impl Kernels for f32 {}
#[cfg(not(target_arch = "x86_64"))]
impl Kernels for f64 {}

/// Multiply–adds on 4-byte elements from which threads share a product: about 40 µs at the measured peak.
const SPLIT: usize = 2 << 20;

/// Multiply–adds on 4-byte elements per piece, where there are more than two.
const PIECE: usize = 2 << 20;

/// Pieces of a product that is just large enough to be split. More would pack B more often than it saves
/// waiting.
const PIECES: usize = 4;

/// Rows or columns of a piece of a large product.
const PIECE_EXTENT: usize = 512;

/// Pieces begin at multiples of this: a panel of the widest vectors.
const ALIGNED: usize = 32;

/// Computes products at the active SIMD level, with the threads of the current pool if there is much to do.
///
/// Every element of C is a chain of fused multiply-adds over the inner index in ascending order, cut into
/// equal blocks of a length that depends on the inner extent alone. So its bits do not depend on the number
/// of threads, nor on the position of the element, nor on the layout of the operands. They depend on the SIMD
/// level: the baseline does not fuse. Products with a single row or column have the order of sums of `matvec`
/// instead.
///
/// # Safety
/// All elements of A, B, C and D at the places that the strides give are valid for reads, those of C also for
/// writes, and what lies between elements of A or of B is initialised memory of the same allocation; no two
/// elements of C coincide, and none overlaps A, B or, unless it is the same element, D. This holds for each
/// item of the batch, and no item writes what another one uses.
pub(crate) unsafe fn gemm<T: Kernels>(product: &Product<T>, batch: &Batch) {
    let &Product { rows, inner, columns, .. } = product;
    if rows == 0 || columns == 0 {
        return;
    }
    let work = rows.saturating_mul(columns).saturating_mul(inner).saturating_mul(size_of::<T>() / 4);
    if batch.count == 1 {
        // SAFETY: the caller's contract.
        unsafe { one(product, work) };
    } else if work >= SPLIT {
        for index in 0..batch.count {
            // SAFETY: the caller's contract for this item.
            unsafe { one(&product.item(batch, index), work) };
        }
    } else if work.saturating_mul(batch.count) < SPLIT || rayon::current_num_threads() == 1 {
        // SAFETY: the caller's contract.
        unsafe { sequential(product, batch) };
    } else {
        let step = (PIECE / work.max(1)).clamp(1, batch.count.div_ceil(PIECES));
        let shared = Shared(product);
        crew::for_each_piece(batch.count.div_ceil(step), &|piece| {
            let start = piece * step;
            let part = Batch { count: step.min(batch.count - start), ..*batch };
            // SAFETY: the caller's contract; items write different elements.
            unsafe { sequential(&shared.product().item(batch, start), &part) };
        });
    }
}

/// # Safety
/// That of [`gemm`] for one product.
unsafe fn one<T: Kernels>(product: &Product<T>, work: usize) {
    let &Product { rows, columns, .. } = product;
    // SAFETY: the caller's contract.
    if (rows == 1 || columns == 1) && unsafe { matvec::product(product) } {
        return;
    }
    if work < SPLIT || rayon::current_num_threads() == 1 {
        // SAFETY: the caller's contract.
        return unsafe { kernels(product, &Batch::SINGLE) };
    }
    let extent = rows.max(columns);
    let pieces = (1 << (work / PIECE).ilog2()).clamp(2, PIECES).max(extent / PIECE_EXTENT);
    let step = extent.div_ceil(pieces).next_multiple_of(ALIGNED);
    let shared = Shared(product);
    crew::for_each_piece(extent.div_ceil(step), &|piece| {
        let start = piece * step;
        let part = (start, step.min(extent - start));
        let product = shared.product();
        let part =
            if rows >= columns { product.part(part, (0, columns)) } else { product.part((0, rows), part) };
        // SAFETY: the caller's contract; the pieces of C are disjoint.
        unsafe { kernels(&part, &Batch::SINGLE) };
    });
}

/// A product that threads compute parts of.
struct Shared<'a, T>(&'a Product<T>);

// SAFETY: what the pointers name is valid for the whole call of `gemm`, and its threads write disjoint parts
// of C.
unsafe impl<T: Sync> Sync for Shared<'_, T> {}

impl<T> Shared<'_, T> {
    fn product(&self) -> &Product<T> {
        self.0
    }
}

/// # Safety
/// That of [`gemm`].
unsafe fn sequential<T: Kernels>(product: &Product<T>, batch: &Batch) {
    if product.rows > 1 && product.columns > 1 {
        // SAFETY: the caller's contract.
        return unsafe { kernels(product, batch) };
    }
    for index in 0..batch.count {
        // SAFETY: the caller's contract for this item.
        unsafe { one(&product.item(batch, index), 0) };
    }
}

/// # Safety
/// That of [`gemm`].
unsafe fn kernels<T: Kernels>(product: &Product<T>, batch: &Batch) {
    // SAFETY: the caller's contract; `active` is a level that this processor has.
    unsafe {
        #[cfg(target_arch = "x86_64")]
        match crate::simd::active() {
            crate::simd::Level::Avx512 => return T::avx512(product, batch),
            crate::simd::Level::Avx2 => return T::avx2(product, batch),
            crate::simd::Level::Baseline => {}
        }
        (0..batch.count).for_each(|index| portable::gemm(&product.item(batch, index)));
    }
}
