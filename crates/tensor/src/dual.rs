//! Dual numbers: a value and one directional derivative, carried through any formula over [`Scalar`].

use std::cmp::Ordering;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use num_traits::{One, Zero};

use crate::Scalar;
use crate::ops::{self, UnaryOp};

/// `value + tangent·ε` with ε² = 0. `Dual<Dual<f64>>` carries second derivatives.
///
/// ```
/// use gradus_tensor::{Dual, Scalar};
/// let x = Dual { value: 3.0, tangent: 1.0 };
/// let y = x * x + x.exp();
/// assert_eq!(y.tangent, 6.0 + 3f64.exp());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dual<S> {
    /// The value.
    pub value: S,
    /// The derivative along the chosen direction.
    pub tangent: S,
}

impl<S: Scalar> Dual<S> {
    /// The variable with respect to which one differentiates: tangent 1.
    pub fn variable(value: S) -> Self {
        Self { value, tangent: S::one() }
    }

    #[inline(always)]
    fn chain(self, value: S, slope: S) -> Self {
        Self { value, tangent: slope * self.tangent }
    }

    /// The chain rule for an op: its slope stands with its value.
    #[inline(always)]
    fn through(self, op: impl UnaryOp) -> Self {
        let y = op.value(self.value);
        self.chain(y, op.slope(self.value, y))
    }
}

macro_rules! through_ops {
    ($($method:ident $op:ident)*) => {$(
        fn $method(self) -> Self {
            self.through(ops::$op)
        }
    )*};
}

impl<S: Scalar> PartialOrd for Dual<S> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.value.partial_cmp(&other.value)
    }
}

impl<S: Scalar> Add for Dual<S> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { value: self.value + other.value, tangent: self.tangent + other.tangent }
    }
}

impl<S: Scalar> Sub for Dual<S> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self { value: self.value - other.value, tangent: self.tangent - other.tangent }
    }
}

impl<S: Scalar> Mul for Dual<S> {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self {
            value: self.value * other.value,
            tangent: self.tangent * other.value + self.value * other.tangent,
        }
    }
}

impl<S: Scalar> Div for Dual<S> {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let value = self.value / other.value;
        Self { value, tangent: (self.tangent - value * other.tangent) / other.value }
    }
}

impl<S: Scalar> Neg for Dual<S> {
    type Output = Self;
    fn neg(self) -> Self {
        Self { value: -self.value, tangent: -self.tangent }
    }
}

macro_rules! assign {
    ($($trait:ident $method:ident $op:tt),*) => {$(
        impl<S: Scalar> $trait for Dual<S> {
            fn $method(&mut self, other: Self) {
                *self = *self $op other;
            }
        }
    )*};
}
assign!(AddAssign add_assign +, SubAssign sub_assign -, MulAssign mul_assign *, DivAssign div_assign /);

impl<S: Scalar> Zero for Dual<S> {
    fn zero() -> Self {
        Self { value: S::zero(), tangent: S::zero() }
    }
    fn is_zero(&self) -> bool {
        self.value.is_zero() && self.tangent.is_zero()
    }
}

impl<S: Scalar> One for Dual<S> {
    fn one() -> Self {
        Self { value: S::one(), tangent: S::zero() }
    }
}

impl<S: Scalar> Scalar for Dual<S> {
    fn constant(value: f64) -> Self {
        Self { value: S::constant(value), tangent: S::zero() }
    }
    through_ops! {
        abs Abs sqrt Sqrt rsqrt Rsqrt exp Exp exp_m1 ExpM1 ln Ln ln_1p Ln1p sin Sin cos Cos tan Tan tanh Tanh
        sigmoid Sigmoid softplus Softplus silu Silu gelu Gelu gelu_tanh GeluTanh erf Erf
    }
    fn normal_cdf(self) -> Self {
        self.chain(self.value.normal_cdf(), self.value.normal_pdf())
    }
    fn normal_pdf(self) -> Self {
        let density = self.value.normal_pdf();
        self.chain(density, -(self.value * density))
    }
    fn powi(self, exponent: i32) -> Self {
        self.through(ops::Powi { exponent })
    }
    fn powf(self, exponent: Self) -> Self {
        let (x, y) = (self.value, exponent.value);
        let power = x.powf(y);
        let mut result = self.chain(power, ops::powf_slope(x, y));
        // A constant exponent: ln x may be NaN.
        if !exponent.tangent.is_zero() {
            result.tangent += ops::exponent_slope(x, y, power) * exponent.tangent;
        }
        result
    }
    fn is_nan(self) -> bool {
        self.value.is_nan()
    }
}
