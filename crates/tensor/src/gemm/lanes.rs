//! The vectors that the microkernel computes with.

use crate::Real;

/// A SIMD vector with fused multiply-add.
///
/// The methods are `unsafe` because the processor must have the vector's instructions: only code that was
/// entered through the functions of [`super::level`] may call them. They are inlined into these functions
/// always.
pub(super) trait Lanes: Copy {
    /// One lane.
    type Element: Real;
    /// Which lanes a partial load or store touches.
    type Mask: Copy;
    /// A vector of the same elements for the last columns of a panel, where a full one would be half empty.
    type Half: Square<Element = Self::Element>;

    /// Lanes per vector.
    const LANES: usize;
    /// Rows of the tallest tile: with two vectors per row it fills the registers.
    const ROWS: usize;

    /// The mask of the first `count` lanes; all of them when `count` exceeds their number.
    unsafe fn first(count: usize) -> Self::Mask;
    /// x in every lane.
    unsafe fn splat(x: Self::Element) -> Self;
    /// All lanes from memory of any alignment.
    unsafe fn load(from: *const Self::Element) -> Self;
    /// The lanes of the mask from memory, 0 in the others, whose memory is not touched.
    unsafe fn load_masked(from: *const Self::Element, mask: Self::Mask) -> Self;
    /// All lanes to memory of any alignment.
    unsafe fn store(self, to: *mut Self::Element);
    /// The lanes of the mask to memory; that of the others is not touched.
    unsafe fn store_masked(self, to: *mut Self::Element, mask: Self::Mask);
    /// self·factor.
    unsafe fn times(self, factor: Self) -> Self;
    /// a·b + self, rounded once.
    unsafe fn plus_product(self, a: Self, b: Self) -> Self;
}

/// A vector that square blocks are transposed with.
pub(super) trait Square: Lanes {
    /// Writes element j of line i to line j, position i, for `LANES` lines of `LANES` neighbours. Lines are
    /// `from_line` and `to_line` apart.
    unsafe fn transpose(from: *const Self::Element, from_line: isize, to: *mut Self::Element, to_line: usize);
}

macro_rules! lanes {
    (
        $(#[$doc:meta])*
        $name:ident of $lanes:literal $element:ident in $vector:ident, half $half:ident, rows $rows:literal,
        mask $mask:ident $first:path,
        $splat:ident $load:ident $load_masked:path, $store:ident $store_masked:path, $times:ident $fused:ident
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(super) struct $name($vector);

        impl Lanes for $name {
            type Element = $element;
            type Mask = $mask;
            type Half = $half;
            const LANES: usize = $lanes;
            const ROWS: usize = $rows;

            #[inline(always)]
            unsafe fn first(count: usize) -> $mask {
                // SAFETY: the caller's contract: the instructions exist.
                unsafe { $first(count) }
            }
            #[inline(always)]
            unsafe fn splat(x: $element) -> Self {
                // SAFETY: as above.
                Self(unsafe { $splat(x) })
            }
            #[inline(always)]
            unsafe fn load(from: *const $element) -> Self {
                // SAFETY: as above; the memory is valid by the caller's contract.
                Self(unsafe { $load(from) })
            }
            #[inline(always)]
            unsafe fn load_masked(from: *const $element, mask: $mask) -> Self {
                // SAFETY: as above; masked-off lanes do not fault.
                Self(unsafe { $load_masked(mask, from) })
            }
            #[inline(always)]
            unsafe fn store(self, to: *mut $element) {
                // SAFETY: as above.
                unsafe { $store(to, self.0) }
            }
            #[inline(always)]
            unsafe fn store_masked(self, to: *mut $element, mask: $mask) {
                // SAFETY: as above; masked-off lanes are not written.
                unsafe { $store_masked(to, mask, self.0) }
            }
            #[inline(always)]
            unsafe fn times(self, factor: Self) -> Self {
                // SAFETY: as above.
                Self(unsafe { $times(self.0, factor.0) })
            }
            #[inline(always)]
            unsafe fn plus_product(self, a: Self, b: Self) -> Self {
                // SAFETY: as above.
                Self(unsafe { $fused(a.0, b.0, self.0) })
            }
        }
    };
}
pub(super) use lanes;
