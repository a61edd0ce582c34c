//! The gradient with respect to the input, which is also the transposed convolution.

use rayon::prelude::*;

use super::correlation::{Correlation, Images};
use super::geometry::Geometry;
use super::{Conv1d, Conv2d, worth_splitting};
use crate::memory::Buffer;
use crate::window::{Axis, Planes};
use crate::{Real, Shape, Tensor};

impl<T: Real> Tensor<T> {
    /// The gradient of [`conv1d`](Self::conv1d) with respect to an input of shape `input`, given the gradient `self`
    /// with respect to the output.
    ///
    /// # Panics
    /// When the shapes do not fit.
    #[track_caller]
    pub fn conv1d_backward_input(&self, weight: &Self, input: impl Into<Shape>, settings: Conv1d) -> Self {
        let op = "conv1d_backward_input";
        let geometry = Geometry::new(op, 1, input.into(), weight.shape(), settings.into());
        geometry.check_gradient(op, self.shape());
        backward_input(&geometry, self, weight)
    }

    /// The gradient of [`conv2d`](Self::conv2d) with respect to an input of shape `input`, given the gradient `self`
    /// with respect to the output: `gx[n, c, ·] = Σ gy[n, o, i, j]·weight[o, c, s, t]` over all outputs o and windows
    /// (i, j) whose tap (s, t) is that element. Accuracy and bits as those of the convolution.
    ///
    /// # Panics
    /// When the shapes do not fit.
    #[track_caller]
    pub fn conv2d_backward_input(&self, weight: &Self, input: impl Into<Shape>, settings: Conv2d) -> Self {
        let op = "conv2d_backward_input";
        let geometry = Geometry::new(op, 2, input.into(), weight.shape(), settings);
        geometry.check_gradient(op, self.shape());
        backward_input(&geometry, self, weight)
    }

    /// Transposed convolution of `self` [N, C, H, W] with `weight` [C, O/groups, KH, KW] (PyTorch's
    /// `conv_transpose2d`): the linear map whose transpose is [`conv2d`](Self::conv2d) with the same settings, from
    /// C back to O channels. The result has (H − 1)·stride − padding before and after + dilation·(KH − 1) + 1 +
    /// `output_padding` rows, and columns likewise; `output_padding` < stride chooses among the extents that a strided
    /// convolution maps to H.
    ///
    /// # Panics
    /// When the shapes do not fit, `output_padding` is not smaller than the stride, or nothing is left.
    #[track_caller]
    pub fn conv_transpose2d(&self, weight: &Self, output_padding: [usize; 2], settings: Conv2d) -> Self {
        let op = "conv_transpose2d";
        let (x, w) = (self.shape(), weight.shape());
        let geometry = Geometry::new(op, 2, settings.transposed_shape(x, w, output_padding), w, settings);
        geometry.check_gradient(op, x);
        backward_input(&geometry, self, weight)
    }
}

impl Conv2d {
    /// The shape of the [transposed convolution](Tensor::conv_transpose2d) of an input of shape `x` with a weight of
    /// shape `w`.
    ///
    /// # Panics
    /// When the shapes do not fit, `output_padding` is not smaller than the stride, or nothing is left.
    #[track_caller]
    pub fn transposed_shape(self, x: Shape, w: Shape, output_padding: [usize; 2]) -> Shape {
        let op = "conv_transpose2d";
        assert!(x.rank() == 4 && w.rank() == 4, "{op}: input {x} and weight {w} must have rank 4");
        assert!(x[1] == w[0], "{op}: input {x} has {} channels, weight {w} takes {}", x[1], w[0]);
        let Conv2d { stride, padding, dilation, groups } = self;
        assert!(
            (0..2).all(|axis| output_padding[axis] < stride[axis]),
            "{op}: output padding {output_padding:?} is not smaller than stride {stride:?}"
        );
        let extents = [0, 1].map(|axis| {
            let whole = x[2 + axis]
                .checked_sub(1)
                .and_then(|steps| steps.checked_mul(stride[axis]))
                .and_then(|sum| sum.checked_add(dilation[axis].checked_mul(w[2 + axis].checked_sub(1)?)?))
                .and_then(|sum| sum.checked_add(output_padding[axis])?.checked_add(1));
            let [before, after] = padding[axis];
            let extent = whole.and_then(|sum| sum.checked_sub(before)?.checked_sub(after));
            extent.unwrap_or(0)
        });
        assert!(
            !extents.contains(&0),
            "{op}: no output from input {x} and weight {w} with padding {padding:?}"
        );
        [x[0], w[1].saturating_mul(groups), extents[0], extents[1]].into()
    }
}

/// The elements of one axis that one phase of the windows meets.
struct Phase {
    index: usize,
    /// Positions of the phase that are elements.
    first: usize,
    len: usize,
}

fn phases(axis: &Axis) -> Vec<Phase> {
    let phase = |index| {
        let inside = axis.inside(index);
        Phase { index, first: inside.start, len: inside.len() }
    };
    (0..axis.phases()).map(phase).filter(|phase| phase.len > 0).collect()
}

/// The gradients along one axis as seen from the elements of the input: position r of a phase meets window
/// r − shift(t) at tap t, so all phases read one copy with `reach` more positions than elements.
fn seen(axis: &Axis, phases: &[Phase]) -> Axis {
    let first = phases.iter().map(|phase| phase.first).min().unwrap_or(0);
    let end = phases.iter().map(|phase| phase.first + phase.len).max().unwrap_or(0);
    Axis {
        extent: axis.windows,
        before: axis.reach() as isize - first as isize,
        taps: axis.reach() + 1,
        stride: 1,
        dilation: 1,
        windows: end - first,
    }
}

