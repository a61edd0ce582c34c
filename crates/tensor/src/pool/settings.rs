//! How windows move over the input of a pooling.

/// The windows of [`max_pool2d`](crate::Tensor::max_pool2d), along rows and columns.
///
/// There are ⌊(H + 2·padding − dilation·(kernel − 1) − 1)/stride⌋ + 1 windows along the rows, and along the columns
/// likewise; with `ceil_mode`, ⌈…⌉ + 1, without those that would begin in the padding behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MaxPool2d {
    /// Taps of a window.
    pub kernel: [usize; 2],
    /// Distance between neighbouring windows.
    pub stride: [usize; 2],
    /// Places in front of and behind the input that windows may reach; they are never the largest. At most half of
    /// a window.
    pub padding: [usize; 2],
    /// Distance between neighbouring taps.
    pub dilation: [usize; 2],
    /// Whether a last, incomplete window counts.
    pub ceil_mode: bool,
}

impl MaxPool2d {
    /// Windows of this size side by side: stride as kernel, no padding, dilation 1.
    pub const fn new(kernel: [usize; 2]) -> Self {
        Self { kernel, stride: kernel, padding: [0, 0], dilation: [1, 1], ceil_mode: false }
    }
}

/// The windows of [`avg_pool2d`](crate::Tensor::avg_pool2d), along rows and columns.
///
/// Their number is that of [`MaxPool2d`] with dilation 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AvgPool2d {
    /// Taps of a window.
    pub kernel: [usize; 2],
    /// Distance between neighbouring windows.
    pub stride: [usize; 2],
    /// Zeros in front of and behind the input. At most half of a window.
    pub padding: [usize; 2],
    /// Whether a last, incomplete window counts.
    pub ceil_mode: bool,
    /// Whether padding counts in the number that a sum is divided by. What lies beyond the padding never does.
    pub count_include_pad: bool,
}

impl AvgPool2d {
    /// Windows of this size side by side: stride as kernel, no padding.
    pub const fn new(kernel: [usize; 2]) -> Self {
        Self { kernel, stride: kernel, padding: [0, 0], ceil_mode: false, count_include_pad: true }
    }
}

/// The windows of [`max_pool1d`](crate::Tensor::max_pool1d): as [`MaxPool2d`], along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MaxPool1d {
    /// Taps of a window.
    pub kernel: usize,
    /// Distance between neighbouring windows.
    pub stride: usize,
    /// Places in front of and behind the input that windows may reach. At most half of a window.
    pub padding: usize,
    /// Distance between neighbouring taps.
    pub dilation: usize,
    /// Whether a last, incomplete window counts.
    pub ceil_mode: bool,
}

impl MaxPool1d {
    /// Windows of this size side by side: stride as kernel, no padding, dilation 1.
    pub const fn new(kernel: usize) -> Self {
        Self { kernel, stride: kernel, padding: 0, dilation: 1, ceil_mode: false }
    }
}

impl From<MaxPool1d> for MaxPool2d {
    /// The same pooling of an input with one row.
    fn from(settings: MaxPool1d) -> Self {
        let MaxPool1d { kernel, stride, padding, dilation, ceil_mode } = settings;
        Self {
            kernel: [1, kernel],
            stride: [1, stride],
            padding: [0, padding],
            dilation: [1, dilation],
            ceil_mode,
        }
    }
}

/// The windows of [`avg_pool1d`](crate::Tensor::avg_pool1d): as [`AvgPool2d`], along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AvgPool1d {
    /// Taps of a window.
    pub kernel: usize,
    /// Distance between neighbouring windows.
    pub stride: usize,
    /// Zeros in front of and behind the input. At most half of a window.
    pub padding: usize,
    /// Whether a last, incomplete window counts.
    pub ceil_mode: bool,
    /// Whether padding counts in the number that a sum is divided by.
    pub count_include_pad: bool,
}

impl AvgPool1d {
    /// Windows of this size side by side: stride as kernel, no padding.
    pub const fn new(kernel: usize) -> Self {
        Self { kernel, stride: kernel, padding: 0, ceil_mode: false, count_include_pad: true }
    }
}

impl From<AvgPool1d> for AvgPool2d {
    /// The same pooling of an input with one row.
    fn from(settings: AvgPool1d) -> Self {
        let AvgPool1d { kernel, stride, padding, ceil_mode, count_include_pad } = settings;
        Self { kernel: [1, kernel], stride: [1, stride], padding: [0, padding], ceil_mode, count_include_pad }
    }
}
