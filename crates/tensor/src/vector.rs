//! Reductions and updates on plain slices: what optimizers, monitors and axis reductions are made of.
//!
//! Sums have a fixed number of accumulators and a fixed tree, and an error of at most (133 + log₂⌈n/4096⌉)·u·Σ|xᵢ|, with
//! u the unit roundoff. The result does not depend on the SIMD level or the number of threads.

use std::ops::Range;

use crate::Real;
use crate::parallel::worth_splitting;
use crate::reduce::fold::{Defects, Squares, Sum};
use crate::reduce::lanes::{BLOCK, LANES, fold_blocks, join_lanes, settled};
use crate::reduce::rows::fold_slice;
use crate::simd::{Kernel, dispatch};

/// Σ xᵢ.
pub fn sum<T: Real>(x: &[T]) -> T {
    fold_slice(Sum, x)
}

/// ‖x‖² = Σ xᵢ².
pub fn squared_norm<T: Real>(x: &[T]) -> T {
    fold_slice(Squares, x)
}

/// The dot product of one block, in the order of [`fold_block`](crate::reduce::lanes::fold_block).
struct DotBlock<'a, T> {
    a: &'a [T],
    b: &'a [T],
}

impl<T: Real> Kernel for DotBlock<'_, T> {
    type Output = T;
    #[inline(always)]
    fn run(self) -> T {
        let ((a, a_tail), (b, b_tail)) = (self.a.as_chunks::<LANES>(), self.b.as_chunks::<LANES>());
        let mut lanes = [T::zero(); LANES];
        for (a, b) in a.iter().zip(b) {
            for lane in 0..LANES {
                lanes[lane] += a[lane] * b[lane];
            }
        }
        let mut lanes = settled(lanes);
        for (lane, (&a, &b)) in lanes.iter_mut().zip(a_tail.iter().zip(b_tail)) {
            *lane += a * b;
        }
        join_lanes(lanes, Sum)
    }
}

/// Σ aᵢ·bᵢ.
///
/// # Panics
/// When the lengths differ.
#[track_caller]
pub fn dot<T: Real>(a: &[T], b: &[T]) -> T {
    let len = a.len();
    assert!(len == b.len(), "dot: lengths differ: left {len}, right {}", b.len());
    if len <= BLOCK {
        return dispatch(DotBlock { a, b });
    }
    let mut result = T::zero();
    let leaf = |_, block: Range<usize>| dispatch(DotBlock { a: &a[block.clone()], b: &b[block] });
    fold_blocks(Sum, len, worth_splitting::<T>(2 * len), std::slice::from_mut(&mut result), &leaf);
    result
}

/// The position of the first element that is infinite or NaN.
pub fn first_non_finite<T: Real>(x: &[T]) -> Option<usize> {
    if fold_slice(Defects, x) == T::zero() { None } else { x.iter().position(|value| !value.is_finite()) }
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
