//! Windows along one axis.

use std::iter::StepBy;
use std::ops::Range;

/// Windows of `taps` positions, `dilation` apart, over `extent` elements; tap `t` of window `w` is element
/// `w·stride + t·dilation − before`, which is padding where it lies outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Axis {
    pub(crate) extent: usize,
    /// Padding in front of the elements; negative where windows skip the first ones.
    pub(crate) before: isize,
    pub(crate) taps: usize,
    pub(crate) stride: usize,
    pub(crate) dilation: usize,
    /// The number of windows.
    pub(crate) windows: usize,
}

impl Axis {
    /// How far tap `tap` is shifted in the plane of its phase.
    ///
    /// Windows are `stride` apart, so the elements that one tap meets are, too. Split by the remainder of their
    /// position (the phase), they are neighbours, and `stride` is 1 again.
    pub(crate) fn shift(&self, tap: usize) -> usize {
        tap * self.dilation / self.stride
    }

    /// The largest shift.
    pub(crate) fn reach(&self) -> usize {
        self.shift(self.taps - 1)
    }

    /// The number of phases that taps meet: their remainders `tap·dilation mod stride` repeat with the period
    /// `stride/gcd(stride, dilation)`.
    pub(crate) fn phases(&self) -> usize {
        let (mut divisor, mut rest) = (self.stride, self.dilation);
        while rest > 0 {
            (divisor, rest) = (rest, divisor % rest);
        }
        self.taps.min(self.stride / divisor)
    }

    /// The index of the phase of a tap.
    pub(crate) fn phase(&self, tap: usize) -> usize {
        tap % self.phases()
    }

    /// The element at position 0 of a phase (in padding where negative); its neighbours are `stride` further.
    pub(crate) fn origin(&self, phase: usize) -> isize {
        (phase * self.dilation % self.stride) as isize - self.before
    }

    /// The positions of a phase that all windows together meet.
    pub(crate) fn len(&self) -> usize {
        self.windows + self.reach()
    }

    /// The positions of a phase that are elements, not padding.
    pub(crate) fn inside(&self, phase: usize) -> Range<usize> {
        let origin = self.origin(phase);
        // The number of positions in front of an element.
        let below = |element: isize| {
            let distance = (element - origin).max(0) as usize;
            distance.div_ceil(self.stride).min(self.len())
        };
        below(0)..below(self.extent as isize)
    }

    /// The windows whose tap `tap` is an element, not padding.
    pub(crate) fn met(&self, tap: usize) -> Range<usize> {
        let inside = self.inside(self.phase(tap));
        let window = |position: usize| position.saturating_sub(self.shift(tap)).min(self.windows);
        window(inside.start)..window(inside.end)
    }

    /// The windows that lie inside as a whole: between the first and the last tap there is no padding.
    pub(crate) fn whole(&self) -> Range<usize> {
        self.met(0).start..self.met(self.taps - 1).end
    }

    /// The elements that a window meets: every `dilation`-th.
    pub(crate) fn elements(&self, window: usize) -> StepBy<Range<usize>> {
        let start = (window * self.stride) as isize - self.before;
        // The taps in front of the first element.
        let padding = start.min(0).unsigned_abs().div_ceil(self.dilation);
        let end = start + ((self.taps - 1) * self.dilation) as isize + 1;
        let first = start + (padding * self.dilation) as isize;
        (first as usize..(end.max(first) as usize).min(self.extent)).step_by(self.dilation)
    }
}
