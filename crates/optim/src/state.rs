//! What an optimizer remembers between steps: named flat vectors.

use std::ops::{Index, IndexMut, Range};

use gradus_tensor::{Real, Shape, Tensor};

use crate::Layout;

/// One named part of an optimizer's state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slot {
    /// PyTorch's name where PyTorch has the state, such as `exp_avg`.
    pub name: &'static str,
    /// What it holds before the first step.
    pub initial: Initial,
    /// How many elements there are.
    pub extent: Extent,
    /// What the elements can be.
    pub domain: Domain,
}

impl Slot {
    /// One element per coordinate, initially 0.
    pub fn zeros(name: &'static str) -> Self {
        Self::filled(name, 0.0)
    }

    /// One element per coordinate, initially `value`.
    pub fn filled(name: &'static str, value: f64) -> Self {
        Self { name, initial: Initial::Constant(value), extent: Extent::Coordinates, domain: Domain::Finite }
    }

    /// One element per coordinate, initially a copy of the parameters.
    pub fn parameters(name: &'static str) -> Self {
        Self { initial: Initial::Parameters, ..Self::zeros(name) }
    }

    /// One number for all coordinates, in f64 whatever the type of the elements; initially `value`.
    pub fn scalar(name: &'static str, value: f64) -> Self {
        Self::filled(name, value).per(Extent::Scalar)
    }

    /// The same with another number of elements; only coordinates can start at the parameters.
    #[must_use]
    pub fn per(self, extent: Extent) -> Self {
        Self { extent, ..self }
    }

    /// The same for what is never below 0, such as averages of squares.
    #[must_use]
    pub fn non_negative(self) -> Self {
        Self { domain: Domain::NonNegative, ..self }
    }
}

/// What the elements of a [`Slot`] can be. State that is read from a file is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Any finite number.
    Finite,
    /// Any finite number that is at least 0.
    NonNegative,
}

impl Domain {
    /// Whether a number can be such an element.
    pub fn contains(self, value: f64) -> bool {
        value.is_finite() && (self == Self::Finite || value >= 0.0)
    }

    #[cfg(feature = "io")]
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Finite => "a finite number",
            Self::NonNegative => "a finite number, at least 0,",
        }
    }
}

/// What a [`Slot`] holds before the first step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Initial {
    /// The same value in every element.
    Constant(f64),
    /// The parameters at the beginning of the first step (until then 0), for rules that keep points.
    Parameters,
}

/// How many elements a [`Slot`] has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// One per coordinate, in the layout of the parameters.
    Coordinates,
    /// One for all coordinates, in f64; see [`Slot::scalar`].
    Scalar,
    /// One per parameter.
    Parameters,
    /// One per row of a parameter with two axes or more, a row being what the last axis runs along; nothing for the
    /// other parameters.
    Rows,
    /// One per column of every matrix that the last two axes of a parameter span; nothing for parameters with fewer
    /// axes.
    Columns,
    /// One per coordinate of the parameters with fewer than two axes.
    Vectors,
}

impl Extent {
    /// The shape of the part that belongs to a parameter.
    pub fn shape(self, parameter: Shape) -> Shape {
        let rank = parameter.rank();
        let nothing = Shape::from([0]);
        match self {
            Self::Coordinates => parameter,
            Self::Scalar | Self::Parameters => Shape::from([0; 0]),
            Self::Rows if rank >= 2 => Shape::from(&parameter[..rank - 1]),
            Self::Columns if rank >= 2 => {
                parameter[..rank - 2].iter().chain(&parameter[rank - 1..]).copied().collect()
            }
            Self::Vectors if rank < 2 => parameter,
            Self::Rows | Self::Columns | Self::Vectors => nothing,
        }
    }
}

/// A slot and its elements.
#[derive(Clone, Debug)]
pub(crate) struct State<T: Real> {
    pub(crate) slot: Slot,
    /// One axis. A tensor, because its memory lies on huge pages when it is large, and copies share it until one of
    /// them is changed.
    values: Tensor<T>,
    /// That of a scalar, which has no other elements.
    number: f64,
    /// Where the elements of each parameter begin, and where the last one's end.
    bounds: Vec<usize>,
}

