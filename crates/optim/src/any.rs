//! What every optimizer can do, whatever it is made of.

use std::fmt::Debug;
#[cfg(feature = "io")]
use std::path::Path;
use std::sync::Arc;

#[cfg(feature = "io")]
use gradus_tensor::io::NamedTensors;
use gradus_tensor::{Params, Real};

use crate::drive::{self, Core, Step};
#[cfg(feature = "io")]
use crate::saved::{self, StateError};
use crate::schedule::{ReduceOnPlateau, Schedule};
use crate::{Composed, OptimError, Trace, Transform};

/// What every optimizer can do: one rule ([`Optimizer`](crate::Optimizer)), several ([`Grouped`](crate::Grouped)),
/// either of them with transforms ([`Composed`]), and [searches](crate::line_search). Object-safe, for rules chosen at
/// run time.
///
/// ```
/// use gradus_optim::{AdaGrad, AnyOptimizer, Rule, Sgd};
/// let methods: [Box<dyn AnyOptimizer<f32>>; 2] =
///     [Box::new(Sgd::default().optimizer(3)?), Box::new(AdaGrad::default().optimizer(3)?)];
/// assert_eq!(methods.map(|method| method.name()), ["sgd", "adagrad"]);
/// # Ok::<(), gradus_optim::OptimError>(())
/// ```
pub trait AnyOptimizer<T: Real>: Core<T> + Send + Debug {
    /// The rule's name; `groups` where there are several.
    fn name(&self) -> &'static str;

    /// The learning rate of the next step, all factors included; of several groups, that of the first.
    fn learning_rate(&self) -> f64;

    /// Sets the learning rate that schedules are factors on, from the next step on; of several groups, all.
    ///
    /// # Errors
    /// [`OptimError::Hyperparameter`] when a rule does not allow the value; of several groups, within an
    /// [`OptimError::InGroup`].
    fn set_learning_rate(&mut self, value: f64) -> Result<(), OptimError>;

    /// The number of steps taken.
    fn steps(&self) -> u64;

    /// The state of a slot, such as `"exp_avg"`; that of a scalar is asked of [`scalar`](Self::scalar), and that of a
    /// rule in a group of the [group](crate::Grouped::group).
    fn state(&self, name: &str) -> Option<&[T]>;

    /// The state of a scalar slot, such as `"mu_product"`, in f64 whatever the type of the elements.
    fn scalar(&self, name: &str) -> Option<f64>;

    /// The names of the slots.
    fn state_names(&self) -> Vec<&'static str>;

    /// The largest |gᵢ| that the next step bears: with a larger one its arithmetic could overflow, and it is refused.
    /// That of several groups is the smallest one.
    ///
    /// Rules that square gradients bear 2.3e15 in f32 and 7.1e145 in f64, those that do not nearly all finite numbers
    /// at usual learning rates. Below the limit no step makes a parameter or a part of the state infinite or NaN, for
    /// parameters up to the same size.
    fn largest_gradient(&self) -> T {
        self.gradient_limit()
    }

    /// This optimizer, ready for [transforms](Self::with): itself if it has some already.
    fn compose(self: Box<Self>) -> Composed<T>;

    /// A copy with the same state.
    fn clone_box(&self) -> Box<dyn AnyOptimizer<T>>;

    /// Moves the parameters by one step.
    ///
    /// # Errors
    /// [`OptimError::Length`] when a length is not that of the layout; [`OptimError::NonFiniteGradient`] when a
    /// coordinate of the gradient is infinite or NaN, and [`OptimError::LargeGradient`] when it is
    /// [too large](Self::largest_gradient), unless such steps are [skipped](Self::skip_non_finite);
    /// [`OptimError::NeedsFunction`] when only [`step_with`](Self::step_with) will do; [`OptimError::LearningRate`]
    /// when schedules make one that is negative or not finite. Then nothing has changed.
    fn step(&mut self, parameters: &mut [T], gradient: &[T]) -> Result<(), OptimError> {
        drive::step(self, Step { parameters, gradient, loss: None, trace: None })
    }

    /// Moves the parameters of a model by one step.
    ///
    /// # Errors
    /// Those of [`step`](Self::step), and [`OptimError::Layout`] when the parameters or the gradient are of another
    /// model than the optimizer was built for.
    fn step_params(&mut self, parameters: &mut Params<T>, gradient: &Params<T>) -> Result<(), OptimError> {
        drive::step_params(self, parameters, gradient)
    }

