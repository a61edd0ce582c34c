//! Gradients inside losses.

use gradus_autograd::gradcheck::{check_gradient, check_second_order};
use gradus_autograd::{Bound, Op, Reverse, Var, grad, hessian, value_and_grad};
use gradus_tensor::{Params, Real, Rng, Tensor};

use crate::support::{assert_close, params, vector};

const ROUNDING: f64 = 1e-13;

#[test]
fn a_gradient_penalty_has_the_gradient_of_its_formula() {
    // f(x) = Σ_j v_j tanh(W x)_j, so ∂f/∂x = Wᵀ(v ∘ sech²(Wx)), written without `grad` on the right.
    let (params, ids) = params(1, &[&[5, 3], &[5]]);
    let x = Rng::new(2).normal::<f64>([4, 3]);
    let by_grad = value_and_grad(&params, |p| {
        let (w, v, x) = (p.get(ids[0]), p.get(ids[1]), p.variable(&x));
        let f = x.matmul(w.t()).tanh().matmul(v);
        let norms = grad(f.sum(), &[x])[0].square().sum_axes(&[1]).sqrt();
        (norms - 1.0).square().mean() + f.mean()
    });
    let by_hand = value_and_grad(&params, |p| {
        let (w, v, x) = (p.get(ids[0]), p.get(ids[1]), p.constant(&x));
        let y = x.matmul(w.t()).tanh();
        let slope = ((1.0 - y.square()) * v).matmul(w);
        (slope.square().sum_axes(&[1]).sqrt() - 1.0).square().mean() + y.matmul(v).mean()
    });
    assert_close(&[by_grad.0], &[by_hand.0], ROUNDING, "value");
    assert_close(by_grad.1.as_slice(), by_hand.1.as_slice(), ROUNDING, "gradient");
}

/// The residual of uₓₓ + u = g for a net u with one hidden layer.
fn residual<'t>(p: &Bound<'t, f64>, ids: &[gradus_tensor::ParamId], points: &Tensor<f64>) -> Var<'t, f64> {
    let x = p.variable(points);
    let u = x.linear(p.get(ids[0]), Some(p.get(ids[1]))).tanh().matmul(p.get(ids[2]));
    let first = grad(u.sum(), &[x])[0];
    let second = grad(first.sum(), &[x])[0];
    (second.sum_axes(&[1]) + u - x.sum_axes(&[1]).cos()).square().mean()
}

#[test]
fn a_physics_informed_loss_passes_gradcheck() {
    let (params, ids) = params(3, &[&[1, 6], &[6], &[6]]);
    let points = Tensor::from_fn([7, 1], |i| i as f64 / 3.0 - 1.0);
    check_gradient(&params, |p| residual(p, &ids, &points)).expect("first order");
    check_second_order(&params, |p| residual(p, &ids, &points)).expect("second order");
    // tanh″ = −2 tanh (1 − tanh²): the loss without `grad`.
    let by_hand = value_and_grad(&params, |p| {
        let (w, v, x) = (p.get(ids[0]), p.get(ids[2]), p.constant(&points));
        let t = x.linear(w, Some(p.get(ids[1]))).tanh();
        let second = t * (1.0 - t.square()) * w.square() * -2.0;
        (second.matmul(v) + t.matmul(v) - x.sum_axes(&[1]).cos()).square().mean()
    });
    let by_grad = value_and_grad(&params, |p| residual(p, &ids, &points));
    assert_close(&[by_grad.0], &[by_hand.0], ROUNDING, "value");
    assert_close(by_grad.1.as_slice(), by_hand.1.as_slice(), 1e-12, "gradient");
}

#[test]
fn gradients_with_respect_to_intermediate_values_are_used_again() {
    // y = h³ with h = 2x: ∂y/∂h = 3h² = 12x², whose derivative with respect to x is 24x.
    let (params, id) = vector(&[1.5, -0.5]);
    let (value, gradient) = value_and_grad(&params, |p| {
        let hidden = p.get(id) * 2.0;
        grad(hidden.powi(3).sum(), &[hidden])[0].sum()
    });
    assert_eq!((value, gradient.as_slice()), (30.0, &[36.0, -12.0][..]));
}

#[test]
fn nothing_flows_through_a_stopped_gradient() {
    let (params, id) = vector(&[3.0, -2.0]);
    let gradient = |f: for<'t> fn(Var<'t, f64>) -> Var<'t, f64>| {
        value_and_grad(&params, |p| f(p.get(id)).sum()).1.as_slice().to_vec()
    };
    assert_eq!(gradient(|x| x.stop_gradient().exp()), [0.0, 0.0]);
    assert_eq!(gradient(|x| x.stop_gradient() * x), [3.0, -2.0]);
    assert_eq!(gradient(|x| (x.stop_gradient() * x).square()), [54.0, -16.0]);
    assert_eq!(hessian(&params, |p| (p.get(id).stop_gradient() * p.get(id)).sum()), Tensor::zeros([2, 2]));
    // A value of 1 with the gradient of the logarithm: the score function estimator.
    assert_eq!(gradient(|x| (x - x.stop_gradient()).exp()), [1.0, 1.0]);
    let inner = value_and_grad(&params, |p| {
        let x = p.get(id);
        grad(x.powi(3).sum(), &[x])[0].stop_gradient().sum() + x.sum()
    });
    assert_eq!(inner.1.as_slice(), [1.0, 1.0], "a gradient that is not differentiated");
}

/// x·eˣ with its rule.
struct XExp;

impl<T: Real> Op<T> for XExp {
    fn name(&self) -> &'static str {
        "x_exp"
    }
    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        inputs[0] * &inputs[0].exp()
    }
    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        let x = reverse.input(0);
        // y + eˣ, recorded again for the next derivative.
        reverse.add(0, (reverse.output() + x.exp()) * reverse.gradient());
    }
}

fn x_exp<T: Real>(x: Var<'_, T>) -> Var<'_, T> {
    x.tape().apply(XExp, [x])
}

#[test]
fn a_custom_op_has_derivatives_of_every_order() {
    // The n-th derivative of x·eˣ is (x + n)·eˣ.
    let (params, id) = vector(&[0.5, -1.0]);
    value_and_grad(&params, |p| {
        let x = p.get(id);
        let mut y = x_exp(x);
        for order in 1..=5 {
            y = grad(y.sum(), &[x])[0];
            let expected: Vec<f64> = [0.5, -1.0].map(|x: f64| (x + f64::from(order)) * x.exp()).to_vec();
            assert_close(&y.value().to_vec(), &expected, ROUNDING, &format!("order {order}"));
        }
        y.sum()
    });
    check_gradient(&params, |p| x_exp(p.get(id)).square().sum()).expect("first order");
    check_second_order(&params, |p| (x_exp(p.get(id)) * p.get(id)).sum()).expect("second order");
    let single = Params::single("x", &Tensor::vector(&[0.5_f32]));
    let (_, gradient) = value_and_grad(&single, |p| x_exp(p.get(id)).sum());
    assert!((gradient.as_slice()[0] - 1.5 * 0.5_f32.exp()).abs() < 1e-6);
}
