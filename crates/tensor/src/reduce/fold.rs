//! What a reduction computes: a term of every element, and how terms are joined.
//!
//! All methods are `#[inline(always)]`: they are compiled into the kernels.

use crate::{Element, Real};

/// An associative operation (up to rounding) with a neutral element. As a fold, it joins the elements themselves.
pub(crate) trait Join<S: Element>: Fold<S, Output = S> {
    /// The result of nothing.
    fn identity(self) -> S;
    /// Two partial results, the earlier one first, made one.
    fn join(self, a: S, b: S) -> S;

    /// Whether NaN is to be looked for apart: it makes the result NaN, and `join_ordered` is cheaper than `join`.
    const POISON: bool = false;
    /// NaN, if it is to be looked for.
    #[inline(always)]
    fn poison(self) -> S {
        self.identity()
    }
    /// The join of two values of which `b` is not NaN. If `a` is NaN, so is the result.
    #[inline(always)]
    fn join_ordered(self, a: S, b: S) -> S {
        self.join(a, b)
    }
}

/// A reduction of elements of type `T`.
pub(crate) trait Fold<T: Element>: Copy + Send + Sync + 'static {
    /// What it results in.
    type Output: Element;
    /// How terms are joined.
    type Join: Join<Self::Output>;
    /// Whether terms depend on the pivot: a value per result, such as the mean in a variance.
    const PIVOT: bool;

    /// How terms are joined.
    fn joining(self) -> Self::Join;
    /// What an element contributes.
    fn term(self, x: T, pivot: Self::Output) -> Self::Output;
}

macro_rules! joins {
    ($(
        $(#[$attribute:meta])*
        $join:ident [$($generics:tt)*] $type:ty, $identity:expr, |$a:ident, $b:ident| $joined:expr
        $(, ordered $ordered:expr)?;
    )*) => {$(
        $(#[$attribute])*
        #[derive(Clone, Copy)]
        pub(crate) struct $join;

        impl<$($generics)*> Join<$type> for $join {
            #[inline(always)]
            fn identity(self) -> $type {
                $identity
            }
            #[inline(always)]
            fn join(self, $a: $type, $b: $type) -> $type {
                $joined
            }
            $(
                const POISON: bool = true;
                #[inline(always)]
                fn poison(self) -> $type {
                    T::INFINITY - T::INFINITY
                }
                #[inline(always)]
                fn join_ordered(self, $a: $type, $b: $type) -> $type {
                    $ordered
                }
            )?
        }

        impl<$($generics)*> Fold<$type> for $join {
            type Output = $type;
            type Join = Self;
            const PIVOT: bool = false;
            #[inline(always)]
            fn joining(self) -> Self {
                self
            }
            #[inline(always)]
            fn term(self, x: $type, _pivot: $type) -> $type {
                x
            }
        }
    )*};
}

joins! {
    /// Σ x.
    Sum [T: Real] T, T::zero(), |a, b| a + b;
    /// ∏ x.
    Product [T: Real] T, T::one(), |a, b| a * b;
    /// max x; NaN if one is NaN.
    Largest [T: Real] T, -T::INFINITY, |a, b| b.maximum(a), ordered if b > a { b } else { a };
    /// min x; NaN if one is NaN.
    Smallest [T: Real] T, T::INFINITY, |a, b| b.minimum(a), ordered if b < a { b } else { a };
    /// Whether one is true.
    Any [] bool, false, |a, b| a | b;
    /// Whether all are true.
    All [] bool, true, |a, b| a & b;
    /// Σ x of integers, modulo their range.
    Total [] usize, 0, |a, b| a.wrapping_add(b);
}

macro_rules! folds {
    ($(
        $(#[$attribute:meta])*
        $fold:ident [$($generics:tt)*] $input:ty => $output:ty, $join:ident, pivot: $pivot:expr,
        |$x:ident, $p:pat_param| $term:expr;
    )*) => {$(
        $(#[$attribute])*
        #[derive(Clone, Copy)]
        pub(crate) struct $fold;

        impl<$($generics)*> Fold<$input> for $fold {
            type Output = $output;
            type Join = $join;
            const PIVOT: bool = $pivot;
            #[inline(always)]
            fn joining(self) -> $join {
                $join
            }
            #[inline(always)]
            fn term(self, $x: $input, $p: $output) -> $output {
                $term
            }
        }
    )*};
}

folds! {
    /// How many elements are not zero.
    NonZero [T: Element] T => usize, Total, pivot: false, |x, _| usize::from(x != T::default());
    /// Σ |x|.
    Magnitudes [T: Real] T => T, Sum, pivot: false, |x, _| x.abs();
    /// max |x|.
    LargestMagnitude [T: Real] T => T, Largest, pivot: false, |x, _| x.abs();
    /// min |x|.
    SmallestMagnitude [T: Real] T => T, Smallest, pivot: false, |x, _| x.abs();
    /// Σ x².
    Squares [T: Real] T => T, Sum, pivot: false, |x, _| x * x;
    /// Σ x·0: NaN if one is infinite or NaN, else 0.
    Defects [T: Real] T => T, Sum, pivot: false, |x, _| x * T::zero();
    /// Σ (x − p)².
    SquaredDeviations [T: Real] T => T, Sum, pivot: true, |x, p| (x - p) * (x - p);
    /// Σ (x/p)².
    ScaledSquares [T: Real] T => T, Sum, pivot: true, |x, p| (x / p) * (x / p);
    /// Σ exp(x − p).
    ShiftedExponentials [T: Real] T => T, Sum, pivot: true, |x, p| (x - p).exp();
}

/// Σ (|x|/p)^order.
#[derive(Clone, Copy)]
pub(crate) struct ScaledPowers {
    pub(crate) order: f64,
}

impl<T: Real> Fold<T> for ScaledPowers {
    type Output = T;
    type Join = Sum;
    const PIVOT: bool = true;
    #[inline(always)]
    fn joining(self) -> Sum {
        Sum
    }
    #[inline(always)]
    fn term(self, x: T, pivot: T) -> T {
        // Exact at the largest element, where the logarithm is 0; 0 where it is −∞.
        ((x.abs() / pivot).ln() * T::constant(self.order)).exp()
    }
}
