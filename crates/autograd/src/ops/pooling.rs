//! Poolings: the gradient goes back to the largest elements, or in equal shares.

use std::cell::RefCell;

use gradus_tensor::{AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d, Real, Shape, Tensor};

use crate::{Op, Reverse, Samples, Var};

/// Of samples, for windows of the last axes.
fn over_planes<T: Real>(samples: &mut Samples<'_, T>, planes: usize) -> bool {
    let rank = samples.input(0).rank();
    samples.along(&(rank - planes..rank).collect::<Vec<_>>())
}

macro_rules! max_pooling {
    (
        $settings:ident, $name:literal, $planes:literal axes;
        $(#[$doc:meta])* $op:ident $forward:ident;
        $(#[$spread_doc:meta])* $spread:ident $backward:ident;
    ) => {
        $(#[$doc])*
        pub struct $op {
            /// The windows.
            pub settings: $settings,
            /// Where the largest elements stand, once they are found.
            indices: RefCell<Tensor<usize>>,
        }

        impl $op {
            /// The pooling over these windows.
            pub fn new(settings: $settings) -> Self {
                Self { settings, indices: RefCell::new(Tensor::zeros([0])) }
            }
        }

        impl<T: Real> Op<T> for $op {
            fn name(&self) -> &'static str {
                $name
            }

            fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
                let (values, indices) = inputs[0].$forward(self.settings);
                self.indices.replace(indices);
                values
            }

            fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
                let (shape, indices) = (reverse.input(0).shape(), self.indices.borrow().clone());
                reverse.add_op(0, $spread { shape, indices }, [reverse.gradient()]);
            }

            fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
                over_planes(samples, $planes)
            }
        }

        $(#[$spread_doc])*
        pub struct $spread {
            /// The shape of the result.
            pub shape: Shape,
            /// Where each element goes in the plane of its window.
            pub indices: Tensor<usize>,
        }

        impl<T: Real> Op<T> for $spread {
            fn name(&self) -> &'static str {
                stringify!($backward)
            }

            fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
                inputs[0].$backward(&self.indices, self.shape)
            }

            fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
                // The elements that were the largest, picked from planes laid out flat.
                let flat = |shape: Shape| -> Shape {
                    let outer = shape.rank() - $planes;
                    shape[..outer].iter().copied().chain([shape[outer..].iter().product()]).collect()
                };
                let shape = reverse.input(0).shape();
                let gradient = reverse.gradient().reshape(flat(self.shape));
                let picked = gradient.gather(shape.rank() - $planes, &self.indices.reshape(flat(shape)));
                reverse.add(0, picked.reshape(shape));
            }

            fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
                over_planes(samples, $planes)
            }
        }
    };
}

max_pooling! {
    MaxPool1d, "max_pool1d", 1 axes;
    /// The largest elements of windows of the last axis.
    MaxPooling1d max_pool1d;
    /// Elements added to zeros where the largest of [`MaxPooling1d`] stand.
    MaxPooling1dSpread max_pool1d_backward;
}
max_pooling! {
    MaxPool2d, "max_pool2d", 2 axes;
    /// The largest elements of windows of the last two axes.
    MaxPooling2d max_pool2d;
    /// Elements added to zeros where the largest of [`MaxPooling2d`] stand.
    MaxPooling2dSpread max_pool2d_backward;
}

macro_rules! avg_pooling {
    (
        $settings:ty, $field:ident, $field_doc:literal, $name:literal, $planes:literal axes;
        $(#[$doc:meta])* $op:ident $forward:ident;
        $(#[$spread_doc:meta])* $spread:ident $backward:ident($($passed:ident)?);
    ) => {
        $(#[$doc])*
        pub struct $op {
            #[doc = $field_doc]
            pub $field: $settings,
        }

        impl<T: Real> Op<T> for $op {
            fn name(&self) -> &'static str {
                $name
            }

            fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
                inputs[0].$forward(self.$field)
            }

            fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
                let shape = reverse.input(0).shape();
                reverse.add_op(0, $spread { shape, $field: self.$field }, [reverse.gradient()]);
            }

            fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
                over_planes(samples, $planes)
            }
        }

        $(#[$spread_doc])*
        pub struct $spread {
            /// The shape of the result.
            pub shape: Shape,
            #[doc = $field_doc]
            pub $field: $settings,
        }

        impl<T: Real> Op<T> for $spread {
            fn name(&self) -> &'static str {
                stringify!($backward)
            }

            fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
                inputs[0].$backward(self.shape $(, self.$passed)?)
            }

            fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
                reverse.add_op(0, $op { $field: self.$field }, [reverse.gradient()]);
            }

            fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
                over_planes(samples, $planes)
            }
        }
    };
}

