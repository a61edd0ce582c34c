//! Tensors one after the other along an axis: `concat`, `stack`, `roll`.

use crate::parallel::{for_each_piece, worth_splitting};
use crate::{Element, MAX_RANK, Tensor};

impl<T: Element> Tensor<T> {
    /// The tensors one after the other along `axis`.
    ///
    /// # Panics
    /// When there are none, the axis lies outside, or shapes differ along another axis.
    #[track_caller]
    pub fn concat(parts: &[&Self], axis: usize) -> Self {
        Self::join("concat", parts, axis)
    }

    /// Tensors of one shape along a new axis in front of `axis`, or behind the last one if that is the rank.
    ///
    /// # Panics
    /// When there are none, the axis exceeds the rank, or shapes differ.
    #[track_caller]
    pub fn stack(parts: &[&Self], axis: usize) -> Self {
        assert!(!parts.is_empty(), "stack: no tensors");
        let shape = parts[0].shape();
        let mut layers = Vec::with_capacity(parts.len());
        for part in parts {
            assert!(part.shape() == shape, "stack: shapes differ: {shape} and {}", part.shape());
            layers.push(part.unsqueeze(axis));
        }
        Self::join("stack", &layers.iter().collect::<Vec<_>>(), axis)
    }

    #[track_caller]
    fn join(op: &str, parts: &[&Self], axis: usize) -> Self {
        assert!(!parts.is_empty(), "{op}: no tensors");
        let first = parts[0].shape();
        parts[0].layout().check_axis(op, axis);
        let mut extent = 0_usize;
        for part in parts {
            let shape = part.shape();
            assert!(
                shape.rank() == first.rank() && shape.with(axis, 0) == first.with(axis, 0),
                "{op}: shapes {first} and {shape} differ outside axis {axis}"
            );
            extent = extent.saturating_add(shape[axis]);
        }
        let shape = first.with(axis, extent);
        Self::build(shape, |out| {
            for_each_piece(shape, out, worth_splitting::<T>(2 * out.len()), |rows, piece| {
                let mut origin = [0; MAX_RANK];
                for part in parts {
                    part.place(&origin, shape, rows, piece);
                    origin[axis] += part.shape()[axis];
                }
            });
        })
    }

    /// The elements moved by `shift` positions along `axis`, those pushed over the end coming back at the start.
    ///
    /// # Panics
    /// When the axis lies outside.
    #[track_caller]
    pub fn roll(&self, axis: usize, shift: isize) -> Self {
        self.layout().check_axis("roll", axis);
        let extent = self.shape()[axis];
        let back = shift.checked_rem_euclid(extent as isize).unwrap_or(0) as usize;
        let (front, end) = (self.narrow(axis, 0, extent - back), self.narrow(axis, extent - back, back));
        Self::join("roll", &[&end, &front], axis)
    }
}
