//! Convolutions: the gradients are the transposed convolution and the correlation of input and gradient.

use gradus_tensor::{Conv1d, Conv2d, Real, Tensor};

use crate::{Op, Reverse, Var};

macro_rules! convolution {
    (
        $(#[$doc:meta])* $op:ident, $settings:ident, $name:literal, $forward:ident,
        $backward_input:ident, $backward_weight:ident, sum over $axes:expr
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

            fn backward(&self, reverse: &mut Reverse<'_, T>) {
                let (x, weight) = (reverse.input(0).clone(), reverse.input(1).clone());
                let gradient = reverse.gradient().clone();
                if reverse.wants(0) {
                    reverse.add(0, gradient.$backward_input(&weight, x.shape(), self.settings));
                }
                if reverse.wants(1) {
                    reverse.add(1, gradient.$backward_weight(&x, weight.shape(), self.settings));
                }
                if reverse.inputs() == 3 && reverse.wants(2) {
                    reverse.add(2, gradient.sum_axes(&$axes));
                }
            }
        }
    };
}

convolution! {
    /// Convolution of `[N, C, L]` with a weight `[O, C/groups, K]`, and a bias `[O]` if there is a third input.
    Convolve1d, Conv1d, "conv1d", conv1d, conv1d_backward_input, conv1d_backward_weight, sum over [0, 2]
}
convolution! {
    /// Convolution of `[N, C, H, W]` with a weight `[O, C/groups, KH, KW]`, and a bias `[O]` if there is a third input.
    Convolve2d, Conv2d, "conv2d", conv2d, conv2d_backward_input, conv2d_backward_weight, sum over [0, 2, 3]
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
}
