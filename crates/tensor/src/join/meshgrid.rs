//! Coordinates of the points of a grid.

use crate::{Element, Shape, Tensor};

impl<T: Element> Tensor<T> {
    /// The coordinates of the points of a grid, one tensor per axis, without copies (`indexing="ij"` of NumPy and
    /// PyTorch): `grids[k]` has the elements of `axes[k]` along axis `k` and repeats them along the others.
    ///
    /// # Panics
    /// When one of `axes` is not a vector, or there are too many.
    #[track_caller]
    pub fn meshgrid(axes: &[&Self]) -> Vec<Self> {
        assert!(
            axes.len() <= crate::MAX_RANK,
            "meshgrid: {} axes, more than {}",
            axes.len(),
            crate::MAX_RANK
        );
        for axis in axes {
            assert!(axis.rank() == 1, "meshgrid: shape {} is not that of a vector", axis.shape());
        }
        let shape: Shape = axes.iter().map(|axis| axis.len()).collect();
        let mut grids = Vec::with_capacity(axes.len());
        for (k, axis) in axes.iter().enumerate() {
            let own: Shape = (0..axes.len()).map(|i| if i == k { axis.len() } else { 1 }).collect();
            grids.push(axis.reshape(own).broadcast_to(shape));
        }
        grids
    }
}
