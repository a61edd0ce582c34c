//! Higher derivatives of elementwise ops, from the slopes evaluated on dual numbers and Taylor series.

use crate::jet::{Jet, MAX_ORDER};
use crate::ops::{BinaryOp, UnaryOp};
use crate::{Dual, Real, Shape, Tensor, unary_backward};

/// gy · dᵏy/dxᵏ of a unary op for k = `order` ≥ 1, y being its value at x. All operands have the shape of `x`.
/// Orders 2 and 3 come from dual numbers, in loops that widen; higher ones from Taylor series, one element after
/// the other.
///
/// # Panics
/// When a shape differs, or the order is 0 or exceeds 9.
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
    match order {
        1 => unary_backward(op, x, y, gy, None),
        2 => each([x], gy, |[x]| {
            let x = Dual::variable(x);
            op.slope(x, op.value(x)).tangent
        }),
        3 => each([x], gy, |[x]| {
            let x = Dual { value: Dual::variable(x), tangent: Dual { value: T::one(), tangent: T::zero() } };
            op.slope(x, op.value(x)).tangent.tangent
        }),
        _ => {
            check_order(O::NAME, order);
            each([x], gy, |[x]| {
                let x = Jet::variable(x, order - 1);
                op.slope(x, op.value(x)).derivative(order - 1)
            })
        }
    }
}

/// gy · ∂ⁱ⁺ʲy/∂aⁱ∂bʲ of a binary op for [i, j] = `orders`, i + j ≥ 1, at operands that broadcast to the shape of
/// `gy`.
///
/// # Panics
/// When an operand does not broadcast, both orders are 0, or one exceeds 9.
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
    match orders {
        [1, 0] => crate::binary_backward(op, 0, a, b, gy),
        [0, 1] => crate::binary_backward(op, 1, a, b, gy),
        [2, 0] => each(at, gy, |[a, b]| slopes(op, Dual::variable(a), fixed(b)).0.tangent),
        [1, 1] => each(at, gy, |[a, b]| slopes(op, fixed(a), Dual::variable(b)).0.tangent),
        [0, 2] => each(at, gy, |[a, b]| slopes(op, fixed(a), Dual::variable(b)).1.tangent),
        [i, j] => {
            check_order(O::NAME, i);
            check_order(O::NAME, j);
            each(at, gy, |[a, b]| {
                let a = Jet::variable(Jet::new(a), i.saturating_sub(1));
                let b = Jet::new(Jet::variable(b, if i == 0 { j - 1 } else { j }));
                let (of_a, of_b) = slopes(op, a, b);
                if i == 0 {
                    of_b.derivative(0).derivative(j - 1)
                } else {
                    of_a.derivative(i - 1).derivative(j)
                }
            })
        }
    }
}

#[track_caller]
fn check_order(name: &str, order: usize) {
    assert!(order <= MAX_ORDER + 1, "{name}: derivative of order {order}; the highest is {}", MAX_ORDER + 1);
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

/// gy ← derivative(x…)·gy. Not compiled for every SIMD level: second derivatives are rare, and kernels of dual
/// numbers large.
fn each<T: Real, const N: usize>(
    at: [&Tensor<T>; N],
    mut gy: Tensor<T>,
    derivative: impl Fn([T; N]) -> T,
) -> Tensor<T> {
    let at = at.map(Tensor::dense);
    let at: [&[T]; N] = std::array::from_fn(|i| &*at[i]);
    let g = gy.make_mut();
    for (i, g) in g.iter_mut().enumerate() {
        *g = derivative(std::array::from_fn(|operand| at[operand][i])) * *g;
    }
    gy
}
