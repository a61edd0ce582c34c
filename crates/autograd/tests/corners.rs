//! Where an op has no derivative, the gradient is PyTorch's choice.

use gradus_autograd::{Var, value_and_grad};
use gradus_tensor::{Params, Tensor};

/// The gradient of the sum of `f` at `x`.
fn slopes(x: &[f64], f: impl for<'t> Fn(Var<'t, f64>) -> Var<'t, f64>) -> Vec<f64> {
    let params = Params::single("x", &Tensor::vector(x));
    let id = params.ids().next().expect("one parameter");
    value_and_grad(&params, |p| f(p.get(id)).sum()).1.as_slice().to_vec()
}

/// The gradients of the sum of `f` at two parameters.
fn both_slopes(
    [a, b]: [&[f64]; 2],
    f: impl for<'t> Fn(Var<'t, f64>, Var<'t, f64>) -> Var<'t, f64>,
) -> [Vec<f64>; 2] {
    let mut params = Params::new();
    let [a, b] =
        [("a", a), ("b", b)].map(|(name, x)| params.add(name, &Tensor::vector(x)).expect("different names"));
    let gradient = value_and_grad(&params, |p| f(p.get(a), p.get(b)).sum()).1.as_slice().to_vec();
    [a, b].map(|id| gradient[params.range(id)].to_vec())
}

#[test]
fn relu_has_slope_0_at_0() {
    assert_eq!(slopes(&[-1.0, -0.0, 0.0, 1.0], |x| x.relu()), [0.0, 0.0, 0.0, 1.0]);
}

#[test]
fn abs_has_slope_0_at_0() {
    assert_eq!(slopes(&[-2.0, -0.0, 0.0, 2.0], |x| x.abs()), [-1.0, 0.0, 0.0, 1.0]);
}

#[test]
fn ties_share_the_slope() {
    let operands = [&[1.0, 2.0, 3.0][..], &[3.0, 2.0, 1.0]];
    assert_eq!(both_slopes(operands, |a, b| a.maximum(b)), [[0.0, 0.5, 1.0], [1.0, 0.5, 0.0]]);
    assert_eq!(both_slopes(operands, |a, b| a.minimum(b)), [[1.0, 0.5, 0.0], [0.0, 0.5, 1.0]]);
    assert_eq!(slopes(&[2.0], |x| x.maximum(x)), [1.0]);
    // A tie with a repeated operand: its halves add up.
    assert_eq!(
        both_slopes([&[0.0, 0.0, -1.0], &[0.0]], |a, b| a.maximum(b)),
        [vec![0.5, 0.5, 0.0], vec![2.0]]
    );
}

#[test]
fn sqrt_is_infinitely_steep_at_0_and_powers_are_not() {
    assert_eq!(slopes(&[0.0], |x| x.sqrt()), [f64::INFINITY]);
    assert_eq!(slopes(&[0.0], |x| x.powi(0)), [0.0]);
    assert_eq!(slopes(&[0.0], |x| x.powi(1)), [1.0]);
    assert_eq!(slopes(&[0.0], |x| x.powi(2)), [0.0]);
}

#[test]
fn sigmoid_and_softplus_have_their_slope_at_0() {
    assert_eq!(slopes(&[0.0, -0.0], |x| x.sigmoid()), [0.25, 0.25]);
    assert_eq!(slopes(&[0.0, -0.0], |x| x.softplus()), [0.5, 0.5]);
}

#[test]
fn clamp_has_slope_1_at_its_bounds_and_the_leaky_units_their_left_slope_at_0() {
    assert_eq!(slopes(&[-1.5, -1.0, 0.0, 2.0, 2.5], |x| x.clamp(-1.0, 2.0)), [0.0, 1.0, 1.0, 1.0, 0.0]);
    assert_eq!(slopes(&[-1.0, -0.0, 0.0, 1.0], |x| x.leaky_relu(0.1)), [0.1, 0.1, 0.1, 1.0]);
    assert_eq!(slopes(&[0.0, 1.0], |x| x.elu(0.5)), [0.5, 1.0]);
    assert_eq!(slopes(&[-2.0, 0.0, 2.0], |x| x.sign()), [0.0; 3]);
    assert_eq!(slopes(&[0.0], |x| x.powf(0.5)), [f64::INFINITY]);
    assert_eq!(slopes(&[0.0], |x| x.powf(1.0)), [1.0]);
    assert_eq!(slopes(&[0.0], |x| x.powf(0.0)), [0.0]);
}

#[test]
fn ties_share_the_gradient_of_extrema() {
    let x = [1.0, 3.0, 3.0, 2.0, 2.0, 2.0];
    let third = 1.0 / 3.0;
    assert_eq!(slopes(&x, |x| x.reshape([2, 3]).max_axes(&[1])), [0.0, 0.5, 0.5, third, third, third]);
    assert_eq!(slopes(&x, |x| x.reshape([2, 3]).min_axes(&[0, 1])), [1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
}
