//! More elements before and after each axis.

use crate::parallel::{for_each_piece, worth_splitting};
use crate::{Element, MAX_RANK, Tensor};

/// What stands in the margins of a padded tensor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Padding<T> {
    /// One value.
    Constant(T),
    /// The elements mirrored at the outermost ones, which are not repeated: `c b | a b c | b a`.
    Reflect,
    /// The outermost elements repeated: `a a | a b c | c c`.
    Replicate,
    /// The elements of the other end, as on a circle: `b c | a b c | a b`.
    Circular,
}

impl<T: Element> Tensor<T> {
    /// The tensor with `(before, after)` more elements at the two ends of each axis.
    ///
    /// # Panics
    /// When there is not one pair of widths per axis, the shape exceeds the address space, or a margin has nothing to
    /// be filled with: a reflected one must be shorter than the axis, a circular one at most as long, and a replicated
    /// one needs an element.
    #[track_caller]
    pub fn pad(&self, widths: &[(usize, usize)], padding: Padding<T>) -> Self {
        let shape = self.shape();
        assert!(widths.len() == self.rank(), "pad: {} pairs of widths for shape {shape}", widths.len());
        if let Padding::Constant(value) = padding {
            return self.pad_constant(widths, value);
        }
        let mut padded = self.clone();
        for (axis, &(before, after)) in widths.iter().enumerate().filter(|&(_, &widths)| widths != (0, 0)) {
            let extent = shape[axis];
            let longest = match padding {
                Padding::Reflect => extent.saturating_sub(1),
                Padding::Circular => extent,
                _ if extent == 0 => 0,
                _ => usize::MAX,
            };
            assert!(
                before.max(after) <= longest,
                "pad: no margins of {before} and {after} by {} along axis {axis} of shape {shape}",
                padding.name()
            );
            let wider = padded.shape().with(axis, padded_extent(extent, before, after));
            assert!(wider.checked_len().is_some(), "pad: shape {wider} exceeds the address space");
            let sources: Vec<usize> = (0..wider[axis])
                .map(|i| padding.source(i as isize - before as isize, extent as isize) as usize)
                .collect();
            padded = padded.index_select(axis, &sources);
        }
        padded.contiguous()
    }

    #[track_caller]
    fn pad_constant(&self, widths: &[(usize, usize)], value: T) -> Self {
        let mut shape = self.shape();
        for (axis, &(before, after)) in widths.iter().enumerate() {
            shape = shape.with(axis, padded_extent(shape[axis], before, after));
        }
        let mut origin = [0; MAX_RANK];
        for (start, &(before, _)) in origin.iter_mut().zip(widths) {
            *start = before;
        }
        Self::build(shape, |out| {
            for_each_piece(shape, out, worth_splitting::<T>(2 * out.len()), |rows, piece| {
                piece.fill(value);
                self.place(&origin, shape, rows, piece);
            });
        })
    }
}

/// Saturates where no tensor is so large, which is refused when it is made.
fn padded_extent(extent: usize, before: usize, after: usize) -> usize {
    extent.saturating_add(before).saturating_add(after)
}

impl<T> Padding<T> {
    fn name(&self) -> &'static str {
        match self {
            Self::Constant(_) => "a constant",
            Self::Reflect => "reflection",
            Self::Replicate => "replication",
            Self::Circular => "wrapping around",
        }
    }

    /// The position within `0..extent` whose element stands at position `i`, at most one extent outside.
    fn source(&self, i: isize, extent: isize) -> isize {
        match self {
            Self::Reflect if i < 0 => -i,
            Self::Reflect if i >= extent => 2 * (extent - 1) - i,
            Self::Circular => i.rem_euclid(extent),
            _ => i.clamp(0, extent - 1),
        }
    }
}
