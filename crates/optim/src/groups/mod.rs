//! Parameter groups: several rules, each for the parameters whose paths match its patterns.

mod grouped;
mod pattern;

use std::sync::Arc;

use gradus_tensor::Real;

pub use grouped::Grouped;
pub use pattern::Pattern;

use crate::schedule::Schedule;
use crate::{AnyOptimizer, Layout, OptimError, Rule};

/// Rules for groups of parameters, chosen by patterns of their paths (`*` any run of characters, dots included; `?`
/// any one character). Every parameter must be in exactly one group.
///
/// A group's own learning rate, weight decay and so on are written with struct update syntax, its own schedule with
/// [`scheduled_group`](Self::scheduled_group):
///
/// ```
/// use gradus_optim::{AdamW, AnyOptimizer, Groups, WeightDecay};
/// use gradus_tensor::{Params, Tensor};
/// # let mut params = Params::<f32>::new();
/// # params.add("embedding.weight", &Tensor::ones([3]))?;
/// # params.add("encoder.0.weight", &Tensor::ones([4, 3]))?;
/// # params.add("encoder.0.bias", &Tensor::ones([3]))?;
/// let adamw = AdamW { learning_rate: 3e-4, ..AdamW::default() };
/// let mut optimizer = Groups::new()
///     .frozen("embedding.*")
///     .group("*.bias", AdamW { weight_decay: WeightDecay::None, ..adamw })
///     .rest(adamw)
///     .optimizer(&params)?;
/// let gradient = params.zeros_like();
/// optimizer.step_params(&mut params, &gradient)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Groups<T: Real> {
    groups: Vec<Group<T>>,
}

type Build<T> = Box<dyn FnOnce(Layout) -> Result<Box<dyn AnyOptimizer<T>>, OptimError>>;

struct Group<T: Real> {
    patterns: Vec<Pattern>,
    /// What is in no other group.
    rest: bool,
    /// Absent for frozen parameters.
    build: Option<Build<T>>,
    schedule: Option<Arc<dyn Schedule>>,
}

/// Patterns of one group: one, or several.
#[derive(Clone, Debug)]
pub struct Patterns(Vec<Pattern>);

impl From<&str> for Patterns {
    fn from(pattern: &str) -> Self {
        Self(vec![pattern.into()])
    }
}

impl<const N: usize> From<[&str; N]> for Patterns {
    fn from(patterns: [&str; N]) -> Self {
        Self(patterns.map(Pattern::from).to_vec())
    }
}

impl<T: Real> Default for Groups<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Real> Groups<T> {
    /// No groups.
    pub fn new() -> Self {
        Self { groups: Vec::new() }
    }

    fn push<R: Rule<T>>(
        mut self,
        patterns: Option<Patterns>,
        rule: Option<R>,
        schedule: Option<Arc<dyn Schedule>>,
    ) -> Self {
        let build = rule.map(|rule| -> Build<T> { Box::new(|layout| Ok(Box::new(rule.optimizer(layout)?))) });
        let rest = patterns.is_none();
        let patterns = patterns.map(|patterns| patterns.0).unwrap_or_default();
        self.groups.push(Group { patterns, rest, build, schedule });
        self
    }

    /// Adds a rule for the parameters that a pattern, or one of several, matches.
    #[must_use]
    pub fn group<R: Rule<T>>(self, patterns: impl Into<Patterns>, rule: R) -> Self {
        self.push(Some(patterns.into()), Some(rule), None)
    }

    /// Adds a rule for the parameters that a pattern, or one of several, matches, with a factor on its learning rate.
    #[must_use]
    pub fn scheduled_group<R: Rule<T>>(
        self,
        patterns: impl Into<Patterns>,
        rule: R,
        schedule: impl Schedule + 'static,
    ) -> Self {
        self.push(Some(patterns.into()), Some(rule), Some(Arc::new(schedule)))
    }

    /// Adds a rule for the parameters that no pattern matches.
    #[must_use]
    pub fn rest<R: Rule<T>>(self, rule: R) -> Self {
        self.push(None, Some(rule), None)
    }

    /// Leaves the parameters that a pattern, or one of several, matches where they are.
    #[must_use]
    pub fn frozen(mut self, patterns: impl Into<Patterns>) -> Self {
        let patterns = patterns.into().0;
        self.groups.push(Group { patterns, rest: false, build: None, schedule: None });
        self
    }

