//! Dual numbers: a value and one directional derivative, carried through any formula over [`Scalar`].

use std::cmp::Ordering;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use num_traits::{One, Zero};

use crate::Scalar;
use crate::ops::{Powi, UnaryOp};

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
    fn abs(self) -> Self {
        let zero = S::zero();
        let slope = if self.value > zero {
            S::one()
        } else if self.value < zero {
            -S::one()
        } else {
            self.value * zero
        };
        self.chain(self.value.abs(), slope)
    }
    fn sqrt(self) -> Self {
        let root = self.value.sqrt();
        self.chain(root, S::constant(0.5) / root)
    }
    fn exp(self) -> Self {
        let y = self.value.exp();
        self.chain(y, y)
    }
    fn exp_m1(self) -> Self {
        self.chain(self.value.exp_m1(), self.value.exp())
    }
    fn ln(self) -> Self {
        self.chain(self.value.ln(), S::one() / self.value)
    }
    fn ln_1p(self) -> Self {
        self.chain(self.value.ln_1p(), S::one() / (S::one() + self.value))
    }
    fn sin(self) -> Self {
        self.chain(self.value.sin(), self.value.cos())
    }
    fn cos(self) -> Self {
        self.chain(self.value.cos(), -self.value.sin())
    }
    fn tanh(self) -> Self {
        let y = self.value.tanh();
        self.chain(y, S::one() - y * y)
    }
    fn powi(self, exponent: i32) -> Self {
        let y = self.value.powi(exponent);
        self.chain(y, Powi { exponent }.slope(self.value, y))
    }
    fn is_nan(self) -> bool {
        self.value.is_nan()
    }
}
