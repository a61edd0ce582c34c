//! The two number traits: [`Scalar`] for formulas, [`Real`] for elements of a [`Tensor`](crate::Tensor).

use std::fmt::{Debug, Display};
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use num_traits::{Bounded, One, Zero};

/// What the formula of an op may use: the field operations, an order and the elementary functions.
///
/// Implemented by `f32`, `f64` and [`Dual`](crate::Dual), so that a value or a slope is written once and
/// can be evaluated, differentiated and compiled for SIMD from the same statement.
pub trait Scalar:
    Copy
    + Debug
    + PartialOrd
    + Zero
    + One
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
    + Send
    + Sync
    + 'static
{
    /// The nearest representable value of a constant of a formula.
    fn constant(value: f64) -> Self;
    /// |x|.
    fn abs(self) -> Self;
    /// √x.
    fn sqrt(self) -> Self;
    /// eˣ.
    fn exp(self) -> Self;
    /// eˣ − 1, accurate near 0.
    fn exp_m1(self) -> Self;
    /// ln x.
    fn ln(self) -> Self;
    /// ln(1 + x), accurate near 0.
    fn ln_1p(self) -> Self;
    /// sin x, x in radians.
    fn sin(self) -> Self;
    /// cos x, x in radians.
    fn cos(self) -> Self;
    /// tanh x.
    fn tanh(self) -> Self;
    /// xⁿ for an integer n; 0⁰ = 1.
    fn powi(self, exponent: i32) -> Self;
    /// Whether the value is NaN.
    fn is_nan(self) -> bool;

    /// The larger of two values; NaN if either is NaN (NumPy's `maximum`).
    #[inline(always)]
    fn maximum(self, other: Self) -> Self {
        if self > other || self.is_nan() { self } else { other }
    }

    /// The smaller of two values; NaN if either is NaN (NumPy's `minimum`).
    #[inline(always)]
    fn minimum(self, other: Self) -> Self {
        if self < other || self.is_nan() { self } else { other }
    }
}

/// An element type of tensors: `f32` for training, `f64` for mathematics.
///
/// Every bit pattern of a `Real` is a valid value; the buffer cache relies on it.
pub trait Real: Scalar + Bounded + Default + Display + sealed::Sealed + std::iter::Sum {
    /// Machine epsilon, the distance from 1 to the next larger number: twice the unit roundoff.
    const EPSILON: Self;
    /// Positive infinity.
    const INFINITY: Self;
    /// NumPy's name of the type: `float32` or `float64`.
    const DTYPE: &'static str;

    /// Neither infinite nor NaN.
    fn is_finite(self) -> bool;

    /// The value as `f64`, exact for both types.
    fn to_f64(self) -> f64;

    /// C ← α·A·B + β·C on raw strided matrices (m × k times k × n).
    ///
    /// # Safety
    /// For `(rs, cs)` of each matrix, every element `pointer + i·rs + j·cs` within its bounds is valid for
    /// reads (and writes, for C), and no two elements of C coincide or overlap A or B.
    #[doc(hidden)]
    unsafe fn gemm(
        dims: [usize; 3],
        alpha: Self,
        a: (*const Self, isize, isize),
        b: (*const Self, isize, isize),
        beta: Self,
        c: (*mut Self, isize, isize),
    );
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

macro_rules! real {
    ($type:ident, $dtype:literal, $gemm:path) => {
        impl Scalar for $type {
            #[inline(always)]
            fn constant(value: f64) -> Self {
                value as $type
            }
            #[inline(always)]
            fn abs(self) -> Self {
                $type::abs(self)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                $type::sqrt(self)
            }
            #[inline(always)]
            fn exp(self) -> Self {
                $type::exp(self)
            }
            #[inline(always)]
            fn exp_m1(self) -> Self {
                $type::exp_m1(self)
            }
            #[inline(always)]
            fn ln(self) -> Self {
                $type::ln(self)
            }
            #[inline(always)]
            fn ln_1p(self) -> Self {
                $type::ln_1p(self)
            }
            #[inline(always)]
            fn sin(self) -> Self {
                $type::sin(self)
            }
            #[inline(always)]
            fn cos(self) -> Self {
                $type::cos(self)
            }
            #[inline(always)]
            fn tanh(self) -> Self {
                $type::tanh(self)
            }
            #[inline(always)]
            fn powi(self, exponent: i32) -> Self {
                $type::powi(self, exponent)
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                $type::is_nan(self)
            }
        }

        impl Real for $type {
            const EPSILON: Self = $type::EPSILON;
            const INFINITY: Self = $type::INFINITY;
            const DTYPE: &'static str = $dtype;

            #[inline(always)]
            fn is_finite(self) -> bool {
                $type::is_finite(self)
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            unsafe fn gemm(
                [m, k, n]: [usize; 3],
                alpha: Self,
                (a, rsa, csa): (*const Self, isize, isize),
                (b, rsb, csb): (*const Self, isize, isize),
                beta: Self,
                (c, rsc, csc): (*mut Self, isize, isize),
            ) {
                // SAFETY: the caller's contract is matrixmultiply's.
                unsafe { $gemm(m, k, n, alpha, a, rsa, csa, b, rsb, csb, beta, c, rsc, csc) }
            }
        }
    };
}

real!(f32, "float32", matrixmultiply::sgemm);
real!(f64, "float64", matrixmultiply::dgemm);
