//! The two number traits: [`Scalar`] for formulas, [`Real`] for elements of a [`Tensor`](crate::Tensor).

use std::fmt::Debug;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use num_traits::{Bounded, One, Zero};

use crate::Element;
use crate::gemm::{self, Batch, Product};
use crate::math;

/// What the formula of an op may use: the field operations, an order and the elementary functions.
///
/// Of `f32` and `f64`, exp and ln are accurate to 1 ulp and the others to 2 ulp over the whole range, subnormal
/// numbers and huge arguments included, and every loop over them in a [`simd`](crate::simd) kernel is widened.
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
    /// 1/√x.
    fn rsqrt(self) -> Self;
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
    /// tan x, x in radians.
    fn tan(self) -> Self;
    /// tanh x.
    fn tanh(self) -> Self;
    /// The logistic sigmoid σ(x) = 1/(1 + e⁻ˣ).
    fn sigmoid(self) -> Self;
    /// ln(1 + eˣ).
    fn softplus(self) -> Self;
    /// x σ(x); −0 at −∞, the limit.
    fn silu(self) -> Self;
    /// x Φ(x) with the normal distribution Φ; −0 at −∞, the limit.
    fn gelu(self) -> Self;
    /// x σ(2u) with u = √(2/π)(x + 0.044715 x³), the approximation of gelu by tanh; −0 at −∞, the limit.
    fn gelu_tanh(self) -> Self;
    /// erf x = 2/√π ∫₀ˣ e^(−t²) dt.
    fn erf(self) -> Self;
    /// The normal distribution Φ(x) = ½ erfc(−x/√2), accurate in both tails.
    fn normal_cdf(self) -> Self;
    /// The normal density φ(x) = e^(−x²/2)/√(2π).
    fn normal_pdf(self) -> Self;
    /// xⁿ for an integer n; 0⁰ = 1.
    fn powi(self, exponent: i32) -> Self;
    /// xʸ for any y; x⁰ = 1, NaN where x is negative and finite and y is not an integer.
    fn powf(self, exponent: Self) -> Self;
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

/// An element type of tensors that one can calculate with: `f32` for training, `f64` for mathematics.
pub trait Real: Scalar + Element + sealed::Multiply + Bounded + std::iter::Sum {
    /// Machine epsilon, the distance from 1 to the next larger number: twice the unit roundoff.
    const EPSILON: Self;
    /// Positive infinity.
    const INFINITY: Self;

    /// Neither infinite nor NaN.
    fn is_finite(self) -> bool;

    /// The value as `f64`, exact for both types.
    fn to_f64(self) -> f64;
}

#[allow(private_interfaces, reason = "nobody outside can name the trait")]
mod sealed {
    use crate::gemm::{Batch, Product};

    pub trait Multiply: Sized {
        /// C ← α·A·B + β·D on raw strided matrices.
        ///
        /// # Safety
        /// Every element of A, B, C and D that the batch names is valid for reads (and writes, for C), and
        /// what lies between elements of A or of B is initialised memory of the same allocation; no two
        /// elements of C coincide, none overlaps A, B or, unless it is the same element, D, and no item of
        /// the batch writes what another one uses.
        unsafe fn gemm(product: &Product<Self>, batch: &Batch);
    }
}

macro_rules! functions {
    ($type:ident: $($name:ident)*) => {$(
        #[inline(always)]
        fn $name(self) -> Self {
            math::$type::$name(self)
        }
    )*};
}

macro_rules! real {
    ($type:ident) => {
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
            fn rsqrt(self) -> Self {
                1.0 / $type::sqrt(self)
            }
            functions! { $type: exp exp_m1 ln ln_1p sin cos tan tanh sigmoid softplus silu gelu gelu_tanh erf normal_cdf normal_pdf }
            #[inline(always)]
            fn powi(self, exponent: i32) -> Self {
                $type::powi(self, exponent)
            }
            #[inline(always)]
            fn powf(self, exponent: Self) -> Self {
                math::$type::powf(self, exponent)
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                $type::is_nan(self)
            }
        }

        impl sealed::Multiply for $type {
            #[allow(private_interfaces, reason = "nobody outside can name the trait")]
            unsafe fn gemm(product: &Product<Self>, batch: &Batch) {
                // SAFETY: the caller's contract.
                unsafe { gemm::gemm(product, batch) }
            }
        }

        impl Real for $type {
            const EPSILON: Self = $type::EPSILON;
            const INFINITY: Self = $type::INFINITY;

            #[inline(always)]
            fn is_finite(self) -> bool {
                $type::is_finite(self)
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
        }
    };
}

real!(f32);
real!(f64);
