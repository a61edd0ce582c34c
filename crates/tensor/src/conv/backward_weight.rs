//! The gradient with respect to the weight.

use std::ops::Range;

use rayon::prelude::*;

use super::correlation::Images;
use super::geometry::Geometry;
use super::im2col::{Matrix, im2col, product};
use super::outer_sums::{Factors, OuterSums};
use super::{Conv1d, Conv2d, worth_splitting};
use crate::memory::Buffer;
use crate::{Real, Shape, Tensor, vector};

/// Pieces that the images are cut into, at most, and the elements that their sums may take together beyond two
/// pieces. The number of pieces depends on the shapes alone, so the bits do not depend on the number of threads.
const PIECES: usize = 16;
const PIECE_ELEMENTS: usize = 1 << 20;

/// Weights of a group from which a matrix product with a copy of the windows is faster than the direct sums, which pass
/// over the gradient once per nine terms: 512 to 512 channels on 7 × 7 by 1.2. Below, 256 to 256 on 14 × 14, it is slower
/// by 1.1, and 8 to 16 on 13 × 13 by 2.5.
const COLUMNS: usize = 1 << 20;

/// Channels of the gradient that share one pass over an image.
const PART_CHANNELS: usize = 16;

impl<T: Real> Tensor<T> {
    /// The gradient of [`conv1d`](Self::conv1d) with respect to a weight of shape `weight`, given the input and the
    /// gradient `self` with respect to the output.
    ///
    /// # Panics
    /// When the shapes do not fit.
    #[track_caller]
    pub fn conv1d_backward_weight(&self, x: &Self, weight: impl Into<Shape>, settings: Conv1d) -> Self {
        let op = "conv1d_backward_weight";
        let geometry = Geometry::new(op, 1, x.shape(), weight.into(), settings.into());
        geometry.check_gradient(op, self.shape());
        backward_weight(&geometry, self, x)
    }

    /// The gradient of [`conv2d`](Self::conv2d) with respect to a weight of shape `weight`, given the input `x` and the
    /// gradient `self` with respect to the output: `gw[o, c, s, t] = Σ gy[n, o, i, j]·x[n, c, ·]` over all images n
    /// and windows (i, j), with the element that tap (s, t) of the window meets. The gradient with respect to the
    /// bias is `gy.sum_axes(&[0, 2, 3])`.
    ///
    /// Sums over images are cut into pieces that depend on the shapes alone, and the pieces added in a fixed tree. Bits
    /// and accuracy are otherwise those of the convolution.
    ///
    /// # Panics
    /// When the shapes do not fit.
    #[track_caller]
    pub fn conv2d_backward_weight(&self, x: &Self, weight: impl Into<Shape>, settings: Conv2d) -> Self {
        let op = "conv2d_backward_weight";
        let geometry = Geometry::new(op, 2, x.shape(), weight.into(), settings);
        geometry.check_gradient(op, self.shape());
        backward_weight(&geometry, self, x)
    }

    /// As [`conv1d_backward_weight`](Self::conv1d_backward_weight) for each of `parts` runs of as many images: one gradient
    /// per row, `[parts, weight elements]`.
    ///
    /// # Panics
    /// When the shapes do not fit, or the images cannot be divided so.
    #[track_caller]
    pub fn conv1d_backward_weight_each(
        &self,
        x: &Self,
        weight: impl Into<Shape>,
        parts: usize,
        settings: Conv1d,
    ) -> Self {
        let op = "conv1d_backward_weight_each";
        let geometry = Geometry::new(op, 1, x.shape(), weight.into(), settings.into());
        geometry.check_gradient(op, self.shape());
        backward_weight_each(op, &geometry, parts, self, x)
    }

    /// As [`conv2d_backward_weight`](Self::conv2d_backward_weight) for each of `parts` runs of as many images: one gradient
    /// per row, `[parts, weight elements]`.
    ///
    /// # Panics
    /// When the shapes do not fit, or the images cannot be divided so.
    #[track_caller]
    pub fn conv2d_backward_weight_each(
        &self,
        x: &Self,
        weight: impl Into<Shape>,
        parts: usize,
        settings: Conv2d,
    ) -> Self {
        let op = "conv2d_backward_weight_each";
        let geometry = Geometry::new(op, 2, x.shape(), weight.into(), settings);
        geometry.check_gradient(op, self.shape());
        backward_weight_each(op, &geometry, parts, self, x)
    }
}

