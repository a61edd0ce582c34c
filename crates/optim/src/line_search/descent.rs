//! Gradient descent whose steps a line search finds.

use gradus_tensor::{Params, Real};
use serde::{Deserialize, Serialize};

use super::any::search_methods;
use super::{
    Armijo, Function, Probe, SearchError, StrongWolfe, any, check_layout, dot, evaluate, largest, move_along,
    negated,
};
#[cfg(feature = "io")]
use crate::Domain;
use crate::drive::{Core, Driver};
#[cfg(feature = "io")]
use crate::saved::{Entry, json};
use crate::schedule::Factors;
use crate::{AnyOptimizer, Composed, Layout, OptimError, hyperparameter, reduction};

/// Gradient descent, stochastic or not, whose steps a line search finds; PyTorch does not have it.
///
/// ```text
/// t₀ = what `first_step` says, at most largest_step
/// t  = the step that `search` finds along −g, starting at t₀
/// x  ← x − t·g
/// ```
///
/// Where g is 0 nothing moves. [`full_batch`](Self::full_batch) and [`mini_batch`](Self::mini_batch) are the two
/// usual settings.
///
/// Source: Vaswani and others, *Painless stochastic gradient: interpolation, line-search, and convergence rates*
/// (NeurIPS 2019), algorithms 1 and 2.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LineSearchSgd {
    /// The search; backtracking by default.
    pub search: Search,
    /// The first step of all that is tried, above 0; 1 by default.
    pub initial_step: f64,
    /// The longest step that a search starts with, above 0; 10 by default.
    pub largest_step: f64,
    /// What a search starts with; a step twice as long as the last one by default.
    pub first_step: FirstStep,
    /// Whether to ascend; off by default. Then −f is what is minimised, and what a failed search speaks of.
    pub maximize: bool,
}

/// The search of [`LineSearchSgd`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Search {
    /// Backtracking: one evaluation of the loss per step tried.
    Armijo(Armijo),
    /// A step that is not too short either: one gradient per step tried. For full batches.
    StrongWolfe(StrongWolfe),
}

/// What the search of [`LineSearchSgd`] starts with.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FirstStep {
    /// The initial step, always.
    Initial,
    /// The step that the last search found.
    Last,
    /// The same, multiplied by this, at least 1: γ^(b/n) for mini-batches of b among n samples and γ = 2 lets the
    /// steps double within an epoch.
    Longer(f64),
}

impl Default for LineSearchSgd {
    fn default() -> Self {
        Self {
            search: Search::Armijo(Armijo::default()),
            initial_step: 1.0,
            largest_step: 10.0,
            first_step: FirstStep::Longer(2.0),
            maximize: false,
        }
    }
}

const NAME: &str = "line_search_sgd";
const STEP_SIZE: &str = "step_size";

impl LineSearchSgd {
    /// Backtracking with the textbook's constants, without a largest step; each search starts at twice the last step.
    pub fn full_batch() -> Self {
        Self { largest_step: f64::MAX, ..Self::default() }
    }

    /// The constants of Vaswani and others (c = 0.1, β = 0.9, γ = 2), for `batches` mini-batches per epoch.
    pub fn mini_batch(batches: u64) -> Self {
        Self {
            search: Search::Armijo(Armijo { sufficient_decrease: 0.1, shrink: 0.9, ..Armijo::default() }),
            first_step: FirstStep::Longer(2.0_f64.powf(1.0 / batches.max(1) as f64)),
            ..Self::default()
        }
    }

    /// Whether every setting is in its range.
    ///
    /// # Errors
    /// [`OptimError::Hyperparameter`] with the name, the value and the range of the first that is not.
    pub fn validate(&self) -> Result<(), OptimError> {
        match self.search {
            Search::Armijo(search) => search.validate()?,
            Search::StrongWolfe(search) => search.validate()?,
        }
        hyperparameter::positive(NAME, "initial_step", self.initial_step)?;
        let largest = self.largest_step;
        let holds = largest.is_finite() && largest > 0.0;
        hyperparameter::require(holds, NAME, "largest_step", largest, "finite and above 0")?;
        let FirstStep::Longer(factor) = self.first_step else { return Ok(()) };
        let allowed = "finite and at least 1";
        hyperparameter::require(factor.is_finite() && factor >= 1.0, NAME, "first_step", factor, allowed)
    }

