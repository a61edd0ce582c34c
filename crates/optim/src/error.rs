//! Why an optimizer cannot be built or a step cannot be taken.

use gradus_tensor::Shape;

use crate::Place;
use crate::line_search::SearchError;

/// Why an optimizer cannot be built or a step cannot be taken. Nothing has changed when one is returned.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OptimError {
    /// A hyper-parameter is outside its range.
    #[error("{rule}: {name} = {value}, allowed: {allowed}")]
    Hyperparameter {
        /// The rule's name.
        rule: &'static str,
        /// The field, such as `eps` or `betas[1]`.
        name: &'static str,
        /// The value given.
        value: String,
        /// The values allowed.
        allowed: &'static str,
    },
    /// The parameters or the gradient have another length than the optimizer's state.
    #[error("{rule}: the {slice} has length {found}, the optimizer was built for {expected} coordinates")]
    Length {
        /// The rule's name.
        rule: &'static str,
        /// `parameter vector` or `gradient`.
        slice: &'static str,
        /// The optimizer's dimension.
        expected: usize,
        /// The length given.
        found: usize,
    },
    /// The parameters or the gradient are those of another model than the optimizer was built for.
    #[error("{rule}: the {what} of another model: {difference}")]
    Layout {
        /// The rule's name.
        rule: &'static str,
        /// `parameters` or `gradient`.
        what: &'static str,
        /// The first difference, with what was expected and found.
        difference: String,
    },
    /// The rule does not work on parameters of this shape.
    #[error("{rule}: {} has shape {shape}, allowed: {allowed}", path.as_deref().unwrap_or("the parameter vector"))]
    Shape {
        /// The rule's name.
        rule: &'static str,
        /// The path of the parameter, if it has one.
        path: Option<String>,
        /// Its shape.
        shape: Box<Shape>,
        /// The shapes allowed.
        allowed: &'static str,
    },
    /// A coordinate of the gradient is infinite or NaN.
    #[error("{rule}: step {step}: {place} is {value}")]
    NonFiniteGradient {
        /// The rule's name.
        rule: &'static str,
        /// The step that was not taken, counted from 1.
        step: u64,
        /// The first such coordinate.
        place: Place,
        /// Its value.
        value: f64,
    },
    /// A coordinate of the gradient is so large that the step would overflow.
    #[error(
        "{rule}: step {step}: {place} is {value:.1e}, and with more than {limit:.1e} the step overflows in {dtype}; make \
         the loss smaller, or clip the gradient: `.with(ClipNorm::global(1.0))`"
    )]
    LargeGradient {
        /// The rule's name.
        rule: &'static str,
        /// The step that was not taken, counted from 1.
        step: u64,
        /// The first such coordinate.
        place: Place,
        /// Its value.
        value: f64,
        /// The [largest](crate::AnyOptimizer::largest_gradient) size that the rule bears.
        limit: f64,
        /// The element type.
        dtype: &'static str,
    },
    /// The loss is infinite or NaN.
    #[error("{rule}: step {step}: the loss is {value}")]
    NonFiniteLoss {
        /// The rule's name.
        rule: &'static str,
        /// The step that was not taken, counted from 1.
        step: u64,
        /// The loss.
        value: f64,
    },
    /// Schedules make a learning rate that no rule allows.
    #[error("{rule}: step {step}: the scheduled learning rate is {value}, allowed: finite and at least 0")]
    LearningRate {
        /// The rule's name.
        rule: &'static str,
        /// The step that was not taken, counted from 1.
        step: u64,
        /// The learning rate.
        value: f64,
    },
    /// A step was given a gradient where it needs the function.
    #[error("{who}: a step needs the function, not only its gradient; use `step_with`")]
    NeedsFunction {
        /// The rule or transform.
        who: &'static str,
    },
    /// A search found no step.
    #[error(transparent)]
    Search(Box<SearchError>),
    /// The parameters are exchanged for their average.
    #[error(
        "{rule}: the parameters are exchanged for their average; call `swap_average` again before the next step"
    )]
    Swapped {
        /// The optimizer's name.
        rule: &'static str,
    },
    /// There is no average to exchange the parameters for.
    #[error("{rule}: there is no average; compose the optimizer with one: `.with(Ema::default())`")]
    NoAverage {
        /// The optimizer's name.
        rule: &'static str,
    },
    /// The average has no point in it yet.
    #[error("{transform}: nothing is averaged yet after {steps} steps; swap when `average` returns one")]
    EmptyAverage {
        /// The transform that keeps the average.
        transform: &'static str,
        /// The steps taken since it was added.
        steps: u64,
    },
    /// A rule cannot be composed with a transform or a schedule.
    #[error("{rule} cannot be composed with {transform}: {reason}")]
    Incompatible {
        /// The rule's name.
        rule: &'static str,
        /// The transform's name, or `schedule`.
        transform: &'static str,
        /// What does not fit.
        reason: &'static str,
    },
    /// A pattern of a group matches no parameter.
    #[error("groups: {pattern:?} matches no parameter; there are: {known}")]
    UnmatchedPattern {
        /// The pattern.
        pattern: String,
        /// The paths there are (the first ones, if they are many).
        known: String,
    },
    /// Two groups match the same parameter.
    #[error("groups: {path} is matched by {first:?} and by {second:?}; make one of them narrower")]
    OverlappingGroups {
        /// The path of the parameter.
        path: String,
        /// A pattern of the group named first.
        first: String,
        /// A pattern of the other one.
        second: String,
    },
    /// Parameters are in no group.
    #[error(
        "groups: in no group: {paths}; add a pattern that matches them, or `rest(rule)`, or `frozen(pattern)`"
    )]
    UncoveredParameters {
        /// The paths (the first ones, if they are many).
        paths: String,
    },
    /// There is no group of this label.
    #[error("groups: no group {label:?}; there are: {known}")]
    UnknownGroup {
        /// The label.
        label: String,
        /// The labels there are.
        known: String,
    },
    /// All parameters are in groups already.
    #[error("groups: nothing is left for `rest`: the other groups match every parameter")]
    NothingLeft,
    /// There is more than one group for what is in no other group.
    #[error("groups: `rest` is given twice; there can be one rule for what no pattern matches")]
    SecondRest,
    /// A group has no patterns.
    #[error("groups: group {number} has no patterns; name its parameters, or leave it out")]
    NoPatterns {
        /// The group, counted from 1 in the order in which they were added, frozen ones too.
        number: usize,
    },
    /// Two groups have the same label.
    #[error("groups: two groups have the label {label:?}; write the pattern of one of them in another way")]
    SameLabel {
        /// The label: the patterns, separated by commas, or `rest`.
        label: String,
    },
    /// A rule that needs the loss is not the only one.
    #[error(
        "groups: {label}: {rule} needs the loss as a function of the parameters that it moves; it can be the rule of \
         the only group"
    )]
    LossOfGroups {
        /// The label of the group.
        label: String,
        /// The rule's name.
        rule: &'static str,
    },
    /// The optimizer of a group cannot be built or take a step.
    #[error("groups: {label}: {error}")]
    InGroup {
        /// The label of the group.
        label: String,
        /// Why not.
        error: Box<OptimError>,
    },
    /// The parameters have no paths.
    #[error(
        "groups: patterns match the paths of parameters; build the optimizer for `&params`, not for a length"
    )]
    Unnamed,
}

impl From<SearchError> for OptimError {
    fn from(error: SearchError) -> Self {
        match error {
            SearchError::Optim(error) => error,
            error => Self::Search(Box::new(error)),
        }
    }
}

impl OptimError {
    /// The same error, of a group.
    pub(crate) fn in_group(self, label: &str) -> Self {
        Self::InGroup { label: label.to_owned(), error: Box::new(self) }
    }
}