impl<T: Real> State<T> {
    pub(crate) fn new(slot: Slot, layout: &Layout) -> Self {
        let mut bounds = vec![0];
        let mut end = 0;
        bounds.extend(layout.segments().iter().map(|segment| {
            end += if slot.extent == Extent::Scalar { 0 } else { slot.extent.shape(segment.shape()).len() };
            end
        }));
        let initial = match slot.initial {
            Initial::Constant(value) => value,
            Initial::Parameters => 0.0,
        };
        Self { slot, values: Tensor::full([end], T::constant(initial)), number: initial, bounds }
    }

    /// The number of a scalar.
    pub(crate) fn scalar(&self) -> Option<f64> {
        (self.slot.extent == Extent::Scalar).then_some(self.number)
    }

    pub(crate) fn scalar_mut(&mut self) -> Option<&mut f64> {
        (self.slot.extent == Extent::Scalar).then_some(&mut self.number)
    }

    /// The elements, unless it is a scalar.
    pub(crate) fn vector(&self) -> Option<&[T]> {
        (self.slot.extent != Extent::Scalar).then(|| self.values())
    }

    pub(crate) fn values(&self) -> &[T] {
        self.values.as_slice().unwrap_or_default()
    }

    pub(crate) fn values_mut(&mut self) -> &mut [T] {
        self.values.make_mut()
    }

    #[cfg(feature = "io")]
    pub(crate) fn tensor(&mut self) -> &mut Tensor<T> {
        &mut self.values
    }

    /// The elements that belong to a parameter.
    pub(crate) fn range(&self, segment: usize) -> Range<usize> {
        self.bounds[segment]..self.bounds[segment + 1]
    }

    /// Before the first step: copies the parameters where they are the initial value.
    pub(crate) fn begin(&mut self, layout: &Layout, parameters: &[T]) {
        if self.slot.initial == Initial::Parameters {
            for run in layout.runs() {
                self.values_mut()[run.own.clone()].copy_from_slice(&parameters[run.slab.clone()]);
            }
        }
    }
}

/// The slots of an optimizer, by their position in [`Rule::slots`](crate::Rule::slots): whole, or the parts that
/// belong to one parameter. Scalars have no elements here: see [`Pass::scalar_state`](crate::Pass::scalar_state).
#[derive(Debug)]
pub struct Slots<'a, T: Real> {
    pub(crate) state: &'a mut [State<T>],
    pub(crate) segment: Option<usize>,
}

impl<T: Real> Slots<'_, T> {
    /// Several slots at once.
    ///
    /// # Panics
    /// When a slot does not exist or is named twice.
    #[track_caller]
    pub fn many<const N: usize>(&mut self, slots: [usize; N]) -> [&mut [T]; N] {
        let segment = self.segment;
        match self.state.get_disjoint_mut(slots) {
            Ok(states) => states.map(|state| {
                let range = part(state, segment);
                &mut state.values_mut()[range]
            }),
            Err(error) => panic!("slots {slots:?}: {error}"),
        }
    }
}

fn part<T: Real>(state: &State<T>, segment: Option<usize>) -> Range<usize> {
    segment.map_or(0..state.values().len(), |segment| state.range(segment))
}

impl<T: Real> Index<usize> for Slots<'_, T> {
    type Output = [T];
    #[track_caller]
    fn index(&self, slot: usize) -> &[T] {
        let state = &self.state[slot];
        &state.values()[part(state, self.segment)]
    }
}

impl<T: Real> IndexMut<usize> for Slots<'_, T> {
    #[track_caller]
    fn index_mut(&mut self, slot: usize) -> &mut [T] {
        let range = part(&self.state[slot], self.segment);
        &mut self.state[slot].values_mut()[range]
    }
}
