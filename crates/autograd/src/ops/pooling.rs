//! Poolings: the gradient goes back to the largest elements, or in equal shares.

use std::cell::RefCell;

use gradus_tensor::{AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d, Real, Tensor};

use crate::{Op, Reverse, Var};

macro_rules! max_pooling {
    ($(#[$doc:meta])* $op:ident, $settings:ident, $name:literal, $forward:ident, $backward:ident) => {
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

            fn backward(&self, reverse: &mut Reverse<'_, T>) {
                let shape = reverse.input(0).shape();
                reverse.add(0, reverse.gradient().$backward(&self.indices.borrow(), shape));
            }
        }
    };
}

max_pooling! {
    /// The largest elements of windows of the last axis.
    MaxPooling1d, MaxPool1d, "max_pool1d", max_pool1d, max_pool1d_backward
}
max_pooling! {
    /// The largest elements of windows of the last two axes.
    MaxPooling2d, MaxPool2d, "max_pool2d", max_pool2d, max_pool2d_backward
}

macro_rules! avg_pooling {
    ($(#[$doc:meta])* $op:ident, $settings:ident, $name:literal, $forward:ident, $backward:ident) => {
        $(#[$doc])*
        pub struct $op {
            /// The windows.
            pub settings: $settings,
        }

        impl<T: Real> Op<T> for $op {
            fn name(&self) -> &'static str {
                $name
            }

            fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
                inputs[0].$forward(self.settings)
            }

            fn backward(&self, reverse: &mut Reverse<'_, T>) {
                let shape = reverse.input(0).shape();
                reverse.add(0, reverse.gradient().$backward(shape, self.settings));
            }
        }
    };
}

avg_pooling! {
    /// Means over windows of the last axis.
    AvgPooling1d, AvgPool1d, "avg_pool1d", avg_pool1d, avg_pool1d_backward
}
avg_pooling! {
    /// Means over windows of the last two axes.
    AvgPooling2d, AvgPool2d, "avg_pool2d", avg_pool2d, avg_pool2d_backward
}

macro_rules! adaptive_pooling {
    ($(#[$doc:meta])* $op:ident, $output:ty, $name:literal, $forward:ident, $backward:ident) => {
        $(#[$doc])*
        pub struct $op {
            /// The number of bins.
            pub output: $output,
        }

        impl<T: Real> Op<T> for $op {
            fn name(&self) -> &'static str {
                $name
            }

            fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
                inputs[0].$forward(self.output)
            }

            fn backward(&self, reverse: &mut Reverse<'_, T>) {
                let shape = reverse.input(0).shape();
                reverse.add(0, reverse.gradient().$backward(shape));
            }
        }
    };
}

adaptive_pooling! {
    /// Means over bins of the last axis.
    AdaptiveAvgPooling1d, usize, "adaptive_avg_pool1d", adaptive_avg_pool1d, adaptive_avg_pool1d_backward
}
adaptive_pooling! {
    /// Means over bins of the last two axes.
    AdaptiveAvgPooling2d, [usize; 2], "adaptive_avg_pool2d", adaptive_avg_pool2d, adaptive_avg_pool2d_backward
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
