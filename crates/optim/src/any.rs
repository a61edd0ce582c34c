//! Optimizers whose rule is chosen at run time.

use std::fmt::Debug;

use gradus_tensor::Real;

use crate::{OptimError, Optimizer, Rule, Trace};

/// The object-safe face of every [`Optimizer`], for tables of methods and rules chosen at run time.
///
/// ```
/// use gradus_optim::{AdaGrad, AnyOptimizer, Rule, Sgd};
/// let methods: [Box<dyn AnyOptimizer<f32>>; 2] =
///     [Box::new(Sgd::default().optimizer(3)?), Box::new(AdaGrad::default().optimizer(3)?)];
/// assert_eq!(methods.map(|method| method.name()), ["sgd", "adagrad"]);
/// # Ok::<(), gradus_optim::OptimError>(())
/// ```
pub trait AnyOptimizer<T: Real>: Send + Debug {
    /// The rule's name.
    fn name(&self) -> &'static str;

    /// The learning rate of the next step.
    fn learning_rate(&self) -> f64;

    /// Sets the learning rate from the next step on.
    ///
    /// # Errors
    /// As [`Optimizer::set_learning_rate`].
    fn set_learning_rate(&mut self, value: f64) -> Result<(), OptimError>;

    /// Moves the parameters by one step.
    ///
    /// # Errors
    /// As [`Optimizer::step`].
    fn step(&mut self, parameters: &mut [T], gradient: &[T]) -> Result<(), OptimError>;

    /// [`step`](Self::step), which also writes A and p to `trace`.
    ///
    /// # Errors
    /// As [`Optimizer::step_traced`].
    fn step_traced(
        &mut self,
        parameters: &mut [T],
        gradient: &[T],
        trace: &mut Trace<T>,
    ) -> Result<(), OptimError>;

    /// The number of steps taken.
    fn steps(&self) -> u64;

    /// The state of a slot.
    fn state(&self, name: &str) -> Option<&[T]>;

    /// The names of the slots.
    fn state_names(&self) -> Vec<&'static str>;

    /// A copy with the same state.
    fn clone_box(&self) -> Box<dyn AnyOptimizer<T>>;
}

impl<T: Real, R: Rule<T>> AnyOptimizer<T> for Optimizer<T, R> {
    fn name(&self) -> &'static str {
        self.name()
    }

    fn learning_rate(&self) -> f64 {
        self.learning_rate()
    }

    fn set_learning_rate(&mut self, value: f64) -> Result<(), OptimError> {
        self.set_learning_rate(value)
    }

    fn step(&mut self, parameters: &mut [T], gradient: &[T]) -> Result<(), OptimError> {
        self.step(parameters, gradient)
    }

    fn step_traced(
        &mut self,
        parameters: &mut [T],
        gradient: &[T],
        trace: &mut Trace<T>,
    ) -> Result<(), OptimError> {
        self.step_traced(parameters, gradient, trace)
    }

    fn steps(&self) -> u64 {
        self.steps()
    }

    fn state(&self, name: &str) -> Option<&[T]> {
        self.state(name)
    }

    fn state_names(&self) -> Vec<&'static str> {
        self.state_names()
    }

    fn clone_box(&self) -> Box<dyn AnyOptimizer<T>> {
        Box::new(self.clone())
    }
}

impl<T: Real> Clone for Box<dyn AnyOptimizer<T>> {
    fn clone(&self) -> Self {
        (**self).clone_box()
    }
}
