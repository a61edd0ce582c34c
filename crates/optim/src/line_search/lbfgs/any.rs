//! L-BFGS as what every optimizer is, with its state in files.

use gradus_tensor::{Params, Real};

use super::{Lbfgs, LbfgsOptimizer, NAME};
#[cfg(feature = "io")]
use super::{Memory, Pair};
#[cfg(feature = "io")]
use crate::Domain;
use crate::drive::Core;
use crate::line_search::any::{self, search_methods};
#[cfg(feature = "io")]
use crate::saved::{Content, Entry, Rows, json, learning_rate_entry};
use crate::schedule::Factors;
use crate::{AnyOptimizer, Composed, OptimError};

const DIRECTION: &str = "direction";
const GRADIENT: &str = "gradient";
const STEP_SIZE: &str = "step_size";

impl<T: Real> Core<T> for LbfgsOptimizer<T> {
    search_methods!();

    fn factors(&mut self, visit: &mut dyn FnMut(&mut Factors)) {
        visit(&mut self.factors);
    }

    #[cfg(feature = "io")]
    fn entries(&mut self, visit: &mut dyn FnMut(Entry<'_, T>)) {
        visit(Entry::count("steps", &mut self.steps));
        visit(Entry::count("iterations", &mut self.iterations));
        visit(Entry::count("skipped", &mut self.driver.skipped));
        for (index, plateau) in self.factors.plateaus().iter_mut().enumerate() {
            visit(Entry { name: format!("plateau.{index}"), content: Content::Plateau(plateau) });
        }
        let settings = self.settings;
        let check = |learning_rate| Lbfgs { learning_rate, ..settings }.validate();
        learning_rate_entry(&mut self.settings.learning_rate, &check, visit);
        visit(Entry::scalar(STEP_SIZE, &mut self.memory.step_size, Domain::NonNegative));
        self.memory.entries(self.layout.len(), settings.history_size, visit);
    }

    #[cfg(feature = "io")]
    fn settings(&self) -> serde_json::Value {
        let settings = Lbfgs { learning_rate: self.built_rate, ..self.settings };
        serde_json::json!({
            "rule": NAME,
            "settings": json(&settings),
            "schedules": self.factors.describe(),
        })
    }
}

#[cfg(feature = "io")]
impl<T: Real> Memory<T> {
    /// `last`, the direction and the gradient of the last iteration, and `pairs` (s, y).
    fn entries(&mut self, dim: usize, history_size: usize, visit: &mut dyn FnMut(Entry<'_, T>)) {
        let two = [2, dim].into();
        let mut last = vec![[&self.direction[..], &self.gradient].concat()];
        last.retain(|last| !last.is_empty());
        let (rows, expected) = (&mut last, "a finite number");
        let content = Rows { rows, shape: two, at_most: 1, allowed: |_| true, expected };
        visit(Entry { name: "last".to_owned(), content: Content::Rows(content) });
        let mut pairs: Vec<Vec<T>> = self.pairs.iter().map(|pair| [&pair.s[..], &pair.y].concat()).collect();
        let (rows, expected) = (&mut pairs, "the start of a pair with curvature above 1e-10");
        let allowed = |pair: &[T]| Pair::of(pair).is_kept();
        let content = Rows { rows, shape: two, at_most: history_size, allowed, expected };
        visit(Entry { name: "pairs".to_owned(), content: Content::Rows(content) });
        let (direction, gradient) = last.first().map_or((&[][..], &[][..]), |last| last.split_at(dim));
        (self.direction, self.gradient) = (direction.to_vec(), gradient.to_vec());
        self.pairs = pairs.iter().map(|pair| Pair::of(pair).into()).collect();
    }
}

/// As any optimizer: a step is several iterations, each with gradients of the function.
impl<T: Real> AnyOptimizer<T> for LbfgsOptimizer<T> {
    fn name(&self) -> &'static str {
        NAME
    }

    fn learning_rate(&self) -> f64 {
        self.rate()
    }

    fn set_learning_rate(&mut self, value: f64) -> Result<(), OptimError> {
        let settings = Lbfgs { learning_rate: value, ..self.settings };
        settings.validate()?;
        self.settings = settings;
        Ok(())
    }

    fn steps(&self) -> u64 {
        self.steps
    }

    /// `direction` and `gradient` of the last iteration; empty before the first.
    fn state(&self, name: &str) -> Option<&[T]> {
        match name {
            DIRECTION => Some(&self.memory.direction),
            GRADIENT => Some(&self.memory.gradient),
            _ => None,
        }
    }

    /// `step_size` of the last iteration.
    fn scalar(&self, name: &str) -> Option<f64> {
        (name == STEP_SIZE).then_some(self.memory.step_size)
    }

    fn state_names(&self) -> Vec<&'static str> {
        vec![DIRECTION, GRADIENT, STEP_SIZE]
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
