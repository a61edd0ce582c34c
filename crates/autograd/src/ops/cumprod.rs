//! Cumulative products yₖ = x₀⋯xₖ: gxᵢ = (x₀⋯xᵢ₋₁)·sᵢ with sᵢ = gᵢ + xᵢ₊₁·sᵢ₊₁, without divisions: factors may be 0.

use gradus_tensor::{Real, Tensor};

use super::permute::inverse;
use super::prod::{exclusive_products, reduced_last};
use crate::{Op, Reverse, Samples, Values, Var};

/// The products of the elements up to each one along an axis.
pub struct CumProd {
    /// The axis.
    pub axis: usize,
}

impl<T: Real> Op<T> for CumProd {
    fn name(&self) -> &'static str {
        "cumprod"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].cumprod(self.axis)
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        reverse.add_through(|inputs| by_doubling(inputs[0], self.axis));
    }

    fn backward_values(&self, values: &mut Values<'_, T>) -> bool {
        let order = reduced_last(values.input(0).rank(), &[self.axis]);
        let moved = values.input(0).permute(&order);
        let shape = moved.shape();
        let (x, mut gradient) = (moved.to_vec(), values.gradient().permute(&order).to_vec());
        let len = shape[shape.rank() - 1].max(1);
        for (x, g) in x.chunks_exact(len).zip(gradient.chunks_exact_mut(len)) {
            let before = exclusive_products(x.iter().copied());
            let mut after = T::zero();
            for i in (0..len).rev() {
                after = g[i] + if i + 1 < len { x[i + 1] * after } else { T::zero() };
                g[i] = before[i] * after;
            }
        }
        let contribution = Tensor::from_fn(shape, |i| gradient[i]).permute(&inverse(&order));
        values.add(0, contribution);
        true
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        samples.along(&[self.axis])
    }
}

/// The cumulative products by ⌈log₂ n⌉ elementwise products, whose rules need no division either (Hillis and Steele, *Data
/// parallel algorithms*, 1986).
fn by_doubling<'t, T: Real>(x: Var<'t, T>, axis: usize) -> Var<'t, T> {
    let len = x.shape()[axis];
    let (mut products, mut covered) = (x, 1);
    while covered < len {
        let rest = len - covered;
        let wider = products.narrow(axis, covered, rest) * products.narrow(axis, 0, rest);
        products = Var::concat(&[products.narrow(axis, 0, covered), wider], axis);
        covered *= 2;
    }
    products
}

impl<T: Real> Var<'_, T> {
    /// The products of the elements up to each one along `axis`, itself included. Factors may be 0.
    ///
    /// # Panics
    /// When the axis lies outside.
    #[track_caller]
    pub fn cumprod(self, axis: usize) -> Self {
        self.tape.apply(CumProd { axis }, [self])
    }
}
