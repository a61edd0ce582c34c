//! One step in progress, and what it did.

use gradus_tensor::simd::Kernel;
use gradus_tensor::{Real, Shape, simd, vector};

use crate::common::Adjustment;
use crate::fused::{Displacement, Frame, Fused, Plain, Still};
use crate::state::{Slots, State};
use crate::transform::scale;
use crate::{CoordinateUpdate, Extent, Layout};

/// One step in progress: what [`Rule::update`](crate::Rule::update) works on. The gradient is finite, and all
/// lengths agree.
///
/// A rule ends its step with [`fused`](Self::fused), the same for every coordinate, or with
/// [`per_parameter`](Self::per_parameter), if it needs norms, rows or matrices of each parameter. What must be known
/// before, such as a norm of the whole gradient, comes from [`vectors`](Self::vectors), and state can be brought up
/// to date first by [`fused_state`](Self::fused_state).
#[derive(Debug)]
pub struct Pass<'a, T: Real> {
    pub(crate) step: u64,
    pub(crate) loss: Option<T>,
    pub(crate) adjustment: Adjustment<T>,
    pub(crate) layout: &'a Layout,
    pub(crate) gradient: &'a [T],
    pub(crate) parameters: &'a mut [T],
    pub(crate) state: &'a mut [State<T>],
    pub(crate) scratch: &'a mut Scratch<T>,
    pub(crate) trace: Option<&'a mut Trace<T>>,
}

/// Vectors that only some rules need; they keep their memory from step to step.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch<T> {
    gradient: Vec<T>,
    parameters: Vec<T>,
    direction: Vec<T>,
}

/// The operands of a step as vectors in the order of the state.
#[derive(Debug)]
pub struct Vectors<'a, T: Real> {
    /// The gradient after `maximize` and L2 weight decay.
    pub gradient: &'a [T],
    /// The parameters before the step.
    pub parameters: &'a [T],
    /// The state.
    pub state: Slots<'a, T>,
}

/// One parameter in a step.
#[derive(Debug)]
pub struct Parameter<'a, T: Real> {
    /// The shape.
    pub shape: Shape,
    /// The elements before the step, after decoupled weight decay.
    pub values: &'a [T],
    /// The gradient after `maximize` and L2 weight decay.
    pub gradient: &'a [T],
    /// The direction p, to be written; its content before is unspecified.
    pub direction: &'a mut [T],
    /// What belongs to this parameter of each slot.
    pub state: Slots<'a, T>,
}

impl<T: Real> Parameter<'_, T> {
    /// Updates the first `K` slots that have one element per coordinate, and writes A·p to
    /// [`direction`](Self::direction).
    ///
    /// # Panics
    /// When the rule has fewer such slots.
    #[track_caller]
    pub fn fused<const K: usize, U: CoordinateUpdate<T, K>>(&mut self, update: U) {
        let segment = self.state.segment;
        let state = coordinate_slots(self.state.state).map(|state| {
            let range = segment.map_or(0..state.values().len(), |segment| state.range(segment));
            &mut state.values_mut()[range]
        });
        self.direction.copy_from_slice(self.values);
        let (target, gradient) = (&mut *self.direction, self.gradient);
        simd::dispatch(Fused { frame: Displacement, update, target, gradient, state, record: [] });
    }
}

/// The first `K` slots with one element per coordinate.
#[track_caller]
fn coordinate_slots<T: Real, const K: usize>(state: &mut [State<T>]) -> [&mut State<T>; K] {
    let available = state.iter().filter(|state| state.slot.extent == Extent::Coordinates).count();
    assert!(
        available >= K,
        "fused: {K} slots with one element per coordinate are needed, the rule has {available}"
    );
    let mut slots = state.iter_mut().filter(|state| state.slot.extent == Extent::Coordinates);
    std::array::from_fn(|_| slots.next().expect("counted above"))
}

