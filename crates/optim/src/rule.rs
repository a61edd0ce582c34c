//! The arithmetic of an optimizer, apart from its state.

use std::fmt::Debug;

use gradus_tensor::Real;

use crate::{OptimError, Optimizer, Pass};

/// The arithmetic of one optimizer: a plain struct of hyper-parameters with a `Default`.
///
/// ```
/// use gradus_optim::{Coordinate, CoordinateUpdate, Extent, OptimError, Pass, Rule, Slot};
/// use gradus_tensor::Real;
///
/// /// x ← x − η·sign(g).
/// #[derive(Clone, Debug)]
/// struct SignDescent(f64);
///
/// #[derive(Clone, Copy)]
/// struct Sign<T>(T);
///
/// impl<T: Real> CoordinateUpdate<T, 0> for Sign<T> {
///     #[inline(always)]
///     fn apply(self, gradient: T, state: [T; 0]) -> Coordinate<T, 0> {
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
pub trait Rule<T: Real>: Clone + Debug + Send + Sync + 'static {
    /// The rule's name in reports and checkpoints, such as `"adam"`.
    fn name(&self) -> &'static str;

    /// Whether every hyper-parameter is in its range.
    ///
    /// # Errors
    /// [`OptimError::Hyperparameter`] with the name, the value and the range of the first that is not.
    fn validate(&self) -> Result<(), OptimError>;

    /// The learning rate η.
    fn learning_rate(&self) -> f64;

    /// Sets the learning rate, unchecked; [`Optimizer::set_learning_rate`] checks.
    fn set_learning_rate(&mut self, value: f64);

    /// The state that the rule keeps. It may depend on the hyper-parameters: SGD without momentum has none.
    fn slots(&self) -> Vec<Slot>;

    /// One step: exactly one call of [`Pass::fused`], after scalar state has been brought up to date.
    fn update(&self, pass: Pass<'_, T>);

    /// The optimizer of this rule for `dim` coordinates, with its state allocated and set to initial values.
    ///
    /// # Errors
    /// Those of [`validate`](Self::validate).
    fn optimizer(self, dim: usize) -> Result<Optimizer<T, Self>, OptimError>
    where
        Self: Sized,
    {
        Optimizer::new(self, dim)
    }
}

/// One named part of an optimizer's state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slot {
    /// PyTorch's name where PyTorch has the state, such as `exp_avg`.
    pub name: &'static str,
    /// The value of every element before the first step.
    pub initial: f64,
    /// How many elements there are.
    pub extent: Extent,
}

impl Slot {
    /// A slot with one element per coordinate, initially 0.
    pub(crate) fn zeros(name: &'static str) -> Self {
        Slot { name, initial: 0.0, extent: Extent::Coordinates }
    }
}

/// How many elements a [`Slot`] has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// One per coordinate, in the layout of the parameters.
    Coordinates,
    /// One for all coordinates.
    Scalar,
}
