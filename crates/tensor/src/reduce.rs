//! Reductions over all elements or over a set of axes.

use crate::{Real, Shape, Tensor, vector};

impl<T: Real> Tensor<T> {
    /// The sum of all elements, a tensor of rank 0; 0 for an empty tensor. As accurate as [`vector::sum`].
    pub fn sum(&self) -> Self {
        let source = self.contiguous();
        Self::scalar(vector::sum(source.elements()))
    }

    /// The mean of all elements, a tensor of rank 0; NaN for an empty tensor.
    pub fn mean(&self) -> Self {
        Self::scalar(self.sum().item() / T::constant(self.len() as f64))
    }

    /// The sum over the given axes, which are dropped from the shape.
    ///
    /// # Panics
    /// When an axis lies outside or is named twice.
    #[track_caller]
    pub fn sum_axes(&self, axes: &[usize]) -> Self {
        self.reduce_axes("sum_axes", axes, vector::sum)
    }

    /// The largest element along the given axes, which are dropped; NaN if one is NaN.
    ///
    /// # Panics
    /// When an axis lies outside or is named twice, or when there is nothing to reduce over.
    #[track_caller]
    pub fn max_axes(&self, axes: &[usize]) -> Self {
        self.extremum("max_axes", axes, T::maximum)
    }

    /// The smallest element along the given axes, which are dropped; NaN if one is NaN.
    ///
    /// # Panics
    /// When an axis lies outside or is named twice, or when there is nothing to reduce over.
    #[track_caller]
    pub fn min_axes(&self, axes: &[usize]) -> Self {
        self.extremum("min_axes", axes, T::minimum)
    }

    #[track_caller]
    fn extremum(&self, name: &str, axes: &[usize], better: fn(T, T) -> T) -> Self {
        let reduced: usize = axes.iter().filter_map(|&axis| self.shape().get(axis).copied()).product();
        assert!(reduced > 0, "{name}: no elements along axes {axes:?} of shape {}", self.shape());
        self.reduce_axes(name, axes, |run| run[1..].iter().fold(run[0], |best, &x| better(best, x)))
    }

    /// The sum over the axes along which `shape` was broadcast to this tensor's shape: the derivative rule of
    /// broadcasting.
    ///
    /// # Panics
    /// When `shape` does not broadcast to this tensor's shape.
    #[track_caller]
    pub fn sum_to(&self, shape: Shape) -> Self {
        let own = self.shape();
        if shape == own {
            return self.clone();
        }
        assert!(shape.broadcast(&own) == Some(own), "sum_to: {shape} does not broadcast to {own}");
        let missing = self.rank() - shape.iter().len();
        let axes: Vec<usize> = (0..self.rank())
            .filter(|&axis| axis < missing || (shape[axis - missing] == 1 && own[axis] != 1))
            .collect();
        self.sum_axes(&axes).reshape(shape)
    }

    #[track_caller]
    fn reduce_axes(&self, name: &str, axes: &[usize], reduce: impl Fn(&[T]) -> T) -> Self {
        let shape = self.shape();
        for (i, axis) in axes.iter().enumerate() {
            assert!(*axis < self.rank(), "{name}: axis {axis} is outside shape {shape}");
            assert!(!axes[..i].contains(axis), "{name}: axis {axis} is named twice");
        }
        let kept = shape.without(|axis| axes.contains(&axis));
        let order: Vec<usize> =
            (0..self.rank()).filter(|axis| !axes.contains(axis)).chain(axes.iter().copied()).collect();
        let rows = self.permute(&order).contiguous();
        let elements = rows.elements();
        let run: usize = axes.iter().map(|&axis| shape[axis]).product();
        Self::from_fn(kept, |i| reduce(&elements[i * run..(i + 1) * run]))
    }
}
