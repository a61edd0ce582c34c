//! Searches as what every optimizer is.

use gradus_tensor::{Params, Real};

use super::{Function, SearchError};
use crate::OptimError;
use crate::drive::Core;

/// The function of a step of any optimizer: it always writes the gradient.
type Whole<'a, T> = &'a mut dyn FnMut(&Params<T>, &mut [T]) -> T;

/// A step of a search with a function that always writes the gradient; returns the loss before the step.
pub(super) fn step_with<T: Real, O: Core<T>>(
    optimizer: &mut O,
    parameters: &mut Params<T>,
    function: Whole<'_, T>,
    step: impl FnOnce(&mut O, &mut Params<T>, Function<'_, T>) -> Result<(), SearchError>,
) -> Result<T, OptimError> {
    let mut room = std::mem::take(&mut optimizer.driver_mut().gradient);
    let mut first = None;
    let outcome = step(optimizer, parameters, &mut |parameters, gradient| {
        let loss = match gradient {
            Some(gradient) => function(parameters, gradient),
            None => {
                room.resize(parameters.len(), T::zero());
                function(parameters, &mut room)
            }
        };
        first.get_or_insert(loss);
        loss
    });
    optimizer.driver_mut().gradient = room;
    let loss = first.unwrap_or_else(T::zero);
    match outcome {
        Ok(()) => Ok(loss),
        Err(error) if error.is_non_finite() && optimizer.driver().skips_non_finite => {
            optimizer.driver_mut().skipped += 1;
            Ok(loss)
        }
        Err(error) => Err(error.into()),
    }
}

/// The methods of [`Core`] that all searches share: they call the function themselves, and no gradient is too large for
/// them, since they check what it leads to.
macro_rules! search_methods {
    () => {
        $crate::drive::driver_fields!();

        fn needs_function(&self) -> Option<&'static str> {
            Some(NAME)
        }

        fn searches(&self) -> bool {
            true
        }

        fn gradient_limit(&self) -> T {
            T::max_value()
        }

        fn apply(&mut self, _: $crate::drive::Step<'_, T>) {
            unreachable!("{NAME}: every step is taken with the function");
        }
    };
}
pub(super) use search_methods;
