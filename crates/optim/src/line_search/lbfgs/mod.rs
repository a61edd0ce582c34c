//! L-BFGS: Newton's method with a Hessian guessed from past gradients.

mod any;

use std::collections::VecDeque;
use std::sync::Arc;

use gradus_tensor::{Params, Real, vector};
use serde::{Deserialize, Serialize};

use super::{
    Function, Probe, SearchError, StrongWolfe, check_layout, dot, evaluate, largest, move_along, negated,
};
use crate::drive::Driver;
use crate::schedule::Factors;
use crate::{Layout, OptimError, hyperparameter};

/// L-BFGS for full batches, as PyTorch's `LBFGS` with `line_search_fn="strong_wolfe"`.
///
/// With s the last displacements, y the differences of the gradients along them, ρ = 1/⟨y, s⟩ and η the learning
/// rate, one iteration is
///
/// ```text
/// q = −g;  for the pairs from the youngest to the oldest:  α = ρ·⟨s, q⟩,  q ← q − α·y
/// d = ⟨y, s⟩/⟨y, y⟩·q  (youngest pair);  from the oldest to the youngest:  d ← d + (α − ρ·⟨y, d⟩)·s
/// t = strong Wolfe search along d, starting at η       (min(1, 1/‖g‖₁)·η in the first iteration)
/// x ← x + t·d
/// ```
///
/// A pair with ⟨y, s⟩ ≤ 1e-10 is not kept. A step makes several iterations, until one of the conditions of [`Stop`]
/// holds. Without a search t is η, and nothing keeps the loss from growing.
///
/// Sources: Nocedal, *Updating quasi-Newton matrices with limited storage* (1980); Nocedal, Wright, *Numerical
/// optimization* (2006), algorithms 7.4 and 7.5.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lbfgs {
    /// η > 0; 1 by default.
    pub learning_rate: f64,
    /// The largest number of iterations per step, at least 1; 20 by default.
    pub max_iterations: u64,
    /// The largest number of evaluations per step; 5/4 of the iterations if none is given, which is the default.
    pub max_evaluations: Option<u64>,
    /// The largest |gᵢ| that is as good as 0, at least 0; 1e-7 by default.
    pub tolerance_gradient: f64,
    /// The change of the loss, and of the largest coordinate, that is as good as none, at least 0; 1e-9 by default.
    pub tolerance_change: f64,
    /// The number of pairs (s, y), at least 1; 100 by default.
    pub history_size: usize,
    /// The search; strong Wolfe by default, where PyTorch has none. Its `max_evaluations` and `tolerance_change` do
    /// not count: those of a step do.
    pub search: Option<StrongWolfe>,
    /// Whether to ascend; off by default. Then −f is what is minimised, and what a failed search speaks of.
    pub maximize: bool,
}

impl Default for Lbfgs {
    fn default() -> Self {
        Self {
            learning_rate: 1.0,
            max_iterations: 20,
            max_evaluations: None,
            tolerance_gradient: 1e-7,
            tolerance_change: 1e-9,
            history_size: 100,
            search: Some(StrongWolfe::default()),
            maximize: false,
        }
    }
}

const NAME: &str = "lbfgs";

/// Pairs with less curvature would make H large or indefinite. PyTorch's constant.
const LEAST_CURVATURE: f64 = 1e-10;

/// The tolerance of the change within a search. PyTorch's default there, which its step does not pass on.
const SEARCH_TOLERANCE: f64 = 1e-9;

impl Lbfgs {
    /// Whether every setting is in its range.
    ///
    /// # Errors
    /// [`OptimError::Hyperparameter`] with the name, the value and the range of the first that is not.
    pub fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::positive(NAME, "learning_rate", self.learning_rate)?;
        hyperparameter::non_negative(NAME, "tolerance_gradient", self.tolerance_gradient)?;
        hyperparameter::non_negative(NAME, "tolerance_change", self.tolerance_change)?;
        let one = "at least 1";
        hyperparameter::require(self.max_iterations >= 1, NAME, "max_iterations", self.max_iterations, one)?;
        hyperparameter::require(self.history_size >= 1, NAME, "history_size", self.history_size, one)?;
        let evaluations = self.evaluations();
        hyperparameter::require(evaluations >= 1, NAME, "max_evaluations", evaluations, one)?;
        self.search.map_or(Ok(()), |search| search.validate())
    }

    fn evaluations(&self) -> u64 {
        self.max_evaluations.unwrap_or(self.max_iterations * 5 / 4)
    }

    /// The optimizer for these parameters.
    ///
    /// # Errors
    /// Those of [`validate`](Self::validate).
    pub fn optimizer<T: Real>(self, params: &Params<T>) -> Result<LbfgsOptimizer<T>, OptimError> {
        self.validate()?;
        Ok(LbfgsOptimizer {
            settings: self,
            #[cfg(feature = "io")]
            built_rate: self.learning_rate,
            layout: Layout::from(params),
            steps: 0,
            iterations: 0,
            memory: Memory::default(),
            factors: Factors::default(),
            driver: Driver::default(),
        })
    }
}

