//! Which coordinates an optimizer moves, and how they are cut into parameters.

use std::fmt;
use std::ops::Range;

use gradus_tensor::{Params, ParamsLayout, Real, Shape};

/// The coordinates that an optimizer moves: all of a slab, or those of some of its parameters.
///
/// Made from [`Params`], whose paths and shapes it knows from then on, or from a number of coordinates, which are
/// then one parameter without a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// Of the whole slab.
    len: usize,
    /// Of the segments.
    dim: usize,
    /// Of the whole slab; absent where there are no names.
    params: Option<ParamsLayout>,
    segments: Vec<Segment>,
    runs: Vec<Run>,
}

/// A parameter in a [`Layout`].
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    path: Option<String>,
    shape: Shape,
    slab: Range<usize>,
    own: Range<usize>,
}

/// Neighbouring coordinates.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Run {
    /// Where they lie in the slab.
    pub(crate) slab: Range<usize>,
    /// Where they lie among the coordinates of the layout: the order of the state.
    pub(crate) own: Range<usize>,
}

impl Segment {
    /// The path of the parameter, if it has one.
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// The shape of the parameter.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Where the parameter lies in the slab.
    pub fn slab(&self) -> Range<usize> {
        self.slab.clone()
    }

    /// Where the parameter lies in a slot with one element per coordinate.
    pub fn own(&self) -> Range<usize> {
        self.own.clone()
    }
}

impl Layout {
    fn new(
        len: usize,
        params: Option<ParamsLayout>,
        parts: impl IntoIterator<Item = (Option<String>, Shape, Range<usize>)>,
    ) -> Self {
        let (mut segments, mut runs, mut dim) = (Vec::new(), Vec::<Run>::new(), 0);
        for (path, shape, slab) in parts {
            let own = dim..dim + slab.len();
            dim = own.end;
            match runs.last_mut() {
                Some(run) if run.slab.end == slab.start => {
                    (run.slab.end, run.own.end) = (slab.end, own.end);
                }
                _ => runs.push(Run { slab: slab.clone(), own: own.clone() }),
            }
            segments.push(Segment { path, shape, slab, own });
        }
        Self { len, dim, params, segments, runs }
    }

    /// The layout of those parameters for whose position `chosen` holds.
    pub(crate) fn part(&self, chosen: impl Fn(usize) -> bool) -> Self {
        let parts = self.segments.iter().enumerate().filter(|&(position, _)| chosen(position));
        let parts = parts.map(|(_, segment)| (segment.path.clone(), segment.shape, segment.slab()));
        Self::new(self.len, self.params.clone(), parts)
    }

    /// The number of coordinates of the slab, moved or not.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether the slab has no coordinates.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The number of coordinates that are moved.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The parameters that are moved, in the order of the slab.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The coordinates that are moved, in as few ranges as possible.
    pub(crate) fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Whether all coordinates of the slab are moved.
    pub(crate) fn is_whole(&self) -> bool {
        self.dim == self.len
    }

    /// The layout of the whole slab.
    pub(crate) fn whole(&self) -> Self {
        match &self.params {
            None => Self::from(self.len),
            Some(layout) => Self::of(self.len, layout.clone()),
        }
    }

    fn of(len: usize, layout: ParamsLayout) -> Self {
        let parts: Vec<_> =
            layout.iter().map(|(path, shape, range)| (Some(path.to_owned()), shape, range)).collect();
        Self::new(len, Some(layout), parts)
    }

    /// How the parameters differ from those of the layout, in words.
    pub(crate) fn difference<T: Real>(&self, params: &Params<T>) -> Option<String> {
        let Some(expected) = &self.params else {
            let (expected, found) = (self.len, params.len());
            return (expected != found).then(|| format!("{found} coordinates found, {expected} expected"));
        };
        let found = params.layout();
        if *expected == found {
            return None;
        }
        let (expected, found) = (expected.iter(), found.iter());
        let (many, given) = (expected.len(), found.len());
        for ((path, shape, _), (found_path, found_shape, _)) in expected.zip(found) {
            if path != found_path {
                return Some(format!("{found_path} found where {path} is expected"));
            }
            if shape != found_shape {
                return Some(format!("{path} has shape {found_shape}, {shape} expected"));
            }
        }
        Some(format!("{given} parameters found, {many} expected"))
    }

    /// The place of a coordinate of the slab, in words.
    pub(crate) fn place(&self, index: usize) -> Place {
        let segment = self.segments.iter().find(|segment| segment.slab.contains(&index));
        let named = segment.and_then(|segment| Some((segment.path.clone()?, segment)));
        match named {
            Some((path, segment)) => {
                Place::Element { path, shape: Box::new(segment.shape), element: index - segment.slab.start }
            }
            None => Place::Coordinate(index),
        }
    }
}

/// One parameter without a name.
impl From<usize> for Layout {
    fn from(dim: usize) -> Self {
        Self::new(dim, None, [(None, Shape::from([dim]), 0..dim)])
    }
}

/// All parameters.
impl<T: Real> From<&Params<T>> for Layout {
    fn from(params: &Params<T>) -> Self {
        Self::of(params.len(), params.layout())
    }
}

impl From<&Layout> for Layout {
    fn from(layout: &Layout) -> Self {
        layout.clone()
    }
}

/// Where a coordinate lies.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Place {
    /// In the slab.
    Coordinate(usize),
    /// In a parameter.
    Element {
        /// The path of the parameter.
        path: String,
        /// Its shape.
        shape: Box<Shape>,
        /// The position in row-major order.
        element: usize,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Coordinate(index) => write!(f, "coordinate {index} of the gradient"),
            Self::Element { path, shape, element } => {
                write!(f, "gradient of {path}, element {element} of shape {shape},")
            }
        }
    }
}
