//! Bins along one axis, over which a mean is taken.

use std::ops::Range;

use crate::window::Axis;

/// Ranges of elements, and what the sum over each is divided by.
pub(super) struct Bins {
    pub(super) ranges: Vec<Range<usize>>,
    pub(super) counts: Vec<usize>,
}

impl Bins {
    /// Windows with dilation 1. `padding` zeros behind and in front count if `counted`.
    pub(super) fn windows(axis: &Axis, counted: bool) -> Self {
        let padding = axis.before as usize;
        let (mut ranges, mut counts) = (Vec::new(), Vec::new());
        for window in 0..axis.windows {
            // Positions from the start of the padding.
            let start = window * axis.stride;
            let end = (start + axis.taps).min(axis.extent + 2 * padding);
            let range = start.saturating_sub(padding)..end.saturating_sub(padding).min(axis.extent);
            counts.push(if counted { end - start } else { range.len() });
            ranges.push(range);
        }
        Self { ranges, counts }
    }

    /// `bins` bins as equal as can be: bin i holds the elements ⌊i·extent/bins⌋ to ⌈(i + 1)·extent/bins⌉, so neighbours
    /// overlap where the extent is not a multiple.
    pub(super) fn adaptive(extent: usize, bins: usize) -> Self {
        let bound = |position: usize| position as u128 * extent as u128;
        let ranges: Vec<Range<usize>> = (0..bins)
            .map(|bin| {
                let (start, end) = (bound(bin) / bins as u128, bound(bin + 1).div_ceil(bins as u128));
                start as usize..end as usize
            })
            .collect();
        let counts = ranges.iter().map(ExactSizeIterator::len).collect();
        Self { ranges, counts }
    }

    /// The number of bins.
    pub(super) fn len(&self) -> usize {
        self.ranges.len()
    }
}