/// An [`Lbfgs`] at work.
#[derive(Clone, Debug)]
pub struct LbfgsOptimizer<T> {
    settings: Lbfgs,
    /// The learning rate when it was built.
    #[cfg(feature = "io")]
    built_rate: f64,
    layout: Layout,
    steps: u64,
    iterations: u64,
    memory: Memory<T>,
    factors: Factors,
    driver: Driver<T>,
}

/// What past iterations leave behind.
#[derive(Clone, Debug)]
struct Memory<T> {
    /// Shared with the copy that a failed step goes back to.
    pairs: VecDeque<Arc<Pair<T>>>,
    direction: Vec<T>,
    step_size: f64,
    gradient: Vec<T>,
}

impl<T: Real> Pair<T> {
    fn new(s: Vec<T>, y: Vec<T>) -> Self {
        let curvature = vector::dot(&y, &s);
        Self { s, y, curvature }
    }

    /// s and y, one after the other.
    #[cfg(feature = "io")]
    fn of(both: &[T]) -> Self {
        let (s, y) = both.split_at(both.len() / 2);
        Self::new(s.to_vec(), y.to_vec())
    }

    fn is_kept(&self) -> bool {
        self.curvature > T::constant(LEAST_CURVATURE)
    }
}

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self { pairs: VecDeque::new(), direction: Vec::new(), step_size: 0.0, gradient: Vec::new() }
    }
}

/// A displacement s and the change y of the gradient along it.
#[derive(Clone, Debug)]
struct Pair<T> {
    s: Vec<T>,
    y: Vec<T>,
    /// ⟨y, s⟩.
    curvature: T,
}

/// What a step of L-BFGS did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LbfgsStep {
    /// The loss before the step.
    pub loss: f64,
    /// The loss after it.
    pub next_loss: f64,
    /// The number of iterations.
    pub iterations: u64,
    /// The number of evaluations of the function with its gradient.
    pub evaluations: u64,
    /// Why there were no more.
    pub stop: Stop,
}

/// Why a step of L-BFGS ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stop {
    /// The gradient is as good as 0.
    Gradient,
    /// The loss, the parameters, or the loss predicted along the direction do not change any more.
    Change,
    /// The iterations are used up.
    Iterations,
    /// The evaluations are used up.
    Evaluations,
}

impl<T: Real> LbfgsOptimizer<T> {
    /// The settings.
    pub fn settings(&self) -> &Lbfgs {
        &self.settings
    }

    /// The number of iterations of all steps.
    pub fn iterations(&self) -> u64 {
        self.iterations
    }

    /// The number of steps taken.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The learning rate of the next step.
    fn rate(&self) -> f64 {
        if self.factors.is_empty() {
            self.settings.learning_rate
        } else {
            self.settings.learning_rate * self.factors.at(self.steps)
        }
    }

    /// Moves the parameters by one step of several iterations.
    ///
    /// # Errors
    /// When the loss or the gradient at the parameters is not finite, or becomes so without a search; when schedules
    /// make a learning rate that is negative or not finite. Then nothing has changed.
    pub fn step_with(
        &mut self,
        parameters: &mut Params<T>,
        function: Function<'_, T>,
    ) -> Result<LbfgsStep, SearchError> {
        crate::drive::ready(self)?;
        check_layout(NAME, &self.layout, parameters)?;
        let (start, iterations, memory) =
            (parameters.as_slice().to_vec(), self.iterations, self.memory.clone());
        let outcome = if self.settings.maximize {
            self.iterate(parameters, &mut negated(function)).map_err(SearchError::of_negated)
        } else {
            self.iterate(parameters, function)
        };
        match outcome {
            Ok(step) => {
                self.steps += 1;
                let sign = if self.settings.maximize { -1.0 } else { 1.0 };
                Ok(LbfgsStep { loss: sign * step.loss, next_loss: sign * step.next_loss, ..step })
            }
            Err(error) => {
                parameters.as_mut_slice().copy_from_slice(&start);
                (self.iterations, self.memory) = (iterations, memory);
                Err(error)
            }
        }
    }