    /// The optimizer for these parameters.
    ///
    /// # Errors
    /// Those of [`validate`](Self::validate).
    pub fn optimizer<T: Real>(self, params: &Params<T>) -> Result<LineSearchDescent<T>, OptimError> {
        self.validate()?;
        let (gradient, start) = (vec![T::zero(); params.len()], vec![T::zero(); params.len()]);
        Ok(LineSearchDescent {
            settings: self,
            layout: Layout::from(params),
            steps: 0,
            step_size: None,
            driver: Driver::default(),
            gradient,
            start,
        })
    }
}

/// A [`LineSearchSgd`] at work.
#[derive(Clone, Debug)]
pub struct LineSearchDescent<T> {
    settings: LineSearchSgd,
    layout: Layout,
    steps: u64,
    /// The last step found; none before the first.
    step_size: Option<f64>,
    driver: Driver<T>,
    gradient: Vec<T>,
    start: Vec<T>,
}

/// What a step found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Searched {
    /// The loss before the step.
    pub loss: f64,
    /// The loss after it, on the same batch.
    pub next_loss: f64,
    /// The length t; 0 where the gradient is 0.
    pub step_size: f64,
    /// How many steps were tried.
    pub evaluations: u64,
}

impl<T: Real> LineSearchDescent<T> {
    /// The settings.
    pub fn settings(&self) -> &LineSearchSgd {
        &self.settings
    }

    /// The number of steps taken.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The last step found; none before the first.
    pub fn step_size(&self) -> Option<f64> {
        self.step_size
    }

    /// What the next search starts with.
    fn first(&self) -> f64 {
        let LineSearchSgd { initial_step, largest_step, first_step, .. } = self.settings;
        let first = match (first_step, self.step_size) {
            (FirstStep::Initial, _) | (_, None) => initial_step,
            (FirstStep::Last, Some(last)) => last,
            (FirstStep::Longer(factor), Some(last)) => last * factor,
        };
        first.min(largest_step)
    }

    /// Moves the parameters by one step that makes `function` fall, or rise if it is to be maximised.
    ///
    /// # Errors
    /// When the loss or the gradient is not finite, or the search finds no step; then nothing has changed.
    pub fn step_with(
        &mut self,
        parameters: &mut Params<T>,
        function: Function<'_, T>,
    ) -> Result<Searched, SearchError> {
        if !self.settings.maximize {
            return self.descend(parameters, function);
        }
        let found = self.descend(parameters, &mut negated(function)).map_err(SearchError::of_negated)?;
        Ok(Searched { loss: -found.loss, next_loss: -found.next_loss, ..found })
    }

    fn descend(
        &mut self,
        parameters: &mut Params<T>,
        function: Function<'_, T>,
    ) -> Result<Searched, SearchError> {
        check_layout(NAME, &self.layout, parameters)?;
        let loss = evaluate(parameters, &mut self.gradient, function)?;
        let slope = -reduction::squared_norm(&self.gradient);
        if slope == 0.0 {
            self.steps += 1;
            return Ok(Searched { loss, next_loss: loss, step_size: 0.0, evaluations: 0 });
        }
        self.start.copy_from_slice(parameters.as_slice());
        let found = self.search(loss, slope, parameters, function);
        match found {
            Ok(found) => {
                move_along(parameters, &self.start, -found.step_size, &self.gradient);
                self.steps += 1;
                self.step_size = Some(found.step_size);
            }
            Err(_) => parameters.as_mut_slice().copy_from_slice(&self.start),
        }
        found
    }

