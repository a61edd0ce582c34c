//! Jacobians, Hessians and products with them: against each other, against differences and in closed form.

use gradus_autograd::{
    Bound, Var, evaluate, grad, hessian, hvp, jacobian, jvp, live_nodes, pullback, value, value_and_grad, vjp,
};
use gradus_tensor::{ParamId, Params, Rng, Tensor};
use gradus_testkit::panics::assert_panic;

use crate::support::{FUNCTIONS, Function, SHAPES, assert_close, params, vector};

/// Sums of some tens of terms in another order.
const ROUNDING: f64 = 1e-13;

/// Central differences with step h err by h²f‴/6 and u/h: 1e-10 each.
const STEP: f64 = 1e-5;
const DIFFERENCES: f64 = 1e-8;

/// Every function with its parameters.
fn for_each_function(mut check: impl FnMut(&str, &Params<f64>, &[ParamId], Function)) {
    for (name, function) in FUNCTIONS {
        let (params, ids) = params(1, &SHAPES);
        check(name, &params, &ids, function);
        assert_eq!(live_nodes(), 0, "{name}");
    }
}

fn moved(params: &Params<f64>, direction: &[f64], step: f64) -> Params<f64> {
    let mut params = params.clone();
    for (x, v) in params.as_mut_slice().iter_mut().zip(direction) {
        *x += step * v;
    }
    params
}

/// (f(x + hv) − f(x − hv)) / 2h.
fn difference(params: &Params<f64>, direction: &[f64], f: impl Fn(&Params<f64>) -> Vec<f64>) -> Vec<f64> {
    let (ahead, behind) = (f(&moved(params, direction, STEP)), f(&moved(params, direction, -STEP)));
    ahead.iter().zip(behind).map(|(a, b)| (a - b) / (2.0 * STEP)).collect()
}

fn unit(len: usize, i: usize) -> Vec<f64> {
    (0..len).map(|j| f64::from(i == j)).collect()
}

#[test]
fn the_jacobian_is_that_of_differences() {
    for_each_function(|name, params, ids, f| {
        let (value, jacobian) = jacobian(params, |p| f(p, ids));
        assert_eq!(value, evaluate(params, |p| f(p, ids)), "{name}");
        assert_eq!(jacobian.shape()[..], [value.len(), params.len()], "{name}");
        for i in 0..params.len() {
            let column =
                difference(params, &unit(params.len(), i), |params| evaluate(params, |p| f(p, ids)).to_vec());
            assert_close(&jacobian.select(1, i).to_vec(), &column, DIFFERENCES, name);
        }
    });
}

#[test]
fn products_with_the_jacobian_from_either_side() {
    let mut rng = Rng::new(2);
    for_each_function(|name, params, ids, f| {
        let (value, jacobian) = jacobian(params, |p| f(p, ids));
        let cotangent = rng.normal::<f64>(value.shape());
        let (of_vjp, product) = vjp(params, &cotangent, |p| f(p, ids));
        assert_eq!(of_vjp, value, "{name}");
        let expected = cotangent.reshape([value.len()]).matmul(&jacobian);
        assert_close(product.as_slice(), &expected.to_vec(), ROUNDING, name);

        let tangent = rng.normal::<f64>([params.len()]);
        let (of_jvp, product) = jvp(params, &tangent.to_vec(), |p| f(p, ids));
        assert_eq!((of_jvp, product.shape()), (value.clone(), value.shape()), "{name}");
        assert_close(&product.to_vec(), &jacobian.matmul(&tangent).to_vec(), ROUNDING, name);
        let numeric =
            difference(params, &tangent.to_vec(), |params| evaluate(params, |p| f(p, ids)).to_vec());
        assert_close(&product.to_vec(), &numeric, DIFFERENCES, name);
    });
}

