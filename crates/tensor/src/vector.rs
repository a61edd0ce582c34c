//! Reductions and updates on plain slices: what optimizers, monitors and axis reductions are made of.
//!
//! Every sum runs over `LANES` accumulators inside blocks of `BLOCK` elements, and the blocks are added
//! in a fixed binary tree. The error is at most (133 + log₂⌈n/4096⌉)·u·Σ|xᵢ|, with u the unit roundoff: 128
//! additions per lane, 5 to join the lanes, then the tree. The result does not depend on the SIMD level or the
//! number of threads.

use std::marker::PhantomData;

use crate::Real;
use crate::parallel::{PIECE, worth_splitting};
use crate::simd::{Kernel, dispatch};

/// Accumulators of a sum: four AVX-512 registers of `f64`, enough to hide the latency of an addition.
const LANES: usize = 32;

/// Elements summed lane by lane before the tree begins.
const BLOCK: usize = 4096;

/// What is summed over one block.
trait Term<T>: Copy + Send + Sync {
    fn at(self, i: usize) -> T;
    fn len(self) -> usize;
    fn split(self, middle: usize) -> (Self, Self);
}

#[derive(Clone, Copy)]
struct Plain<'a, T>(&'a [T]);

impl<T: Real> Term<T> for Plain<'_, T> {
    #[inline(always)]
    fn at(self, i: usize) -> T {
        self.0[i]
    }
    #[inline(always)]
    fn len(self) -> usize {
        self.0.len()
    }
    #[inline(always)]
    fn split(self, middle: usize) -> (Self, Self) {
        let (low, high) = self.0.split_at(middle);
        (Self(low), Self(high))
    }
}

#[derive(Clone, Copy)]
struct Product<'a, T>(&'a [T], &'a [T]);

impl<T: Real> Term<T> for Product<'_, T> {
    #[inline(always)]
    fn at(self, i: usize) -> T {
        self.0[i] * self.1[i]
    }
    #[inline(always)]
    fn len(self) -> usize {
        self.0.len()
    }
    #[inline(always)]
    fn split(self, middle: usize) -> (Self, Self) {
        let (a, b) = (self.0.split_at(middle), self.1.split_at(middle));
        (Self(a.0, b.0), Self(a.1, b.1))
    }
}

/// x·0: NaN for infinite and NaN elements, 0 for the others.
#[derive(Clone, Copy)]
struct Defect<'a, T>(&'a [T]);

impl<T: Real> Term<T> for Defect<'_, T> {
    #[inline(always)]
    fn at(self, i: usize) -> T {
        self.0[i] * T::zero()
    }
    #[inline(always)]
    fn len(self) -> usize {
        self.0.len()
    }
    #[inline(always)]
    fn split(self, middle: usize) -> (Self, Self) {
        let (low, high) = self.0.split_at(middle);
        (Self(low), Self(high))
    }
}

struct BlockSum<T, F> {
    term: F,
    element: PhantomData<T>,
}

impl<T: Real, F: Term<T>> Kernel for BlockSum<T, F> {
    type Output = T;
    #[inline(always)]
    fn run(self) -> T {
        let term = self.term;
        let whole = term.len() / LANES * LANES;
        let (mut body, tail) = term.split(whole);
        let mut lanes = [T::zero(); LANES];
        while body.len() > 0 {
            let (chunk, rest) = body.split(LANES);
            body = rest;
            for (lane, sum) in lanes.iter_mut().enumerate() {
                *sum += chunk.at(lane);
            }
        }
        for (i, sum) in lanes.iter_mut().enumerate().take(tail.len()) {
            *sum += tail.at(i);
        }
        let mut width = LANES / 2;
        while width > 0 {
            for lane in 0..width {
                lanes[lane] += lanes[lane + width];
            }
            width /= 2;
        }
        lanes[0]
    }
}

fn tree<T: Real, F: Term<T>>(term: F) -> T {
    if term.len() <= BLOCK {
        return dispatch(BlockSum { term, element: PhantomData });
    }
    let middle = term.len().div_ceil(BLOCK).div_ceil(2) * BLOCK;
    let (low, high) = term.split(middle);
    if term.len() >= 2 * PIECE && worth_splitting::<T>(term.len()) {
        let (low, high) = rayon::join(|| tree(low), || tree(high));
        low + high
    } else {
        tree(low) + tree(high)
    }
}

/// Σ xᵢ.
pub fn sum<T: Real>(x: &[T]) -> T {
    tree(Plain(x))
}

/// Σ aᵢ·bᵢ.
///
/// # Panics
/// When the lengths differ.
#[track_caller]
pub fn dot<T: Real>(a: &[T], b: &[T]) -> T {
    assert!(a.len() == b.len(), "dot: lengths differ: left {}, right {}", a.len(), b.len());
    tree(Product(a, b))
}

/// ‖x‖² = Σ xᵢ².
pub fn squared_norm<T: Real>(x: &[T]) -> T {
    dot(x, x)
}

/// The position of the first element that is infinite or NaN.
pub fn first_non_finite<T: Real>(x: &[T]) -> Option<usize> {
    if tree(Defect(x)) == T::zero() { None } else { x.iter().position(|value| !value.is_finite()) }
}

struct Axpy<'a, T> {
    alpha: T,
    x: &'a [T],
    y: &'a mut [T],
}

impl<T: Real> Kernel for Axpy<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (y, &x) in self.y.iter_mut().zip(self.x) {
            *y += self.alpha * x;
        }
    }
}

/// y ← y + α·x.
///
/// # Panics
/// When the lengths differ.
#[track_caller]
pub fn axpy<T: Real>(alpha: T, x: &[T], y: &mut [T]) {
    assert!(x.len() == y.len(), "axpy: lengths differ: x {}, y {}", x.len(), y.len());
    dispatch(Axpy { alpha, x, y });
}
