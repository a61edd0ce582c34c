//! Truncated Taylor series: a value and its derivatives up to an order that is known at run time only.

use std::cmp::Ordering;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use num_traits::{One, Zero};

use crate::Scalar;
use crate::ops::{self, UnaryOp};

/// The highest power of a series.
pub(crate) const MAX_ORDER: usize = 8;

/// c₀ + c₁t + … + cₙtⁿ, what is beyond tⁿ forgotten: cₖ is the k-th derivative divided by k!. Where
/// [`Dual`](crate::Dual) numbers are nested, 2ᵏ numbers are computed for k orders; here it is k, in loops that do
/// not widen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Jet<S> {
    coefficients: [S; MAX_ORDER + 1],
    /// n; that of a constant is the highest one.
    order: usize,
}

impl<S: Scalar> Jet<S> {
    pub(crate) fn new(value: S) -> Self {
        let mut coefficients = [S::zero(); MAX_ORDER + 1];
        coefficients[0] = value;
        Self { coefficients, order: MAX_ORDER }
    }

    /// The variable with respect to which one differentiates, up to `order`.
    ///
    /// # Panics
    /// When the order exceeds [`MAX_ORDER`].
    pub(crate) fn variable(value: S, order: usize) -> Self {
        assert!(order <= MAX_ORDER, "jet: order {order} exceeds {MAX_ORDER}");
        let mut variable = Self::new(value);
        variable.coefficients[1] = S::one();
        variable.order = order;
        variable.truncated(order)
    }

    /// The k-th derivative: k!·cₖ.
    pub(crate) fn derivative(self, k: usize) -> S {
        (1..=k).fold(self.coefficients[k], |product, factor| product * S::constant(factor as f64))
    }

    fn truncated(mut self, order: usize) -> Self {
        self.order = self.order.min(order);
        self.coefficients[self.order + 1..].fill(S::zero());
        self
    }

    fn value(self) -> S {
        self.coefficients[0]
    }

    fn is_constant(self) -> bool {
        self.order == MAX_ORDER && self.coefficients[1..].iter().all(S::is_zero)
    }

    /// The series y with y₀ given and y′ = Σ sᵢ·xᵢ′ for operands x whose slopes s are series that depend on y:
    /// k·yₖ = Σⱼ j·xⱼ·sₖ₋ⱼ needs of each slope only what lower orders of y determine.
    fn integrate<const N: usize>(
        value: S,
        operands: [Self; N],
        slopes: impl Fn([Self; N], Self) -> [Self; N],
    ) -> Self {
        let order = operands.iter().map(|x| x.order).min().unwrap_or(MAX_ORDER);
        let mut y = Self::new(value);
        y.order = order;
        for k in 1..=order {
            let slopes = slopes(operands.map(|x| x.truncated(k - 1)), y.truncated(k - 1));
            let mut sum = S::zero();
            for (x, slope) in operands.iter().zip(slopes) {
                for j in 1..=k {
                    let term = x.coefficients[j];
                    // 0·∞ would be NaN: a coefficient of 0 is no derivative.
                    if !term.is_zero() {
                        sum += S::constant(j as f64) * term * slope.coefficients[k - j];
                    }
                }
            }
            y.coefficients[k] = sum / S::constant(k as f64);
        }
        y
    }

    fn through(self, op: impl UnaryOp) -> Self {
        let value = op.value(self.value());
        if self.is_constant() {
            return Self::new(value);
        }
        Self::integrate(value, [self], |[x], y| [op.slope(x, y)])
    }

    fn linear(self, other: Self, combine: impl Fn(S, S) -> S) -> Self {
        let mut result = self;
        result.order = self.order.min(other.order);
        for (x, y) in result.coefficients.iter_mut().zip(other.coefficients) {
            *x = combine(*x, y);
        }
        result.truncated(result.order)
    }
}

macro_rules! through_ops {
    ($($method:ident $op:ident)*) => {$(
        fn $method(self) -> Self {
            self.through(ops::$op)
        }
    )*};
}

impl<S: Scalar> PartialEq for Jet<S> {
    fn eq(&self, other: &Self) -> bool {
        let order = self.order.min(other.order);
        self.coefficients[..=order] == other.coefficients[..=order]
    }
}

impl<S: Scalar> PartialOrd for Jet<S> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.value().partial_cmp(&other.value())
    }
}

impl<S: Scalar> Add for Jet<S> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        self.linear(other, |x, y| x + y)
    }
}

impl<S: Scalar> Sub for Jet<S> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self.linear(other, |x, y| x - y)
    }
}

impl<S: Scalar> Mul for Jet<S> {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let order = self.order.min(other.order);
        if order == MAX_ORDER && (self.is_constant() || other.is_constant()) {
            // Not the full convolution, in which ∞ meets the zeros of a constant.
            let (constant, series) = if self.is_constant() { (self, other) } else { (other, self) };
            return series.linear(series, |x, _| constant.value() * x);
        }
        let mut product = Self::new(self.value() * other.value());
        product.order = order;
        for k in 1..=order {
            let mut sum = S::zero();
            for j in 0..=k {
                let (x, y) = (self.coefficients[j], other.coefficients[k - j]);
                if !x.is_zero() && !y.is_zero() {
                    sum += x * y;
                }
            }
            product.coefficients[k] = sum;
        }
        product
    }
}

