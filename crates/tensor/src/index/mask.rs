//! Selection by truth values: `masked_select`, `nonzero`.

use crate::layout::Nest;
use crate::{Element, Tensor};

/// Elements picked without branches before they are moved to the result.
const BATCH: usize = 64;

impl<T: Element> Tensor<T> {
    /// The elements where `mask` is true, as a vector in row-major order. Operands broadcast.
    ///
    /// # Panics
    /// When the shapes do not broadcast.
    #[track_caller]
    pub fn masked_select(&self, mask: &Tensor<bool>) -> Self {
        let Some(shape) = self.shape().broadcast(&mask.shape()) else {
            panic!("masked_select: shapes do not broadcast: tensor {}, mask {}", self.shape(), mask.shape());
        };
        let (x, mask_layout) = (self.layout().broadcast_to(shape), mask.layout().broadcast_to(shape));
        let repeated = shape.len().checked_div(mask.len()).unwrap_or(0);
        let count = repeated * mask.dense().iter().filter(|&&kept| kept).count();
        Self::build([count].into(), |out| {
            let nest = Nest::new([&x, &mask_layout]);
            let (len, [stride, step]) = (nest.run_len(), nest.run_strides());
            let mut rest = out;
            nest.for_each_run(|[from, at]| {
                for start in (0..len).step_by(BATCH) {
                    // Every element is written, and kept by moving on: a branch on a random mask would be
                    // mispredicted half of the time.
                    let (mut batch, mut kept) = ([T::default(); BATCH], 0);
                    for i in start..len.min(start + BATCH) {
                        let i = i as isize;
                        batch[kept % BATCH] = self.buffer[from.wrapping_add_signed(i * stride)];
                        kept += usize::from(mask.buffer[at.wrapping_add_signed(i * step)]);
                    }
                    let (slots, tail) = std::mem::take(&mut rest).split_at_mut(kept);
                    slots.copy_from_slice(&batch[..kept]);
                    rest = tail;
                }
            });
        })
    }

    /// The positions of the elements that are not 0 (or `false`), one row of indices each, in row-major order: shape
    /// `[count, rank]`. NaN is not 0.
    pub fn nonzero(&self) -> Tensor<usize> {
        let elements = self.dense();
        let zero = T::default();
        let count = elements.iter().filter(|&&x| x != zero).count();
        let rank = self.rank();
        let Some(last) = rank.checked_sub(1) else {
            return Tensor::zeros([count, 0]);
        };
        Tensor::build([count, rank].into(), |out| {
            let mut positions = out.chunks_exact_mut(rank);
            let mut index = vec![0; rank];
            for row in elements.chunks(self.shape()[last].max(1)) {
                for (i, _) in row.iter().enumerate().filter(|&(_, &x)| x != zero) {
                    let Some(position) = positions.next() else { return };
                    position.copy_from_slice(&index);
                    position[last] = i;
                }
                for axis in (0..last).rev() {
                    index[axis] += 1;
                    if index[axis] < self.shape()[axis] {
                        break;
                    }
                    index[axis] = 0;
                }
            }
        })
    }
}
