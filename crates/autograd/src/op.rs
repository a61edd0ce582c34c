//! What an op is: its forward, its derivative rule and its name, in one object.

use gradus_tensor::{Real, Tensor};

use crate::per_sample::Samples;
use crate::reverse::{Reverse, Values};

/// An operation on tensors that a tape can record and reverse.
///
/// The rule is written with variables, so that it can be recorded in turn: that makes derivatives of every order.
///
/// ```
/// use gradus_autograd::{Op, Reverse, Var};
/// use gradus_tensor::{Real, Tensor};
///
/// /// √(a² + b²), elementwise for equal shapes.
/// struct Hypot;
///
/// impl<T: Real> Op<T> for Hypot {
///     fn name(&self) -> &'static str { "hypot" }
///     fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
///         (inputs[0].square() + inputs[1].square()).sqrt()
///     }
///     fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
///         for i in 0..2 {
///             if reverse.wants(i) {
///                 reverse.add(i, reverse.input(i) / reverse.output() * reverse.gradient());
///             }
///         }
///     }
/// }
///
/// fn hypot<'t, T: Real>(a: Var<'t, T>, b: Var<'t, T>) -> Var<'t, T> {
///     a.tape().apply(Hypot, [a, b])
/// }
/// ```
///
/// [`gradcheck`](crate::gradcheck) compares a rule with differences. Ops without settings are zero-sized, and
/// boxing them does not allocate.
pub trait Op<T: Real>: 'static {
    /// The name in error texts and tapes.
    fn name(&self) -> &'static str;

    /// The value, given the inputs.
    ///
    /// # Panics
    /// When the shapes do not fit, with the op and the shapes, at the line that called the op.
    #[track_caller]
    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T>;

    /// Adds the value to `sum`, which has its shape: for ops that can do so without making the value first. Rules
    /// use it through [`Reverse::add_op`].
    ///
    /// # Panics
    /// As [`forward`](Self::forward).
    #[track_caller]
    fn accumulate(&self, inputs: &[&Tensor<T>], sum: &mut Tensor<T>) {
        let value = self.forward(inputs);
        let (given, shape) = (value.shape(), sum.shape());
        assert!(given == shape, "{}: a value of shape {given} added to {shape}", self.name());
        sum.accumulate(&value);
    }

    /// The rule: adds this node's contribution to the gradient of every input for which [`Reverse::wants`] holds.
    fn backward(&self, reverse: &mut Reverse<'_, '_, T>);

    /// The rule on plain tensors, for ops whose cost is recording: returns whether it was applied. It must compute what
    /// [`backward`](Self::backward) computes.
    fn backward_values(&self, values: &mut Values<'_, T>) -> bool {
        let _ = values;
        false
    }

    /// The rule for one gradient per sample, for ops that combine a value of the samples with one that they share, such as
    /// inputs with a weight: returns whether it was applied. Without it, inputs with a leading axis of samples are taken
    /// for theirs, [`backward`](Self::backward) is applied once per sample for the others. The result is checked in either
    /// case: see [`per_sample_gradients`](crate::per_sample_gradients).
    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        let _ = samples;
        false
    }
}
