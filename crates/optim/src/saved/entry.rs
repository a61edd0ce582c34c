//! What a file holds, one thing after the other.

use std::ops::Range;

use gradus_tensor::{Real, Shape, Tensor};

use crate::schedule::Plateau;
use crate::state::State;
use crate::{Domain, Layout, OptimError};

/// Something that changes from step to step, under a name.
pub struct Entry<'a, T: Real> {
    pub(crate) name: String,
    pub(crate) content: Content<'a, T>,
}

/// What it is.
pub(crate) enum Content<'a, T: Real> {
    /// Part of a vector, in the shape of what it belongs to.
    Part { values: &'a mut Tensor<T>, range: Range<usize>, shape: Shape, domain: Domain },
    /// Vectors of which there are more or fewer from step to step.
    Rows(Rows<'a, T>),
    /// A number.
    Scalar { value: &'a mut f64, domain: Domain },
    /// A learning rate, and whether it can be another one.
    LearningRate { value: &'a mut f64, check: &'a dyn Fn(f64) -> Result<(), OptimError> },
    /// A count.
    Count(&'a mut u64),
    /// What a plateau has seen.
    Plateau(&'a mut Plateau),
}

/// Up to `at_most` arrays of the same shape, each of which must be `allowed`.
pub(crate) struct Rows<'a, T> {
    pub(crate) rows: &'a mut Vec<Vec<T>>,
    pub(crate) shape: Shape,
    pub(crate) at_most: usize,
    pub(crate) allowed: fn(&[T]) -> bool,
    pub(crate) expected: &'static str,
}

impl<'a, T: Real> Entry<'a, T> {
    pub(crate) fn count(name: impl Into<String>, count: &'a mut u64) -> Self {
        Self { name: name.into(), content: Content::Count(count) }
    }

    pub(crate) fn scalar(name: impl Into<String>, value: &'a mut f64, domain: Domain) -> Self {
        Self { name: name.into(), content: Content::Scalar { value, domain } }
    }

    /// The same within a group, whose label stands behind names without a path.
    pub(crate) fn within(self, label: &str) -> Self {
        let name = if self.name.contains('/') { self.name } else { format!("{}/{label}", self.name) };
        Self { name, ..self }
    }
}

/// The slots of a rule or transform.
pub(crate) fn slot_entries<T: Real>(
    prefix: &str,
    state: &mut [State<T>],
    layout: &Layout,
    visit: &mut dyn FnMut(Entry<'_, T>),
) {
    for state in state {
        let slot = state.slot;
        if let Some(value) = state.scalar_mut() {
            visit(Entry::scalar(format!("{prefix}{}", slot.name), value, slot.domain));
            continue;
        }
        for (index, segment) in layout.segments().iter().enumerate() {
            let (range, shape) = (state.range(index), slot.extent.shape(segment.shape()));
            if range.is_empty() {
                continue;
            }
            let path = segment.path().map(|path| format!("/{path}")).unwrap_or_default();
            let name = format!("{prefix}{}{path}", slot.name);
            let values = state.tensor();
            visit(Entry { name, content: Content::Part { values, range, shape, domain: slot.domain } });
        }
    }
}

/// The learning rate that schedules are factors on, which may have been set in the middle of a run.
pub(crate) fn learning_rate_entry<T: Real>(
    value: &mut f64,
    check: &dyn Fn(f64) -> Result<(), OptimError>,
    visit: &mut dyn FnMut(Entry<'_, T>),
) {
    visit(Entry { name: "learning_rate".to_owned(), content: Content::LearningRate { value, check } });
}
