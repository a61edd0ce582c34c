//! Convolutions and the two gradients of each, which are bilinear like it: the rules of the three make one another.

use gradus_tensor::{Conv1d, Conv2d, Real, Shape, Tensor};

use crate::{Op, Reverse, Samples, Var};

macro_rules! convolution {
    (
        $settings:ident, $name:literal, sum over $axes:expr;
        $(#[$doc:meta])* $op:ident $forward:ident;
        $(#[$input_doc:meta])* $input:ident $backward_input:ident;
        $(#[$weight_doc:meta])* $weight:ident $backward_weight:ident $backward_weight_each:ident;
    ) => {
        $(#[$doc])*
        pub struct $op {
            /// How the kernel moves over the input.
            pub settings: $settings,
        }

        impl<T: Real> Op<T> for $op {
            fn name(&self) -> &'static str {
                $name
            }

            fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
                inputs[0].$forward(inputs[1], inputs.get(2).copied(), self.settings)
            }

            fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
                let settings = self.settings;
                let (x, weight, gradient) = (reverse.input(0), reverse.input(1), reverse.gradient());
                if reverse.wants(0) {
                    reverse.add_op(0, $input { settings, shape: x.shape() }, [gradient, weight]);
                }
                if reverse.wants(1) {
                    reverse.add_op(1, $weight { settings, shape: weight.shape() }, [x, gradient]);
                }
                if reverse.inputs() == 3 && reverse.wants(2) {
                    reverse.add(2, gradient.sum_axes(&$axes));
                }
            }

            fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
                if samples.rows_per_sample().is_none() {
                    return samples.mixed();
                }
                let (settings, count) = (self.settings, samples.count());
                let (x, weight, gradient) = (samples.input(0), samples.input(1), samples.gradient());
                if samples.wants(0) {
                    samples.add(0, gradient.$backward_input(weight, x.shape(), settings));
                }
                if samples.wants(1) {
                    let rows = || gradient.$backward_weight_each(x, weight.shape(), count, settings);
                    samples.add_rows(1, rows);
                }
                if samples.inputs() == 3 && samples.wants(2) {
                    samples.add_sum(2, gradient.sum_axes(&$axes[1..]));
                }
                samples.exact()
            }
        }

        $(#[$input_doc])*
        pub struct $input {
            /// How the kernel moves over the input.
            pub settings: $settings,
            /// The shape of the input, which is that of the result.
            pub shape: Shape,
        }

        impl<T: Real> Op<T> for $input {
            fn name(&self) -> &'static str {
                stringify!($backward_input)
            }

            fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
                inputs[0].$backward_input(inputs[1], self.shape, self.settings)
            }

            fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
                let settings = self.settings;
                let (y, weight, gradient) = (reverse.input(0), reverse.input(1), reverse.gradient());
                if reverse.wants(0) {
                    reverse.add_op(0, $op { settings }, [gradient, weight]);
                }
                if reverse.wants(1) {
                    reverse.add_op(1, $weight { settings, shape: weight.shape() }, [gradient, y]);
                }
            }

            fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
                if samples.rows_per_sample().is_none() {
                    return samples.mixed();
                }
                let (settings, count) = (self.settings, samples.count());
                let (y, weight, gradient) = (samples.input(0), samples.input(1), samples.gradient());
                if samples.wants(0) {
                    samples.add(0, gradient.$forward(weight, None, settings));
                }
                if samples.wants(1) {
                    let rows = || y.$backward_weight_each(gradient, weight.shape(), count, settings);
                    samples.add_rows(1, rows);
                }
                samples.exact()
            }
        }

        $(#[$weight_doc])*
        pub struct $weight {
            /// How the kernel moves over the input.
            pub settings: $settings,
            /// The shape of the weight, which is that of the result.
            pub shape: Shape,
        }

        impl<T: Real> Op<T> for $weight {
            fn name(&self) -> &'static str {
                stringify!($backward_weight)
            }

            fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
                inputs[1].$backward_weight(inputs[0], self.shape, self.settings)
            }

            fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
                let settings = self.settings;
                let (x, y, gradient) = (reverse.input(0), reverse.input(1), reverse.gradient());
                if reverse.wants(0) {
                    reverse.add_op(0, $input { settings, shape: x.shape() }, [y, gradient]);
                }
                if reverse.wants(1) {
                    reverse.add_op(1, $op { settings }, [x, gradient]);
                }
            }

            fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
                samples.mixed()
            }
        }
    };
}

convolution! {
    Conv1d, "conv1d", sum over [0, 2];
    /// Convolution of `[N, C, L]` with a weight `[O, C/groups, K]`, and a bias `[O]` if there is a third input.
    Convolve1d conv1d;
    /// The gradient of [`Convolve1d`] with respect to its input, of its output's gradient and the weight.
    Convolve1dInput conv1d_backward_input;
    /// The gradient of [`Convolve1d`] with respect to its weight, of its input and its output's gradient.
    Convolve1dWeight conv1d_backward_weight conv1d_backward_weight_each;
}
convolution! {
    Conv2d, "conv2d", sum over [0, 2, 3];
    /// Convolution of `[N, C, H, W]` with a weight `[O, C/groups, KH, KW]`, and a bias `[O]` if there is a third input.
    Convolve2d conv2d;
    /// The gradient of [`Convolve2d`] with respect to its input, of its output's gradient and the weight: the transposed
    /// convolution.
    Convolve2dInput conv2d_backward_input;
    /// The gradient of [`Convolve2d`] with respect to its weight, of its input and its output's gradient.
    Convolve2dWeight conv2d_backward_weight conv2d_backward_weight_each;
}

impl<T: Real> Var<'_, T> {
    /// The convolution [`Tensor::conv1d`].
    ///
    /// # Panics
    /// When the shapes do not fit, the kernel exceeds the padded input, or a stride, dilation or number of groups
    /// is 0.
    #[track_caller]
    pub fn conv1d(self, weight: Self, bias: Option<Self>, settings: Conv1d) -> Self {
        match bias {
            Some(bias) => self.tape.apply(Convolve1d { settings }, [self, weight, bias]),
            None => self.tape.apply(Convolve1d { settings }, [self, weight]),
        }
    }

    /// The convolution [`Tensor::conv2d`].
    ///
    /// # Panics
    /// When the shapes do not fit, the kernel exceeds the padded input, or a stride, dilation or number of groups
    /// is 0.
    #[track_caller]
    pub fn conv2d(self, weight: Self, bias: Option<Self>, settings: Conv2d) -> Self {
        match bias {
            Some(bias) => self.tape.apply(Convolve2d { settings }, [self, weight, bias]),
            None => self.tape.apply(Convolve2d { settings }, [self, weight]),
        }
    }

    /// The transposed convolution [`Tensor::conv_transpose2d`].
    ///
    /// # Panics
    /// As there.
    #[track_caller]
    pub fn conv_transpose2d(self, weight: Self, output_padding: [usize; 2], settings: Conv2d) -> Self {
        let shape = settings.transposed_shape(self.shape(), weight.shape(), output_padding);
        self.tape.apply(Convolve2dInput { settings, shape }, [self, weight])
    }
}
