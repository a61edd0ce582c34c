//! Picking by position: the gradient of each part goes back to where it was picked, added where picked twice.

use std::rc::Rc;

use gradus_tensor::{Real, Shape, Tensor};

use crate::{Op, Reverse, Samples, Var};

/// The parts at some positions of an axis.
pub struct IndexSelect {
    /// The axis.
    pub axis: usize,
    /// The positions, in order; one may be picked more than once.
    pub indices: Rc<[usize]>,
}

impl<T: Real> Op<T> for IndexSelect {
    fn name(&self) -> &'static str {
        "index_select"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].index_select(self.axis, &self.indices)
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let (shape, indices) = (reverse.input(0).shape(), self.indices.clone());
        reverse.add_op(0, IndexAdd { shape, axis: self.axis, indices }, [reverse.gradient()]);
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        if samples.rows_per_sample().is_none() {
            return samples.mixed();
        }
        let (shape, gradient, axis) = (samples.input(0).shape(), samples.gradient(), self.axis);
        let sum = |indices: &[usize], gradient: &Tensor<T>| {
            let mut sum = Tensor::zeros(shape);
            sum.index_add(axis, indices, gradient);
            sum
        };
        if axis > 0 {
            samples.add(0, sum(&self.indices, gradient));
        } else {
            // The rows of a sample may have been picked anywhere: the input is shared, as a table of embeddings is.
            samples.add_each(0, |rows| {
                sum(&self.indices[rows.clone()], &gradient.narrow(0, rows.start, rows.len()))
            });
        }
        samples.exact()
    }
}

/// Parts added to zeros at some positions of an axis.
pub struct IndexAdd {
    /// The shape of the zeros.
    pub shape: Shape,
    /// The axis.
    pub axis: usize,
    /// The position of each part.
    pub indices: Rc<[usize]>,
}

impl<T: Real> Op<T> for IndexAdd {
    fn name(&self) -> &'static str {
        "index_add"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        let mut sum = Tensor::zeros(self.shape);
        sum.index_add(self.axis, &self.indices, inputs[0]);
        sum
    }

    fn accumulate(&self, inputs: &[&Tensor<T>], sum: &mut Tensor<T>) {
        sum.index_add(self.axis, &self.indices, inputs[0]);
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        reverse.add_op(
            0,
            IndexSelect { axis: self.axis, indices: self.indices.clone() },
            [reverse.gradient()],
        );
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        samples.along(&[self.axis])
    }
}

impl<T: Real> Var<'_, T> {
    /// The parts at the positions `indices` of `axis`, in that order.
    ///
    /// # Panics
    /// When the axis or an index lies outside.
    #[track_caller]
    pub fn index_select(self, axis: usize, indices: &[usize]) -> Self {
        self.tape.apply(IndexSelect { axis, indices: indices.into() }, [self])
    }

    /// This value with the parts of `source` added at the given positions of `axis`, as [`Tensor::index_add`].
    ///
    /// # Panics
    /// When the axis or an index lies outside, or `source` has another shape than the parts.
    #[track_caller]
    pub fn index_add(self, axis: usize, indices: &[usize], source: Self) -> Self {
        let shape = self.shape();
        self + self.tape.apply(IndexAdd { shape, axis, indices: indices.into() }, [source])
    }
}
