//! The largest element of each window, and where it stands.

use rayon::prelude::*;

use super::geometry::Geometry;
use super::{MaxPool1d, MaxPool2d};
use crate::parallel::{PIECE, worth_splitting};
use crate::simd::{Kernel, dispatch};
use crate::window::Axis;
use crate::{Real, Shape, Tensor};

impl<T: Real> Tensor<T> {
    /// The largest element of each window of the last axis, and its index along that axis; the axes in front of it are
    /// kept. Ties and NaN as [`max_pool2d`](Self::max_pool2d).
    ///
    /// # Panics
    /// When there is nothing to pool over, a kernel, stride or dilation is 0, the kernel exceeds the padded input, or
    /// the padding exceeds half of it.
    #[track_caller]
    pub fn max_pool1d(&self, settings: MaxPool1d) -> (Self, Tensor<usize>) {
        largest("max_pool1d", 1, self, settings.into())
    }

    /// The largest element of each window of the last two axes, and its index `row·W + column` in the plane that these
    /// axes span; the axes in front of them are kept.
    ///
    /// As in PyTorch, the first of equal elements counts (row by row), and the last NaN, if there is one.
    ///
    /// # Panics
    /// When there is nothing to pool over, a kernel, stride or dilation is 0, the kernel exceeds the padded input, the
    /// padding exceeds half of it, or a window meets padding only.
    #[track_caller]
    pub fn max_pool2d(&self, settings: MaxPool2d) -> (Self, Tensor<usize>) {
        largest("max_pool2d", 2, self, settings)
    }

    /// The gradient of [`max_pool1d`](Self::max_pool1d) with respect to an input of shape `input`, given the gradient
    /// `self` with respect to the output, and the indices that the pooling returned.
    ///
    /// # Panics
    /// When the shapes do not fit, or an index lies outside.
    #[track_caller]
    pub fn max_pool1d_backward(&self, indices: &Tensor<usize>, input: impl Into<Shape>) -> Self {
        scatter("max_pool1d_backward", 1, self, indices, input.into())
    }

    /// The gradient of [`max_pool2d`](Self::max_pool2d) with respect to an input of shape `input`, given the gradient
    /// `self` with respect to the output, and the indices that the pooling returned: each element gets the sum over the
    /// windows in which it is the largest.
    ///
    /// # Panics
    /// When the shapes do not fit, or an index lies outside.
    #[track_caller]
    pub fn max_pool2d_backward(&self, indices: &Tensor<usize>, input: impl Into<Shape>) -> Self {
        scatter("max_pool2d_backward", 2, self, indices, input.into())
    }
}

#[track_caller]
fn largest<T: Real>(
    op: &str,
    spatial: usize,
    x: &Tensor<T>,
    settings: MaxPool2d,
) -> (Tensor<T>, Tensor<usize>) {
    let geometry = Geometry::new(op, spatial, x.shape());
    let axes = geometry.windows(op, settings);
    let shape = geometry.shape(axes.map(|axis| axis.windows));
    let plane = axes[0].extent * axes[1].extent;
    assert!(u32::try_from(plane).is_ok(), "{op}: more than 2³² elements to pool over in input {}", x.shape());
    let pooled = axes[0].windows * axes[1].windows;
    let x = x.dense();
    let mut indices = Tensor::zeros(shape);
    let values = Tensor::build(shape, |y| {
        let indices = indices.make_mut();
        let planes = PIECE.div_ceil(plane);
        if worth_splitting::<T>(x.len() + y.len()) {
            x.par_chunks(planes * plane)
                .zip(y.par_chunks_mut(planes * pooled))
                .zip(indices.par_chunks_mut(planes * pooled))
                .for_each(|((x, y), indices)| dispatch(Largest { axes: &axes, x, y, indices }));
        } else {
            dispatch(Largest { axes: &axes, x: &x, y, indices });
        }
    });
    (values, indices)
}

/// Windows that are compared at once.
const LANES: usize = 16;

/// The largest elements of the windows over some planes.
struct Largest<'a, T> {
    axes: &'a [Axis; 2],
    x: &'a [T],
    y: &'a mut [T],
    indices: &'a mut [usize],
}

