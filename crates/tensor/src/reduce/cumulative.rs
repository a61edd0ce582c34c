//! Cumulative sums and products along an axis.

use super::strips::{Strip, along_axis};
use crate::simd::{Kernel, dispatch};
use crate::{Real, Tensor};

/// Terms that are summed on their own before they are added to what came before them: sixteen chains of additions run
/// side by side, and the error grows with a sixteenth of the terms.
const CHUNK: usize = 16;

/// Chunks of a row that are summed at the same time.
const CHAINS: usize = 8;

impl<T: Real> Tensor<T> {
    /// The sums of the elements up to each one along `axis`, itself included.
    ///
    /// Chunks of 16 elements are summed from left to right, and so are their sums: the error of a sum of i elements is at
    /// most (16 + i/16)·u·Σ|x|, with u the unit roundoff. The last one differs from [`sum`](Self::sum) by rounding.
    ///
    /// # Panics
    /// When the axis lies outside.
    #[track_caller]
    pub fn cumsum(&self, axis: usize) -> Self {
        let in_rows = |x: &[T], len: usize, out: &mut [T]| dispatch(SumRows { x, len, out });
        along_axis("cumsum", self, axis, &in_rows, &|x, strip| dispatch(SumColumns { x, strip }))
    }

    /// The products of the elements up to each one along `axis`, itself included, multiplied from left to right.
    ///
    /// # Panics
    /// When the axis lies outside.
    #[track_caller]
    pub fn cumprod(&self, axis: usize) -> Self {
        let in_rows = |x: &[T], len: usize, out: &mut [T]| dispatch(MultiplyRows { x, len, out });
        along_axis("cumprod", self, axis, &in_rows, &|x, strip| dispatch(MultiplyColumns { x, strip }))
    }
}

struct SumRows<'a, T> {
    x: &'a [T],
    len: usize,
    out: &'a mut [T],
}

impl<T: Real> Kernel for SumRows<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (x, out) in self.x.chunks_exact(self.len).zip(self.out.chunks_exact_mut(self.len)) {
            let mut before = T::zero();
            let (groups, rest) = x.as_chunks::<{ CHUNK * CHAINS }>();
            let (out_groups, out_rest) = out.as_chunks_mut::<{ CHUNK * CHAINS }>();
            for (x, out) in groups.iter().zip(out_groups) {
                let mut sums = [T::zero(); CHAINS];
                for i in 0..CHUNK {
                    for (chain, sum) in sums.iter_mut().enumerate() {
                        *sum += x[chain * CHUNK + i];
                        out[chain * CHUNK + i] = *sum;
                    }
                }
                for (out, sum) in out.as_chunks_mut::<CHUNK>().0.iter_mut().zip(sums) {
                    for out in out {
                        *out = before + *out;
                    }
                    before += sum;
                }
            }
            for (x, out) in rest.chunks(CHUNK).zip(out_rest.chunks_mut(CHUNK)) {
                let mut sum = T::zero();
                for (&x, out) in x.iter().zip(out) {
                    sum += x;
                    *out = before + sum;
                }
                before += sum;
            }
        }
    }
}

struct SumColumns<'a, T> {
    x: &'a [T],
    strip: Strip<'a, T>,
}

impl<T: Real> Kernel for SumColumns<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { x, mut strip } = self;
        let Strip { rows, columns, first, .. } = strip;
        let stride = x.len() / rows;
        let (mut before, mut sums) = (vec![T::zero(); columns], vec![T::zero(); columns]);
        for row in 0..rows {
            if row % CHUNK == 0 {
                for (before, sum) in before.iter_mut().zip(&mut sums) {
                    *before += std::mem::replace(sum, T::zero());
                }
            }
            let (x, out) = (&x[row * stride + first..][..columns], &mut strip.row(row)[..columns]);
            for (((out, &x), sum), &before) in out.iter_mut().zip(x).zip(&mut sums).zip(&before) {
                *sum += x;
                *out = before + *sum;
            }
        }
    }
}

struct MultiplyRows<'a, T> {
    x: &'a [T],
    len: usize,
    out: &'a mut [T],
}

impl<T: Real> Kernel for MultiplyRows<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (x, out) in self.x.chunks_exact(self.len).zip(self.out.chunks_exact_mut(self.len)) {
            let mut product = T::one();
            for (&x, out) in x.iter().zip(out) {
                product *= x;
                *out = product;
            }
        }
    }
}

struct MultiplyColumns<'a, T> {
    x: &'a [T],
    strip: Strip<'a, T>,
}

impl<T: Real> Kernel for MultiplyColumns<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { x, mut strip } = self;
        let Strip { rows, columns, first, .. } = strip;
        let stride = x.len() / rows;
        let mut products = vec![T::one(); columns];
        for row in 0..rows {
            let (x, out) = (&x[row * stride + first..][..columns], &mut strip.row(row)[..columns]);
            for ((out, &x), product) in out.iter_mut().zip(x).zip(&mut products) {
                *product *= x;
                *out = *product;
            }
        }
    }
}
