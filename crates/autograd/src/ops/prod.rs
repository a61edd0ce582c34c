//! Products: the gradient of each factor is the product of the others, which is not divided out: factors may be 0.

use gradus_tensor::{Real, Tensor};

use super::sum::{count, kept};
use crate::{Op, Reverse, Var};

/// The product over some axes, which are dropped.
pub struct Prod {
    /// The axes.
    pub axes: Vec<usize>,
}

impl<T: Real> Op<T> for Prod {
    fn name(&self) -> &'static str {
        "prod_axes"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].prod_axes(&self.axes)
    }

    fn backward(&self, reverse: &mut Reverse<'_, T>) {
        let x = reverse.input(0);
        let shape = x.shape();
        // The reduced axes last, so that the factors of one product are neighbours.
        let order: Vec<usize> =
            (0..x.rank()).filter(|axis| !self.axes.contains(axis)).chain(self.axes.iter().copied()).collect();
        let moved = x.permute(&order);
        let mut others = moved.to_vec();
        for factors in others.chunks_exact_mut(count(shape, &self.axes).max(1)) {
            let before = exclusive_products(factors.iter().copied());
            let after = exclusive_products(factors.iter().rev().copied());
            for ((factor, before), after) in factors.iter_mut().zip(before).zip(after.into_iter().rev()) {
                *factor = before * after;
            }
        }
        let others = Tensor::from_fn(moved.shape(), |i| others[i]).permute(&inverse(&order));
        reverse.add(0, others * reverse.gradient().reshape(kept(shape, &self.axes)));
    }
}

/// The products of the factors in front of each one.
fn exclusive_products<T: Real>(factors: impl Iterator<Item = T>) -> Vec<T> {
    let mut product = T::one();
    let next = |factor| {
        let before = product;
        product *= factor;
        before
    };
    factors.map(next).collect()
}

fn inverse(order: &[usize]) -> Vec<usize> {
    let mut inverse = vec![0; order.len()];
    for (to, &from) in order.iter().enumerate() {
        inverse[from] = to;
    }
    inverse
}

impl<T: Real> Var<'_, T> {
    /// The product over the given axes, which are dropped from the shape.
    ///
    /// # Panics
    /// When an axis lies outside or is named twice.
    #[track_caller]
    pub fn prod_axes(self, axes: &[usize]) -> Self {
        self.tape.apply(Prod { axes: axes.to_vec() }, [self])
    }
}
