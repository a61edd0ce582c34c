//! A rule with its state and step count.

use std::borrow::Cow;

use gradus_tensor::{Params, Real};

use crate::drive::{Core, Driver, Step, driver_fields};
use crate::pass::Scratch;
#[cfg(feature = "io")]
use crate::saved::{Content, Entry, json, learning_rate_entry, slot_entries};
use crate::schedule::Factors;
use crate::state::State;
use crate::transform::scale;
use crate::{AnyOptimizer, Composed, Layout, OptimError, Pass, Rule, Trace};

/// A [`Rule`] at work: its step count and its state, one flat vector per [`Slot`](crate::Slot) in the layout of the
/// parameters.
///
/// A step that returns an error has changed nothing. Steps allocate nothing from the second one on, except for the
/// first use of a [`Trace`] and the products of matrices of [`Muon`](crate::Muon).
#[derive(Clone, Debug)]
pub struct Optimizer<T: Real, R: Rule<T>> {
    rule: R,
    /// That of the rule when the optimizer was built.
    #[cfg(feature = "io")]
    built_rate: f64,
    layout: Layout,
    steps: u64,
    state: Vec<State<T>>,
    factors: Factors,
    driver: Driver<T>,
    scratch: Scratch<T>,
}

impl<T: Real, R: Rule<T>> Optimizer<T, R> {
    pub(crate) fn new(rule: R, layout: Layout) -> Result<Self, OptimError> {
        rule.validate_all()?;
        rule.validate_layout(&layout)?;
        let state = rule.slots().into_iter().map(|slot| State::new(slot, &layout)).collect();
        let (factors, driver, scratch) = (Factors::default(), Driver::default(), Scratch::default());
        Ok(Self {
            #[cfg(feature = "io")]
            built_rate: rule.learning_rate(),
            rule,
            layout,
            steps: 0,
            state,
            factors,
            driver,
            scratch,
        })
    }

    /// The rule and its hyper-parameters.
    pub fn rule(&self) -> &R {
        &self.rule
    }

    /// The coordinates that the optimizer moves, and the parameters they belong to.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The number of coordinates that the optimizer moves.
    pub fn dim(&self) -> usize {
        self.layout.dim()
    }

    /// The rule's name.
    pub fn name(&self) -> &'static str {
        self.rule.name()
    }

    /// The learning rate of the next step, all factors included.
    pub fn learning_rate(&self) -> f64 {
        if self.factors.is_empty() {
            self.rule.learning_rate()
        } else {
            self.rule.learning_rate() * self.factors.at(self.steps)
        }
    }

    /// Sets the learning rate that schedules are factors on, from the next step on.
    ///
    /// # Errors
    /// [`OptimError::Hyperparameter`] when the rule does not allow the value.
    pub fn set_learning_rate(&mut self, value: f64) -> Result<(), OptimError> {
        let rule = with_rate(&self.rule, value);
        rule.validate_all()?;
        self.rule = rule;
        Ok(())
    }

    /// Moves the parameters by one step.
    ///
    /// # Errors
    /// As [`AnyOptimizer::step`].
    pub fn step(&mut self, parameters: &mut [T], gradient: &[T]) -> Result<(), OptimError> {
        AnyOptimizer::step(self, parameters, gradient)
    }

    /// Moves the parameters of a model by one step.
    ///
    /// # Errors
    /// As [`AnyOptimizer::step_params`].
    pub fn step_params(
        &mut self,
        parameters: &mut Params<T>,
        gradient: &Params<T>,
    ) -> Result<(), OptimError> {
        AnyOptimizer::step_params(self, parameters, gradient)
    }

    /// [`step`](Self::step), which also writes A and p to `trace`. The parameters move by the same bits.
    ///
    /// # Errors
    /// As [`AnyOptimizer::step_traced`].
    pub fn step_traced(
        &mut self,
        parameters: &mut [T],
        gradient: &[T],
        trace: &mut Trace<T>,
    ) -> Result<(), OptimError> {
        AnyOptimizer::step_traced(self, parameters, gradient, trace)
    }

    /// The number of steps taken.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The state of a slot, such as `"exp_avg"`; that of a scalar is asked of [`scalar`](Self::scalar).
    pub fn state(&self, name: &str) -> Option<&[T]> {
        self.state.iter().find(|state| state.slot.name == name).and_then(State::vector)
    }

    /// The state of a scalar slot, such as `"mu_product"`.
    pub fn scalar(&self, name: &str) -> Option<f64> {
        self.state.iter().find(|state| state.slot.name == name).and_then(State::scalar)
    }

    /// The names of the slots.
    pub fn state_names(&self) -> Vec<&'static str> {
        self.state.iter().map(|state| state.slot.name).collect()
    }
}