    /// The optimizer for the parameters of a model.
    ///
    /// # Errors
    /// When a group has no pattern, a pattern matches nothing, two groups match the same parameter or have the same
    /// label, a parameter is in no group, or there are two groups for the rest; when a hyper-parameter or a setting of
    /// a schedule is out of its range, or a rule that needs the loss is one of several; when the parameters have no
    /// paths.
    pub fn optimizer(self, layout: impl Into<Layout>) -> Result<Grouped<T>, OptimError> {
        let layout = layout.into();
        let owners = self.owners(&layout)?;
        let is_frozen: Vec<bool> = self.groups.iter().map(|group| group.build.is_none()).collect();
        let moved = layout.part(|segment| !is_frozen[owners[segment]]);
        let (mut members, mut frozen) = (Vec::<(String, Box<dyn AnyOptimizer<T>>)>::new(), Vec::new());
        for (number, group) in self.groups.into_iter().enumerate() {
            let names: Vec<&str> = group.patterns.iter().map(Pattern::as_str).collect();
            let label = if group.rest { "rest".to_owned() } else { names.join(",") };
            let Some(build) = group.build else {
                frozen.push(label);
                continue;
            };
            if members.iter().any(|(other, _)| *other == label) {
                return Err(OptimError::SameLabel { label });
            }
            let within = |error: OptimError| error.in_group(&label);
            let mut optimizer = build(layout.part(|segment| owners[segment] == number)).map_err(within)?;
            if let Some(schedule) = group.schedule {
                schedule.validate().map_err(within)?;
                optimizer.factors(&mut |factors| factors.add(Arc::clone(&schedule)));
            }
            members.push((label, optimizer));
        }
        if members.len() > 1 {
            for (label, optimizer) in &members {
                if let Some(rule) = optimizer.needs_function() {
                    return Err(OptimError::LossOfGroups { label: label.clone(), rule });
                }
            }
        }
        Ok(Grouped::new(moved, members, frozen))
    }

    /// The group of every parameter.
    fn owners(&self, layout: &Layout) -> Result<Vec<usize>, OptimError> {
        let paths: Vec<&str> = layout.segments().iter().filter_map(|segment| segment.path()).collect();
        if paths.len() < layout.segments().len() {
            return Err(OptimError::Unnamed);
        }
        if self.groups.iter().filter(|group| group.rest).count() > 1 {
            return Err(OptimError::SecondRest);
        }
        if let Some(index) = self.groups.iter().position(|group| !group.rest && group.patterns.is_empty()) {
            return Err(OptimError::NoPatterns { number: index + 1 });
        }
        for pattern in self.groups.iter().flat_map(|group| &group.patterns) {
            if !paths.iter().any(|path| pattern.matches(path)) {
                let (pattern, known) = (pattern.as_str().to_owned(), listed(&paths));
                return Err(OptimError::UnmatchedPattern { pattern, known });
            }
        }
        let rest = self.groups.iter().position(|group| group.rest);
        let (mut owners, mut uncovered) = (Vec::new(), Vec::new());
        for path in paths {
            let mut matching = self.groups.iter().enumerate().filter_map(|(number, group)| {
                Some((number, group.patterns.iter().find(|pattern| pattern.matches(path))?))
            });
            let first = matching.next();
            if let (Some((_, first)), Some((_, second))) = (first, matching.next()) {
                let (first, second) = (first.as_str().to_owned(), second.as_str().to_owned());
                return Err(OptimError::OverlappingGroups { path: path.to_owned(), first, second });
            }
            match first.map(|(number, _)| number).or(rest) {
                Some(number) => owners.push(number),
                None => uncovered.push(path),
            }
        }
        if !uncovered.is_empty() {
            return Err(OptimError::UncoveredParameters { paths: listed(&uncovered) });
        }
        if rest.is_some_and(|rest| !owners.contains(&rest)) {
            return Err(OptimError::NothingLeft);
        }
        Ok(owners)
    }
}

/// The first few paths.
fn listed(paths: &[&str]) -> String {
    const LISTED: usize = 8;
    let more = if paths.len() > LISTED { ", …" } else { "" };
    format!("{}{more}", paths[..paths.len().min(LISTED)].join(", "))
}