impl<S: Scalar> Div for Jet<S> {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let order = self.order.min(other.order);
        let mut quotient = Self::new(self.value() / other.value());
        quotient.order = order;
        for k in 1..=order {
            let mut rest = self.coefficients[k];
            for j in 0..k {
                let divisor = other.coefficients[k - j];
                if !divisor.is_zero() {
                    rest -= quotient.coefficients[j] * divisor;
                }
            }
            quotient.coefficients[k] = if rest.is_zero() { rest } else { rest / other.value() };
        }
        quotient
    }
}

impl<S: Scalar> Neg for Jet<S> {
    type Output = Self;
    fn neg(self) -> Self {
        self.linear(self, |x, _| -x)
    }
}

macro_rules! assign {
    ($($trait:ident $method:ident $op:tt),*) => {$(
        impl<S: Scalar> $trait for Jet<S> {
            fn $method(&mut self, other: Self) {
                *self = *self $op other;
            }
        }
    )*};
}
assign!(AddAssign add_assign +, SubAssign sub_assign -, MulAssign mul_assign *, DivAssign div_assign /);

impl<S: Scalar> Zero for Jet<S> {
    fn zero() -> Self {
        Self::new(S::zero())
    }
    fn is_zero(&self) -> bool {
        self.coefficients[..=self.order].iter().all(S::is_zero)
    }
}

impl<S: Scalar> One for Jet<S> {
    fn one() -> Self {
        Self::new(S::one())
    }
}

impl<S: Scalar> Scalar for Jet<S> {
    fn constant(value: f64) -> Self {
        Self::new(S::constant(value))
    }
    through_ops! {
        abs Abs sqrt Sqrt rsqrt Rsqrt exp Exp exp_m1 ExpM1 ln Ln ln_1p Ln1p sin Sin cos Cos tan Tan tanh Tanh
        sigmoid Sigmoid softplus Softplus silu Silu gelu Gelu gelu_tanh GeluTanh erf Erf
    }
    fn normal_cdf(self) -> Self {
        Self::integrate(self.value().normal_cdf(), [self], |[x], _| [x.normal_pdf()])
    }
    fn normal_pdf(self) -> Self {
        Self::integrate(self.value().normal_pdf(), [self], |[x], density| [-(x * density)])
    }
    fn powi(self, exponent: i32) -> Self {
        self.through(ops::Powi { exponent })
    }
    fn powf(self, exponent: Self) -> Self {
        let power = self.value().powf(exponent.value());
        if exponent.is_constant() {
            return Self::integrate(power, [self], |[x], _| [ops::powf_slope(x, exponent)]);
        }
        Self::integrate(power, [self, exponent], |[x, exponent], power| {
            [ops::powf_slope(x, exponent), ops::exponent_slope(x, exponent, power)]
        })
    }
    fn is_nan(self) -> bool {
        self.value().is_nan()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derivatives(f: impl Fn(Jet<f64>) -> Jet<f64>, x: f64) -> Vec<f64> {
        let y = f(Jet::variable(x, MAX_ORDER));
        (0..=MAX_ORDER).map(|k| y.derivative(k)).collect()
    }

    fn assert_close(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (k, (a, b)) in found.iter().zip(expected).enumerate() {
            assert!((a - b).abs() <= 1e-10 * b.abs().max(1.0), "order {k}: {a}, not {b}");
        }
    }

    #[test]
    fn derivatives_are_those_of_closed_forms() {
        let (e, s, c) = (0.7f64.exp(), 0.7f64.sin(), 0.7f64.cos());
        assert_close(&derivatives(|x| x.exp(), 0.7), &[e; 9]);
        assert_close(&derivatives(|x| x.sin(), 0.7), &[s, c, -s, -c, s, c, -s, -c, s]);
        let mut expected = vec![0.7f64.ln()];
        let mut factor = 1.0;
        for k in 1..=MAX_ORDER as i32 {
            expected.push(factor / 0.7f64.powi(k));
            factor *= -f64::from(k);
        }
        assert_close(&derivatives(|x| x.ln(), 0.7), &expected);
        assert_close(&derivatives(|x| x.powi(3), 2.0), &[8.0, 12.0, 12.0, 6.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert_close(&derivatives(|x| x.powf(Jet::constant(3.0)), 2.0)[..4], &[8.0, 12.0, 12.0, 6.0]);
        // 1/x as a quotient and as a power.
        let recip = derivatives(|x| Jet::one() / x, 0.5);
        assert_close(&derivatives(|x| x.powf(Jet::constant(-1.0)), 0.5), &recip);
        assert_close(&recip[..4], &[2.0, -4.0, 16.0, -96.0]);
        // tanh as a quotient of exponentials.
        let quotient = |x: Jet<f64>| (x.exp() - (-x).exp()) / (x.exp() + (-x).exp());
        assert_close(&derivatives(|x| x.tanh(), 0.3), &derivatives(quotient, 0.3));
        // 2ˣ, with the variable in the exponent.
        let powers: Vec<f64> = (0..=8).map(|k| 2f64.powf(0.3) * 2f64.ln().powi(k)).collect();
        assert_close(&derivatives(|x| Jet::constant(2.0).powf(x), 0.3), &powers);
    }

    #[test]
    fn jets_of_jets_are_mixed_derivatives() {
        let a = Jet::variable(Jet::new(1.5), 3);
        let b = Jet::new(Jet::variable(0.5, 3));
        let y = a * a * a * b * b;
        assert_eq!(y.derivative(2).derivative(1), 6.0 * 1.5 * 2.0 * 0.5);
        let y = a / b;
        assert!((y.derivative(1).derivative(2) - 2.0 / 0.125).abs() < 1e-12);
        assert_eq!(y.derivative(2).derivative(1), 0.0);
    }
}
