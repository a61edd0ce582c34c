//! The arithmetic of an optimizer, apart from its state.

use std::fmt::Debug;

use gradus_tensor::Real;
use serde::Serialize;

use crate::{Common, Layout, OptimError, Optimizer, Pass, Slot};

/// The arithmetic of one optimizer: a plain struct of hyper-parameters with a `Default`.
///
/// ```
/// use gradus_optim::{Coordinate, CoordinateUpdate, OptimError, Pass, Rule, Slot};
/// use gradus_tensor::Real;
///
/// /// x ← x − η·sign(g).
/// #[derive(Clone, Debug, serde::Serialize)]
/// struct SignDescent(f64);
///
/// #[derive(Clone, Copy)]
/// struct Sign<T>(T);
///
/// impl<T: Real> CoordinateUpdate<T, 0> for Sign<T> {
///     #[inline(always)]
///     fn apply(self, gradient: T, _point: T, state: [T; 0]) -> Coordinate<T, 0> {
///         let size = gradient.abs();
///         let effective_step = if size > T::zero() { self.0 / size } else { T::zero() };
///         Coordinate { state, effective_step, direction: gradient }
///     }
/// }
///
/// impl<T: Real> Rule<T> for SignDescent {
///     fn name(&self) -> &'static str { "sign_descent" }
///     fn validate(&self) -> Result<(), OptimError> { Ok(()) }
///     fn learning_rate(&self) -> f64 { self.0 }
///     fn set_learning_rate(&mut self, value: f64) { self.0 = value }
///     fn slots(&self) -> Vec<Slot> { Vec::new() }
///     fn update(&self, pass: Pass<'_, T>) { pass.fused(Sign(T::constant(self.0))) }
/// }
///
/// let mut x = [1.0_f32, -1.0, 3.0];
/// SignDescent(0.5).optimizer(3)?.step(&mut x, &[8.0, -0.25, 0.0])?;
/// assert_eq!(x, [0.5, -0.5, 3.0]);
/// # Ok::<(), OptimError>(())
/// ```
pub trait Rule<T: Real>: Clone + Debug + Serialize + Send + Sync + 'static {
    /// The rule's name in reports and checkpoints, such as `"adam"`.
    fn name(&self) -> &'static str;

    /// Whether every hyper-parameter is in its range, but for the [common](Self::common) ones.
    ///
    /// # Errors
    /// [`OptimError::Hyperparameter`] with the name, the value and the range of the first that is not.
    fn validate(&self) -> Result<(), OptimError>;

    /// Whether the rule can work on these parameters: some rules only know matrices.
    ///
    /// # Errors
    /// [`OptimError::Shape`] with the first parameter whose shape the rule does not allow.
    fn validate_layout(&self, _layout: &Layout) -> Result<(), OptimError> {
        Ok(())
    }

    /// The learning rate η.
    fn learning_rate(&self) -> f64;

    /// Sets the learning rate, unchecked; [`Optimizer::set_learning_rate`] checks.
    fn set_learning_rate(&mut self, value: f64);

    /// The settings that the fused loop applies; a rule that applies them itself leaves them off here.
    fn common(&self) -> Common {
        Common::default()
    }

    /// Whether a step needs the loss; then it is taken by [`step_with`](crate::AnyOptimizer::step_with) only.
    fn needs_loss(&self) -> bool {
        false
    }

    /// Whether a step sets the parameters from points in the state, whatever they are by then.
    fn keeps_points(&self) -> bool {
        false
    }

    /// The largest |gᵢ| that the arithmetic of a step, at this learning rate and any number of steps, bears without
    /// overflow; a step with a larger one is refused like one with a gradient that is not finite. Without a limit by
    /// default.
    fn largest_gradient(&self) -> T {
        T::max_value()
    }

    /// The state that the rule keeps. It may depend on the hyper-parameters: SGD without momentum has none.
    fn slots(&self) -> Vec<Slot>;

    /// One step: exactly one call of [`Pass::fused`] or [`Pass::per_parameter`], after other state has been brought
    /// up to date.
    fn update(&self, pass: Pass<'_, T>);

    /// The optimizer of this rule, with its state allocated and set to initial values: for all parameters of a
    /// model (`&params`), or for a number of coordinates.
    ///
    /// ```
    /// use gradus_optim::{Adam, Rule};
    /// use gradus_tensor::{Params, Tensor};
    /// let mut params = Params::<f32>::new();
    /// params.add("layer.weight", &Tensor::ones([10, 4]))?;
    /// let mut adam = Adam::default().optimizer(&params)?;
    /// let gradient = params.zeros_like();
    /// adam.step_params(&mut params, &gradient)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`validate`](Self::validate), and common settings out of their ranges.
    fn optimizer(self, layout: impl Into<Layout>) -> Result<Optimizer<T, Self>, OptimError>
    where
        Self: Sized,
    {
        Optimizer::new(self, layout.into())
    }

    /// Whether every hyper-parameter, the common ones too, is in its range.
    ///
    /// # Errors
    /// As [`validate`](Self::validate).
    fn validate_all(&self) -> Result<(), OptimError> {
        self.validate()?;
        self.common().validate::<T>(self.name(), self.learning_rate())
    }
}

/// The methods of [`Rule`] that are accessors of the field `learning_rate`.
macro_rules! learning_rate_field {
    () => {
        fn learning_rate(&self) -> f64 {
            self.learning_rate
        }

        fn set_learning_rate(&mut self, value: f64) {
            self.learning_rate = value;
        }
    };
}
pub(crate) use learning_rate_field;

/// The methods of [`Rule`] that are accessors of the fields nearly every rule of this crate has.
macro_rules! common_fields {
    () => {
        $crate::rule::learning_rate_field!();

        fn common(&self) -> $crate::Common {
            $crate::Common { weight_decay: self.weight_decay, maximize: self.maximize }
        }
    };
}
pub(crate) use common_fields;
