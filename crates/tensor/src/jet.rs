//! Truncated Taylor series: a value and its derivatives up to an order that is known at run time only.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use num_traits::{One, Zero};

use crate::Scalar;
use crate::ops::{self, UnaryOp};

/// What series have as coefficients: numbers, or series in another variable.
pub(crate) trait Coefficient: Scalar {
    /// The coefficients of this thread's series. A formula copies its operands freely, so a series is a place in here.
    fn with_arena<R>(f: impl FnOnce(&mut Vec<Self>) -> R) -> R;
}

macro_rules! arenas {
    ($($type:ty),*) => {$(
        impl Coefficient for $type {
            fn with_arena<R>(f: impl FnOnce(&mut Vec<Self>) -> R) -> R {
                thread_local! {
                    static ARENA: RefCell<Vec<$type>> = const { RefCell::new(Vec::new()) };
                }
                ARENA.with_borrow_mut(f)
            }
        }
    )*};
}
arenas!(f64, Jet<f64>);

/// The number that `f` computes with series, all of which end with it.
pub(crate) fn with_series(f: impl FnOnce() -> f64) -> f64 {
    let result = f();
    f64::with_arena(Vec::clear);
    Jet::<f64>::with_arena(Vec::clear);
    result
}

/// The order of a constant.
const CONSTANT: usize = usize::MAX;

/// c₀ + c₁t + … + cₙtⁿ, what is beyond tⁿ forgotten: cₖ is the k-th derivative divided by k!. Where
/// [`Dual`](crate::Dual) numbers are nested, 2ᵏ numbers are computed for k orders; here it is k, in loops that do
/// not widen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Jet<S> {
    value: S,
    /// Where in the arena c₁ stands.
    start: usize,
    /// n.
    order: usize,
}

impl<S: Coefficient> Jet<S> {
    pub(crate) fn new(value: S) -> Self {
        Self { value, start: 0, order: CONSTANT }
    }

    /// The variable with respect to which one differentiates, up to `order`.
    pub(crate) fn variable(value: S, order: usize) -> Self {
        Self::build(value, order, |_, k| if k == 1 { S::one() } else { S::zero() })
    }

    /// The k-th derivative: k!·cₖ.
    pub(crate) fn derivative(self, k: usize) -> S {
        (1..=k).fold(self.coefficient(k), |product, factor| product * S::constant(factor as f64))
    }

    fn coefficient(self, k: usize) -> S {
        match k {
            0 => self.value,
            _ if self.is_constant() || k > self.order => S::zero(),
            _ => S::with_arena(|arena| arena[self.start + k - 1]),
        }
    }

    fn truncated(self, order: usize) -> Self {
        if self.is_constant() { self } else { Self { order: self.order.min(order), ..self } }
    }

    fn is_constant(self) -> bool {
        self.order == CONSTANT
    }

    /// The series whose coefficient k `next` computes from those below.
    fn build(value: S, order: usize, mut next: impl FnMut(Self, usize) -> S) -> Self {
        if order == CONSTANT {
            return Self::new(value);
        }
        let start = S::with_arena(|arena| {
            let start = arena.len();
            arena.resize(start + order, S::zero());
            start
        });
        for k in 1..=order {
            let coefficient = next(Self { value, start, order: k - 1 }, k);
            S::with_arena(|arena| {
                // The series that it took are no longer used.
                arena.truncate(start + order);
                arena[start + k - 1] = coefficient;
            });
        }
        Self { value, start, order }
    }

    /// The series y with y₀ given and y′ = Σ sᵢ·xᵢ′ for operands x whose slopes s are series that depend on y:
    /// k·yₖ = Σⱼ j·xⱼ·sₖ₋ⱼ needs of each slope only what lower orders of y determine.
    fn integrate<const N: usize>(
        value: S,
        operands: [Self; N],
        slopes: impl Fn([Self; N], Self) -> [Self; N],
    ) -> Self {
        let order = operands.iter().map(|x| x.order).min().unwrap_or(CONSTANT);
        Self::build(value, order, |y, k| {
            let slopes = slopes(operands.map(|x| x.truncated(k - 1)), y);
            let mut sum = S::zero();
            for (x, slope) in operands.iter().zip(slopes) {
                for j in 1..=k {
                    let term = x.coefficient(j);
                    // 0·∞ would be NaN: a coefficient of 0 is no derivative.
                    if !term.is_zero() {
                        sum += S::constant(j as f64) * term * slope.coefficient(k - j);
                    }
                }
            }
            sum / S::constant(k as f64)
        })
    }

    fn through(self, op: impl UnaryOp) -> Self {
        Self::integrate(op.value(self.value), [self], |[x], y| [op.slope(x, y)])
    }

    fn linear(self, other: Self, combine: impl Fn(S, S) -> S) -> Self {
        let value = combine(self.value, other.value);
        Self::build(value, self.order.min(other.order), |_, k| {
            combine(self.coefficient(k), other.coefficient(k))
        })
    }

    /// zₖ = Σⱼ xⱼ·yₖ₋ⱼ.
    fn product(self, other: Self) -> Self {
        Self::build(self.value * other.value, self.order.min(other.order), |_, k| {
            let mut sum = S::zero();
            for j in 0..=k {
                let (x, y) = (self.coefficient(j), other.coefficient(k - j));
                // As where slopes are integrated; among them the zeros of a constant.
                if !x.is_zero() && !y.is_zero() {
                    sum += x * y;
                }
            }
            sum
        })
    }

