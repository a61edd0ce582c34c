//! What kernels compute at one index. Ops, their slopes, comparisons and conversions are all formulas.

use crate::Real;
use crate::ops::{BinaryOp, UnaryOp};

/// A function of one element.
pub(crate) trait MapFormula<A, R>: Copy + Send + Sync {
    fn at(self, a: A) -> R;
}

/// A function of two elements.
pub(crate) trait ZipFormula<A, B, R>: Copy + Send + Sync {
    fn at(self, a: A, b: B) -> R;
}

/// The value of an op.
#[derive(Clone, Copy)]
pub(super) struct Value<O>(pub(super) O);

impl<T: Real, O: UnaryOp> MapFormula<T, T> for Value<O> {
    #[inline(always)]
    fn at(self, a: T) -> T {
        self.0.value(a)
    }
}

impl<T: Real, O: BinaryOp> ZipFormula<T, T, T> for Value<O> {
    #[inline(always)]
    fn at(self, a: T, b: T) -> T {
        self.0.value(a, b)
    }
}

/// The element itself.
#[derive(Clone, Copy)]
pub(crate) struct Identity;

impl<T> MapFormula<T, T> for Identity {
    #[inline(always)]
    fn at(self, a: T) -> T {
        a
    }
}
