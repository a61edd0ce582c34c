//! One step in progress, and what it did.

use gradus_tensor::{Real, simd};

use crate::fused::Fused;
use crate::optimizer::State;
use crate::{CoordinateUpdate, Extent};

/// One step in progress: what [`Rule::update`](crate::Rule::update) works on. The gradient is finite, and all
/// lengths agree.
#[derive(Debug)]
pub struct Pass<'a, T: Real> {
    pub(crate) step: u64,
    pub(crate) gradient: &'a [T],
    pub(crate) parameters: &'a mut [T],
    pub(crate) state: &'a mut [State<T>],
    pub(crate) trace: Option<&'a mut Trace<T>>,
}

impl<T: Real> Pass<'_, T> {
    /// The number of this step, counted from 1.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// The gradient at the parameters.
    pub fn gradient(&self) -> &[T] {
        self.gradient
    }

    /// The element of a scalar slot; `slot` is its position in [`Rule::slots`](crate::Rule::slots).
    ///
    /// # Panics
    /// When the slot is not a scalar.
    #[track_caller]
    pub fn scalar_state(&mut self, slot: usize) -> &mut T {
        let State { slot, values } = &mut self.state[slot];
        assert!(
            slot.extent == Extent::Scalar,
            "scalar_state: slot {:?} has one element per coordinate",
            slot.name
        );
        &mut values[0]
    }

    /// Updates every coordinate, with the first `K` slots that have one element per coordinate.
    ///
    /// # Panics
    /// When the rule has fewer such slots.
    #[track_caller]
    pub fn fused<const K: usize, U: CoordinateUpdate<T, K>>(self, update: U) {
        let Self { step: _, gradient, parameters, state, trace } = self;
        let available = state.iter().filter(|state| state.slot.extent == Extent::Coordinates).count();
        assert!(
            available >= K,
            "fused: {K} slots with one element per coordinate are needed, the rule has {available}"
        );
        let mut slots = state.iter_mut().filter(|state| state.slot.extent == Extent::Coordinates);
        let state = [(); K].map(|()| slots.next().map_or(&mut [][..], |state| &mut state.values));
        match trace {
            None => simd::dispatch(Fused { update, parameters, gradient, state, record: [] }),
            Some(Trace { effective_step, direction }) => {
                let record = [effective_step.as_mut_slice(), direction.as_mut_slice()];
                simd::dispatch(Fused { update, parameters, gradient, state, record });
            }
        }
    }
}

/// What a step did: the diagonal of A and the direction p in x⁺ = x − A·p, for certificates of convergence.
///
/// In the arithmetic of `T` the equation is exact. Filled by
/// [`step_traced`](crate::Optimizer::step_traced); one trace can serve a whole run.
#[derive(Clone, Debug, Default)]
pub struct Trace<T> {
    /// The diagonal of A, at least 0; it contains the learning rate.
    pub effective_step: Vec<T>,
    /// The direction p, an average of gradients.
    pub direction: Vec<T>,
}
