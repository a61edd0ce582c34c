//! Picking single elements: the gradient of each one goes back to where it was picked, added where picked twice.

use gradus_tensor::{Real, Shape, Tensor};

use crate::{Op, Reverse, Samples, Var};

/// The elements at some positions of an axis.
pub struct Gather {
    /// The axis.
    pub axis: usize,
    /// The positions; the result has their shape.
    pub index: Tensor<usize>,
}

impl<T: Real> Op<T> for Gather {
    fn name(&self) -> &'static str {
        "gather"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].gather(self.axis, &self.index)
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let (shape, index) = (reverse.input(0).shape(), self.index.clone());
        reverse.add_op(0, ScatterAdd { shape, axis: self.axis, index }, [reverse.gradient()]);
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        let (shape, gradient, axis) = (samples.input(0).shape(), samples.gradient(), self.axis);
        if samples.rows_per_sample().is_none() || axis > 0 && shape[0] != gradient.shape()[0] {
            return samples.mixed();
        }
        let sum = |index: &Tensor<usize>, gradient: &Tensor<T>| {
            let mut sum = Tensor::zeros(shape);
            sum.scatter_add(axis, index, gradient);
            sum
        };
        if axis > 0 {
            samples.add(0, sum(&self.index, gradient));
        } else {
            samples.add_each(0, |rows| {
                let (start, len) = (rows.start, rows.len());
                sum(&self.index.narrow(0, start, len), &gradient.narrow(0, start, len))
            });
        }
        samples.exact()
    }
}

/// Elements added to zeros at some positions of an axis.
pub struct ScatterAdd {
    /// The shape of the zeros.
    pub shape: Shape,
    /// The axis.
    pub axis: usize,
    /// The positions, of the shape of the elements.
    pub index: Tensor<usize>,
}

impl<T: Real> Op<T> for ScatterAdd {
    fn name(&self) -> &'static str {
        "scatter_add"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        let mut sum = Tensor::zeros(self.shape);
        sum.scatter_add(self.axis, &self.index, inputs[0]);
        sum
    }

    fn accumulate(&self, inputs: &[&Tensor<T>], sum: &mut Tensor<T>) {
        sum.scatter_add(self.axis, &self.index, inputs[0]);
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        reverse.add_op(0, Gather { axis: self.axis, index: self.index.clone() }, [reverse.gradient()]);
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        samples.along(&[self.axis])
    }
}

impl<T: Real> Var<'_, T> {
    /// The elements at the given positions of `axis`, as [`Tensor::gather`].
    ///
    /// # Panics
    /// When the ranks differ, the axis lies outside, `index` is longer along another axis, or an index lies outside.
    #[track_caller]
    pub fn gather(self, axis: usize, index: &Tensor<usize>) -> Self {
        self.tape.apply(Gather { axis, index: index.clone() }, [self])
    }

    /// This value with the elements of `source` added at the given positions of `axis`, as [`Tensor::scatter_add`].
    ///
    /// # Panics
    /// When the ranks differ, the axis lies outside, `index` is longer along another axis, an index lies outside, or
    /// `source` does not broadcast to the shape of `index`.
    #[track_caller]
    pub fn scatter_add(self, axis: usize, index: &Tensor<usize>, source: Self) -> Self {
        let (shape, given, positions) = (self.shape(), source.shape(), index.shape());
        assert!(
            given.broadcast(&positions) == Some(positions),
            "scatter_add: a source of shape {given} does not broadcast to indices of shape {positions}"
        );
        let source = if given == positions { source } else { source.broadcast_to(positions) };
        self + self.tape.apply(ScatterAdd { shape, axis, index: index.clone() }, [source])
    }

    /// One element for each position along `axis`, the other axes broadcast, as [`Tensor::take_along`].
    ///
    /// # Panics
    /// When the shapes do not fit or an index lies outside.
    #[track_caller]
    pub fn take_along(self, axis: usize, index: &Tensor<usize>) -> Self {
        let (shape, given) = (self.shape(), index.shape());
        assert!(
            axis < shape.rank() && given.rank() == shape.rank(),
            "take_along: shape {shape} along axis {axis} with positions of shape {given}"
        );
        let with = |extents: Shape, extent: usize| -> Shape {
            extents.iter().enumerate().map(|(i, &other)| if i == axis { extent } else { other }).collect()
        };
        let Some(joint) = with(shape, 1).broadcast(&with(given, 1)) else {
            panic!(
                "take_along: shapes do not broadcast: {shape} and positions of shape {given}, but for axis {axis}"
            )
        };
        self.broadcast_to(with(joint, shape[axis]))
            .gather(axis, &index.broadcast_to(with(joint, given[axis])))
    }

    /// The elements in order along `axis`, as [`Tensor::sort`]; the gradient goes back by the positions.
    ///
    /// # Panics
    /// When the axis lies outside.
    #[track_caller]
    pub fn sort(self, axis: usize, descending: bool) -> Self {
        let shape = self.shape();
        assert!(axis < shape.rank(), "sort: axis {axis} is outside shape {shape}");
        self.gather(axis, &self.value().argsort(axis, descending))
    }

    /// The `k` largest or smallest elements along `axis` and their positions, as [`Tensor::topk`].
    ///
    /// # Panics
    /// When the axis lies outside or `k` exceeds its extent.
    #[track_caller]
    pub fn topk(self, k: usize, axis: usize, largest: bool) -> (Self, Tensor<usize>) {
        let (_, positions) = self.value().topk(k, axis, largest);
        (self.gather(axis, &positions), positions)
    }
}