    /// Moves the parameters of a model by one step, with gradients that `function` computes: it writes the gradient at
    /// the parameters it is given, and returns the loss, as autograd's `value_and_grad_into` does. Returns the loss
    /// before the step.
    ///
    /// Rules and transforms that need the loss, or a gradient at another point, need this form of the step.
    ///
    /// ```
    /// use gradus_optim::{AnyOptimizer, Rule, Sam, Sgd};
    /// use gradus_tensor::{Params, Tensor};
    /// let mut params = Params::single("x", &Tensor::vector(&[1.0_f64, -2.0]));
    /// let mut optimizer = Sgd { learning_rate: 0.1, ..Sgd::default() }.optimizer(&params)?.with(Sam::default())?;
    /// // f(x) = ½‖x‖²
    /// let loss = optimizer.step_with(&mut params, &mut |x, gradient| {
    ///     gradient.copy_from_slice(x.as_slice());
    ///     0.5 * x.as_slice().iter().map(|x| x * x).sum::<f64>()
    /// })?;
    /// assert_eq!(loss, 2.5);
    /// # Ok::<(), gradus_optim::OptimError>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`step_params`](Self::step_params), and [`OptimError::NonFiniteLoss`].
    fn step_with(
        &mut self,
        parameters: &mut Params<T>,
        function: &mut dyn FnMut(&Params<T>, &mut [T]) -> T,
    ) -> Result<T, OptimError> {
        drive::step_with(self, parameters, function)
    }

    /// [`step`](Self::step), which also writes A and p to `trace`. The parameters move by the same bits.
    ///
    /// # Errors
    /// Those of [`step`](Self::step); the trace stays as it was.
    fn step_traced(
        &mut self,
        parameters: &mut [T],
        gradient: &[T],
        trace: &mut Trace<T>,
    ) -> Result<(), OptimError> {
        drive::step(self, Step { parameters, gradient, loss: None, trace: Some(trace) })
    }

    /// Writes the state to a safetensors file, with the settings that the optimizer was built with beside it. The learning
    /// rate in force is part of the state. The file is replaced as a whole or, on an
    /// error, left as it was. The parameters are not in it.
    ///
    /// # Errors
    /// When the file cannot be written.
    #[cfg(feature = "io")]
    fn save(&self, path: &Path) -> Result<(), StateError> {
        saved::save(self, path)
    }

    /// Sets the state to that of a file which an optimizer with the same settings, for the same parameters, has
    /// written; steps go on from there with the same bits.
    ///
    /// # Errors
    /// When the file cannot be read or is malformed, settings or the parameters of the model differ, or a part of the
    /// state is missing, misshapen, of another element type or unknown, or holds what no run makes (a number that is not
    /// finite, a negative average of squares, a count beyond 2⁵³); the text names it, what was expected and what was
    /// found. Then nothing has changed.
    #[cfg(feature = "io")]
    fn load(&mut self, path: &Path) -> Result<(), StateError> {
        saved::load(self, path)
    }

    /// The state as what [`save`](Self::save) writes, to be put into a file with other tensors.
    ///
    /// # Errors
    /// When two parts of the state have the same name.
    #[cfg(feature = "io")]
    fn state_tensors(&self) -> Result<NamedTensors, StateError> {
        saved::collect(self)
    }

    /// Sets the state to what [`state_tensors`](Self::state_tensors) returned.
    ///
    /// # Errors
    /// Those of [`load`](Self::load).
    #[cfg(feature = "io")]
    fn set_state_tensors(&mut self, tensors: &NamedTensors) -> Result<(), StateError> {
        saved::restore(self, tensors)
    }

    /// The number of steps that were skipped because the loss or the gradient was not finite, or too large.
    fn skipped(&self) -> u64 {
        self.driver().skipped
    }

    /// Tells the next metric to every plateau; see [`reduce_on_plateau`](Self::reduce_on_plateau).
    fn observe(&mut self, metric: f64) {
        self.factors(&mut |factors| factors.observe(metric));
    }

    /// The same optimizer, for which a step with a loss or a gradient that is not finite, or with a gradient that is
    /// [too large](Self::largest_gradient), is no error: it changes nothing but the count of [skipped](Self::skipped)
    /// steps.
    #[must_use]
    fn skip_non_finite(mut self) -> Self
    where
        Self: Sized,
    {
        self.driver_mut().skips_non_finite = true;
        self
    }

