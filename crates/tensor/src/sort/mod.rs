//! Orders: sorting along an axis, the largest elements, distinct values, places in a sorted vector.
//!
//! Equal elements keep their order (0 and −0 are equal), and NaN comes last in either direction: with NumPy for ascending
//! order, and so that the k largest elements are numbers as long as there are k. As these rules leave one result, it
//! does not depend on the algorithm or the number of threads.

mod lanes;
mod search;
mod sorted;
mod topk;
mod unique;

use std::cmp::Ordering;

pub use self::unique::Unique;

use crate::Element;

#[inline(always)]
fn is_nan<T: Element>(x: &T) -> bool {
    x.partial_cmp(x).is_none()
}

#[inline(always)]
fn ascending<T: Element>(a: &T, b: &T) -> Ordering {
    a.partial_cmp(b).unwrap_or_else(|| is_nan(a).cmp(&is_nan(b)))
}

#[inline(always)]
fn descending<T: Element>(a: &T, b: &T) -> Ordering {
    b.partial_cmp(a).unwrap_or_else(|| is_nan(a).cmp(&is_nan(b)))
}
