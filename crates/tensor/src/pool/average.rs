//! Means over windows and over adaptive bins.

use rayon::prelude::*;

use super::bins::Bins;
use super::geometry::Geometry;
use super::{AvgPool1d, AvgPool2d, MaxPool2d};
use crate::memory::Buffer;
use crate::parallel::{PIECE, worth_splitting};
use crate::simd::{Kernel, dispatch};
use crate::{Real, Shape, Tensor};

impl<T: Real> Tensor<T> {
    /// Means over windows of the last axis; the axes in front of it are kept.
    ///
    /// # Panics
    /// When there is nothing to pool over, a kernel or stride is 0, the kernel exceeds the padded input, or the padding
    /// exceeds half of it.
    #[track_caller]
    pub fn avg_pool1d(&self, settings: AvgPool1d) -> Self {
        let (geometry, bins) = windows("avg_pool1d", 1, self.shape(), settings.into());
        means(&geometry, &bins, self)
    }

    /// Means over windows of the last two axes; the axes in front of them are kept.
    ///
    /// The sum over a window adds its rows from top to bottom, then their columns from left to right.
    ///
    /// # Panics
    /// When there is nothing to pool over, a kernel or stride is 0, the kernel exceeds the padded input, or the padding
    /// exceeds half of it.
    #[track_caller]
    pub fn avg_pool2d(&self, settings: AvgPool2d) -> Self {
        let (geometry, bins) = windows("avg_pool2d", 2, self.shape(), settings);
        means(&geometry, &bins, self)
    }

    /// The gradient of [`avg_pool1d`](Self::avg_pool1d) with respect to an input of shape `input`, given the gradient
    /// `self` with respect to the output.
    ///
    /// # Panics
    /// When the shapes do not fit.
    #[track_caller]
    pub fn avg_pool1d_backward(&self, input: impl Into<Shape>, settings: AvgPool1d) -> Self {
        let op = "avg_pool1d_backward";
        let (geometry, bins) = windows(op, 1, input.into(), settings.into());
        spread(op, &geometry, &bins, self)
    }

    /// The gradient of [`avg_pool2d`](Self::avg_pool2d) with respect to an input of shape `input`, given the gradient
    /// `self` with respect to the output: every element of a window gets its share.
    ///
    /// # Panics
    /// When the shapes do not fit.
    #[track_caller]
    pub fn avg_pool2d_backward(&self, input: impl Into<Shape>, settings: AvgPool2d) -> Self {
        let op = "avg_pool2d_backward";
        let (geometry, bins) = windows(op, 2, input.into(), settings);
        spread(op, &geometry, &bins, self)
    }

    /// Means over `output` bins of the last axis, bin i from ⌊i·L/output⌋ to ⌈(i + 1)·L/output⌉.
    ///
    /// # Panics
    /// When there is nothing to pool over.
    #[track_caller]
    pub fn adaptive_avg_pool1d(&self, output: usize) -> Self {
        let (geometry, bins) = adaptive("adaptive_avg_pool1d", 1, self.shape(), [1, output]);
        means(&geometry, &bins, self)
    }

    /// Means over `output` bins of the last two axes (PyTorch's bins): along an axis of H, bin i from ⌊i·H/output⌋ to
    /// ⌈(i + 1)·H/output⌉.
    ///
    /// # Panics
    /// When there is nothing to pool over.
    #[track_caller]
    pub fn adaptive_avg_pool2d(&self, output: [usize; 2]) -> Self {
        let (geometry, bins) = adaptive("adaptive_avg_pool2d", 2, self.shape(), output);
        means(&geometry, &bins, self)
    }

    /// The gradient of [`adaptive_avg_pool1d`](Self::adaptive_avg_pool1d) with respect to an input of shape `input`,
    /// given the gradient `self` with respect to the output.
    ///
    /// # Panics
    /// When the shapes do not fit.
    #[track_caller]
    pub fn adaptive_avg_pool1d_backward(&self, input: impl Into<Shape>) -> Self {
        let op = "adaptive_avg_pool1d_backward";
        let output = self.shape().last().copied().unwrap_or(0);
        let (geometry, bins) = adaptive(op, 1, input.into(), [1, output]);
        spread(op, &geometry, &bins, self)
    }

    /// The gradient of [`adaptive_avg_pool2d`](Self::adaptive_avg_pool2d) with respect to an input of shape `input`,
    /// given the gradient `self` with respect to the output.
    ///
    /// # Panics
    /// When the shapes do not fit.
    #[track_caller]
    pub fn adaptive_avg_pool2d_backward(&self, input: impl Into<Shape>) -> Self {
        let op = "adaptive_avg_pool2d_backward";
        let output = self.shape().last_chunk().copied().unwrap_or([0, 0]);
        let (geometry, bins) = adaptive(op, 2, input.into(), output);
        spread(op, &geometry, &bins, self)
    }
}

#[track_caller]
fn windows(op: &str, spatial: usize, input: Shape, settings: AvgPool2d) -> (Geometry, [Bins; 2]) {
    let AvgPool2d { kernel, stride, padding, ceil_mode, count_include_pad } = settings;
    let geometry = Geometry::new(op, spatial, input);
    let settings = MaxPool2d { kernel, stride, padding, dilation: [1, 1], ceil_mode };
    let bins = geometry.windows(op, settings).map(|axis| Bins::windows(&axis, count_include_pad));
    (geometry, bins)
}

