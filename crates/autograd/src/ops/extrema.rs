//! Largest and smallest elements: the gradient goes to the elements that are the result, in equal shares.

use gradus_tensor::{Real, Tensor};

use super::sum::kept;
use crate::{Op, Reverse, Var};

/// The largest elements along some axes, which are dropped.
pub struct MaxAxes {
    /// The axes.
    pub axes: Vec<usize>,
}

/// The smallest elements along some axes, which are dropped.
pub struct MinAxes {
    /// The axes.
    pub axes: Vec<usize>,
}

impl<T: Real> Op<T> for MaxAxes {
    fn name(&self) -> &'static str {
        "max_axes"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].max_axes(&self.axes)
    }

    fn backward(&self, reverse: &mut Reverse<'_, T>) {
        share(reverse, &self.axes);
    }
}

impl<T: Real> Op<T> for MinAxes {
    fn name(&self) -> &'static str {
        "min_axes"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].min_axes(&self.axes)
    }

    fn backward(&self, reverse: &mut Reverse<'_, T>) {
        share(reverse, &self.axes);
    }
}

/// gx = gy / (number of ties) where x = y, else 0.
fn share<T: Real>(reverse: &mut Reverse<'_, T>, axes: &[usize]) {
    let x = reverse.input(0);
    let (shape, kept) = (x.shape(), kept(x.shape(), axes));
    let results = reverse.output().reshape(kept).broadcast_to(shape).to_vec();
    let is_result: Vec<T> = x
        .to_vec()
        .into_iter()
        .zip(results)
        .map(|(x, result)| if x == result { T::one() } else { T::zero() })
        .collect();
    let is_result = Tensor::from_fn(shape, |i| is_result[i]);
    let shares = reverse.gradient().reshape(kept) / is_result.sum_keepdim(axes);
    reverse.add(0, is_result * shares);
}

impl<T: Real> Var<'_, T> {
    /// The largest elements along the given axes, which are dropped; NaN if one is NaN. Elements that tie share the
    /// gradient evenly (as PyTorch's `amax`).
    ///
    /// # Panics
    /// When an axis lies outside or is named twice, or when there is nothing to reduce over.
    #[track_caller]
    pub fn max_axes(self, axes: &[usize]) -> Self {
        self.tape.apply(MaxAxes { axes: axes.to_vec() }, [self])
    }

    /// The smallest elements along the given axes, which are dropped; NaN if one is NaN. Elements that tie share the
    /// gradient evenly (as PyTorch's `amin`).
    ///
    /// # Panics
    /// When an axis lies outside or is named twice, or when there is nothing to reduce over.
    #[track_caller]
    pub fn min_axes(self, axes: &[usize]) -> Self {
        self.tape.apply(MinAxes { axes: axes.to_vec() }, [self])
    }
}
