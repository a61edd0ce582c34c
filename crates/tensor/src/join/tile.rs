//! Repetition with copies: `tile`, `repeat_interleave`.

use crate::{Element, Shape, Tensor};

impl<T: Element> Tensor<T> {
    /// The whole tensor repeated `repeats[i]` times along axis `i` (NumPy's `tile`, PyTorch's `repeat`): `a b a b`.
    ///
    /// # Panics
    /// When there is not one number per axis, or the shape exceeds the address space.
    #[track_caller]
    pub fn tile(&self, repeats: &[usize]) -> Self {
        let shape = self.shape();
        assert!(repeats.len() == self.rank(), "tile: {} repeats for shape {shape}", repeats.len());
        // From the last axis on: what is repeated next is longer by then, and so are the runs of copies.
        let mut tiled = self.contiguous();
        for (axis, &times) in repeats.iter().enumerate().rev().filter(|&(_, &times)| times != 1) {
            tiled = tiled.repeated(axis, times, true);
        }
        tiled
    }

    /// Every element repeated `times` times in place along `axis` (NumPy's `repeat`): `a a b b`.
    ///
    /// # Panics
    /// When the axis lies outside, or the shape exceeds the address space.
    #[track_caller]
    pub fn repeat_interleave(&self, axis: usize, times: usize) -> Self {
        self.layout().check_axis("repeat_interleave", axis);
        self.contiguous().repeated(axis, times, false)
    }

    /// Repeats the axis as a whole, or its positions one by one.
    #[track_caller]
    fn repeated(&self, axis: usize, times: usize, whole: bool) -> Self {
        let shape = self.shape();
        let to = shape.with(axis, shape[axis].saturating_mul(times));
        // Fails where the result has no valid shape, before the factors are multiplied below.
        to.len();
        let (outer, extent): (usize, usize) = (shape[..axis].iter().product(), shape[axis]);
        let inner: usize = shape[axis + 1..].iter().product();
        let (from, repeated): (Shape, Shape) = if whole {
            ([outer, 1, extent * inner].into(), [outer, times, extent * inner].into())
        } else {
            ([outer * extent, 1, inner].into(), [outer * extent, times, inner].into())
        };
        self.reshape(from).broadcast_to(repeated).contiguous().reshape(to)
    }
}
