//! Planes copied so that every tap of a window is a shift.

use super::Axis;

/// Windows over planes of two axes, and the layout of the copy of such a plane: one padded plane of `rows` × `pitch`
/// per phase of both axes. Window (i, j) stands at position `i·pitch + j`, and its tap (s, t) at that position plus
/// [`offset`](Self::offset): for any stride, dilation and padding, all windows at once meet a tap in neighbouring
/// elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Planes {
    pub(crate) axes: [Axis; 2],
}

impl Planes {
    /// The distance between rows.
    pub(crate) fn pitch(&self) -> usize {
        self.axes[1].len()
    }

    fn phase_len(&self) -> usize {
        self.axes[0].len() * self.pitch()
    }

    /// The elements of the copy of one plane.
    pub(crate) fn copy_len(&self) -> usize {
        self.axes[0].phases() * self.axes[1].phases() * self.phase_len()
    }

    /// The elements of one plane.
    pub(crate) fn len(&self) -> usize {
        self.axes[0].extent * self.axes[1].extent
    }

    /// The number of windows over one plane.
    pub(crate) fn windows(&self) -> usize {
        self.axes[0].windows * self.axes[1].windows
    }

    /// The number of taps of a window.
    pub(crate) fn taps(&self) -> usize {
        self.axes[0].taps * self.axes[1].taps
    }

    /// Where tap (s, t) of the first window stands.
    pub(crate) fn offset(&self, [s, t]: [usize; 2]) -> usize {
        let [vertical, horizontal] = &self.axes;
        let phase = vertical.phase(s) * horizontal.phases() + horizontal.phase(t);
        phase * self.phase_len() + vertical.shift(s) * self.pitch() + horizontal.shift(t)
    }

    /// The offsets of all taps of a window that reaches over `planes` copies that follow one another, plane by plane
    /// and row by row.
    pub(crate) fn offsets(&self, planes: usize) -> Vec<usize> {
        let taps = |plane: usize| {
            (0..self.axes[0].taps).flat_map(move |s| (0..self.axes[1].taps).map(move |t| (plane, s, t)))
        };
        (0..planes)
            .flat_map(taps)
            .map(|(plane, s, t)| plane * self.copy_len() + self.offset([s, t]))
            .collect()
    }

    /// Whether the copy of a plane is the plane.
    pub(crate) fn is_identity(&self) -> bool {
        self.axes.iter().all(|axis| axis.stride == 1 && axis.before == 0 && axis.len() == axis.extent)
    }

    /// Copies one plane into `copy`, whose padding is left as it is.
    pub(crate) fn copy<T: Copy>(&self, plane: &[T], copy: &mut [T]) {
        if self.is_identity() {
            copy.copy_from_slice(plane);
            return;
        }
        let [vertical, horizontal] = &self.axes;
        let (pitch, stride) = (self.pitch(), horizontal.stride);
        for (s, t) in (0..vertical.phases()).flat_map(|s| (0..horizontal.phases()).map(move |t| (s, t))) {
            let (rows, inside) = (vertical.inside(s), horizontal.inside(t));
            if inside.is_empty() {
                continue;
            }
            let first = (horizontal.origin(t) + (inside.start * stride) as isize) as usize;
            let copy = &mut copy[(s * horizontal.phases() + t) * self.phase_len()..];
            for row in rows {
                let from = (vertical.origin(s) + (row * vertical.stride) as isize) as usize;
                let elements = &plane[from * horizontal.extent..][first..horizontal.extent];
                take_every(elements, stride, &mut copy[row * pitch..][inside.clone()]);
            }
        }
    }
}

/// Copies every `stride`-th element.
#[inline]
fn take_every<T: Copy>(elements: &[T], stride: usize, to: &mut [T]) {
    match stride {
        1 => copy_row(&elements[..to.len()], to),
        // A stride that the compiler knows is a shuffle.
        2 => to.iter_mut().zip(elements.iter().step_by(2)).for_each(|(to, &element)| *to = element),
        _ => to.iter_mut().zip(elements.iter().step_by(stride)).for_each(|(to, &element)| *to = element),
    }
}

/// Copies a row that is often so short that a call of `memcpy` takes longer than the copy.
#[inline(always)]
pub(crate) fn copy_row<T: Copy>(from: &[T], to: &mut [T]) {
    const CHUNK: usize = 8;
    let len = to.len();
    if !(CHUNK..=64).contains(&len) {
        to.copy_from_slice(from);
        return;
    }
    let mut start = 0;
    while start < len {
        // The last chunk overlaps the one before it.
        let at = start.min(len - CHUNK);
        let from: &[T; CHUNK] = from[at..].first_chunk().expect("as long as the target");
        to[at..at + CHUNK].copy_from_slice(from);
        start += CHUNK;
    }
}
