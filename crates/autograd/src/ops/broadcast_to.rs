//! Broadcasting: the gradient is summed over the repeated axes.

use gradus_tensor::{Real, Shape, Tensor};

use crate::{Op, Reverse, Samples, Var};

/// Repetition along new and size-1 axes.
pub struct BroadcastTo {
    /// The new shape.
    pub shape: Shape,
}

impl<T: Real> Op<T> for BroadcastTo {
    fn name(&self) -> &'static str {
        "broadcast_to"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].broadcast_to(self.shape)
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let shape = reverse.input(0).shape();
        reverse.add(0, reverse.gradient().sum_to(shape));
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        if samples.rows_per_sample().is_none() {
            return samples.mixed();
        }
        samples.add_sum(0, samples.gradient().clone());
        samples.exact()
    }
}

impl<T: Real> Var<'_, T> {
    /// The elements repeated, without copying, along new and size-1 axes.
    ///
    /// # Panics
    /// When the shapes do not broadcast.
    #[track_caller]
    pub fn broadcast_to(self, shape: impl Into<Shape>) -> Self {
        self.tape.apply(BroadcastTo { shape: shape.into() }, [self])
    }

    /// The coordinates of the points of a grid, one value per axis, without copies, as [`Tensor::meshgrid`].
    ///
    /// # Panics
    /// When one of `axes` is not a vector, or there are too many.
    #[track_caller]
    pub fn meshgrid(axes: &[Self]) -> Vec<Self> {
        let values: Vec<Tensor<T>> = axes.iter().map(|axis| axis.value()).collect();
        let grids = Tensor::meshgrid(&values.iter().collect::<Vec<_>>());
        let mut spread = Vec::with_capacity(axes.len());
        for (k, (axis, grid)) in axes.iter().zip(&grids).enumerate() {
            let own: Shape = (0..axes.len()).map(|i| if i == k { values[k].len() } else { 1 }).collect();
            spread.push(axis.reshape(own).broadcast_to(grid.shape()));
        }
        spread
    }
}