#[test]
fn the_hessian_is_symmetric_and_that_of_differences_of_the_gradient() {
    for_each_function(|name, params, ids, f| {
        let d = params.len();
        let hessian = hessian(params, |p| f(p, ids).square().sum());
        assert_eq!(hessian.shape()[..], [d, d], "{name}");
        assert_close(&hessian.t().to_vec(), &hessian.to_vec(), ROUNDING, name);
        for i in 0..d {
            let row = difference(params, &unit(d, i), |params| {
                value_and_grad(params, |p| f(p, ids).square().sum()).1.as_slice().to_vec()
            });
            assert_close(&hessian.select(0, i).to_vec(), &row, DIFFERENCES, name);
        }
        let direction = Rng::new(3).normal::<f64>([d]);
        let result = hvp(params, &direction.to_vec(), |p| f(p, ids).square().sum());
        let (value, gradient) = value_and_grad(params, |p| f(p, ids).square().sum());
        assert_eq!(result.value, value, "{name}");
        assert_close(result.gradient.as_slice(), gradient.as_slice(), ROUNDING, name);
        assert_close(result.product.as_slice(), &hessian.matmul(&direction).to_vec(), ROUNDING, name);
    });
}

#[test]
fn hessians_in_closed_form() {
    let a = Tensor::from_rows([[2.0, -1.0, 0.5], [3.0, 1.0, 0.0], [-2.0, 4.0, 1.5]]);
    let (params, x) = vector(&[0.5, -1.0, 2.0]);
    let of_quadratic = hessian(&params, |p| p.get(x).matmul(p.constant(&a).matmul(p.get(x))) / 2.0);
    assert_eq!(of_quadratic, (&a + &a.t()) / 2.0);
    let of_fourth_powers = hessian(&params, |p| p.get(x).powi(4).sum());
    assert_eq!(of_fourth_powers.diagonal(0, 0, 1).to_vec(), [3.0, 12.0, 48.0]);
    assert_eq!(of_fourth_powers.sum().item(), 63.0, "nothing beside the diagonal");
    let zeros = Tensor::zeros([3, 3]);
    assert_eq!(hessian(&params, |p| p.get(x).sum() * 3.0), zeros, "a linear function");
    assert_eq!(hessian(&params, |p| p.get(x).relu().sum()), zeros, "a piecewise linear one");
    assert_eq!(hessian(&params, |p| p.constant(&Tensor::scalar(2.0))), zeros, "a constant");

    // That of ln Σ eˣ is diag(s) − s·sᵀ, s = softmax(x).
    let s = Tensor::vector(params.as_slice()).softmax(0);
    let expected = Tensor::from_fn([3, 3], |k| {
        let (i, j) = (k / 3, k % 3);
        f64::from(i == j) * s.at(&[i]) - s.at(&[i]) * s.at(&[j])
    });
    let found = hessian(&params, |p| p.get(x).logsumexp_axes(&[0]));
    assert_close(&found.to_vec(), &expected.to_vec(), ROUNDING, "ln Σ eˣ");

    // Rosenbrock's function at its minimum.
    let (params, x) = vector(&[1.0, 1.0]);
    let rosenbrock = hessian(&params, |p| {
        let (x, y) = (p.get(x).select(0, 0), p.get(x).select(0, 1));
        (1.0 - x).square() + (y - x.square()).square() * 100.0
    });
    assert_eq!(rosenbrock, Tensor::from_rows([[802.0, -400.0], [-400.0, 200.0]]));
}

/// The derivatives of an elementwise function up to the sixth, each a gradient of the one before.
fn orders(x: f64, f: impl for<'t> Fn(Var<'t, f64>) -> Var<'t, f64>) -> Vec<f64> {
    let (params, id) = vector(&[x]);
    let mut found = Vec::new();
    evaluate(&params, |p| {
        let x = p.variable(&p.get(id).value());
        let mut y = f(x);
        for _ in 0..6 {
            y = grad(y.sum(), &[x])[0];
            found.push(y.value().item());
        }
        y
    });
    found
}

