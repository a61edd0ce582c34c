//! From a fold over any set of axes to kernels.
//!
//! A reduction goes in steps, innermost axes first: each folds neighbouring reduced axes, as many as it takes to make
//! runs of [`RUN`] elements, in row-major order. The steps depend on the shape and the axes alone. So a transposed
//! view gives the same bits as its contiguous copy, and is streamed all the same: a step over whole rows in one is a
//! step over columns in the other.

use super::axes::{AxisSet, Walk};
use super::columns::{Slabs, fold_slabs};
use super::fold::{Fold, Join};
use super::rows::{Runs, fold_runs, fold_slice};
use crate::layout::Layout;
use crate::{Element, Shape, Tensor};

/// Elements from which on a run is a step of its own: enough for the lanes to pay.
const RUN: usize = 256;

/// Columns from which on streaming rows with gaps between them pays.
const COLUMNS: usize = 8;

/// Folds `x` over the axes, which are kept with extent 1. `pivots` has the shape of the result, or is `None` if the
/// terms have none.
pub(crate) fn fold_axes<T: Element, F: Fold<T>>(
    fold: F,
    x: &Tensor<T>,
    axes: AxisSet,
    pivots: Option<&Tensor<F::Output>>,
) -> Tensor<F::Output> {
    let shape = x.shape();
    if let (None, Some(elements), true) = (pivots, x.as_slice(), axes == AxisSet::all(x.rank()))
        && (x.rank() == 1 || elements.len() <= RUN)
    {
        // One step, and no layout to be looked at: half of the time of a small sum.
        return Tensor::full(axes.kept_in(shape), fold_slice(fold, elements));
    }
    if x.is_empty() {
        return Tensor::full(axes.kept_in(shape), fold.joining().identity());
    }
    let group = innermost_group(x, axes);
    let rest = (0..x.rank()).any(|axis| axes.contains(axis) && !group.contains(axis) && shape[axis] > 1);
    if !rest {
        return shaped(step(fold, x, group, pivots), axes.kept_in(shape));
    }
    let pivots = pivots.map(|pivots| pivots.broadcast_to(group.kept_in(shape)));
    fold_axes(fold.joining(), &step(fold, x, group, pivots.as_ref()), axes, None)
}

/// A result, whose elements are in row-major order, under another shape.
pub(crate) fn shaped<T: Element>(result: Tensor<T>, shape: Shape) -> Tensor<T> {
    debug_assert!(result.is_contiguous() && result.len() == shape.len());
    let layout = Layout::contiguous_at(result.layout().offset, shape);
    Tensor::view_of(result.buffer, layout)
}

/// The axes of the first step.
fn innermost_group<T: Element>(x: &Tensor<T>, axes: AxisSet) -> AxisSet {
    let (shape, mut group, mut count) = (x.shape(), AxisSet::EMPTY, 1);
    for axis in (0..x.rank()).rev().filter(|&axis| shape[axis] > 1) {
        if axes.contains(axis) && count < RUN {
            group = group.with(axis);
            count *= shape[axis];
        } else if group != AxisSet::EMPTY {
            break;
        }
    }
    group
}

/// Folds over `group`, whose axes are kept with extent 1, by the kernel that suits how `x` lies in memory.
fn step<T: Element, F: Fold<T>>(
    fold: F,
    x: &Tensor<T>,
    group: AxisSet,
    pivots: Option<&Tensor<F::Output>>,
) -> Tensor<F::Output> {
    let kept = Walk::new(x.layout(), |axis| !group.contains(axis));
    let run = Walk::new(x.layout(), |axis| group.contains(axis));
    let mut column_axis = None;
    if let Some((rows, row_stride)) = run.single()
        && (rows == 1 || row_stride != 1)
    {
        let (columns, stride) = kept.inner();
        if stride == 1 && (columns >= COLUMNS || row_stride == columns as isize || rows == 1) {
            return write(x, group, pivots, |pivots, out| {
                let (slabs, offset) = (&kept.outer(), x.layout().offset);
                fold_slabs(
                    fold,
                    Slabs { x: &x.buffer, offset, slabs, rows, row_stride, columns },
                    pivots,
                    out,
                );
            });
        }
        column_axis = (0..x.rank()).find(|&axis| {
            let (extent, stride) = (x.shape()[axis], x.strides()[axis]);
            !group.contains(axis) && extent >= COLUMNS && stride.abs() == 1
        });
    }
    // Rows of neighbours that another kept axis follows, or that are stored backwards: the same fold of a view in which
    // they come last and forwards, and the same view of its result, which is smaller.
    let last = (0..x.rank()).rfind(|&axis| !group.contains(axis) && x.shape()[axis] > 1);
    if let (Some(axis), Some(last)) = (column_axis, last) {
        let flips: &[usize] = if x.strides()[axis] < 0 { &[axis] } else { &[] };
        let pivots = pivots.map(|pivots| pivots.flip(flips).transpose(axis, last));
        let turned = step(fold, &x.flip(flips).transpose(axis, last), group, pivots.as_ref());
        return turned.transpose(axis, last).flip(flips).contiguous();
    }
    write(x, group, pivots, |pivots, out| {
        fold_runs(
            fold,
            Runs { x: &x.buffer, offset: x.layout().offset, kept: &kept, run: &run },
            pivots,
            out,
        );
    })
}

/// The result of a step, written by `fill` given the pivots in the same order.
fn write<T: Element, S: Element>(
    x: &Tensor<T>,
    group: AxisSet,
    pivots: Option<&Tensor<S>>,
    fill: impl FnOnce(&[S], &mut [S]),
) -> Tensor<S> {
    let shape = group.kept_in(x.shape());
    match pivots {
        Some(pivots) => Tensor::build(shape, |out| fill(&pivots.dense(), out)),
        None => Tensor::build(shape, |out| fill(&[], out)),
    }
}
