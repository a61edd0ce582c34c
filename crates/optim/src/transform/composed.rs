//! An optimizer with transforms.

use gradus_tensor::{Params, Real};

use super::{After, Before, Transform};
use crate::drive::{Core, Driver, Step};
#[cfg(feature = "io")]
use crate::saved::{Entry, json, slot_entries};
use crate::schedule::Factors;
use crate::state::{Slots, State};
use crate::{AnyOptimizer, Layout, OptimError, Slot};

/// An optimizer with [transforms](Transform), which act in the order in which they are written: each changes the
/// gradient before the step, then each may change the parameters after it.
///
/// Made by [`AnyOptimizer::with`]. A [`Trace`](crate::Trace) speaks of the optimizer's own step, with the gradient that
/// it was given by the transforms, and not of what they do after it.
#[derive(Clone, Debug)]
pub struct Composed<T: Real> {
    inner: Box<dyn AnyOptimizer<T>>,
    /// Of the whole slab, also where the optimizer moves a part of it.
    layout: Layout,
    stages: Vec<Stage<T>>,
    /// 1 while the parameters are exchanged for their average.
    swapped: u64,
    gradient: Vec<T>,
    /// The parameters while they are displaced.
    home: Vec<T>,
}

/// A transform and its state.
#[derive(Clone, Debug)]
struct Stage<T: Real> {
    /// Its name, numbered from the second of that name on.
    label: String,
    transform: Box<dyn AnyTransform<T>>,
    state: Vec<State<T>>,
    /// How many gradients it has seen.
    calls: u64,
    /// How many steps were taken since it was added.
    steps: u64,
}

impl<T: Real> Stage<T> {
    /// The position of its average among the slots.
    fn average(&self) -> Option<usize> {
        self.state.iter().position(|state| state.slot.name == AVERAGE)
    }
}

/// The object-safe face of a transform.
trait AnyTransform<T: Real>: std::fmt::Debug + Send + Sync {
    fn before(&self, before: Before<'_, T>) -> bool;
    fn after(&self, after: After<'_, T>);
    fn name(&self) -> &'static str;
    fn largest_gradient(&self, next: T) -> T;
    fn has_averaged(&self, steps: u64) -> bool;
    fn displaces(&self) -> bool;
    fn displace(&self, parameters: &mut [T], gradient: &[T], layout: &Layout);
    fn clone_box(&self) -> Box<dyn AnyTransform<T>>;
    #[cfg(feature = "io")]
    fn settings(&self) -> serde_json::Value;
}

impl<T: Real, X: Transform<T>> AnyTransform<T> for X {
    fn before(&self, before: Before<'_, T>) -> bool {
        Transform::before(self, before)
    }
    fn after(&self, after: After<'_, T>) {
        Transform::after(self, after);
    }
    fn name(&self) -> &'static str {
        Transform::name(self)
    }
    fn largest_gradient(&self, next: T) -> T {
        Transform::largest_gradient(self, next)
    }
    fn has_averaged(&self, steps: u64) -> bool {
        Transform::has_averaged(self, steps)
    }
    fn displaces(&self) -> bool {
        Transform::displaces(self)
    }
    fn displace(&self, parameters: &mut [T], gradient: &[T], layout: &Layout) {
        Transform::displace(self, parameters, gradient, layout);
    }
    fn clone_box(&self) -> Box<dyn AnyTransform<T>> {
        Box::new(self.clone())
    }
    #[cfg(feature = "io")]
    fn settings(&self) -> serde_json::Value {
        serde_json::json!({ (Transform::name(self)): json(self) })
    }
}

impl<T: Real> Clone for Box<dyn AnyTransform<T>> {
    fn clone(&self) -> Self {
        (**self).clone_box()
    }
}

/// The slot that [`Composed::swap_average`] exchanges the parameters for.
pub(crate) const AVERAGE: &str = "average";

/// The count of a file that says whether the parameters are exchanged.
#[cfg(feature = "io")]
pub(crate) const SWAPPED: &str = "swapped";

impl<T: Real> Composed<T> {
    pub(crate) fn new(inner: Box<dyn AnyOptimizer<T>>) -> Self {
        let layout = inner.layout().whole();
        let (gradient, home) = (Vec::new(), Vec::new());
        Self { inner, layout, stages: Vec::new(), swapped: 0, gradient, home }
    }