impl<T: Real> Pass<'_, T> {
    /// The number of this step, counted from 1.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// The loss at the parameters, negated by `maximize`.
    ///
    /// # Panics
    /// When the rule does not say that it [needs](crate::Rule::needs_loss) it.
    #[track_caller]
    pub fn loss(&self) -> T {
        let Some(loss) = self.loss else { panic!("loss: the rule does not say that it needs the loss") };
        self.adjustment.loss(loss)
    }

    /// Multiplies the parameters by `factor` before the update, in the place of decoupled weight decay: for rules that
    /// decay in their own way, and whose [common settings](crate::Rule::common) leave it off.
    pub fn shrink(&mut self, factor: f64) {
        self.adjustment.shrink = T::constant(factor);
        if let Some(trace) = &mut self.trace {
            for run in self.layout.runs() {
                trace.shrink[run.slab.clone()].fill(self.adjustment.shrink);
            }
        }
    }

    /// The coordinates and the parameters they belong to.
    pub fn layout(&self) -> &Layout {
        self.layout
    }

    /// The gradient at the parameters, after `maximize` and L2 weight decay, in the order of the state.
    pub fn gradient(&mut self) -> &[T] {
        self.vectors().gradient
    }

    /// The operands of the step as vectors: without a copy, unless common settings change the gradient or other
    /// coordinates lie between the own ones.
    pub fn vectors(&mut self) -> Vectors<'_, T> {
        let Scratch { gradient, parameters, .. } = &mut *self.scratch;
        let whole = self.layout.is_whole();
        let gradient = if whole && self.adjustment.keeps_gradient() {
            self.gradient
        } else {
            gradient.resize(self.layout.dim(), T::zero());
            for run in self.layout.runs() {
                simd::dispatch(Adjusted {
                    adjustment: self.adjustment,
                    gradient: &self.gradient[run.slab.clone()],
                    parameters: &self.parameters[run.slab.clone()],
                    out: &mut gradient[run.own.clone()],
                });
            }
            gradient
        };
        let parameters = if whole {
            &*self.parameters
        } else {
            parameters.resize(self.layout.dim(), T::zero());
            for run in self.layout.runs() {
                parameters[run.own.clone()].copy_from_slice(&self.parameters[run.slab.clone()]);
            }
            parameters
        };
        Vectors { gradient, parameters, state: Slots { state: self.state, segment: None } }
    }

    /// The number of a scalar slot; `slot` is its position in [`Rule::slots`](crate::Rule::slots).
    ///
    /// # Panics
    /// When the slot is not a scalar.
    #[track_caller]
    pub fn scalar_state(&mut self, slot: usize) -> &mut f64 {
        let state = &mut self.state[slot];
        let name = state.slot.name;
        state
            .scalar_mut()
            .unwrap_or_else(|| panic!("scalar_state: slot {name:?} is not one number for all coordinates"))
    }

    /// Updates the first `K` slots that have one element per coordinate and leaves the parameters where they are.
    ///
    /// # Panics
    /// When the rule has fewer such slots.
    #[track_caller]
    pub fn fused_state<const K: usize, U: CoordinateUpdate<T, K>>(&mut self, update: U) {
        let frame = Still(self.adjustment);
        sweep(frame, update, self.layout, self.parameters, self.gradient, self.state, []);
    }

    /// Updates every coordinate, with the first `K` slots that have one element per coordinate.
    ///
    /// # Panics
    /// When the rule has fewer such slots.
    #[track_caller]
    pub fn fused<const K: usize, U: CoordinateUpdate<T, K>>(self, update: U) {
        let Self { step: _, loss: _, adjustment, layout, gradient, parameters, state, scratch: _, trace } =
            self;
        match trace {
            Some(trace) => {
                let record = [&mut trace.effective_step[..], &mut trace.direction];
                sweep(adjustment, update, layout, parameters, gradient, state, record);
            }
            None if adjustment.is_none() => sweep(Plain, update, layout, parameters, gradient, state, []),
            None => sweep(adjustment, update, layout, parameters, gradient, state, []),
        }
    }

    /// Updates one parameter after the other: `update` brings its state up to date, writes the
    /// [direction](Parameter::direction) p and returns the effective step a; the parameter moves by x ← x − a·p.
    pub fn per_parameter(self, mut update: impl FnMut(Parameter<'_, T>) -> T) {
        self.per_measured_parameter(|_| (), |parameter, ()| update(parameter));
    }

    /// [`per_parameter`](Self::per_parameter), where `update` is also given what `measure` says of the elements before
    /// decoupled weight decay.
    pub(crate) fn per_measured_parameter<M>(
        self,
        measure: impl Fn(&[T]) -> M,
        mut update: impl FnMut(Parameter<'_, T>, M) -> T,
    ) {
        let Self { step: _, loss: _, adjustment, layout, gradient, parameters, state, scratch, mut trace } =
            self;
        for (index, segment) in layout.segments().iter().enumerate() {
            let values = &mut parameters[segment.slab()];
            let direction = sized(&mut scratch.direction, values.len());
            let mut gradient = &gradient[segment.slab()];
            if !adjustment.keeps_gradient() {
                let out = sized(&mut scratch.gradient, values.len());
                simd::dispatch(Adjusted { adjustment, gradient, parameters: values, out });
                gradient = out;
            }
            let measured = measure(values);
            if adjustment.shrink != T::one() {
                scale(adjustment.shrink, values);
            }
            let state = Slots { state, segment: Some(index) };
            let shape = segment.shape();
            let effective_step = update(Parameter { shape, values, gradient, direction, state }, measured);
            vector::axpy(-effective_step, direction, values);
            if let Some(trace) = &mut trace {
                trace.effective_step[segment.slab()].fill(effective_step);
                trace.direction[segment.slab()].copy_from_slice(direction);
            }
        }
    }
}

/// The first `len` elements of a vector that grows when it must.
fn sized<T: Real>(vector: &mut Vec<T>, len: usize) -> &mut [T] {
    if vector.len() < len {
        vector.resize(len, T::zero());
    }
    &mut vector[..len]
}

/// One pass over all coordinates of a layout.
#[track_caller]
fn sweep<T, F, U, const K: usize, const J: usize>(
    frame: F,
    update: U,
    layout: &Layout,
    parameters: &mut [T],
    gradient: &[T],
    state: &mut [State<T>],
    mut record: [&mut [T]; J],
) where
    T: Real,
    F: Frame<T>,
    U: CoordinateUpdate<T, K>,
{
    let mut slots = coordinate_slots::<T, K>(state).map(State::values_mut);
    for run in layout.runs() {
        let fused = Fused {
            frame,
            update,
            target: &mut parameters[run.slab.clone()],
            gradient: &gradient[run.slab.clone()],
            state: slots.each_mut().map(|slot| &mut slot[run.own.clone()]),
            record: record.each_mut().map(|slot| &mut slot[run.slab.clone()]),
        };
        fused.everywhere();
    }
}

/// out ← the gradient that the rule sees.
struct Adjusted<'a, T> {
    adjustment: Adjustment<T>,
    gradient: &'a [T],
    parameters: &'a [T],
    out: &'a mut [T],
}

