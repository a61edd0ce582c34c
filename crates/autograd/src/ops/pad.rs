//! Margins: the gradient of an element is the sum over the places where it stands.

use gradus_tensor::{Padding, Real, Tensor};

use super::index_select::IndexAdd;
use crate::{Op, Reverse, Samples, Var};

/// More elements before and after each axis.
pub struct Pad<T> {
    /// How many before and after, for each axis.
    pub widths: Vec<(usize, usize)>,
    /// Which ones.
    pub padding: Padding<T>,
}

impl<T: Real> Op<T> for Pad<T> {
    fn name(&self) -> &'static str {
        "pad"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].pad(&self.widths, self.padding)
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let (shape, gradient) = (reverse.input(0).shape(), reverse.gradient());
        let padding = match self.padding {
            Padding::Constant(_) => {
                let mut inside = gradient;
                for (axis, &(before, _)) in self.widths.iter().enumerate() {
                    inside = inside.narrow(axis, before, shape[axis]);
                }
                return reverse.add(0, inside);
            }
            Padding::Reflect => Padding::Reflect,
            Padding::Replicate => Padding::Replicate,
            Padding::Circular => Padding::Circular,
        };
        // Padded positions say where each element of the result came from.
        let origins = Tensor::from_fn(shape, |i| i).pad(&self.widths, padding).to_vec();
        let spread = IndexAdd { shape: [shape.len()].into(), axis: 0, indices: origins.into() };
        let flat = gradient.reshape([gradient.shape().len()]);
        reverse.add(0, gradient.tape().apply(spread, [flat]).reshape(shape));
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        let padded = |&axis: &usize| self.widths[axis] != (0, 0);
        samples.along(&(0..self.widths.len()).filter(padded).collect::<Vec<_>>())
    }
}

impl<T: Real> Var<'_, T> {
    /// The value with `(before, after)` more elements at the two ends of each axis, as [`Tensor::pad`].
    ///
    /// # Panics
    /// When there is not one pair of widths per axis, the shape exceeds the address space, or a margin has nothing to
    /// be filled with.
    #[track_caller]
    pub fn pad(self, widths: &[(usize, usize)], padding: Padding<T>) -> Self {
        self.tape.apply(Pad { widths: widths.to_vec(), padding }, [self])
    }
}