    /// The step along −g; leaves the parameters anywhere.
    fn search(
        &self,
        loss: f64,
        slope: f64,
        parameters: &mut Params<T>,
        function: Function<'_, T>,
    ) -> Result<Searched, SearchError> {
        let first = self.first();
        match self.settings.search {
            Search::Armijo(search) => {
                let (step_size, next_loss, evaluations) = search.search(loss, slope, first, |step| {
                    move_along(parameters, &self.start, -step, &self.gradient);
                    function(parameters, None).to_f64()
                })?;
                Ok(Searched { loss, next_loss, step_size, evaluations })
            }
            Search::StrongWolfe(search) => {
                let mut evaluations = 0;
                let start = Probe::<T> { step: 0.0, value: loss, slope, gradient: Vec::new() };
                let mut gradient = vec![T::zero(); self.gradient.len()];
                let size = largest(&self.gradient);
                let probe = search.search(start, first, size, search.max_evaluations, &mut |step| {
                    evaluations += 1;
                    move_along(parameters, &self.start, -step, &self.gradient);
                    let value = function(parameters, Some(&mut gradient)).to_f64();
                    let slope = -dot(&gradient, &self.gradient);
                    Probe { step, value, slope, gradient: Vec::new() }
                })?;
                if probe.step == 0.0 {
                    let (step, bound) = (probe.step, loss);
                    return Err(SearchError::NoStep { evaluations, step, loss: probe.value, bound });
                }
                Ok(Searched { loss, next_loss: probe.value, step_size: probe.step, evaluations })
            }
        }
    }
}

impl<T: Real> Core<T> for LineSearchDescent<T> {
    search_methods!();

    fn factors(&mut self, _: &mut dyn FnMut(&mut Factors)) {}

    #[cfg(feature = "io")]
    fn entries(&mut self, visit: &mut dyn FnMut(Entry<'_, T>)) {
        visit(Entry::count("steps", &mut self.steps));
        visit(Entry::count("skipped", &mut self.driver.skipped));
        let mut step_size = self.step_size.unwrap_or(0.0);
        visit(Entry::scalar(STEP_SIZE, &mut step_size, Domain::NonNegative));
        self.step_size = (step_size > 0.0).then_some(step_size);
    }

    #[cfg(feature = "io")]
    fn settings(&self) -> serde_json::Value {
        serde_json::json!({ "rule": NAME, "settings": json(&self.settings) })
    }
}

/// As any optimizer: a step is taken with the function, and needs its gradient only once unless the search does.
impl<T: Real> AnyOptimizer<T> for LineSearchDescent<T> {
    fn name(&self) -> &'static str {
        NAME
    }

    /// What the next search starts with.
    fn learning_rate(&self) -> f64 {
        self.first()
    }

    /// Refused: the search finds the steps.
    fn set_learning_rate(&mut self, value: f64) -> Result<(), OptimError> {
        let allowed = "none: its steps are what the search finds; change `initial_step` or `largest_step`";
        hyperparameter::require(false, NAME, "learning_rate", value, allowed)
    }

    fn steps(&self) -> u64 {
        self.steps
    }

    fn state(&self, _: &str) -> Option<&[T]> {
        None
    }

    /// `step_size`, the last step found; 0 before the first.
    fn scalar(&self, name: &str) -> Option<f64> {
        (name == STEP_SIZE).then_some(self.step_size.unwrap_or(0.0))
    }

    fn state_names(&self) -> Vec<&'static str> {
        vec![STEP_SIZE]
    }

    fn compose(self: Box<Self>) -> Composed<T> {
        Composed::new(self)
    }

    fn clone_box(&self) -> Box<dyn AnyOptimizer<T>> {
        Box::new(self.clone())
    }

    fn step_with(
        &mut self,
        parameters: &mut Params<T>,
        function: &mut dyn FnMut(&Params<T>, &mut [T]) -> T,
    ) -> Result<T, OptimError> {
        any::step_with(self, parameters, function, |own, parameters, function| {
            own.step_with(parameters, function).map(|_| ())
        })
    }
}
