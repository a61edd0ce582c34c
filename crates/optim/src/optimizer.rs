//! A rule with its state and step count.

use gradus_tensor::{Real, vector};

use crate::{Extent, OptimError, Pass, Rule, Slot, Trace};

/// A [`Rule`] at work: its step count and its state, one flat vector per [`Slot`] in the layout of the
/// parameters.
///
/// A step that returns an error has changed nothing. Steps allocate nothing, except for the first use of a
/// [`Trace`].
#[derive(Clone, Debug)]
pub struct Optimizer<T: Real, R: Rule<T>> {
    rule: R,
    dim: usize,
    steps: u64,
    state: Vec<State<T>>,
}

/// A slot and its elements.
#[derive(Clone, Debug)]
pub(crate) struct State<T> {
    pub(crate) slot: Slot,
    pub(crate) values: Vec<T>,
}

impl<T: Real, R: Rule<T>> Optimizer<T, R> {
    pub(crate) fn new(rule: R, dim: usize) -> Result<Self, OptimError> {
        rule.validate()?;
        let state = rule
            .slots()
            .into_iter()
            .map(|slot| {
                let len = match slot.extent {
                    Extent::Coordinates => dim,
                    Extent::Scalar => 1,
                };
                State { slot, values: vec![T::constant(slot.initial); len] }
            })
            .collect();
        Ok(Self { rule, dim, steps: 0, state })
    }

    /// The rule and its hyper-parameters.
    pub fn rule(&self) -> &R {
        &self.rule
    }

    /// The number of coordinates.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The rule's name.
    pub fn name(&self) -> &'static str {
        self.rule.name()
    }

    /// The learning rate of the next step.
    pub fn learning_rate(&self) -> f64 {
        self.rule.learning_rate()
    }

    /// Sets the learning rate from the next step on.
    ///
    /// # Errors
    /// [`OptimError::Hyperparameter`] when the rule does not allow the value.
    pub fn set_learning_rate(&mut self, value: f64) -> Result<(), OptimError> {
        let mut rule = self.rule.clone();
        rule.set_learning_rate(value);
        rule.validate()?;
        self.rule = rule;
        Ok(())
    }

    /// Moves the parameters by one step.
    ///
    /// # Errors
    /// [`OptimError::Length`] when a length is not the optimizer's dimension;
    /// [`OptimError::NonFiniteGradient`] when a coordinate of the gradient is infinite or NaN.
    pub fn step(&mut self, parameters: &mut [T], gradient: &[T]) -> Result<(), OptimError> {
        self.advance(parameters, gradient, None)
    }

    /// [`step`](Self::step), which also writes A and p to `trace`. The parameters move by the same bits.
    ///
    /// # Errors
    /// Those of [`step`](Self::step); the trace stays as it was.
    pub fn step_traced(
        &mut self,
        parameters: &mut [T],
        gradient: &[T],
        trace: &mut Trace<T>,
    ) -> Result<(), OptimError> {
        self.advance(parameters, gradient, Some(trace))
    }

    /// The number of steps taken.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The state of a slot, such as `"exp_avg"`; a scalar slot has one element.
    pub fn state(&self, name: &str) -> Option<&[T]> {
        self.state.iter().find(|state| state.slot.name == name).map(|state| state.values.as_slice())
    }

    /// The names of the slots.
    pub fn state_names(&self) -> Vec<&'static str> {
        self.state.iter().map(|state| state.slot.name).collect()
    }

    fn advance(
        &mut self,
        parameters: &mut [T],
        gradient: &[T],
        mut trace: Option<&mut Trace<T>>,
    ) -> Result<(), OptimError> {
        let step = self.steps + 1;
        self.check_length("parameter vector", parameters.len())?;
        self.check_length("gradient", gradient.len())?;
        if let Some(index) = vector::first_non_finite(gradient) {
            let value = gradient[index].to_f64();
            return Err(OptimError::NonFiniteGradient { rule: self.name(), step, index, value });
        }
        if let Some(trace) = &mut trace {
            trace.effective_step.resize(self.dim, T::zero());
            trace.direction.resize(self.dim, T::zero());
        }
        self.steps = step;
        self.rule.update(Pass { step, gradient, parameters, state: &mut self.state, trace });
        Ok(())
    }

    fn check_length(&self, slice: &'static str, found: usize) -> Result<(), OptimError> {
        if found == self.dim {
            Ok(())
        } else {
            Err(OptimError::Length { rule: self.name(), slice, expected: self.dim, found })
        }
    }
}
