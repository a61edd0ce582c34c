//! The convolution itself.

use rayon::prelude::*;

use super::correlation::{Correlation, Images};
use super::geometry::Geometry;
use super::{Conv1d, Conv2d, worth_splitting};
use crate::{Real, Tensor};

impl<T: Real> Tensor<T> {
    /// Convolution (cross-correlation, as PyTorch) of `self` [N, C, L] with `weight` [O, C/groups, K]:
    /// `y[n, o, i] = bias[o] + Σ x[n, c, i·stride + k·dilation − padding]·weight[o, c, k]`, over the channels c of the
    /// group of o and the taps k; [N, O, ⌊(L + padding before and after − dilation·(K − 1) − 1)/stride⌋ + 1].
    ///
    /// # Panics
    /// When the shapes do not fit, the kernel exceeds the padded input, or a stride, dilation or number of groups
    /// is 0.
    #[track_caller]
    pub fn conv1d(&self, weight: &Self, bias: Option<&Self>, settings: Conv1d) -> Self {
        let geometry = Geometry::new("conv1d", 1, self.shape(), weight.shape(), settings.into());
        forward("conv1d", &geometry, self, weight, bias)
    }

    /// Convolution (cross-correlation, as PyTorch) of `self` [N, C, H, W] with `weight` [O, C/groups, KH, KW]:
    /// `y[n, o, i, j] = bias[o] + Σ x[n, c, i·stride + s·dilation − padding, …]·weight[o, c, s, t]`, over the channels
    /// c of the group of o and the taps (s, t). For the extents of the output see [`Conv2d`].
    ///
    /// Padding is made of zeros that are multiplied like elements: 0·∞ is NaN. For one processor the bits do not
    /// depend on the number of threads; where the sum is computed without a matrix product, not on the SIMD level
    /// either. Each sum of k products has an error of at most k·ε/2·Σ|x·w|.
    ///
    /// # Panics
    /// When the shapes do not fit, the kernel exceeds the padded input, or a stride, dilation or number of groups
    /// is 0.
    #[track_caller]
    pub fn conv2d(&self, weight: &Self, bias: Option<&Self>, settings: Conv2d) -> Self {
        let geometry = Geometry::new("conv2d", 2, self.shape(), weight.shape(), settings);
        forward("conv2d", &geometry, self, weight, bias)
    }
}

#[track_caller]
fn forward<T: Real>(
    op: &str,
    geometry: &Geometry,
    x: &Tensor<T>,
    weight: &Tensor<T>,
    bias: Option<&Tensor<T>>,
) -> Tensor<T> {
    let &Geometry { groups, inputs, outputs, windows, .. } = geometry;
    if let Some(bias) = bias {
        let (shape, expected) = (bias.shape(), groups * outputs);
        assert!(*shape == [expected], "{op}: bias {shape} for weight {}, not [{expected}]", weight.shape());
    }
    let (x, weight, bias) = (x.dense(), weight.dense(), bias.map(Tensor::dense));
    let terms = geometry.terms();
    let correlation = Correlation::new(
        groups,
        windows.offsets(inputs),
        outputs,
        windows.axes.map(|axis| axis.windows),
        windows.pitch(),
        |group, term, output| weight[(group * outputs + output) * terms + term],
        |group, output| bias.as_deref().map_or(T::zero(), |bias| bias[group * outputs + output]),
    );
    let image_len = groups * inputs * windows.len();
    let group_len = outputs * windows.windows();
    Tensor::build(geometry.output(), |y| {
        if y.is_empty() {
            return;
        }
        let (split, alone) = (worth_splitting(y.len() * terms), geometry.images == 1);
        let image = |images: &mut Images<T>, (n, y): (usize, &mut [T])| {
            let image = images.image(&x[n * image_len..]);
            for (group, y) in y.chunks_exact_mut(group_len).enumerate() {
                correlation.run(group, &image[group * inputs * windows.copy_len()..], y, split && alone);
            }
        };
        let images = || Images::new(windows, groups * inputs);
        if split {
            y.par_chunks_mut(groups * group_len).enumerate().for_each_init(images, image);
        } else {
            let mut images = images();
            y.chunks_mut(groups * group_len).enumerate().for_each(|item| image(&mut images, item));
        }
    })
}