avg_pooling! {
    AvgPool1d, settings, "The windows.", "avg_pool1d", 1 axes;
    /// Means over windows of the last axis.
    AvgPooling1d avg_pool1d;
    /// Elements in equal shares over the windows of [`AvgPooling1d`].
    AvgPooling1dSpread avg_pool1d_backward(settings);
}
avg_pooling! {
    AvgPool2d, settings, "The windows.", "avg_pool2d", 2 axes;
    /// Means over windows of the last two axes.
    AvgPooling2d avg_pool2d;
    /// Elements in equal shares over the windows of [`AvgPooling2d`].
    AvgPooling2dSpread avg_pool2d_backward(settings);
}
avg_pooling! {
    usize, output, "The number of bins.", "adaptive_avg_pool1d", 1 axes;
    /// Means over bins of the last axis.
    AdaptiveAvgPooling1d adaptive_avg_pool1d;
    /// Elements in equal shares over the bins of [`AdaptiveAvgPooling1d`].
    AdaptiveAvgPooling1dSpread adaptive_avg_pool1d_backward();
}
avg_pooling! {
    [usize; 2], output, "The number of bins.", "adaptive_avg_pool2d", 2 axes;
    /// Means over bins of the last two axes.
    AdaptiveAvgPooling2d adaptive_avg_pool2d;
    /// Elements in equal shares over the bins of [`AdaptiveAvgPooling2d`].
    AdaptiveAvgPooling2dSpread adaptive_avg_pool2d_backward();
}

impl<T: Real> Var<'_, T> {
    /// The largest elements [`Tensor::max_pool1d`]; the gradient of a window goes to the first of its equal ones.
    ///
    /// # Panics
    /// When the windows do not fit.
    #[track_caller]
    pub fn max_pool1d(self, settings: MaxPool1d) -> Self {
        self.tape.apply(MaxPooling1d::new(settings), [self])
    }

    /// The largest elements [`Tensor::max_pool2d`]; the gradient of a window goes to the first of its equal ones.
    ///
    /// # Panics
    /// When the windows do not fit.
    #[track_caller]
    pub fn max_pool2d(self, settings: MaxPool2d) -> Self {
        self.tape.apply(MaxPooling2d::new(settings), [self])
    }

    /// The means [`Tensor::avg_pool1d`].
    ///
    /// # Panics
    /// When the windows do not fit.
    #[track_caller]
    pub fn avg_pool1d(self, settings: AvgPool1d) -> Self {
        self.tape.apply(AvgPooling1d { settings }, [self])
    }

    /// The means [`Tensor::avg_pool2d`].
    ///
    /// # Panics
    /// When the windows do not fit.
    #[track_caller]
    pub fn avg_pool2d(self, settings: AvgPool2d) -> Self {
        self.tape.apply(AvgPooling2d { settings }, [self])
    }

    /// The means [`Tensor::adaptive_avg_pool1d`].
    ///
    /// # Panics
    /// When there is nothing to pool over.
    #[track_caller]
    pub fn adaptive_avg_pool1d(self, output: usize) -> Self {
        self.tape.apply(AdaptiveAvgPooling1d { output }, [self])
    }

    /// The means [`Tensor::adaptive_avg_pool2d`].
    ///
    /// # Panics
    /// When there is nothing to pool over.
    #[track_caller]
    pub fn adaptive_avg_pool2d(self, output: [usize; 2]) -> Self {
        self.tape.apply(AdaptiveAvgPooling2d { output }, [self])
    }
}
