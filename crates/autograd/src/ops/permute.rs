//! The axes in another order: the gradient is permuted back.

use gradus_tensor::{MAX_RANK, Real, Tensor};

use super::axes::Axes;
use crate::{Op, Reverse, Samples, Var};

/// A permutation of the axes.
pub struct Permute {
    /// Axis `i` of the result is axis `axes[i]` of the input.
    pub axes: Axes,
}

impl<T: Real> Op<T> for Permute {
    fn name(&self) -> &'static str {
        "permute"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].permute(&self.axes)
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        reverse.add(0, reverse.gradient().permute(&inverse(&self.axes)));
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        if self.axes.first() == Some(&0) { samples.along(&[]) } else { samples.mixed() }
    }
}

/// The permutation that undoes another one.
pub(super) fn inverse(axes: &[usize]) -> Vec<usize> {
    let mut inverse = vec![0; axes.len()];
    for (to, &from) in axes.iter().enumerate() {
        inverse[from] = to;
    }
    inverse
}

impl<T: Real> Var<'_, T> {
    /// The axes in another order.
    ///
    /// # Panics
    /// When `axes` is not a permutation of `0..rank`.
    #[track_caller]
    pub fn permute(self, axes: &[usize]) -> Self {
        self.tape.apply(Permute { axes: axes.into() }, [self])
    }

    /// Two axes exchanged.
    ///
    /// # Panics
    /// When an axis lies outside.
    #[track_caller]
    pub fn transpose(self, axis0: usize, axis1: usize) -> Self {
        let shape = self.shape();
        for axis in [axis0, axis1] {
            assert!(axis < shape.rank(), "transpose: axis {axis} is outside shape {shape}");
        }
        let mut axes: [usize; MAX_RANK] = std::array::from_fn(|axis| axis);
        axes.swap(axis0, axis1);
        self.permute(&axes[..shape.rank()])
    }

    /// The transpose of a matrix.
    ///
    /// # Panics
    /// When the rank is not 2.
    #[track_caller]
    pub fn t(self) -> Self {
        let shape = self.shape();
        assert!(shape.iter().len() == 2, "t: shape {shape} is not a matrix");
        self.permute(&[1, 0])
    }
}