    /// z with z·y = x: zₖ = (xₖ − Σⱼ zⱼ·yₖ₋ⱼ) / y₀, j < k.
    fn quotient(self, other: Self) -> Self {
        Self::build(self.value / other.value, self.order.min(other.order), |quotient, k| {
            let mut rest = self.coefficient(k);
            for j in 0..k {
                let divisor = other.coefficient(k - j);
                if !divisor.is_zero() {
                    rest -= quotient.coefficient(j) * divisor;
                }
            }
            if rest.is_zero() { rest } else { rest / other.value }
        })
    }
}

macro_rules! through_ops {
    ($($method:ident $op:ident)*) => {$(
        fn $method(self) -> Self {
            self.through(ops::$op)
        }
    )*};
}

impl<S: Coefficient> PartialEq for Jet<S> {
    fn eq(&self, other: &Self) -> bool {
        let order = self.order.min(other.order);
        self.value == other.value
            && (order == CONSTANT || (1..=order).all(|k| self.coefficient(k) == other.coefficient(k)))
    }
}

impl<S: Coefficient> PartialOrd for Jet<S> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.value.partial_cmp(&other.value)
    }
}

impl<S: Coefficient> Add for Jet<S> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        self.linear(other, |x, y| x + y)
    }
}

impl<S: Coefficient> Sub for Jet<S> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self.linear(other, |x, y| x - y)
    }
}

impl<S: Coefficient> Mul for Jet<S> {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        self.product(other)
    }
}

impl<S: Coefficient> Div for Jet<S> {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        self.quotient(other)
    }
}

impl<S: Coefficient> Neg for Jet<S> {
    type Output = Self;
    fn neg(self) -> Self {
        self.linear(self, |x, _| -x)
    }
}

macro_rules! assign {
    ($($trait:ident $method:ident $op:tt),*) => {$(
        impl<S: Coefficient> $trait for Jet<S> {
            fn $method(&mut self, other: Self) {
                *self = *self $op other;
            }
        }
    )*};
}
assign!(AddAssign add_assign +, SubAssign sub_assign -, MulAssign mul_assign *, DivAssign div_assign /);

impl<S: Coefficient> Zero for Jet<S> {
    fn zero() -> Self {
        Self::new(S::zero())
    }
    fn is_zero(&self) -> bool {
        self.value.is_zero()
            && (self.is_constant() || (1..=self.order).all(|k| self.coefficient(k).is_zero()))
    }
}

impl<S: Coefficient> One for Jet<S> {
    fn one() -> Self {
        Self::new(S::one())
    }
}

impl<S: Coefficient> Scalar for Jet<S> {
    fn constant(value: f64) -> Self {
        Self::new(S::constant(value))
    }
    through_ops! {
        abs Abs sqrt Sqrt rsqrt Rsqrt exp Exp exp_m1 ExpM1 ln Ln ln_1p Ln1p sin Sin cos Cos tan Tan tanh Tanh
        sigmoid Sigmoid softplus Softplus silu Silu gelu Gelu gelu_tanh GeluTanh erf Erf
    }
    fn normal_cdf(self) -> Self {
        Self::integrate(self.value.normal_cdf(), [self], |[x], _| [x.normal_pdf()])
    }
    fn normal_pdf(self) -> Self {
        Self::integrate(self.value.normal_pdf(), [self], |[x], density| [-(x * density)])
    }
    fn powi(self, exponent: i32) -> Self {
        self.through(ops::Powi { exponent })
    }
    fn powf(self, exponent: Self) -> Self {
        let power = self.value.powf(exponent.value);
        if exponent.is_constant() {
            return Self::integrate(power, [self], |[x], _| [ops::powf_slope(x, exponent)]);
        }
        Self::integrate(power, [self, exponent], |[x, exponent], power| {
            [ops::powf_slope(x, exponent), ops::exponent_slope(x, exponent, power)]
        })
    }
    fn is_nan(self) -> bool {
        self.value.is_nan()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDERS: usize = 8;

    fn derivatives(f: impl Fn(Jet<f64>) -> Jet<f64>, x: f64) -> Vec<f64> {
        let y = f(Jet::variable(x, ORDERS));
        (0..=ORDERS).map(|k| y.derivative(k)).collect()
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
        for k in 1..=ORDERS as i32 {
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
    fn there_is_no_highest_order() {
        let at = |f: fn(Jet<f64>) -> Jet<f64>, x: f64, k: usize| {
            with_series(|| f(Jet::variable(x, k)).derivative(k))
        };
        for k in [12, 25, 60] {
            let factorial: f64 = (1..k).map(|i| i as f64).product();
            let sign = if k % 2 == 0 { -1.0 } else { 1.0 };
            let found = [at(|x| x.exp(), 0.7, k), at(|x| x.ln(), 0.5, k), at(|x| Jet::one() / x, -1.0, k)];
            let closed = [0.7f64.exp(), sign * factorial * 2f64.powi(k as i32), -factorial * k as f64];
            for (found, closed) in found.into_iter().zip(closed) {
                assert!((found - closed).abs() <= 1e-13 * closed.abs(), "order {k}: {found}, not {closed}");
            }
        }
        assert_eq!(f64::with_arena(|arena| arena.len()), 0);
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
