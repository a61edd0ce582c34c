//! The extents of one convolution, checked.

use super::Conv2d;
use crate::Shape;
use crate::window::{Axis, Planes};

/// The extents of a convolution: `images` inputs of `groups` groups of `inputs` channels each, and as many outputs
/// of `groups` groups of `outputs` channels.
pub(super) struct Geometry {
    pub(super) images: usize,
    pub(super) groups: usize,
    /// Input channels per group.
    pub(super) inputs: usize,
    /// Output channels per group.
    pub(super) outputs: usize,
    pub(super) windows: Planes,
    /// 1 or 2 axes that windows move along.
    spatial: usize,
}

impl Geometry {
    /// Of a convolution of `x` [N, C, …] with a kernel `w` [O, C/groups, …] over the last `spatial` axes, 1 or 2.
    #[track_caller]
    pub(super) fn new(op: &str, spatial: usize, x: Shape, w: Shape, settings: Conv2d) -> Self {
        let rank = 2 + spatial;
        assert!(x.rank() == rank && w.rank() == rank, "{op}: input {x} and weight {w} must have rank {rank}");
        let Conv2d { stride, padding, dilation, groups } = settings;
        let last = 2 - spatial;
        assert!(
            stride.iter().all(|&step| step > 0),
            "{op}: stride {:?} must be positive, for input {x}, weight {w}",
            &stride[last..]
        );
        assert!(
            dilation.iter().all(|&step| step > 0),
            "{op}: dilation {:?} must be positive, for input {x}, weight {w}",
            &dilation[last..]
        );
        assert!(
            groups > 0 && x[1].is_multiple_of(groups) && w[0].is_multiple_of(groups),
            "{op}: {groups} groups do not divide the channels of input {x} and weight {w}"
        );
        assert!(
            w[1] == x[1] / groups,
            "{op}: input {x} has {} channels per group, weight {w} takes {}",
            x[1] / groups,
            w[1]
        );
        assert!(!w[2..].contains(&0), "{op}: kernel {:?} of weight {w} has no taps", &w[2..]);
        let extents = |shape: &Shape| if spatial == 2 { [shape[2], shape[3]] } else { [1, shape[2]] };
        let (input, kernel) = (extents(&x), extents(&w));
        let padded = [0, 1].map(|axis| {
            let sum = padding[axis].iter().try_fold(input[axis], |sum, &zeros| sum.checked_add(zeros));
            sum.filter(|&sum| sum <= isize::MAX as usize)
        });
        let [Some(rows), Some(columns)] = padded else {
            panic!("{op}: padding {:?} of input {x} exceeds the address space", &padding[last..]);
        };
        let padded = [rows, columns];
        // Saturating: a reach beyond the address space exceeds any input.
        let reach = [0, 1].map(|axis| dilation[axis].saturating_mul(kernel[axis] - 1));
        assert!(
            (0..2).all(|axis| reach[axis] < padded[axis]),
            "{op}: kernel {:?} with dilation {:?} exceeds padded input {:?}",
            &kernel[last..],
            &dilation[last..],
            &padded[last..]
        );
        let axes = [0, 1].map(|axis| Axis {
            extent: input[axis],
            before: padding[axis][0] as isize,
            taps: kernel[axis],
            stride: stride[axis],
            dilation: dilation[axis],
            windows: (padded[axis] - reach[axis] - 1) / stride[axis] + 1,
        });
        Self { images: x[0], groups, inputs: w[1], outputs: w[0] / groups, windows: Planes { axes }, spatial }
    }

    fn shape(&self, leading: [usize; 2], extents: [usize; 2]) -> Shape {
        leading.into_iter().chain(extents.into_iter().skip(2 - self.spatial)).collect()
    }

    /// The shape of the output.
    pub(super) fn output(&self) -> Shape {
        let [rows, columns] = self.windows.axes.map(|axis| axis.windows);
        self.shape([self.images, self.groups * self.outputs], [rows, columns])
    }

    /// The shape of the input.
    pub(super) fn input(&self) -> Shape {
        let [rows, columns] = self.windows.axes.map(|axis| axis.extent);
        self.shape([self.images, self.groups * self.inputs], [rows, columns])
    }

    /// The shape of the weight.
    pub(super) fn weight(&self) -> Shape {
        let [rows, columns] = self.windows.axes.map(|axis| axis.taps);
        self.shape([self.groups * self.outputs, self.inputs], [rows, columns])
    }

    /// The products that make one output element.
    pub(super) fn terms(&self) -> usize {
        self.inputs * self.windows.taps()
    }

    /// Whether windows are single elements, one for each: a product of matrices.
    pub(super) fn is_pointwise(&self) -> bool {
        self.windows.taps() == 1 && self.windows.is_identity()
    }

    /// Requires that a gradient has the shape of the output.
    #[track_caller]
    pub(super) fn check_gradient(&self, op: &str, gradient: Shape) {
        let output = self.output();
        assert!(gradient == output, "{op}: gradient {gradient} of an output of shape {output}");
    }
}
