//! Writing by position: the gradient of an element goes to whoever wrote it last.

use gradus_tensor::{Real, Tensor};

use crate::{Op, Reverse, Samples, Var};

/// The first input with the elements of the second one written at some positions of an axis.
pub struct Scatter {
    /// The axis.
    pub axis: usize,
    /// The positions.
    pub index: Tensor<usize>,
}

impl Scatter {
    /// Which elements of the source stand in the result: the last ones in row-major order among those that meet.
    fn survivors(&self, shape: gradus_tensor::Shape) -> Tensor<bool> {
        let own = Tensor::indices(self.index.len()).reshape(self.index.shape());
        let mut writers = Tensor::<usize>::zeros(shape);
        writers.scatter(self.axis, &self.index, &own);
        writers.gather(self.axis, &self.index).equal(&own)
    }
}

impl<T: Real> Op<T> for Scatter {
    fn name(&self) -> &'static str {
        "scatter"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        let mut written = inputs[0].clone();
        written.scatter(self.axis, &self.index, inputs[1]);
        written
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let (shape, gradient) = (reverse.input(0).shape(), reverse.gradient());
        if reverse.wants(0) {
            let mut written = Tensor::full(shape, false);
            written.scatter(self.axis, &self.index, &Tensor::scalar(true));
            reverse.add(0, gradient.masked_fill(&written, T::zero()));
        }
        if reverse.wants(1) {
            let lost = self.survivors(shape).logical_not();
            let picked = gradient.gather(self.axis, &self.index).masked_fill(&lost, T::zero());
            reverse.add(1, picked.sum_to(reverse.input(1).shape()));
        }
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        let rank = samples.input(0).rank();
        samples.parts(|samples, i| self.axis > 0 && samples.input(i).rank() == rank && samples.leads(i))
    }
}

impl<T: Real> Var<'_, T> {
    /// This value with the elements of `source` written at the given positions of `axis`, as [`Tensor::scatter`]. Where
    /// several meet in one element, the last one in row-major order is written and gets the gradient.
    ///
    /// # Panics
    /// When the ranks differ, the axis lies outside, `index` is longer along another axis, an index lies outside, or
    /// `source` does not broadcast to the shape of `index`.
    #[track_caller]
    pub fn scatter(self, axis: usize, index: &Tensor<usize>, source: Self) -> Self {
        self.tape.apply(Scatter { axis, index: index.clone() }, [self, source])
    }
}