    /// Adds a transform behind those there are.
    ///
    /// # Errors
    /// Those of [`AnyOptimizer::with`].
    pub fn with<X: Transform<T>>(mut self, transform: X) -> Result<Self, OptimError> {
        transform.validate()?;
        let name = Transform::name(&transform);
        let clash = if self.inner.searches() {
            Some("a search needs the function, its gradient and the parameters as they are")
        } else if transform.mixes_gradients() && self.inner.needs_function().is_some() {
            Some("the step needs the loss and the gradient of the same function at the same point")
        } else if transform.moves_parameters() && self.inner.keeps_points() {
            Some(
                "the rule sets the parameters from points of its own, and would undo what the transform does",
            )
        } else {
            None
        };
        if let Some(reason) = clash {
            return Err(OptimError::Incompatible { rule: self.inner.name(), transform: name, reason });
        }
        let same = self.stages.iter().filter(|stage| stage.transform.name() == name).count();
        let label = if same == 0 { name.to_owned() } else { format!("{name}.{}", same + 1) };
        let state = transform.slots().into_iter().map(|slot| State::new(slot, &self.layout)).collect();
        self.stages.push(Stage { label, transform: Box::new(transform), state, calls: 0, steps: 0 });
        Ok(self)
    }

    /// The optimizer without its transforms.
    pub fn inner(&self) -> &dyn AnyOptimizer<T> {
        &*self.inner
    }

    /// The names of the transforms, numbered from the second of a name on: `clip_norm`, `clip_norm.2`.
    pub fn transforms(&self) -> impl Iterator<Item = &str> {
        self.stages.iter().map(|stage| stage.label.as_str())
    }

    /// The average of the parameters that [`Ema`](super::Ema) or [`Swa`](super::Swa) keeps; none before there is a
    /// point in it.
    pub fn average(&self) -> Option<&[T]> {
        let stage = self.stages.iter().find(|stage| stage.average().is_some())?;
        let average = &stage.state[stage.average()?];
        stage.transform.has_averaged(stage.steps).then(|| average.values())
    }

    /// Exchanges the parameters for their average, to evaluate the model with it; called again, it exchanges them back.
    /// In between no step can be taken.
    ///
    /// # Errors
    /// [`OptimError::NoAverage`] without such a transform, [`OptimError::EmptyAverage`] before there is a point in its
    /// average, [`OptimError::Layout`] when the parameters are of another model.
    pub fn swap_average(&mut self, parameters: &mut Params<T>) -> Result<(), OptimError> {
        let rule = self.inner.name();
        if let Some(difference) = self.layout.difference(parameters) {
            return Err(OptimError::Layout { rule, what: "parameters", difference });
        }
        let mut stages = self.stages.iter_mut();
        let Some((stage, slot)) = stages.find_map(|stage| stage.average().map(|slot| (stage, slot))) else {
            return Err(OptimError::NoAverage { rule });
        };
        if !stage.transform.has_averaged(stage.steps) {
            return Err(OptimError::EmptyAverage { transform: stage.transform.name(), steps: stage.steps });
        }
        stage.state[slot].values_mut().swap_with_slice(parameters.as_mut_slice());
        self.swapped = 1 - self.swapped;
        Ok(())
    }

    /// Copies the part of a gradient that belongs to the optimizer; the rest stays 0.
    fn take(&mut self, gradient: &[T]) {
        self.gradient.resize(self.layout.len(), T::zero());
        for run in self.inner.layout().runs() {
            self.gradient[run.slab.clone()].copy_from_slice(&gradient[run.slab.clone()]);
        }
    }

    /// The transforms before the step; whether there is to be one.
    fn before(&mut self, parameters: &[T], gradient: &[T]) -> bool {
        self.take(gradient);
        for stage in &mut self.stages {
            if stage.calls == 0 {
                stage.state.iter_mut().for_each(|state| state.begin(&self.layout, parameters));
            }
            stage.calls += 1;
            let state = Slots { state: &mut stage.state, segment: None };
            let gradient = &mut self.gradient[..];
            let before = Before { call: stage.calls, layout: &self.layout, parameters, gradient, state };
            if !stage.transform.before(before) {
                return false;
            }
        }
        true
    }
}

impl<T: Real> Core<T> for Composed<T> {
    fn layout(&self) -> &Layout {
        self.inner.layout()
    }

    fn driver(&self) -> &Driver<T> {
        self.inner.driver()
    }