#[track_caller]
fn adaptive(op: &str, spatial: usize, input: Shape, output: [usize; 2]) -> (Geometry, [Bins; 2]) {
    let geometry = Geometry::new(op, spatial, input);
    let bins = [0, 1].map(|axis| Bins::adaptive(geometry.extents[axis], output[axis]));
    (geometry, bins)
}

/// The mean over every pair of bins.
struct Means<'a, T> {
    bins: &'a [Bins; 2],
    /// Planes.
    x: &'a [T],
    y: &'a mut [T],
    /// One row of the input.
    sums: &'a mut [T],
}

impl<T: Real> Kernel for Means<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { bins: [vertical, horizontal], x, y, sums } = self;
        let width = sums.len();
        let mut outputs = y.chunks_exact_mut(horizontal.len());
        let plane_len = x.len() / (outputs.len() / vertical.len());
        for plane in x.chunks_exact(plane_len) {
            for ((rows, &row_count), y) in vertical.ranges.iter().zip(&vertical.counts).zip(&mut outputs) {
                sums.fill(T::zero());
                for row in plane[rows.start * width..rows.end * width].chunks_exact(width) {
                    for (sum, &x) in sums.iter_mut().zip(row) {
                        *sum += x;
                    }
                }
                for ((y, columns), &count) in y.iter_mut().zip(&horizontal.ranges).zip(&horizontal.counts) {
                    let sum = sums[columns.clone()].iter().fold(
                        T::zero(),
                        #[inline(always)]
                        |sum, &x| sum + x,
                    );
                    *y = sum / T::constant((row_count * count) as f64);
                }
            }
        }
    }
}

/// The gradient of [`Means`].
struct Spread<'a, T> {
    bins: &'a [Bins; 2],
    gx: &'a mut [T],
    gy: &'a [T],
    /// One row of the input.
    shares: &'a mut [T],
}

impl<T: Real> Kernel for Spread<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { bins: [vertical, horizontal], gx, gy, shares } = self;
        let width = shares.len();
        let mut gradients = gy.chunks_exact(horizontal.len());
        let plane_len = gx.len() / (gradients.len() / vertical.len());
        for plane in gx.chunks_exact_mut(plane_len) {
            plane.fill(T::zero());
            for ((rows, &row_count), gy) in vertical.ranges.iter().zip(&vertical.counts).zip(&mut gradients) {
                shares.fill(T::zero());
                for ((&gy, columns), &count) in gy.iter().zip(&horizontal.ranges).zip(&horizontal.counts) {
                    let share = gy / T::constant((row_count * count) as f64);
                    for sum in &mut shares[columns.clone()] {
                        *sum += share;
                    }
                }
                for row in plane[rows.start * width..rows.end * width].chunks_exact_mut(width) {
                    for (gx, &share) in row.iter_mut().zip(&*shares) {
                        *gx += share;
                    }
                }
            }
        }
    }
}

fn means<T: Real>(geometry: &Geometry, bins: &[Bins; 2], x: &Tensor<T>) -> Tensor<T> {
    let x = x.dense();
    let [height, width] = geometry.extents;
    let (plane, pooled) = (height * width, bins[0].len() * bins[1].len());
    Tensor::build(geometry.shape([bins[0].len(), bins[1].len()]), |y| {
        if y.is_empty() {
            return;
        }
        let some = |(x, y): (&[T], &mut [T])| {
            let mut sums = Buffer::new(width);
            let sums = sums.get_mut().expect("a fresh buffer has one owner");
            dispatch(Means { bins, x, y, sums });
        };
        let planes = PIECE.div_ceil(plane);
        if worth_splitting::<T>(x.len() + y.len()) {
            x.par_chunks(planes * plane).zip(y.par_chunks_mut(planes * pooled)).for_each(some);
        } else {
            some((&x, y));
        }
    })
}

#[track_caller]
fn spread<T: Real>(op: &str, geometry: &Geometry, bins: &[Bins; 2], gy: &Tensor<T>) -> Tensor<T> {
    geometry.check_gradient(op, gy.shape(), [bins[0].len(), bins[1].len()]);
    let gy = gy.dense();
    let [height, width] = geometry.extents;
    let (plane, pooled) = (height * width, bins[0].len() * bins[1].len());
    Tensor::build(geometry.shape(geometry.extents), |gx| {
        if gy.is_empty() {
            return gx.fill(T::zero());
        }
        let some = |(gx, gy): (&mut [T], &[T])| {
            let mut shares = Buffer::new(width);
            let shares = shares.get_mut().expect("a fresh buffer has one owner");
            dispatch(Spread { bins, gx, gy, shares });
        };
        let planes = PIECE.div_ceil(plane);
        if worth_splitting::<T>(gx.len() + gy.len()) {
            gx.par_chunks_mut(planes * plane).zip(gy.par_chunks(planes * pooled)).for_each(some);
        } else {
            some((gx, &gy));
        }
    })
}