#[test]
fn derivatives_of_any_order() {
    let (sin, cos) = 0.7_f64.sin_cos();
    assert_close(&orders(0.7, |x| x.sin()), &[cos, -sin, -cos, sin, cos, -sin], ROUNDING, "sin");
    let powers: Vec<f64> = (1..=6).map(|n| 2f64.powi(n) * 1.4_f64.exp()).collect();
    assert_close(&orders(0.7, |x| (x * 2.0).exp()), &powers, ROUNDING, "exp 2x");
    let x = 1.5_f64;
    let expected = [5.0 * x.powi(4), 20.0 * x.powi(3), 60.0 * x * x, 120.0 * x, 120.0, 0.0];
    assert_close(&orders(x, |x| x.powi(5)), &expected, ROUNDING, "x⁵");
    assert_close(&orders(x, |x| x.square() * x * x * x), &expected, ROUNDING, "x²·x·x·x");
    let factorials = [1.0, 2.0, 6.0, 24.0, 120.0, 720.0];
    let signs = [-1.0, 1.0, -1.0, 1.0, -1.0, 1.0];
    let expected: Vec<f64> = (0..6).map(|n| signs[n] * factorials[n] * x.powi(-(n as i32) - 2)).collect();
    assert_close(&orders(x, |x| 1.0 / x), &expected, ROUNDING, "1/x");
}

#[test]
fn a_product_with_the_hessian_of_a_function_with_a_gradient_inside() {
    // f = Σ (d/dx x³)² = 9 Σ x⁴, with Hessian 108 x².
    let (params, id) = vector(&[1.0, -2.0]);
    let result = hvp(&params, &[1.0, 0.5], |p| {
        let x = p.get(id);
        grad(x.powi(3).sum(), &[x])[0].square().sum()
    });
    assert_eq!((result.value, result.gradient.as_slice()), (153.0, &[36.0, -288.0][..]));
    assert_eq!(result.product.as_slice(), [108.0, 216.0]);
}

#[test]
fn sources_of_every_kind() {
    let (params, id) = vector(&[1.0, -2.0]);
    let x = p_values(&params, |p| {
        let (w, x) = (p.get(id), p.variable(&Tensor::vector(&[3.0, 4.0])));
        let hidden = w * x;
        let y = hidden.square().sum();
        let later = y.exp();
        let found = grad(y, &[w, x, hidden, y, later, w]);
        assert_eq!(
            found.iter().map(|g| g.shape()).collect::<Vec<_>>(),
            [w.shape(), x.shape(), hidden.shape(), y.shape(), later.shape(), w.shape(),]
        );
        found
    });
    let expected: [&[f64]; 6] = [&[18.0, -64.0], &[6.0, 32.0], &[6.0, -16.0], &[1.0], &[0.0], &[18.0, -64.0]];
    for (found, expected) in x.iter().zip(expected) {
        assert_eq!(found, expected);
    }
    // What the output does not depend on, and what only a constant part of it does.
    let zeros = p_values(&params, |p| {
        let (w, x) = (p.get(id), p.variable(&Tensor::vector(&[3.0, 4.0])));
        grad((w.stop_gradient() * w).sum(), &[x, w])
    });
    assert_eq!(zeros, [[0.0, 0.0], [1.0, -2.0]]);
}

/// The values of what `f` makes on a tape, with and without recording.
fn p_values<F>(params: &Params<f64>, f: F) -> Vec<Vec<f64>>
where
    F: for<'t> Fn(&Bound<'t, f64>) -> Vec<Var<'t, f64>>,
{
    let mut found: [Vec<Vec<f64>>; 2] = Default::default();
    for (i, found) in found.iter_mut().enumerate() {
        let take = |p: &Bound<'_, f64>| f(p).iter().map(|var| var.value().to_vec()).collect();
        if i == 0 {
            evaluate(params, |p| {
                *found = take(p);
                p.constant(&Tensor::scalar(0.0))
            });
        } else {
            value_and_grad(params, |p| {
                *found = take(p);
                p.constant(&Tensor::scalar(0.0))
            });
        }
    }
    let [evaluated, recorded] = found;
    assert_eq!(evaluated, recorded);
    recorded
}