    fn driver_mut(&mut self) -> &mut Driver<T> {
        self.inner.driver_mut()
    }

    fn needs_function(&self) -> Option<&'static str> {
        let displacing = self.stages.iter().find(|stage| stage.transform.displaces());
        displacing.map(|stage| stage.transform.name()).or_else(|| self.inner.needs_function())
    }

    fn gradient_limit(&self) -> T {
        let stages = self.stages.iter().rev();
        stages.fold(self.inner.gradient_limit(), |limit, stage| stage.transform.largest_gradient(limit))
    }

    fn ready(&self) -> Result<(), OptimError> {
        if self.swapped == 0 {
            self.inner.ready()
        } else {
            Err(OptimError::Swapped { rule: self.inner.name() })
        }
    }

    fn apply(&mut self, step: Step<'_, T>) {
        let Step { parameters, gradient, loss, trace } = step;
        if !self.before(parameters, gradient) {
            if let Some(trace) = trace {
                trace.clear();
            }
            return;
        }
        self.inner.apply(Step { parameters, gradient: &self.gradient, loss, trace });
        for stage in &mut self.stages {
            stage.steps += 1;
            let step = stage.steps;
            let state = Slots { state: &mut stage.state, segment: None };
            stage.transform.after(After { step, parameters, state });
        }
    }

    fn moves_away(&self) -> bool {
        self.stages.iter().any(|stage| stage.transform.displaces())
    }

    fn move_away(&mut self, parameters: &mut [T], gradient: &[T]) {
        self.home.clear();
        self.home.extend_from_slice(parameters);
        self.take(gradient);
        self.inner.orient(&mut self.gradient);
        for stage in self.stages.iter().filter(|stage| stage.transform.displaces()) {
            stage.transform.displace(parameters, &self.gradient, self.inner.layout());
        }
    }

    fn move_back(&mut self, parameters: &mut [T]) {
        parameters.copy_from_slice(&self.home);
    }

    fn orient(&self, gradient: &mut [T]) {
        self.inner.orient(gradient);
    }

    fn factors(&mut self, visit: &mut dyn FnMut(&mut Factors)) {
        self.inner.factors(visit);
    }

    #[cfg(feature = "io")]
    fn entries(&mut self, visit: &mut dyn FnMut(Entry<'_, T>)) {
        self.inner.entries(visit);
        visit(Entry::count(SWAPPED, &mut self.swapped));
        for stage in &mut self.stages {
            visit(Entry::count(format!("{}.calls", stage.label), &mut stage.calls));
            visit(Entry::count(format!("{}.steps", stage.label), &mut stage.steps));
            slot_entries(&format!("{}.", stage.label), &mut stage.state, &self.layout, visit);
        }
    }

    #[cfg(feature = "io")]
    fn settings(&self) -> serde_json::Value {
        let transforms: Vec<_> = self.stages.iter().map(|stage| stage.transform.settings()).collect();
        serde_json::json!({ "optimizer": self.inner.settings(), "transforms": transforms })
    }
}

impl<T: Real> AnyOptimizer<T> for Composed<T> {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn learning_rate(&self) -> f64 {
        self.inner.learning_rate()
    }

    fn set_learning_rate(&mut self, value: f64) -> Result<(), OptimError> {
        self.inner.set_learning_rate(value)
    }

    fn steps(&self) -> u64 {
        self.inner.steps()
    }

    fn state(&self, name: &str) -> Option<&[T]> {
        let mut slots = self.stages.iter().flat_map(|stage| &stage.state);
        let own = || slots.find(|state| state.slot.name == name).and_then(State::vector);
        self.inner.state(name).or_else(own)
    }

    fn scalar(&self, name: &str) -> Option<f64> {
        let mut slots = self.stages.iter().flat_map(|stage| &stage.state);
        let own = || slots.find(|state| state.slot.name == name).and_then(State::scalar);
        self.inner.scalar(name).or_else(own)
    }

    fn state_names(&self) -> Vec<&'static str> {
        let slots = self.stages.iter().flat_map(|stage| &stage.state);
        self.inner
            .state_names()
            .into_iter()
            .chain(slots.map(|State { slot: Slot { name, .. }, .. }| *name))
            .collect()
    }

    fn compose(self: Box<Self>) -> Composed<T> {
        *self
    }

    fn clone_box(&self) -> Box<dyn AnyOptimizer<T>> {
        Box::new(self.clone())
    }
}
