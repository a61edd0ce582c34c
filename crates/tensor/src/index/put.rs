//! Writing by position: `scatter`, `scatter_add`, `index_add`.

use super::{along, check_covered, check_indices, origins};
use crate::layout::{Layout, Nest};
use crate::parallel::{Rows, for_each_piece, worth_splitting};
use crate::simd::{Kernel, dispatch};
use crate::{Element, Real, Shape, Tensor};

impl<T: Element> Tensor<T> {
    /// Writes elements to the given positions of `axis`: for axis 1 of a matrix
    /// `self[i, index[i, j]] = source[i, j]`. `source` broadcasts to the shape of `index`. Where several indices meet in
    /// one element, the last one in row-major order wins.
    ///
    /// # Panics
    /// When the ranks of `self` and `index` differ, the axis lies outside, `index` is longer than `self` along another
    /// axis, an index lies outside, or `source` does not broadcast.
    #[track_caller]
    pub fn scatter(&mut self, axis: usize, index: &Tensor<usize>, source: &Self) {
        let source = self.check_scattered("scatter", axis, index, source);
        self.put(axis, &index.buffer, *index.layout(), &source, Assign);
    }

    #[track_caller]
    fn check_scattered(&self, op: &str, axis: usize, index: &Tensor<usize>, source: &Self) -> Self {
        let (shape, given) = (index.shape(), source.shape());
        check_covered(op, self, axis, shape);
        check_indices(op, &index.dense(), axis, self.shape());
        assert!(
            given.broadcast(&shape) == Some(shape),
            "{op}: a source of shape {given} does not broadcast to indices of shape {shape}"
        );
        source.broadcast_to(shape)
    }

    /// Combines every element of `source` with the element of `self` that its index names, in row-major order of the
    /// indices; `at` is their layout and has the shape of `source`.
    fn put<C: Combine<T>>(&mut self, axis: usize, indices: &[usize], at: Layout, source: &Self, combine: C) {
        if source.is_empty() {
            return;
        }
        let (shape, extents) = (self.shape(), source.shape());
        let elements = self.make_mut();
        // The pieces must not share elements: along the indexed axis they might.
        let split =
            worth_splitting::<T>(3 * source.len()) && shape.iter().position(|&n| n != 1) != Some(axis);
        for_each_piece(shape, elements, split, |rows, elements| {
            let piece = rows.map_or(shape, |rows| shape.with(rows.axis, rows.len));
            let Some((rows, part)) = covered(rows, extents) else { return };
            let step = Layout::contiguous(piece).strides()[axis];
            let origins = origins(&Layout::contiguous(piece), axis, part);
            let nest = Nest::new([&origins, &at.part(rows), &source.layout().part(rows)]);
            dispatch(Put { combine, nest: &nest, step, indices, source: &source.buffer, elements });
        });
    }
}

/// The rows that a source of shape `extents` has, and the shape of this part of it; `None` if there are none.
fn covered(rows: Option<Rows>, extents: Shape) -> Option<(Option<Rows>, Shape)> {
    let Some(Rows { axis, start, len }) = rows else { return Some((None, extents)) };
    let len = len.min(extents[axis].saturating_sub(start));
    (len > 0).then(|| (Some(Rows { axis, start, len }), extents.with(axis, len)))
}

impl<T: Real> Tensor<T> {
    /// Adds elements to the given positions of `axis`: for axis 1 of a matrix
    /// `self[i, index[i, j]] += source[i, j]`, the transpose of [`gather`](Self::gather). `source` broadcasts to the shape
    /// of `index`. Where several indices meet in one element, the sum runs in their row-major order, for any number of
    /// threads.
    ///
    /// # Panics
    /// As for [`scatter`](Self::scatter).
    #[track_caller]
    pub fn scatter_add(&mut self, axis: usize, index: &Tensor<usize>, source: &Self) {
        let source = self.check_scattered("scatter_add", axis, index, source);
        self.put(axis, &index.buffer, *index.layout(), &source, Accumulate);
    }

    /// Adds part `i` of `source` along `axis` to part `indices[i]` of `self`, in order: the transpose of
    /// [`index_select`](Self::index_select).
    ///
    /// # Panics
    /// When the axis or an index lies outside, or `source` has not the shape that `index_select(axis, indices)` has.
    #[track_caller]
    pub fn index_add(&mut self, axis: usize, indices: &[usize], source: &Self) {
        self.layout().check_axis("index_add", axis);
        let (shape, given) = (self.shape(), source.shape());
        assert!(
            given == shape.with(axis, indices.len()),
            "index_add: {} indices along axis {axis} for a source of shape {given} into shape {shape}",
            indices.len()
        );
        check_indices("index_add", indices, axis, shape);
        self.put(axis, indices, along(axis, given), source, Accumulate);
    }
}

trait Combine<T>: Copy + Send + Sync {
    fn combine(self, slot: &mut T, value: T);
}

#[derive(Clone, Copy)]
struct Assign;

impl<T: Element> Combine<T> for Assign {
    #[inline(always)]
    fn combine(self, slot: &mut T, value: T) {
        *slot = value;
    }
}

#[derive(Clone, Copy)]
struct Accumulate;

impl<T: Real> Combine<T> for Accumulate {
    #[inline(always)]
    fn combine(self, slot: &mut T, value: T) {
        *slot += value;
    }
}

/// The joint nest of target positions at index 0, indices, and source.
struct Put<'a, T, C> {
    combine: C,
    nest: &'a Nest<3>,
    step: isize,
    indices: &'a [usize],
    source: &'a [T],
    elements: &'a mut [T],
}

impl<T: Element, C: Combine<T>> Kernel for Put<'_, T, C> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { combine, nest, step, indices, source, elements } = self;
        let (len, [to_stride, along, stride]) = (nest.run_len(), nest.run_strides());
        nest.for_each_run(
            #[inline(always)]
            |[to, at, from]| {
                if (to_stride, along, stride) == (1, 0, 1) {
                    let to = to.wrapping_add_signed(indices[at] as isize * step);
                    for (slot, &value) in elements[to..to + len].iter_mut().zip(&source[from..from + len]) {
                        combine.combine(slot, value);
                    }
                    return;
                }
                for i in 0..len as isize {
                    let index = indices[at.wrapping_add_signed(i * along)];
                    let to = to.wrapping_add_signed(i * to_stride + index as isize * step);
                    combine.combine(&mut elements[to], source[from.wrapping_add_signed(i * stride)]);
                }
            },
        );
    }
}
