//! Higher derivatives of elementwise ops, from the slopes evaluated on dual numbers and Taylor series.

use crate::jet::{Jet, with_series};
use crate::ops::{BinaryOp, UnaryOp};
use crate::{Dual, Real, Shape, Tensor, unary_backward};

/// gy · dᵏy/dxᵏ of a unary op for k = `order` ≥ 1, y being its value at x. All operands have the shape of `x`.
/// Orders 2 and 3 come from dual numbers, in loops that widen; higher ones from Taylor series in f64, one element after
/// the other, and so do those that dual numbers do not know: 0·∞ at a pole, where a series has its infinite limit.
///
/// # Panics
/// When a shape differs, or the order is 0.
#[track_caller]
pub fn unary_derivative<T: Real, O: UnaryOp>(
    op: O,
    order: usize,
    x: &Tensor<T>,
    y: &Tensor<T>,
    gy: Tensor<T>,
) -> Tensor<T> {
    let (shape, given) = (x.shape(), gy.shape());
    assert!(given == shape, "{}: derivative at {shape} times {given}", O::NAME);
    assert!(order > 0, "{}: derivative of order 0", O::NAME);
    let series = |[x]: [T; 1]| {
        let at = |x: f64| {
            let x = Jet::variable(x, order - 1);
            op.slope(x, op.value(x)).derivative(order - 1)
        };
        T::constant(with_series(|| at(x.to_f64())))
    };
    match order {
        1 => unary_backward(op, x, y, gy, None),
        2 => each([x], gy, series, |[x]| {
            let x = Dual::variable(x);
            op.slope(x, op.value(x)).tangent
        }),
        3 => each([x], gy, series, |[x]| {
            let x = Dual { value: Dual::variable(x), tangent: Dual { value: T::one(), tangent: T::zero() } };
            op.slope(x, op.value(x)).tangent.tangent
        }),
        _ => each([x], gy, series, series),
    }
}

/// gy · ∂ⁱ⁺ʲy/∂aⁱ∂bʲ of a binary op for [i, j] = `orders`, i + j ≥ 1, at operands that broadcast to the shape of
/// `gy`.
///
/// # Panics
/// When an operand does not broadcast, or both orders are 0.
#[track_caller]
pub fn binary_derivative<T: Real, O: BinaryOp>(
    op: O,
    orders: [usize; 2],
    a: &Tensor<T>,
    b: &Tensor<T>,
    gy: Tensor<T>,
) -> Tensor<T> {
    let shape = gy.shape();
    // Not through a closure, at whose line a panic would be reported.
    let (a_repeated, b_repeated) = (repeated(O::NAME, a, shape), repeated(O::NAME, b, shape));
    let at = [&a_repeated, &b_repeated];
    let [i, j] = orders;
    assert!(i + j > 0, "{}: derivative of order 0", O::NAME);
    let series = |[a, b]: [T; 2]| {
        let at = |a: f64, b: f64| {
            let a = Jet::variable(Jet::new(a), i.saturating_sub(1));
            let b = Jet::new(Jet::variable(b, if i == 0 { j - 1 } else { j }));
            let (of_a, of_b) = slopes(op, a, b);
            if i == 0 { of_b.derivative(0).derivative(j - 1) } else { of_a.derivative(i - 1).derivative(j) }
        };
        T::constant(with_series(|| at(a.to_f64(), b.to_f64())))
    };
    match orders {
        [1, 0] => crate::binary_backward(op, 0, a, b, gy),
        [0, 1] => crate::binary_backward(op, 1, a, b, gy),
        [2, 0] => each(at, gy, series, |[a, b]| slopes(op, Dual::variable(a), fixed(b)).0.tangent),
        [1, 1] => each(at, gy, series, |[a, b]| slopes(op, fixed(a), Dual::variable(b)).0.tangent),
        [0, 2] => each(at, gy, series, |[a, b]| slopes(op, fixed(a), Dual::variable(b)).1.tangent),
        _ => each(at, gy, series, series),
    }
}

#[inline(always)]
fn fixed<T: Real>(value: T) -> Dual<T> {
    Dual { value, tangent: T::zero() }
}

#[inline(always)]
fn slopes<S: crate::Scalar, O: BinaryOp>(op: O, a: S, b: S) -> (S, S) {
    op.slopes(a, b, op.value(a, b))
}

#[track_caller]
fn repeated<T: Real>(name: &str, operand: &Tensor<T>, shape: Shape) -> Tensor<T> {
    let given = operand.shape();
    let fits = given == shape || given.broadcast(&shape) == Some(shape);
    assert!(fits, "{name}: derivative of shape {shape} at an operand of shape {given}");
    operand.broadcast_to(shape)
}

/// Derivatives that are computed before one looks for NaN among them.
const RUN: usize = 64;

/// gy ← derivative(x…)·gy, by `otherwise` where that is NaN. Not compiled for every SIMD level: second derivatives are
/// rare, and kernels of dual numbers large.
fn each<T: Real, const N: usize>(
    at: [&Tensor<T>; N],
    mut gy: Tensor<T>,
    otherwise: impl Fn([T; N]) -> T,
    derivative: impl Fn([T; N]) -> T,
) -> Tensor<T> {
    let at = at.map(Tensor::dense);
    let at: [&[T]; N] = std::array::from_fn(|i| &*at[i]);
    for (run, g) in gy.make_mut().chunks_mut(RUN).enumerate() {
        let point = |i: usize| std::array::from_fn(|operand| at[operand][run * RUN + i]);
        let mut derivatives = [T::zero(); RUN];
        for (i, target) in derivatives[..g.len()].iter_mut().enumerate() {
            *target = derivative(point(i));
        }
        for (i, (g, &derivative)) in g.iter_mut().zip(&derivatives).enumerate() {
            let known = !derivative.is_nan();
            *g *= if known { derivative } else { otherwise(point(i)) };
        }
    }
    gy
}
