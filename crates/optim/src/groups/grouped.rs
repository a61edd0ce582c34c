//! Several optimizers for parts of one slab.

use gradus_tensor::Real;

use crate::drive::{self, Core, Driver, Step, driver_fields};
#[cfg(feature = "io")]
use crate::saved::Entry;
use crate::schedule::Factors;
use crate::{AnyOptimizer, Composed, Layout, OptimError};

/// The optimizer of [`Groups`](crate::Groups): one rule per group of parameters.
///
/// The groups are unions of ranges of one slab; a step is one fused pass per group. A gradient that is not finite
/// in one group stops all of them.
#[derive(Clone, Debug)]
pub struct Grouped<T: Real> {
    layout: Layout,
    /// With their labels: the patterns, separated by commas, or `rest`.
    members: Vec<(String, Box<dyn AnyOptimizer<T>>)>,
    /// The patterns of what does not move.
    frozen: Vec<String>,
    driver: Driver<T>,
    steps: u64,
}

impl<T: Real> Grouped<T> {
    pub(super) fn new(
        layout: Layout,
        members: Vec<(String, Box<dyn AnyOptimizer<T>>)>,
        frozen: Vec<String>,
    ) -> Self {
        Self { layout, members, frozen, driver: Driver::default(), steps: 0 }
    }

    /// The groups with their labels: the patterns, separated by commas, or `rest`; without the frozen ones.
    pub fn groups(&self) -> impl Iterator<Item = (&str, &dyn AnyOptimizer<T>)> {
        self.members.iter().map(|(label, optimizer)| (label.as_str(), &**optimizer))
    }

    /// The optimizer of a group.
    pub fn group(&self, label: &str) -> Option<&dyn AnyOptimizer<T>> {
        self.groups().find(|(own, _)| *own == label).map(|(_, optimizer)| optimizer)
    }

    /// The patterns of the parameters that do not move.
    pub fn frozen(&self) -> &[String] {
        &self.frozen
    }

    /// Sets the learning rate of a group, that schedules are factors on.
    ///
    /// # Errors
    /// [`OptimError::InGroup`] when the rule does not allow the value; [`OptimError::UnknownGroup`] when
    /// there is no such group.
    pub fn set_group_learning_rate(&mut self, label: &str, value: f64) -> Result<(), OptimError> {
        match self.members.iter_mut().find(|(own, _)| own == label) {
            Some((_, optimizer)) => optimizer.set_learning_rate(value).map_err(|error| error.in_group(label)),
            None => {
                let labels: Vec<&str> = self.members.iter().map(|(label, _)| label.as_str()).collect();
                Err(OptimError::UnknownGroup { label: label.to_owned(), known: labels.join(", ") })
            }
        }
    }
}

impl<T: Real> Core<T> for Grouped<T> {
    driver_fields!();

    fn orient(&self, gradient: &mut [T]) {
        self.members.iter().for_each(|(_, optimizer)| optimizer.orient(gradient));
    }

    fn needs_function(&self) -> Option<&'static str> {
        self.members.iter().find_map(|(_, optimizer)| optimizer.needs_function())
    }

    fn keeps_points(&self) -> bool {
        self.members.iter().any(|(_, optimizer)| optimizer.keeps_points())
    }

    fn gradient_limit(&self) -> T {
        let limits = self.members.iter().map(|(_, optimizer)| optimizer.gradient_limit());
        limits.fold(T::max_value(), |least, limit| least.minimum(limit))
    }

    fn ready(&self) -> Result<(), OptimError> {
        self.members.iter().try_for_each(|(label, optimizer)| {
            drive::ready(&**optimizer).map_err(|error| error.in_group(label))
        })
    }

    fn apply(&mut self, step: Step<'_, T>) {
        let Step { parameters, gradient, loss, mut trace } = step;
        self.steps += 1;
        for (_, optimizer) in &mut self.members {
            optimizer.apply(Step { parameters, gradient, loss, trace: trace.as_deref_mut() });
        }
    }

    fn factors(&mut self, visit: &mut dyn FnMut(&mut Factors)) {
        for (_, optimizer) in &mut self.members {
            optimizer.factors(visit);
        }
    }

    #[cfg(feature = "io")]
    fn entries(&mut self, visit: &mut dyn FnMut(Entry<'_, T>)) {
        visit(Entry::count("steps", &mut self.steps));
        visit(Entry::count("skipped", &mut self.driver.skipped));
        for (label, optimizer) in &mut self.members {
            optimizer.entries(&mut |entry| visit(entry.within(label)));
        }
    }

    #[cfg(feature = "io")]
    fn settings(&self) -> serde_json::Value {
        let groups = self.members.iter().map(|(label, optimizer)| (label.clone(), optimizer.settings()));
        let groups: serde_json::Map<String, serde_json::Value> = groups.collect();
        serde_json::json!({ "groups": groups, "frozen": self.frozen })
    }
}

impl<T: Real> AnyOptimizer<T> for Grouped<T> {
    fn name(&self) -> &'static str {
        "groups"
    }

    fn learning_rate(&self) -> f64 {
        self.members.first().map_or(0.0, |(_, optimizer)| optimizer.learning_rate())
    }

    fn set_learning_rate(&mut self, value: f64) -> Result<(), OptimError> {
        let mut members = self.members.clone();
        for (label, optimizer) in &mut members {
            optimizer.set_learning_rate(value).map_err(|error| error.in_group(label))?;
        }
        self.members = members;
        Ok(())
    }

    fn steps(&self) -> u64 {
        self.steps
    }

    fn state(&self, _: &str) -> Option<&[T]> {
        None
    }

    fn scalar(&self, _: &str) -> Option<f64> {
        None
    }

    fn state_names(&self) -> Vec<&'static str> {
        Vec::new()
    }

    fn compose(self: Box<Self>) -> Composed<T> {
        Composed::new(self)
    }

    fn clone_box(&self) -> Box<dyn AnyOptimizer<T>> {
        Box::new(self.clone())
    }
}