/// The part of the gradient that lies in one phase of both axes.
struct Part<T: Real> {
    correlation: Correlation<T>,
    /// Rows and columns of the input: where they start, and how many there are.
    origin: [usize; 2],
    extents: [usize; 2],
}

fn backward_input<T: Real>(geometry: &Geometry, gradient: &Tensor<T>, weight: &Tensor<T>) -> Tensor<T> {
    let &Geometry { groups, inputs, outputs, windows, .. } = geometry;
    let (gradient, weight) = (gradient.dense(), weight.dense());
    let [vertical, horizontal] = &windows.axes;
    let phases = windows.axes.map(|axis| phases(&axis));
    let image = Planes { axes: [0, 1].map(|i| seen(&windows.axes[i], &phases[i])) };
    let parts: Vec<Part<T>> = phases[0]
        .iter()
        .flat_map(|rows| phases[1].iter().map(move |columns| (rows, columns)))
        .map(|(rows, columns)| part(geometry, &image, rows, columns, &weight))
        .collect();
    let strides = [vertical.stride, horizontal.stride];
    let unit = strides == [1, 1];
    let group_len = inputs * windows.len();
    let image_len = groups * outputs * windows.windows();
    Tensor::build(geometry.input(), |gx| {
        // No part: all windows lie in padding.
        if gx.is_empty() || parts.is_empty() {
            return gx.fill(T::zero());
        }
        let split = worth_splitting(gradient.len() * geometry.terms());
        let alone = geometry.images == 1;
        let one = |images: &mut Images<T>, (n, gx): (usize, &mut [T])| {
            let gradients = images.image(&gradient[n * image_len..]);
            for (group, gx) in gx.chunks_exact_mut(group_len).enumerate() {
                let gradients = &gradients[group * outputs * image.copy_len()..];
                if !unit {
                    gx.fill(T::zero());
                }
                for Part { correlation, origin, extents } in &parts {
                    if unit {
                        correlation.run(group, gradients, gx, split && alone);
                        continue;
                    }
                    let mut buffer = Buffer::new(inputs * extents[0] * extents[1]);
                    let values = buffer.get_mut().expect("a fresh buffer has one owner");
                    correlation.run(group, gradients, values, split && alone);
                    let planes = values.chunks_exact(extents[0] * extents[1]);
                    for (plane, gx) in planes.zip(gx.chunks_exact_mut(windows.len())) {
                        scatter(plane, extents[1], gx, horizontal.extent, *origin, strides);
                    }
                }
            }
        };
        let images = || Images::new(image, groups * outputs);
        if split {
            gx.par_chunks_mut(groups * group_len).enumerate().for_each_init(images, one);
        } else {
            let mut images = images();
            gx.chunks_mut(groups * group_len).enumerate().for_each(|item| one(&mut images, item));
        }
    })
}

/// The correlation for the elements of the input in one phase of rows and columns.
fn part<T: Real>(
    geometry: &Geometry,
    image: &Planes,
    rows: &Phase,
    columns: &Phase,
    weight: &[T],
) -> Part<T> {
    let &Geometry { groups, inputs, outputs, windows, .. } = geometry;
    let [vertical, horizontal] = &windows.axes;
    let taps_of = |axis: &Axis, phase: &Phase| -> Vec<usize> {
        (0..axis.taps).filter(|&tap| axis.phase(tap) == phase.index).collect()
    };
    // The copy begins at the first element of any phase; tap t of position r lies `reach − shift(t)` behind it.
    let start = |axis: &Axis, seen: &Axis, phase: &Phase, tap: usize| {
        (seen.before + phase.first as isize) as usize - axis.shift(tap)
    };
    let mut taps = Vec::new();
    for &s in &taps_of(vertical, rows) {
        for &t in &taps_of(horizontal, columns) {
            let position =
                [start(vertical, &image.axes[0], rows, s), start(horizontal, &image.axes[1], columns, t)];
            taps.push((position[0] * image.pitch() + position[1], s * horizontal.taps + t));
        }
    }
    let terms: Vec<(usize, usize, usize)> = (0..outputs)
        .flat_map(|output| taps.iter().map(move |&(offset, tap)| (output, offset, tap)))
        .collect();
    let offsets = terms.iter().map(|&(output, offset, _)| output * image.copy_len() + offset).collect();
    let kernel = windows.taps();
    let correlation = Correlation::new(
        groups,
        offsets,
        inputs,
        [rows.len, columns.len],
        image.pitch(),
        |group, term, input| {
            let (output, _, tap) = terms[term];
            weight[((group * outputs + output) * inputs + input) * kernel + tap]
        },
        |_, _| T::zero(),
    );
    let origin = |axis: &Axis, phase: &Phase| {
        (axis.origin(phase.index) + (phase.first * axis.stride) as isize) as usize
    };
    Part {
        correlation,
        origin: [origin(vertical, rows), origin(horizontal, columns)],
        extents: [rows.len, columns.len],
    }
}

/// Writes the rows of a dense plane to every `strides`-th row and column from `origin` on.
fn scatter<T: Copy>(
    plane: &[T],
    width: usize,
    to: &mut [T],
    pitch: usize,
    origin: [usize; 2],
    strides: [usize; 2],
) {
    for (i, row) in plane.chunks_exact(width).enumerate() {
        let to = &mut to[(origin[0] + i * strides[0]) * pitch..][origin[1]..];
        to.iter_mut().step_by(strides[1]).zip(row).for_each(|(to, &value)| *to = value);
    }
}
