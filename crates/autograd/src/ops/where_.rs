//! The choice by truth values: the gradient is chosen the same way, never multiplied with 0, so that what flows to
//! the branch that was not taken is 0 even where the gradient is infinite or NaN.

use gradus_tensor::{Real, Tensor};

use crate::{Op, Reverse, Samples, Var};

/// The first input where the mask is true, the second one elsewhere, all three broadcast.
pub struct Where {
    /// Where the first input is taken.
    pub mask: Tensor<bool>,
}

impl<T: Real> Op<T> for Where {
    fn name(&self) -> &'static str {
        "where"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        self.mask.where_(inputs[0], inputs[1])
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let gradient = reverse.gradient();
        if reverse.wants(0) {
            let taken = gradient.masked_fill(&self.mask.logical_not(), T::zero());
            reverse.add(0, taken.sum_to(reverse.input(0).shape()));
        }
        if reverse.wants(1) {
            let taken = gradient.masked_fill(&self.mask, T::zero());
            reverse.add(1, taken.sum_to(reverse.input(1).shape()));
        }
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        if samples.rows_per_sample().is_none() {
            return samples.mixed();
        }
        let kept = [self.mask.logical_not(), self.mask.clone()];
        for (i, other) in kept.iter().enumerate() {
            if samples.wants(i) {
                samples.add_sum(i, samples.gradient().masked_fill(other, T::zero()));
            }
        }
        samples.exact()
    }
}

/// One value where the mask is true, the input elsewhere, both broadcast.
pub struct MaskedFill<T> {
    /// Where the value is written.
    pub mask: Tensor<bool>,
    /// The value.
    pub value: T,
}

impl<T: Real> Op<T> for MaskedFill<T> {
    fn name(&self) -> &'static str {
        "masked_fill"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].masked_fill(&self.mask, self.value)
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let kept = reverse.gradient().masked_fill(&self.mask, T::zero());
        reverse.add(0, kept.sum_to(reverse.input(0).shape()));
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        if samples.rows_per_sample().is_none() {
            return samples.mixed();
        }
        samples.add_sum(0, samples.gradient().masked_fill(&self.mask, T::zero()));
        samples.exact()
    }
}

impl<T: Real> Var<'_, T> {
    /// This value where `mask` is true, `other` where it is false, all three broadcast (PyTorch's `x.where(mask, other)`;
    /// `mask.where_(x, other)` of tensors).
    ///
    /// The gradient that reaches a branch where it was not taken is exactly 0. What the branch makes of that 0 is its own
    /// rule: √x at 0 has an infinite slope, and 0·∞ is NaN, as in PyTorch. Where a branch is not differentiable, give it
    /// another argument there:
    ///
    /// ```
    /// use gradus_autograd::value_and_grad;
    /// use gradus_tensor::{Params, Tensor};
    /// let params = Params::single("x", &Tensor::vector(&[4.0, -1.0]));
    /// let x = params.ids().next().unwrap();
    /// let (_, gradient) = value_and_grad(&params, |p| {
    ///     let x = p.get(x);
    ///     let is_positive = x.value().greater(0.0);
    ///     let inside = x.masked_fill(&is_positive.logical_not(), 1.0);
    ///     inside.sqrt().where_(&is_positive, x * 0.0).sum()
    /// });
    /// assert_eq!(gradient.as_slice(), [0.25, 0.0]);
    /// ```
    ///
    /// # Panics
    /// When the shapes do not broadcast.
    #[track_caller]
    pub fn where_(self, mask: &Tensor<bool>, other: Self) -> Self {
        self.tape.apply(Where { mask: mask.clone() }, [self, other])
    }

    /// `value` where the mask is true, the own element elsewhere; both broadcast. No gradient flows where the value was
    /// written.
    ///
    /// # Panics
    /// When the shapes do not broadcast.
    #[track_caller]
    pub fn masked_fill(self, mask: &Tensor<bool>, value: T) -> Self {
        self.tape.apply(MaskedFill { mask: mask.clone(), value }, [self])
    }
}
