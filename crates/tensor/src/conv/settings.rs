//! How a kernel moves over its input.

/// How the kernel of a 2-d convolution moves over its input. Defaults: stride 1, no padding, dilation 1, one group.
///
/// The output has ⌊(H + padding before and after − dilation·(KH − 1) − 1)/stride⌋ + 1 rows, and columns likewise.
///
/// ```
/// use gradus_tensor::{Conv2d, Tensor};
/// let x = Tensor::<f32>::ones([1, 3, 8, 8]);
/// let w = Tensor::ones([4, 3, 3, 3]);
/// let strided = Conv2d { stride: [2, 2], ..Conv2d::default() }.padded([1, 1]);
/// assert_eq!(&*x.conv2d(&w, None, strided).shape(), [1, 4, 4, 4]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Conv2d {
    /// Distance between neighbouring windows, along rows and columns of the input.
    pub stride: [usize; 2],
    /// Zeros in front of and behind the rows, and in front of and behind the columns: `[[top, bottom], [left,
    /// right]]`.
    pub padding: [[usize; 2]; 2],
    /// Distance between neighbouring taps of a window.
    pub dilation: [usize; 2],
    /// Number of groups of channels: each group of outputs sees its own group of inputs only. With as many groups
    /// as input channels the convolution is depthwise.
    pub groups: usize,
}

impl Default for Conv2d {
    fn default() -> Self {
        Self { stride: [1, 1], padding: [[0, 0], [0, 0]], dilation: [1, 1], groups: 1 }
    }
}

impl Conv2d {
    /// The same with `padding` zeros on both sides of the rows and of the columns (PyTorch's `padding`).
    #[must_use]
    pub fn padded(self, padding: [usize; 2]) -> Self {
        Self { padding: padding.map(|zeros| [zeros, zeros]), ..self }
    }

    /// The same with as many zeros as keep, at stride 1, the extents of the input; an odd one goes behind
    /// (PyTorch's `padding='same'`).
    #[must_use]
    pub fn same(self, kernel: [usize; 2]) -> Self {
        let padding = [0, 1].map(|axis| {
            let total = self.dilation[axis] * kernel[axis].saturating_sub(1);
            [total / 2, total - total / 2]
        });
        Self { padding, ..self }
    }
}

/// How the kernel of a 1-d convolution moves over its input. Defaults: stride 1, no padding, dilation 1, one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Conv1d {
    /// Distance between neighbouring windows.
    pub stride: usize,
    /// Zeros in front of and behind the input.
    pub padding: [usize; 2],
    /// Distance between neighbouring taps of a window.
    pub dilation: usize,
    /// Number of groups of channels.
    pub groups: usize,
}

impl Default for Conv1d {
    fn default() -> Self {
        Self { stride: 1, padding: [0, 0], dilation: 1, groups: 1 }
    }
}

impl Conv1d {
    /// The same with `padding` zeros on both sides (PyTorch's `padding`).
    #[must_use]
    pub fn padded(self, padding: usize) -> Self {
        Self { padding: [padding, padding], ..self }
    }

    /// The same with as many zeros as keep, at stride 1, the extent of the input; an odd one goes behind.
    #[must_use]
    pub fn same(self, kernel: usize) -> Self {
        let total = self.dilation * kernel.saturating_sub(1);
        Self { padding: [total / 2, total - total / 2], ..self }
    }
}

impl From<Conv1d> for Conv2d {
    /// The same convolution over an input with one row.
    fn from(settings: Conv1d) -> Self {
        let Conv1d { stride, padding, dilation, groups } = settings;
        Self { stride: [1, stride], padding: [[0, 0], padding], dilation: [1, dilation], groups }
    }
}
