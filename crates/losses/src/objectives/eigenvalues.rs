//! What computed eigenvalues of a positive semidefinite matrix certify.

use crate::{Constant, PreconditionedSpectrum};

/// A bound is called exact when its margin is at most this part of it.
pub(super) const SHARP: f64 = 1e-6;

/// How far above the margin the first eigenvalue must stand that counts as non-zero, when others vanish
/// within the margin. The spectra of kernel matrices decay right through the margin: there the smallest
/// computed eigenvalue above it says nothing of the smallest non-zero one, and the rank stays undecided.
const GAP: f64 = 1e3;

/// The eigenvalues of a positive semidefinite matrix in ascending order, each known up to a margin.
///
/// Eigenvalues within the margin of 0 are taken to *be* 0 if the others stand clear of them. That is exact
/// for matrices that are singular by their structure (repeated rows, columns that depend on each other); no
/// computation in floating point tells them from matrices within rounding of singular.
pub(super) struct Eigenvalues<'a> {
    values: &'a [f64],
    margin: f64,
}

impl<'a> Eigenvalues<'a> {
    /// From computed eigenvalues in ascending order. The error of each is at most about `terms`·ε·trace: the
    /// order of the matrix + 1 for the eigensolver, and for the matrix itself the number of roundings that an
    /// element went through (theory D2).
    pub(super) fn new(values: &'a [f64], terms: usize) -> Self {
        let trace: f64 = values.iter().map(|value| value.abs()).sum();
        // The second term covers products that underflow.
        Self { values, margin: terms as f64 * (f64::EPSILON * trace + f64::MIN_POSITIVE) }
    }

    /// How far the computed values may be off.
    pub(super) fn margin(&self) -> f64 {
        self.margin
    }

    fn above_margin(&self) -> usize {
        self.values.iter().filter(|&&value| value > self.margin).count()
    }

    /// The number of non-zero eigenvalues, if it can be told.
    pub(super) fn rank(&self) -> Option<usize> {
        let (order, rank) = (self.values.len(), self.above_margin());
        let decided = rank == 0 || rank == order || self.values[order - rank] >= GAP * self.margin;
        decided.then_some(rank)
    }

    /// The smallest non-zero eigenvalue, rounded down; unknown if the rank is undecided or 0.
    pub(super) fn smallest_nonzero(&self) -> Constant {
        match self.rank() {
            Some(rank) if rank > 0 => {
                let value = self.values[self.values.len() - rank];
                self.rounded(value - self.margin)
            }
            _ => Constant::Unknown,
        }
    }

    /// The largest eigenvalue, rounded up.
    pub(super) fn largest(&self) -> Constant {
        self.rounded(self.values[self.values.len() - 1] + self.margin)
    }

    fn rounded(&self, value: f64) -> Constant {
        if self.margin <= SHARP * value { Constant::Exact { value } } else { Constant::Bound { value } }
    }

    /// Both extremes, rounded to the safe side, of a matrix known to have this rank; nothing if some of so
    /// many eigenvalues are lost in rounding.
    pub(super) fn extremes(&self, rank: usize) -> Option<PreconditionedSpectrum> {
        let order = self.values.len();
        (rank > 0 && self.above_margin() == rank).then(|| PreconditionedSpectrum {
            smallest: self.values[order - rank] - self.margin,
            largest: self.values[order - 1] + self.margin,
        })
    }
}