#[test]
fn a_pullback_of_several_outputs_is_the_sum_of_theirs() {
    let (params, id) = vector(&[1.0, -2.0]);
    let found = p_values(&params, |p| {
        let x = p.get(id);
        let outputs = [x.square(), x.sum(), x];
        let cotangents = [[1.0, 10.0].as_slice(), &[100.0], &[1000.0, 2000.0]];
        let cotangents = [0, 1, 2].map(|i| {
            let shape = outputs[i].shape();
            p.constant(&Tensor::from_fn(shape, |j| cotangents[i][j]))
        });
        pullback(&outputs, &cotangents, &[x])
    });
    assert_eq!(found, [[2.0 + 100.0 + 1000.0, -40.0 + 100.0 + 2000.0]]);
    assert_eq!(p_values(&params, |p| pullback(&[], &[], &[p.get(id)])), [[0.0, 0.0]]);
}

#[test]
fn a_value_is_that_of_the_gradient_also_with_gradients_inside() {
    let (params, id) = vector(&[1.0, -2.0]);
    // One step of gradient descent inside the loss.
    fn after_a_step<'t>(p: &Bound<'t, f64>, id: ParamId) -> Var<'t, f64> {
        let w = p.get(id);
        let gradient = grad(w.powi(4).sum(), &[w])[0];
        (w - gradient * 0.1).square().sum()
    }
    let (expected, gradient) = value_and_grad(&params, |p| after_a_step(p, id));
    assert_eq!(value(&params, |p| after_a_step(p, id)), expected);
    assert_eq!(evaluate(&params, |p| after_a_step(p, id)).item(), expected);
    let by_hand = |x: f64| 2.0 * (x - 0.4 * x.powi(3)) * (1.0 - 1.2 * x * x);
    assert_close(gradient.as_slice(), &[by_hand(1.0), by_hand(-2.0)], ROUNDING, "through the step");
}

#[test]
fn misuse_is_refused_at_the_line_of_the_caller() {
    let (params, id) = vector(&[1.0, -2.0]);
    let check = |text: &str, f: for<'t> fn(&Bound<'t, f64>, Var<'t, f64>)| {
        assert_panic(
            || {
                value_and_grad(&params, |p| {
                    f(p, p.get(id));
                    p.get(id).sum()
                })
            },
            text,
        );
        assert_eq!(live_nodes(), 0, "{text}");
    };
    check("grad: the output has shape [2], not a single element", |_, x| {
        grad(x, &[x]);
    });
    check("pullback: 1 outputs and 0 cotangents", |_, x| {
        pullback(&[x], &[], &[x]);
    });
    check("pullback: the output has shape [2], its cotangent []", |p, x| {
        pullback(&[x], &[p.constant(&Tensor::scalar(1.0))], &[x]);
    });
    check(
        "pullback: node 1 is a constant; make it with `variable` to differentiate with respect to it",
        |p, x| {
            let c = p.constant(&Tensor::scalar(1.0));
            grad(x.sum() * c, &[c]);
        },
    );
    check("pullback: a variable belongs to another tape", |_, x| {
        let (other, id) = vector(&[1.0]);
        evaluate(&other, |p| {
            // The sources of one tape, the output of another; the closure only shortens its lifetime.
            let y = p.variable(&p.get(id).value());
            grad(y.sum(), &[y]);
            y
        });
        let tape = gradus_autograd::Tape::default();
        grad(x.sum(), &[tape.variable(&Tensor::scalar(1.0))]);
    });
    let vjp_text = "vjp: the value has shape [2], the cotangent [3]";
    assert_panic(|| vjp(&params, &Tensor::zeros([3]), |p| p.get(id)), vjp_text);
    assert_panic(|| jvp(&params, &[1.0], |p| p.get(id)), "jvp: 2 parameters, but room for 1");
    assert_panic(|| hvp(&params, &[1.0], |p| p.get(id).sum()), "hvp: 2 parameters, but room for 1");
    let text = "hessian: the loss has shape [2], not a single element";
    assert_panic(|| hessian(&params, |p| p.get(id)), text);
}
