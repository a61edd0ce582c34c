//! Axes of a tensor, held in place: an op with them takes no memory of its own.

use std::ops::Deref;

use gradus_tensor::{MAX_RANK, Shape};

/// A list of axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axes(Shape);

impl From<&[usize]> for Axes {
    /// # Panics
    /// With more axes than a tensor can have.
    #[track_caller]
    fn from(axes: &[usize]) -> Self {
        assert!(axes.len() <= MAX_RANK, "{} axes are named, a tensor has at most {MAX_RANK}", axes.len());
        Self(Shape::from(axes))
    }
}

impl Axes {
    /// The axes `0..rank`.
    pub(crate) fn all(rank: usize) -> Self {
        Self((0..rank).collect())
    }
}

impl Deref for Axes {
    type Target = [usize];
    fn deref(&self) -> &[usize] {
        &self.0
    }
}
