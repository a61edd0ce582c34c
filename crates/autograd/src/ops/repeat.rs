//! Repetition: the gradients of the copies add up, by the rule of broadcasting.

use gradus_tensor::Real;

use crate::Var;

impl<T: Real> Var<'_, T> {
    /// The whole value repeated `repeats[i]` times along axis `i`, as [`Tensor::tile`](gradus_tensor::Tensor::tile):
    /// `a b a b`.
    ///
    /// # Panics
    /// When there is not one number per axis, or the shape exceeds the address space.
    #[track_caller]
    pub fn tile(self, repeats: &[usize]) -> Self {
        let shape = self.shape();
        assert!(repeats.len() == shape.rank(), "tile: {} repeats for shape {shape}", repeats.len());
        let mut tiled = self;
        for (axis, &times) in repeats.iter().enumerate().rev().filter(|&(_, &times)| times != 1) {
            tiled = tiled.repeated(axis, times, true);
        }
        tiled
    }

    /// Every element repeated `times` times in place along `axis`, as
    /// [`Tensor::repeat_interleave`](gradus_tensor::Tensor::repeat_interleave): `a a b b`.
    ///
    /// # Panics
    /// When the axis lies outside, or the shape exceeds the address space.
    #[track_caller]
    pub fn repeat_interleave(self, axis: usize, times: usize) -> Self {
        let shape = self.shape();
        assert!(axis < shape.rank(), "repeat_interleave: axis {axis} is outside shape {shape}");
        self.repeated(axis, times, false)
    }

    /// Repeats the axis as a whole, or its positions one by one.
    #[track_caller]
    fn repeated(self, axis: usize, times: usize, whole: bool) -> Self {
        let shape = self.shape();
        let (outer, extent): (usize, usize) = (shape[..axis].iter().product(), shape[axis]);
        let inner: usize = shape[axis + 1..].iter().product();
        let [outer, inner] = if whole { [outer, extent * inner] } else { [outer * extent, inner] };
        let mut to = shape.to_vec();
        to[axis] = extent.saturating_mul(times);
        self.reshape([outer, 1, inner]).broadcast_to([outer, times, inner]).reshape(to.as_slice())
    }
}
