//! What an op is: its forward, its derivative rule and its name, in one object.

use gradus_tensor::{Real, Shape, Tensor};

use crate::tape::Node;

/// An operation on tensors that a tape can record and reverse.
///
/// Ops without settings are zero-sized, and boxing them does not allocate.
pub trait Op<T: Real>: 'static {
    /// The name in error texts and tapes.
    fn name(&self) -> &'static str;

    /// The value, given the inputs.
    ///
    /// # Panics
    /// When the shapes do not fit, with the op and the shapes, at the line that called the op.
    #[track_caller]
    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T>;

    /// Adds this node's contribution to the gradient of every input for which [`Reverse::wants`] holds.
    fn backward(&self, reverse: &mut Reverse<'_, T>);
}

/// One node in the reverse pass: its inputs, its output, the gradient with respect to the output, and the
/// gradients of the inputs to add to.
pub struct Reverse<'a, T: Real> {
    pub(crate) name: &'static str,
    pub(crate) nodes: &'a [Node<T>],
    pub(crate) inputs: &'a [u32],
    pub(crate) output: &'a Tensor<T>,
    pub(crate) gradient: Tensor<T>,
    pub(crate) gradients: &'a mut [Option<Tensor<T>>],
}

impl<T: Real> Reverse<'_, T> {
    /// The number of inputs.
    pub fn inputs(&self) -> usize {
        self.inputs.len()
    }

    /// The value of input `i`.
    pub fn input(&self, i: usize) -> &Tensor<T> {
        &self.nodes[self.inputs[i] as usize].value
    }

    /// The value of this node.
    pub fn output(&self) -> &Tensor<T> {
        self.output
    }

    /// The gradient of the loss with respect to this node's value, of its shape.
    pub fn gradient(&self) -> &Tensor<T> {
        &self.gradient
    }

    /// Whether input `i` depends on a parameter.
    pub fn wants(&self, i: usize) -> bool {
        self.nodes[self.inputs[i] as usize].tracked
    }

    /// Adds `contribution` to the gradient of input `i`.
    ///
    /// # Panics
    /// When it has not the shape of the input.
    #[track_caller]
    pub fn add(&mut self, i: usize, contribution: Tensor<T>) {
        // Here as well as in `update`, since a sum in place would broadcast.
        self.check_shape(i, contribution.shape());
        self.update(i, |sum| match sum {
            None => contribution,
            Some(mut sum) => {
                sum.accumulate(&contribution);
                sum
            }
        });
    }

    /// Replaces the gradient of input `i` (`None` if nothing has arrived yet): for kernels that add in place.
    ///
    /// # Panics
    /// When the new one has not the shape of the input.
    #[track_caller]
    pub fn update(&mut self, i: usize, next: impl FnOnce(Option<Tensor<T>>) -> Tensor<T>) {
        let slot = self.inputs[i] as usize;
        let sum = next(self.gradients[slot].take());
        self.check_shape(i, sum.shape());
        self.gradients[slot] = Some(sum);
    }

    #[track_caller]
    fn check_shape(&self, i: usize, given: Shape) {
        let shape = self.input(i).shape();
        assert!(given == shape, "{}: backward of input {i} of shape {shape} got {given}", self.name);
    }
}
