//! Windows that may overlap: the gradients of an element's places in them add up.

use gradus_tensor::{Real, Shape, SliceItem, Tensor, s};

use crate::{Op, Reverse, Samples, Var};

/// All runs of neighbours along an axis, along a new last axis.
#[derive(Clone, Copy)]
pub struct Windows {
    /// The axis.
    pub axis: usize,
    /// The elements of a window.
    pub size: usize,
    /// From the start of one window to that of the next.
    pub step: usize,
}

impl<T: Real> Op<T> for Windows {
    fn name(&self) -> &'static str {
        "windows"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].windows(self.axis, self.size, self.step)
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let shape = reverse.input(0).shape();
        reverse.add_op(0, FoldWindows { shape, windows: *self }, [reverse.gradient()]);
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        samples.along(&[self.axis])
    }
}

/// Windows added to zeros where [`Windows`] takes them from (PyTorch's `fold`).
pub struct FoldWindows {
    /// The shape of the zeros.
    pub shape: Shape,
    /// The windows.
    pub windows: Windows,
}

impl<T: Real> Op<T> for FoldWindows {
    fn name(&self) -> &'static str {
        "fold_windows"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        let mut sum = Tensor::zeros(self.shape);
        self.accumulate(inputs, &mut sum);
        sum
    }

    fn accumulate(&self, inputs: &[&Tensor<T>], sum: &mut Tensor<T>) {
        let Windows { axis, size, step } = self.windows;
        let (last, count) = (inputs[0].rank() - 1, inputs[0].shape()[axis]);
        let mut items = vec![s![..][0]; axis + 1];
        // The elements at one place of all windows meet no element twice.
        for place in 0..size {
            let end = place + (count - 1) * step + 1;
            items[axis] = SliceItem::from(place..end).step(step as isize);
            let mut part = sum.view_mut().slice(&items);
            part += &inputs[0].select(last, place);
        }
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        reverse.add_op(0, self.windows, [reverse.gradient()]);
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        samples.along(&[self.windows.axis])
    }
}

impl<T: Real> Var<'_, T> {
    /// All runs of `size` neighbours along `axis`, `step` apart, along a new last axis, as [`Tensor::windows`].
    ///
    /// # Panics
    /// When the axis lies outside, the step is 0, `size` is 0 or exceeds the extent, or there would be too many axes.
    #[track_caller]
    pub fn windows(self, axis: usize, size: usize, step: usize) -> Self {
        self.tape.apply(Windows { axis, size, step }, [self])
    }
}