/// The rule with the learning rate of the step after `steps`.
fn at_rate<'a, T: Real, R: Rule<T>>(rule: &'a R, factors: &Factors, steps: u64) -> Cow<'a, R> {
    if factors.is_empty() {
        return Cow::Borrowed(rule);
    }
    Cow::Owned(with_rate(rule, rule.learning_rate() * factors.at(steps)))
}

/// The rule with another learning rate, unchecked.
fn with_rate<T: Real, R: Rule<T>>(rule: &R, learning_rate: f64) -> R {
    let mut rule = rule.clone();
    rule.set_learning_rate(learning_rate);
    rule
}

impl<T: Real, R: Rule<T>> Core<T> for Optimizer<T, R> {
    driver_fields!();

    fn needs_function(&self) -> Option<&'static str> {
        self.rule.needs_loss().then(|| self.rule.name())
    }

    fn keeps_points(&self) -> bool {
        self.rule.keeps_points()
    }

    fn gradient_limit(&self) -> T {
        at_rate(&self.rule, &self.factors, self.steps).largest_gradient()
    }

    fn apply(&mut self, step: Step<'_, T>) {
        let Step { parameters, gradient, loss, mut trace } = step;
        let rule = at_rate(&self.rule, &self.factors, self.steps);
        let adjustment = rule.common().adjustment(rule.learning_rate());
        if let Some(trace) = &mut trace {
            for run in self.layout.runs() {
                trace.shrink[run.slab.clone()].fill(adjustment.shrink);
            }
        }
        if self.steps == 0 {
            self.state.iter_mut().for_each(|state| state.begin(&self.layout, parameters));
        }
        self.steps += 1;
        rule.update(Pass {
            step: self.steps,
            loss,
            adjustment,
            layout: &self.layout,
            gradient,
            parameters,
            state: &mut self.state,
            scratch: &mut self.scratch,
            trace,
        });
    }

    fn orient(&self, gradient: &mut [T]) {
        if self.rule.common().maximize {
            for run in self.layout.runs() {
                scale(-T::one(), &mut gradient[run.slab.clone()]);
            }
        }
    }

    fn factors(&mut self, visit: &mut dyn FnMut(&mut Factors)) {
        visit(&mut self.factors);
    }

    #[cfg(feature = "io")]
    fn entries(&mut self, visit: &mut dyn FnMut(Entry<'_, T>)) {
        visit(Entry::count("steps", &mut self.steps));
        visit(Entry::count("skipped", &mut self.driver.skipped));
        for (index, plateau) in self.factors.plateaus().iter_mut().enumerate() {
            visit(Entry { name: format!("plateau.{index}"), content: Content::Plateau(plateau) });
        }
        let rule = self.rule.clone();
        let mut learning_rate = rule.learning_rate();
        learning_rate_entry(&mut learning_rate, &|value| with_rate(&rule, value).validate_all(), visit);
        self.rule.set_learning_rate(learning_rate);
        slot_entries("", &mut self.state, &self.layout, visit);
    }

    #[cfg(feature = "io")]
    fn settings(&self) -> serde_json::Value {
        serde_json::json!({
            "rule": self.rule.name(),
            "settings": json(&with_rate(&self.rule, self.built_rate)),
            "schedules": self.factors.describe(),
        })
    }
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

    fn steps(&self) -> u64 {
        self.steps()
    }

    fn state(&self, name: &str) -> Option<&[T]> {
        self.state(name)
    }

    fn scalar(&self, name: &str) -> Option<f64> {
        self.scalar(name)
    }

    fn state_names(&self) -> Vec<&'static str> {
        self.state_names()
    }

    fn compose(self: Box<Self>) -> Composed<T> {
        Composed::new(self)
    }

    fn clone_box(&self) -> Box<dyn AnyOptimizer<T>> {
        Box::new(self.clone())
    }
}
