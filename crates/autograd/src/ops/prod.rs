//! Products: the gradient of each factor is the product of the others, which is not divided out: factors may be 0.

use gradus_tensor::{Real, Tensor};

use super::axes::Axes;
use super::permute::inverse;
use super::reductions::reductions;
use super::sum::{count, kept};
use crate::{Op, Reverse, Samples, Values, Var};

/// The product over some axes, which are dropped.
pub struct Prod {
    /// The axes.
    pub axes: Axes,
}

impl<T: Real> Op<T> for Prod {
    fn name(&self) -> &'static str {
        "prod_axes"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0].prod_axes(&self.axes)
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        reverse.add_through(|inputs| products(inputs[0], &self.axes));
    }

    fn backward_values(&self, values: &mut Values<'_, T>) -> bool {
        let x = values.input(0);
        let shape = x.shape();
        let order = reduced_last(x.rank(), &self.axes);
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
        let contribution = others * values.gradient().reshape(kept(shape, &self.axes));
        values.add(0, contribution);
        true
    }

    fn backward_per_sample(&self, samples: &mut Samples<'_, T>) -> bool {
        samples.along(&self.axes)
    }
}

/// The reduced axes last, so that the factors of one product are neighbours.
pub(super) fn reduced_last(rank: usize, axes: &[usize]) -> Vec<usize> {
    (0..rank).filter(|axis| !axes.contains(axis)).chain(axes.iter().copied()).collect()
}

/// The products over some axes by halves: a tree of elementwise products, whose rules need no division either.
fn products<'t, T: Real>(x: Var<'t, T>, axes: &[usize]) -> Var<'t, T> {
    let shape = x.shape();
    let outer: Vec<usize> =
        (0..shape.rank()).filter(|axis| !axes.contains(axis)).map(|axis| shape[axis]).collect();
    let mut factors = count(shape, axes);
    if factors == 0 {
        return x.tape().constant(&Tensor::ones(outer.as_slice()));
    }
    let last = outer.len();
    let mut x = x
        .permute(&reduced_last(shape.rank(), axes))
        .reshape([outer.as_slice(), &[factors]].concat().as_slice());
    while factors > 1 {
        let half = factors / 2;
        let product = x.narrow(last, 0, half) * x.narrow(last, half, half);
        x = match factors % 2 {
            0 => product,
            _ => Var::concat(&[product, x.narrow(last, 2 * half, 1)], last),
        };
        factors = half + factors % 2;
    }
    x.reshape(outer.as_slice())
}

/// The products of the factors in front of each one.
pub(super) fn exclusive_products<T: Real>(factors: impl Iterator<Item = T>) -> Vec<T> {
    let mut product = T::one();
    let next = |factor| {
        let before = product;
        product *= factor;
        before
    };
    factors.map(next).collect()
}

reductions! {
    /// The product of all elements, of rank 0; 1 without elements. Factors may be 0.
    prod prod_axes prod_keepdim () = Prod,
    panics "When an axis lies outside or is named twice.";
}
