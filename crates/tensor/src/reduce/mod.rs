//! Reductions: over all elements, or over any set of axes, which are dropped (`sum_axes`) or kept with extent 1
//! (`sum_keepdim`).
//!
//! - **Bits.** A result depends on the elements, the shape and the axes alone: not on the SIMD level, the number of
//!   threads, or how the elements lie in memory (a transposed view gives the bits of its contiguous copy).
//! - **Accuracy.** Sums have a fixed number of accumulators and a fixed tree (see [`lanes`]): an error of at most
//!   (133 + log₂⌈n/4096⌉)·u·Σ|xᵢ| per step, a step being a run of 256 elements or more; better than pairwise summation
//!   in practice. Means, variances, norms and `logsumexp` are made of such sums.
//! - **NaN** as in NumPy: it propagates through sums, products, `max` and `min`; `argmax` and `argmin` return the place
//!   of the first one. Which of 0 and −0 is the larger is not specified.
//! - **Nothing to reduce over**: sums and counts are 0, products 1, means NaN; `any` is false, `all` true; `max`, `min`,
//!   `argmax` and `argmin` panic.

pub(crate) mod axes;
mod columns;
mod cumulative;
mod extrema;
pub(crate) mod fold;
pub(crate) mod lanes;
mod logsumexp;
mod masks;
mod moments;
mod norms;
mod positions;
pub(crate) mod rows;
mod softmax;
mod steps;
mod strips;
mod sums;

/// Three methods from one: over all elements (documented by the caller), over axes that are dropped, over axes that are
/// kept with extent 1. The one takes the name for error texts and the set of axes, and keeps their extents as 1.
macro_rules! reductions {
    ($(
        $(#[$attribute:meta])*
        $all:ident $dropped:ident $kept:ident = $reduce:ident($($setting:ident: $type:ty),*) -> $output:ty,
        panics $panics:literal;
    )*) => {$(
        $(#[$attribute])*
        #[track_caller]
        pub fn $all(&self, $($setting: $type),*) -> Tensor<$output> {
            let result = self.$reduce(stringify!($all), AxisSet::all(self.rank()), $($setting),*);
            $crate::reduce::steps::shaped(result, $crate::Shape::from([]))
        }

        #[doc = concat!("[`", stringify!($all), "`](Self::", stringify!($all), ") over the given axes, which are ")]
        /// dropped from the shape.
        ///
        /// # Panics
        #[doc = $panics]
        #[track_caller]
        pub fn $dropped(&self, axes: &[usize], $($setting: $type),*) -> Tensor<$output> {
            let axes = AxisSet::new(stringify!($dropped), self.shape(), axes);
            let result = self.$reduce(stringify!($dropped), axes, $($setting),*);
            $crate::reduce::steps::shaped(result, axes.dropped_from(self.shape()))
        }

        #[doc = concat!("[`", stringify!($all), "`](Self::", stringify!($all), ") over the given axes, which are ")]
        /// kept with extent 1.
        ///
        /// # Panics
        #[doc = $panics]
        #[track_caller]
        pub fn $kept(&self, axes: &[usize], $($setting: $type),*) -> Tensor<$output> {
            let axes = AxisSet::new(stringify!($kept), self.shape(), axes);
            self.$reduce(stringify!($kept), axes, $($setting),*)
        }
    )*};
}
use reductions;