    /// The same optimizer with a factor on the learning rate, in addition to those it has; step t has the factor at
    /// t − 1, as in PyTorch.
    ///
    /// # Errors
    /// When a setting of the schedule is out of its range; [`OptimError::Incompatible`] when a search finds the steps.
    fn scheduled(mut self, schedule: impl Schedule + 'static) -> Result<Self, OptimError>
    where
        Self: Sized,
    {
        schedule.validate()?;
        let schedule: Arc<dyn Schedule> = Arc::new(schedule);
        drive::add_factor(&mut self, &mut |factors| factors.add(Arc::clone(&schedule)))?;
        Ok(self)
    }

    /// The same optimizer with a factor on the learning rate that falls when the [observed](Self::observe) metric
    /// stops to improve.
    ///
    /// # Errors
    /// Those of [`scheduled`](Self::scheduled).
    fn reduce_on_plateau(mut self, settings: ReduceOnPlateau) -> Result<Self, OptimError>
    where
        Self: Sized,
    {
        let plateau = settings.start()?;
        drive::add_factor(&mut self, &mut |factors| factors.add_plateau(plateau))?;
        Ok(self)
    }

    /// This optimizer with a transform of what it is given or of what it makes. Transforms act in the order in which
    /// they are written.
    ///
    /// ```
    /// use gradus_optim::{Accumulate, AdamW, AnyOptimizer, ClipNorm, Ema, Rule};
    /// let mut optimizer = AdamW::default()
    ///     .optimizer(3)?
    ///     .with(Accumulate::over(4))?
    ///     .with(ClipNorm::global(1.0))?
    ///     .with(Ema::default())?;
    /// # optimizer.step(&mut [1.0_f32; 3], &[1.0; 3])?;
    /// # Ok::<(), gradus_optim::OptimError>(())
    /// ```
    ///
    /// # Errors
    /// When a setting of the transform is out of its range; [`OptimError::Incompatible`] when a rule that needs the loss
    /// would be given gradients of another function or point, when a rule that keeps points of its own would undo the
    /// transform, and when the optimizer is a search.
    fn with<X: Transform<T>>(self, transform: X) -> Result<Composed<T>, OptimError>
    where
        Self: Sized + 'static,
    {
        Box::new(self).compose().with(transform)
    }
}

/// A rule chosen at run time is composed like any other.
///
/// ```
/// use gradus_optim::{AdamW, AnyOptimizer, ClipNorm, Rule, Sgd};
/// # let adaptive = true;
/// let chosen: Box<dyn AnyOptimizer<f32>> =
///     if adaptive { Box::new(AdamW::default().optimizer(3)?) } else { Box::new(Sgd::default().optimizer(3)?) };
/// let mut optimizer = chosen.skip_non_finite().with(ClipNorm::global(1.0))?;
/// # optimizer.step(&mut [1.0; 3], &[1.0; 3])?;
/// # Ok::<(), gradus_optim::OptimError>(())
/// ```
impl<T: Real> AnyOptimizer<T> for Box<dyn AnyOptimizer<T>> {
    fn name(&self) -> &'static str {
        (**self).name()
    }

    fn learning_rate(&self) -> f64 {
        (**self).learning_rate()
    }

    fn set_learning_rate(&mut self, value: f64) -> Result<(), OptimError> {
        (**self).set_learning_rate(value)
    }

    fn steps(&self) -> u64 {
        (**self).steps()
    }

    fn state(&self, name: &str) -> Option<&[T]> {
        (**self).state(name)
    }

    fn scalar(&self, name: &str) -> Option<f64> {
        (**self).scalar(name)
    }

    fn state_names(&self) -> Vec<&'static str> {
        (**self).state_names()
    }

    fn compose(self: Box<Self>) -> Composed<T> {
        (*self).compose()
    }

    fn clone_box(&self) -> Box<dyn AnyOptimizer<T>> {
        (**self).clone_box()
    }

    fn step_with(
        &mut self,
        parameters: &mut Params<T>,
        function: &mut dyn FnMut(&Params<T>, &mut [T]) -> T,
    ) -> Result<T, OptimError> {
        (**self).step_with(parameters, function)
    }
}

impl<T: Real> Clone for Box<dyn AnyOptimizer<T>> {
    fn clone(&self) -> Self {
        (**self).clone_box()
    }
}
