//! The lanes of a tensor: its vectors along one axis.

use rayon::prelude::*;

use crate::parallel::{PIECE, worth_splitting};
use crate::{Element, Tensor};

impl<T: Element> Tensor<T> {
    /// `work` applied to each lane along `axis` and its result, which is a lane of `len` elements.
    #[track_caller]
    pub(super) fn map_lanes<U: Element>(
        &self,
        axis: usize,
        len: usize,
        work: impl Fn(&[T], &mut [U]) + Sync,
    ) -> Tensor<U> {
        let mut order: Vec<usize> = (0..self.rank()).filter(|&other| other != axis).collect();
        order.push(axis);
        let lanes = self.permute(&order);
        let extent = self.shape()[axis];
        let source = lanes.dense();
        let mapped = Tensor::build(lanes.shape().with(self.rank() - 1, len), |out| {
            if extent == 0 || len == 0 {
                return;
            }
            let chunk = |(from, to): (&[T], &mut [U])| {
                from.chunks_exact(extent).zip(to.chunks_exact_mut(len)).for_each(|(from, to)| work(from, to));
            };
            // Sorting costs about as much per element as moving eight of them.
            if worth_splitting::<T>(8 * source.len()) {
                let together = (PIECE / extent).max(1);
                source.par_chunks(together * extent).zip(out.par_chunks_mut(together * len)).for_each(chunk);
            } else {
                chunk((&source, out));
            }
        });
        let mut back: Vec<usize> = (0..self.rank() - 1).collect();
        back.insert(axis, self.rank() - 1);
        mapped.permute(&back).contiguous()
    }
}