    fn iterate(
        &mut self,
        parameters: &mut Params<T>,
        function: Function<'_, T>,
    ) -> Result<LbfgsStep, SearchError> {
        let Lbfgs { max_iterations, tolerance_gradient, tolerance_change, .. } = self.settings;
        let learning_rate = self.rate();
        let max_evaluations = self.settings.evaluations();
        let mut gradient = vec![T::zero(); parameters.len()];
        let first_loss = evaluate(parameters, &mut gradient, function)?;
        let mut loss = first_loss;
        let (mut evaluations, mut iterations) = (1, 0);
        if largest(&gradient) <= tolerance_gradient {
            let stop = Stop::Gradient;
            return Ok(LbfgsStep { loss, next_loss: loss, iterations, evaluations, stop });
        }
        let stop = loop {
            iterations += 1;
            self.iterations += 1;
            let first = self.iterations == 1;
            self.memory.turn(&gradient, self.settings.history_size);
            let slope = dot(&gradient, &self.memory.direction);
            if !slope.is_finite() {
                return Err(SearchError::NotDescent { slope });
            }
            if slope > -tolerance_change {
                break Stop::Change;
            }
            let sum: f64 = gradient.iter().map(|g| g.abs().to_f64()).sum();
            let longest = learning_rate * if first { (1.0 / sum).min(1.0) } else { 1.0 };
            let start = Probe { step: 0.0, value: loss, slope, gradient };
            // Without a search the last point is evaluated by the next step.
            let measured = self.settings.search.is_some() || iterations < max_iterations;
            let budget = max_evaluations.saturating_sub(evaluations);
            let (next, needed) =
                self.advance(parameters, start, longest, measured.then_some(budget), function)?;
            let change = (next.value - loss).abs();
            evaluations += needed;
            self.memory.step_size = next.step;
            (loss, gradient) = (next.value, next.gradient);
            if iterations == max_iterations {
                break Stop::Iterations;
            }
            if evaluations >= max_evaluations {
                break Stop::Evaluations;
            }
            if largest(&gradient) <= tolerance_gradient {
                break Stop::Gradient;
            }
            let moved = largest(&self.memory.direction) * self.memory.step_size;
            if moved <= tolerance_change || change < tolerance_change {
                break Stop::Change;
            }
        };
        Ok(LbfgsStep { loss: first_loss, next_loss: loss, iterations, evaluations, stop })
    }

    /// One move along the direction, of length `longest` or, with a search, beginning there. Returns the point reached
    /// and the number of evaluations; without a budget it is not evaluated, and the values are those of the start.
    fn advance(
        &self,
        parameters: &mut Params<T>,
        start: Probe<T>,
        longest: f64,
        budget: Option<u64>,
        function: Function<'_, T>,
    ) -> Result<(Probe<T>, u64), SearchError> {
        let direction = &self.memory.direction;
        let x = parameters.as_slice().to_vec();
        let (Some(search), Some(budget)) = (self.settings.search, budget) else {
            move_along(parameters, &x, longest, direction);
            let mut next = Probe { step: longest, ..start };
            if budget.is_some() {
                next.value = evaluate(parameters, &mut next.gradient, function)?;
            }
            return Ok((next, u64::from(budget.is_some())));
        };
        let search = StrongWolfe { tolerance_change: SEARCH_TOLERANCE, ..search };
        let mut evaluations = 0;
        let found = search.search(start, longest, largest(direction), budget, &mut |step| {
            evaluations += 1;
            move_along(parameters, &x, step, direction);
            let mut gradient = vec![T::zero(); x.len()];
            let value = function(parameters, Some(&mut gradient)).to_f64();
            let slope = dot(&gradient, direction);
            Probe { step, value, slope, gradient }
        })?;
        move_along(parameters, &x, found.step, direction);
        Ok((found, evaluations))
    }
}

impl<T: Real> Memory<T> {
    /// Takes the last iteration into account, and makes the direction of the next one.
    fn turn(&mut self, gradient: &[T], history_size: usize) {
        if !self.gradient.is_empty() {
            let mut y = gradient.to_vec();
            vector::axpy(-T::one(), &self.gradient, &mut y);
            let step_size = T::constant(self.step_size);
            let s: Vec<T> = self.direction.iter().map(|&d| d * step_size).collect();
            let pair = Pair::new(s, y);
            if pair.is_kept() {
                if self.pairs.len() == history_size {
                    self.pairs.pop_front();
                }
                self.pairs.push_back(Arc::new(pair));
            }
        }
        self.direction.clear();
        self.direction.extend(gradient.iter().map(|&g| -g));
        let q = &mut self.direction;
        let mut alphas: Vec<T> = Vec::with_capacity(self.pairs.len());
        for pair in self.pairs.iter().rev() {
            let Pair { s, y, curvature } = &**pair;
            let alpha = vector::dot(s, q) / *curvature;
            vector::axpy(-alpha, y, q);
            alphas.push(alpha);
        }
        if let Some(pair) = self.pairs.back() {
            let scale = pair.curvature / vector::squared_norm(&pair.y);
            q.iter_mut().for_each(|q| *q *= scale);
        }
        for (pair, alpha) in self.pairs.iter().zip(alphas.into_iter().rev()) {
            let Pair { s, y, curvature } = &**pair;
            let beta = vector::dot(y, q) / *curvature;
            vector::axpy(alpha - beta, s, q);
        }
        self.gradient.clear();
        self.gradient.extend_from_slice(gradient);
    }
}
