//! The extents of one pooling, checked.

use super::MaxPool2d;
use crate::Shape;
use crate::window::Axis;

/// The shapes of a pooling whose windows move over the last axes of its input.
pub(super) struct Geometry {
    /// The axes in front.
    leading: Shape,
    /// 1 or 2 axes that windows move along.
    spatial: usize,
    /// Extents of a plane of the input.
    pub(super) extents: [usize; 2],
}

impl Geometry {
    /// Of an input whose last `spatial` axes are pooled, 1 or 2.
    #[track_caller]
    pub(super) fn new(op: &str, spatial: usize, input: Shape) -> Self {
        assert!(input.rank() >= spatial, "{op}: input {input} has no {spatial} axes to pool over");
        let leading = input.rank() - spatial;
        let extents = if spatial == 2 { [input[leading], input[leading + 1]] } else { [1, input[leading]] };
        assert!(!extents.contains(&0), "{op}: nothing to pool over in input {input}");
        Self { leading: input.without(|axis| axis >= leading), spatial, extents }
    }

    /// The shape of tensors with `extents` per plane.
    #[track_caller]
    pub(super) fn shape(&self, extents: [usize; 2]) -> Shape {
        let pooled = extents.into_iter().skip(2 - self.spatial);
        self.leading.iter().copied().chain(pooled).collect()
    }

    /// The windows along both axes.
    #[track_caller]
    pub(super) fn windows(&self, op: &str, settings: MaxPool2d) -> [Axis; 2] {
        let MaxPool2d { kernel, stride, padding, dilation, ceil_mode } = settings;
        let (input, last) = (self.shape(self.extents), 2 - self.spatial);
        for (name, values) in [("kernel", kernel), ("stride", stride), ("dilation", dilation)] {
            assert!(
                !values.contains(&0),
                "{op}: {name} {:?} must be positive, for input {input}",
                &values[last..]
            );
        }
        // Saturating: a reach beyond the address space exceeds any input.
        let reach = [0, 1].map(|axis| dilation[axis].saturating_mul(kernel[axis] - 1));
        assert!(
            (0..2).all(|axis| padding[axis] <= reach[axis].saturating_add(1) / 2),
            "{op}: padding {:?} exceeds half of kernel {:?} with dilation {:?}",
            &padding[last..],
            &kernel[last..],
            &dilation[last..]
        );
        let padded = [0, 1].map(|axis| self.extents[axis].saturating_add(2 * padding[axis]));
        assert!(
            (0..2).all(|axis| reach[axis] < padded[axis]),
            "{op}: kernel {:?} with dilation {:?} exceeds padded input {:?}",
            &kernel[last..],
            &dilation[last..],
            &padded[last..]
        );
        let axes = [0, 1].map(|axis| {
            let steps = padded[axis] - reach[axis] - 1;
            let mut windows = if ceil_mode { steps.div_ceil(stride[axis]) } else { steps / stride[axis] } + 1;
            // The last window begins in front of the padding behind.
            if ceil_mode && (windows - 1) * stride[axis] >= self.extents[axis] + padding[axis] {
                windows -= 1;
            }
            Axis {
                extent: self.extents[axis],
                before: padding[axis] as isize,
                taps: kernel[axis],
                stride: stride[axis],
                dilation: dilation[axis],
                windows,
            }
        });
        for axis in &axes {
            if let Some(window) = empty_window(axis) {
                panic!("{op}: window {window} along an axis of {} meets padding only", axis.extent);
            }
        }
        axes
    }

    /// Requires that a gradient has the shape of the output.
    #[track_caller]
    pub(super) fn check_gradient(&self, op: &str, gradient: Shape, output: [usize; 2]) {
        let output = self.shape(output);
        assert!(gradient == output, "{op}: gradient {gradient} of an output of shape {output}");
    }
}

/// A window none of whose taps is an element.
fn empty_window(axis: &Axis) -> Option<usize> {
    let mut met: Vec<_> =
        (0..axis.taps).map(|tap| axis.met(tap)).filter(|windows| !windows.is_empty()).collect();
    met.sort_unstable_by_key(|windows| windows.start);
    let mut covered = 0;
    for windows in met {
        if windows.start > covered {
            break;
        }
        covered = covered.max(windows.end);
    }
    (covered < axis.windows).then_some(covered)
}