#[track_caller]
fn backward_weight_each<T: Real>(
    op: &str,
    geometry: &Geometry,
    parts: usize,
    gradient: &Tensor<T>,
    x: &Tensor<T>,
) -> Tensor<T> {
    let images = geometry.images;
    assert!(parts > 0 && images.is_multiple_of(parts), "{op}: {images} images in {parts} parts");
    let (images, len) = (images / parts, geometry.weight().len());
    let (gradient, x) = (gradient.dense(), x.dense());
    Tensor::build([parts, len].into(), |rows| {
        let sum = |(part, row): (usize, &mut [T])| {
            sum_images(geometry, part * images..(part + 1) * images, &gradient, &x, row);
        };
        if worth_splitting(gradient.len() * geometry.terms()) {
            rows.par_chunks_mut(len.max(1)).enumerate().for_each(sum);
        } else {
            rows.chunks_mut(len.max(1)).enumerate().for_each(sum);
        }
    })
}

fn backward_weight<T: Real>(geometry: &Geometry, gradient: &Tensor<T>, x: &Tensor<T>) -> Tensor<T> {
    let (gradient, x) = (gradient.dense(), x.dense());
    let shape = geometry.weight();
    let pieces = (PIECE_ELEMENTS / shape.len().max(1)).clamp(2, PIECES);
    let images = geometry.images.div_ceil(pieces).max(1);
    let sum = |first: usize, sums: &mut [T]| {
        sum_images(geometry, first..(first + images).min(geometry.images), &gradient, &x, sums);
    };
    let pieces = geometry.images.div_ceil(images);
    Tensor::build(shape, |gw| {
        if pieces <= 1 || gw.is_empty() {
            return sum(0, gw);
        }
        let len = gw.len();
        let mut partial = Buffer::new(pieces * len);
        let partial = partial.get_mut().expect("a fresh buffer has one owner");
        if worth_splitting(gradient.len() * geometry.terms()) {
            partial.par_chunks_mut(len).enumerate().for_each(|(piece, sums)| sum(piece * images, sums));
        } else {
            partial.chunks_mut(len).enumerate().for_each(|(piece, sums)| sum(piece * images, sums));
        }
        let mut distance = 1;
        while distance < pieces {
            for pair in partial.chunks_mut(2 * distance * len).filter(|pair| pair.len() > distance * len) {
                let (low, high) = pair.split_at_mut(distance * len);
                vector::axpy(T::one(), &high[..len], &mut low[..len]);
            }
            distance *= 2;
        }
        gw.copy_from_slice(&partial[..len]);
    })
}

/// The sum of the gradients of some images.
fn sum_images<T: Real>(geometry: &Geometry, range: Range<usize>, gradient: &[T], x: &[T], to: &mut [T]) {
    let &Geometry { groups, inputs, outputs, windows, .. } = geometry;
    let (terms, positions) = (geometry.terms(), windows.windows());
    if to.is_empty() {
        return;
    }
    let image_len = groups * inputs * windows.len();
    let offsets = windows.offsets(inputs);
    let mut images = Images::new(windows, groups * inputs);
    if !geometry.is_pointwise() && terms * outputs < COLUMNS {
        // A part is a block of channels; a single image is shared among threads by parts.
        let block = if groups == 1 { PART_CHANNELS } else { outputs };
        let mut parts: Vec<_> = to
            .chunks_mut(block * terms)
            .map(|to| (OuterSums::new(to.len() / terms, terms, positions), to))
            .collect();
        for n in range {
            let image = images.image(&x[n * image_len..]);
            let add = |(part, (sums, to)): (usize, &mut (OuterSums<T>, &mut [T]))| {
                let first = part * block;
                let gradient = &gradient[(n * groups * outputs + first) * positions..];
                sums.add(Factors {
                    image: &image[first / outputs * inputs * windows.copy_len()..],
                    offsets: &offsets,
                    gradient: &gradient[..to.len() / terms * positions],
                    width: windows.axes[1].windows,
                    pitch: windows.pitch(),
                });
            };
            if geometry.images == 1 && worth_splitting(gradient.len() * terms) {
                parts.par_iter_mut().enumerate().for_each(add);
            } else {
                parts.iter_mut().enumerate().for_each(add);
            }
        }
        return parts.into_iter().for_each(|(sums, to)| sums.finish(to));
    }
    to.fill(T::zero());
    let mut columns = Buffer::new(if geometry.is_pointwise() { 0 } else { terms * positions });
    let columns = columns.get_mut().expect("a fresh buffer has one owner");
    for n in range {
        let image = images.image(&x[n * image_len..]);
        for (group, to) in to.chunks_exact_mut(outputs * terms).enumerate() {
            let image = &image[group * inputs * windows.copy_len()..];
            let factor = if geometry.is_pointwise() {
                image
            } else {
                im2col(image, &offsets, windows.axes.map(|axis| axis.windows), windows.pitch(), columns);
                &*columns
            };
            let gradient = Matrix::rows(&gradient[(n * groups + group) * outputs * positions..], positions);
            product(positions, gradient, Matrix::rows(factor, positions).t(), T::one(), to, terms);
        }
    }
}