impl<T: Real> Kernel for Adjusted<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for ((out, &gradient), &point) in self.out.iter_mut().zip(self.gradient).zip(self.parameters) {
            *out = self.adjustment.gradient(gradient, point);
        }
    }
}

/// What a step did, for certificates of convergence: the diagonal of A and the direction p in
/// x⁺ = shrink·x − A·p.
///
/// In the arithmetic of `T` the equation is exact. Filled by
/// [`step_traced`](crate::Optimizer::step_traced); one trace can serve a whole run.
#[derive(Clone, Debug, Default)]
pub struct Trace<T> {
    /// The diagonal of A, at least 0; it contains the learning rate. 0 where the optimizer moves nothing.
    pub effective_step: Vec<T>,
    /// The direction p, an average of gradients, with L2 weight decay and `maximize` in them.
    pub direction: Vec<T>,
    /// 1, or 1 − ηλ with decoupled weight decay λ, of every coordinate.
    pub shrink: Vec<T>,
}

impl<T: Real> Trace<T> {
    /// Makes room for `len` coordinates.
    pub(crate) fn resize(&mut self, len: usize) {
        self.effective_step.resize(len, T::zero());
        self.direction.resize(len, T::zero());
        self.shrink.resize(len, T::one());
    }

    /// Says that nothing moves.
    pub(crate) fn clear(&mut self) {
        self.effective_step.fill(T::zero());
        self.direction.fill(T::zero());
        self.shrink.fill(T::one());
    }
}
