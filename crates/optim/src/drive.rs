//! What all optimizers share: the checks before a step, and what is done when one fails.

use std::sync::atomic::{AtomicBool, Ordering};

use gradus_tensor::{Params, Real, for_each_piece};

#[cfg(feature = "io")]
use crate::saved::Entry;
use crate::schedule::Factors;
use crate::{AnyOptimizer, Layout, OptimError, Trace, limit};

/// What an optimizer does once everything is checked. Outside of this crate nobody can implement it.
pub trait Core<T: Real> {
    /// The coordinates that are moved.
    fn layout(&self) -> &Layout;
    /// What all optimizers have.
    fn driver(&self) -> &Driver<T>;
    /// What all optimizers have, to be changed.
    fn driver_mut(&mut self) -> &mut Driver<T>;
    /// The rule or transform that needs the function itself, if there is one.
    fn needs_function(&self) -> Option<&'static str>;
    /// Whether the parameters follow from points in the state.
    fn keeps_points(&self) -> bool {
        false
    }
    /// Whether a step evaluates the function by itself, as often as it needs to.
    fn searches(&self) -> bool {
        false
    }
    /// The largest |gᵢ| that the next step bears.
    fn gradient_limit(&self) -> T;
    /// Takes the step.
    fn apply(&mut self, step: Step<'_, T>);
    /// Whether the gradient of the step is to be taken elsewhere.
    fn moves_away(&self) -> bool {
        false
    }
    /// Moves the parameters there, given the gradient where they are.
    fn move_away(&mut self, _parameters: &mut [T], _gradient: &[T]) {}
    /// Moves them back.
    fn move_back(&mut self, _parameters: &mut [T]) {}
    /// Negates the gradient where a rule ascends.
    fn orient(&self, _gradient: &mut [T]) {}
    /// Whether a step can be taken now.
    fn ready(&self) -> Result<(), OptimError> {
        Ok(())
    }
    /// Calls `visit` with the factors on every learning rate.
    fn factors(&mut self, visit: &mut dyn FnMut(&mut Factors));
    /// Calls `visit` with everything that a file must hold, in a fixed order.
    #[cfg(feature = "io")]
    fn entries(&mut self, visit: &mut dyn FnMut(Entry<'_, T>));
    /// What must be the same where the state is read.
    #[cfg(feature = "io")]
    fn settings(&self) -> serde_json::Value;
}

/// The methods of [`Core`] that are accessors of the fields `layout` and `driver`.
macro_rules! driver_fields {
    () => {
        fn layout(&self) -> &$crate::Layout {
            &self.layout
        }

        fn driver(&self) -> &$crate::drive::Driver<T> {
            &self.driver
        }

        fn driver_mut(&mut self) -> &mut $crate::drive::Driver<T> {
            &mut self.driver
        }
    };
}
pub(crate) use driver_fields;

impl<T: Real> Core<T> for Box<dyn AnyOptimizer<T>> {
    fn layout(&self) -> &Layout {
        (**self).layout()
    }
    fn driver(&self) -> &Driver<T> {
        (**self).driver()
    }
    fn driver_mut(&mut self) -> &mut Driver<T> {
        (**self).driver_mut()
    }
    fn needs_function(&self) -> Option<&'static str> {
        (**self).needs_function()
    }
    fn keeps_points(&self) -> bool {
        (**self).keeps_points()
    }
    fn searches(&self) -> bool {
        (**self).searches()
    }
    fn gradient_limit(&self) -> T {
        (**self).gradient_limit()
    }
    fn apply(&mut self, step: Step<'_, T>) {
        (**self).apply(step);
    }
    fn moves_away(&self) -> bool {
        (**self).moves_away()
    }
    fn move_away(&mut self, parameters: &mut [T], gradient: &[T]) {
        (**self).move_away(parameters, gradient);
    }
    fn move_back(&mut self, parameters: &mut [T]) {
        (**self).move_back(parameters);
    }
    fn orient(&self, gradient: &mut [T]) {
        (**self).orient(gradient);
    }
    fn ready(&self) -> Result<(), OptimError> {
        (**self).ready()
    }
    fn factors(&mut self, visit: &mut dyn FnMut(&mut Factors)) {
        (**self).factors(visit);
    }
    #[cfg(feature = "io")]
    fn entries(&mut self, visit: &mut dyn FnMut(Entry<'_, T>)) {
        (**self).entries(visit);
    }
    #[cfg(feature = "io")]
    fn settings(&self) -> serde_json::Value {
        (**self).settings()
    }
}

/// A step whose operands are checked.
pub struct Step<'a, T> {
    pub(crate) parameters: &'a mut [T],
    pub(crate) gradient: &'a [T],
    pub(crate) loss: Option<T>,
    pub(crate) trace: Option<&'a mut Trace<T>>,
}

/// What all optimizers have.
#[derive(Clone, Debug, Default)]
pub struct Driver<T> {
    pub(crate) skips_non_finite: bool,
    pub(crate) skipped: u64,
    /// Room for the gradients of [`step_with`].
    pub(crate) gradient: Vec<T>,
}

/// A step with a gradient, and a loss where it is known.
pub(crate) fn step<T: Real, O: AnyOptimizer<T> + ?Sized>(
    optimizer: &mut O,
    mut operands: Step<'_, T>,
) -> Result<(), OptimError> {
    if let (Some(who), None) = (optimizer.needs_function(), operands.loss) {
        return Err(OptimError::NeedsFunction { who });
    }
    ready(optimizer)?;
    let len = optimizer.layout().len();
    for (slice, found) in
        [("parameter vector", operands.parameters.len()), ("gradient", operands.gradient.len())]
    {
        if found != len {
            return Err(OptimError::Length { rule: optimizer.name(), slice, expected: len, found });
        }
    }
    match check(optimizer, operands.loss, operands.gradient) {
        Ok(()) => {}
        Err(_) if optimizer.driver().skips_non_finite => {
            optimizer.driver_mut().skipped += 1;
            return Ok(());
        }
        Err(error) => return Err(error),
    }
    if let Some(trace) = &mut operands.trace {
        trace.resize(len);
        if !optimizer.layout().is_whole() {
            trace.clear();
        }
    }
    optimizer.apply(operands);
    Ok(())
}

/// Whether a step can be taken now, with the learning rate that its schedules make.
pub(crate) fn ready<T: Real, O: AnyOptimizer<T> + ?Sized>(optimizer: &O) -> Result<(), OptimError> {
    optimizer.ready()?;
    let value = optimizer.learning_rate();
    if T::constant(value).is_finite() && value >= 0.0 {
        return Ok(());
    }
    let (rule, step) = (optimizer.name(), optimizer.steps() + 1);
    Err(OptimError::LearningRate { rule, step, value })
}

/// A step with the parameters of a model.
pub(crate) fn step_params<T: Real, O: AnyOptimizer<T> + ?Sized>(
    optimizer: &mut O,
    parameters: &mut Params<T>,
    gradient: &Params<T>,
) -> Result<(), OptimError> {
    check_layout(optimizer, "parameters", parameters)?;
    check_layout(optimizer, "gradient", gradient)?;
    let (parameters, gradient) = (parameters.as_mut_slice(), gradient.as_slice());
    step(optimizer, Step { parameters, gradient, loss: None, trace: None })
}

/// The function of a step: it writes the gradient at the parameters, and returns the loss.
pub(crate) type Function<'a, T> = &'a mut dyn FnMut(&Params<T>, &mut [T]) -> T;

/// A step with a function.
pub(crate) fn step_with<T: Real, O: AnyOptimizer<T> + ?Sized>(
    optimizer: &mut O,
    parameters: &mut Params<T>,
    function: Function<'_, T>,
) -> Result<T, OptimError> {
    ready(optimizer)?;
    check_layout(optimizer, "parameters", parameters)?;
    let mut gradient = std::mem::take(&mut optimizer.driver_mut().gradient);
    gradient.resize(parameters.len(), T::zero());
    let loss = function(parameters, &mut gradient);
    // A first gradient that is not finite is left to `step` to judge.
    if optimizer.moves_away() && check(optimizer, Some(loss), &gradient).is_ok() {
        optimizer.move_away(parameters.as_mut_slice(), &gradient);
        function(parameters, &mut gradient);
        optimizer.move_back(parameters.as_mut_slice());
    }
    let operands =
        Step { parameters: parameters.as_mut_slice(), gradient: &gradient, loss: Some(loss), trace: None };
    let outcome = step(optimizer, operands);
    optimizer.driver_mut().gradient = gradient;
    outcome.map(|()| loss)
}

/// Whether the loss is finite, and the gradient finite and not larger than the rule bears.
fn check<T: Real, O: AnyOptimizer<T> + ?Sized>(
    optimizer: &O,
    loss: Option<T>,
    gradient: &[T],
) -> Result<(), OptimError> {
    let (rule, step) = (optimizer.name(), optimizer.steps() + 1);
    if let Some(loss) = loss
        && !loss.is_finite()
    {
        return Err(OptimError::NonFiniteLoss { rule, step, value: loss.to_f64() });
    }
    let (layout, limit) = (optimizer.layout(), optimizer.gradient_limit());
    let found = layout
        .runs()
        .iter()
        .find_map(|run| first_beyond(&gradient[run.slab.clone()], limit).map(|index| run.slab.start + index));
    let Some(index) = found else { return Ok(()) };
    let (place, value) = (layout.place(index), gradient[index].to_f64());
    Err(if value.is_finite() {
        OptimError::LargeGradient { rule, step, place, value, limit: limit.to_f64(), dtype: T::DTYPE }
    } else {
        OptimError::NonFiniteGradient { rule, step, place, value }
    })
}

/// Elements that are looked through at a time.
const PIECE: usize = 64 << 10;

/// Elements from which on threads share the look: some 15 µs for one.
const SHARED: usize = 256 << 10;

/// The position of the first element that is NaN or larger than `limit`.
///
/// Long gradients are looked through from the end: what the step reads first is then what the caches still hold.
fn first_beyond<T: Real>(gradient: &[T], limit: T) -> Option<usize> {
    if gradient.len() <= PIECE {
        return limit::first_beyond(gradient, limit);
    }
    let defect = AtomicBool::new(false);
    let pieces = gradient.len().div_ceil(PIECE);
    let look = |piece| {
        let start = (pieces - 1 - piece) * PIECE;
        if limit::first_beyond(&gradient[start..gradient.len().min(start + PIECE)], limit).is_some() {
            defect.store(true, Ordering::Relaxed);
        }
    };
    if gradient.len() < SHARED {
        (0..pieces).for_each(look)
    } else {
        for_each_piece(pieces, &look)
    }
    if defect.into_inner() { limit::first_beyond(gradient, limit) } else { None }
}

/// Adds a factor to every learning rate.
pub(crate) fn add_factor<T: Real, O: AnyOptimizer<T>>(
    optimizer: &mut O,
    add: &mut dyn FnMut(&mut Factors),
) -> Result<(), OptimError> {
    let mut added = false;
    optimizer.factors(&mut |factors| {
        add(factors);
        added = true;
    });
    let (rule, reason) = (optimizer.name(), "its steps are what the search finds, not a learning rate");
    if added { Ok(()) } else { Err(OptimError::Incompatible { rule, transform: "schedule", reason }) }
}

/// Whether the parameters, or a gradient, are of the model that the optimizer was built for.
fn check_layout<T: Real, O: AnyOptimizer<T> + ?Sized>(
    optimizer: &O,
    what: &'static str,
    params: &Params<T>,
) -> Result<(), OptimError> {
    match optimizer.layout().difference(params) {
        Some(difference) => Err(OptimError::Layout { rule: optimizer.name(), what, difference }),
        None => Ok(()),
    }
}