impl<T: Real> Kernel for Largest<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { axes: [vertical, horizontal], x, y, indices } = self;
        let (width, stride) = (horizontal.extent, horizontal.stride);
        let whole = if stride <= 2 { horizontal.whole() } else { 0..0 };
        // From the first to behind the last element of a run of windows in their first row.
        let span = (horizontal.taps - 1) * horizontal.dilation + LANES * stride;
        let windows = horizontal.windows;
        for i in 0..y.len() / windows {
            // What follows the plane may be read along with it, but is never chosen.
            let x = &x[i / vertical.windows * vertical.extent * width..];
            let (y, indices) = (&mut y[i * windows..], &mut indices[i * windows..]);
            let window = vertical.elements(i % vertical.windows);
            let below = window.clone().next_back().map_or(0, |row| row * width);
            let mut j = 0;
            while j < windows {
                let start = (j * stride).wrapping_add_signed(-horizontal.before);
                if !whole.contains(&j) || below + start + span > x.len() {
                    (y[j], indices[j]) = one(x, width, window.clone(), horizontal.elements(j));
                    j += 1;
                    continue;
                }
                let (values, positions) = if stride == 1 {
                    several::<T, 1>(x, width, window.clone(), start, horizontal)
                } else {
                    several::<T, 2>(x, width, window.clone(), start, horizontal)
                };
                let count = LANES.min(whole.end - j);
                let (y, indices) = (&mut y[j..], &mut indices[j..]);
                // All lanes where there is room: what is too much is overwritten by the windows that follow.
                if let (Some(y), Some(indices)) =
                    (y.first_chunk_mut::<LANES>(), indices.first_chunk_mut::<LANES>())
                {
                    *y = values;
                    for lane in 0..LANES {
                        indices[lane] = positions[lane] as usize;
                    }
                } else {
                    y[..count].copy_from_slice(&values[..count]);
                    indices[..count].iter_mut().zip(positions).for_each(|(index, at)| *index = at as usize);
                }
                j += count;
            }
        }
    }
}

/// Whether `x` replaces the largest element so far.
#[inline(always)]
fn replaces<T: Real>(x: T, largest: T) -> bool {
    // Not a short circuit, which would be a branch.
    (x > largest) | x.is_nan()
}

/// One window: its rows and columns.
#[inline(always)]
fn one<T: Real>(
    x: &[T],
    width: usize,
    rows: impl Iterator<Item = usize>,
    columns: impl Iterator<Item = usize> + Clone,
) -> (T, usize) {
    let mut largest = None;
    for row in rows {
        for column in columns.clone() {
            let position = row * width + column;
            let value = x[position];
            if largest.is_none_or(
                #[inline(always)]
                |(largest, _)| replaces(value, largest),
            ) {
                largest = Some((value, position));
            }
        }
    }
    largest.expect("every window holds an element")
}

/// `LANES` windows, `S` apart, whose first columns start at `start`: values and positions.
#[inline(always)]
fn several<T: Real, const S: usize>(
    x: &[T],
    width: usize,
    rows: impl Iterator<Item = usize>,
    start: usize,
    columns: &Axis,
) -> ([T; LANES], [u32; LANES]) {
    let mut values = [-T::INFINITY; LANES];
    let mut positions = [0_u32; LANES];
    let mut first = true;
    for row in rows {
        for tap in 0..columns.taps {
            let position = row * width + start + tap * columns.dilation;
            let x = &x[position..][..LANES * S];
            for lane in 0..LANES {
                let (value, position) = (x[lane * S], (position + lane * S) as u32);
                let replaces = first | replaces(value, values[lane]);
                values[lane] = if replaces { value } else { values[lane] };
                positions[lane] = if replaces { position } else { positions[lane] };
            }
            first = false;
        }
    }
    (values, positions)
}

#[track_caller]
fn scatter<T: Real>(
    op: &str,
    spatial: usize,
    gy: &Tensor<T>,
    indices: &Tensor<usize>,
    input: Shape,
) -> Tensor<T> {
    let geometry = Geometry::new(op, spatial, input);
    assert!(gy.shape() == indices.shape(), "{op}: gradient {} but indices {}", gy.shape(), indices.shape());
    let leading = input.rank() - spatial;
    assert!(
        gy.rank() == input.rank() && gy.shape()[..leading] == input[..leading],
        "{op}: gradient {} of a pooling of {input}",
        gy.shape()
    );
    let plane = geometry.extents[0] * geometry.extents[1];
    let (gy, indices) = (gy.dense(), indices.dense());
    if let Some(index) = indices.iter().find(|&&index| index >= plane) {
        panic!("{op}: index {index} is outside a plane of input {input}");
    }
    Tensor::build(input, |gx| {
        if gy.is_empty() {
            return gx.fill(T::zero());
        }
        let planes = gx.len() / plane;
        let pooled = gy.len() / planes;
        let some = |((gx, gy), indices): ((&mut [T], &[T]), &[usize])| {
            gx.fill(T::zero());
            let planes = gx.chunks_exact_mut(plane).zip(gy.chunks_exact(pooled));
            for ((gx, gy), indices) in planes.zip(indices.chunks_exact(pooled)) {
                for (&index, &gy) in indices.iter().zip(gy) {
                    gx[index] += gy;
                }
            }
        };
        let planes = PIECE.div_ceil(plane);
        if worth_splitting::<T>(gx.len() + gy.len()) {
            gx.par_chunks_mut(planes * plane)
                .zip(gy.par_chunks(planes * pooled))
                .zip(indices.par_chunks(planes * pooled))
                .for_each(some);
        } else {
            some(((gx, &gy), &indices));
        }
    })
}
