//! Picking and moving elements by position.
//!
//! [`take`] reads, [`put`] writes: one loop nest each, over the elements without the indexed axis and the indices
//! together, so that broadcast indices become runs of copies and no position is found by division.

mod mask;
mod one_hot;
mod put;
mod take;
mod triangle;

use crate::layout::Layout;
use crate::{Element, Shape, Tensor};

/// # Panics
/// When an index along `axis` lies outside `shape`.
#[track_caller]
fn check_indices(op: &str, indices: &[usize], axis: usize, shape: Shape) {
    let extent = shape[axis];
    if indices.iter().any(|&index| index >= extent) {
        let index = indices.iter().find(|&&index| index >= extent).copied().unwrap_or_default();
        panic!("{op}: index {index} along axis {axis} is outside shape {shape}");
    }
}

/// The layout of a list of indices, one for each position of `axis`, repeated along the other axes of `shape`.
fn along(axis: usize, shape: Shape) -> Layout {
    Layout::contiguous(shape[axis..].iter().enumerate().map(|(i, &n)| if i == 0 { n } else { 1 }).collect())
        .broadcast_to(shape)
}

/// What indices along `axis` are counted from: the elements at position 0 of it, at every position of the other axes
/// that `shape` has, repeated along `axis`.
fn origins(layout: &Layout, axis: usize, shape: Shape) -> Layout {
    let mut origins = layout.narrow(axis, 0, 1);
    for other in (0..shape.rank()).filter(|&other| other != axis) {
        origins = origins.narrow(other, 0, shape[other]);
    }
    origins.broadcast_to(shape)
}

/// # Panics
/// When the ranks differ, or an axis other than `axis` is longer in `index` than in `shape`.
#[track_caller]
fn check_covered<T: Element>(op: &str, tensor: &Tensor<T>, axis: usize, index: Shape) {
    let shape = tensor.shape();
    tensor.layout().check_axis(op, axis);
    assert!(
        index.rank() == shape.rank(),
        "{op}: indices of shape {index} and shape {shape} have not as many axes"
    );
    assert!(
        (0..index.rank()).all(|i| i == axis || index[i] <= shape[i]),
        "{op}: indices of shape {index} along axis {axis} exceed shape {shape}"
    );
}
