//! Derivatives of order 3 and more: closed forms, mixed derivatives of binary ops, and losses that contain second
//! derivatives.

use gradus_autograd::{Var, grad, value_and_grad};
use gradus_tensor::{Params, Rng, Tensor};
use gradus_testkit::gradcheck::check_functional;

/// Relative to the larger of 1 and the derivative: some ten roundings per order.
const TOLERANCE: f64 = 1e-13;

const POINTS: [f64; 5] = [-1.3, -0.4, 0.2, 0.7, 1.6];

fn assert_close(found: &[f64], expected: &[f64], context: &str) {
    assert_eq!(found.len(), expected.len(), "{context}");
    for (found, expected) in found.iter().zip(expected) {
        let error = (found - expected).abs() / expected.abs().max(1.0);
        assert!(error <= TOLERANCE, "{context}: {found}, not {expected}");
    }
}

/// The derivatives of orders 1 to `orders` at some points, by [`grad`] of [`grad`].
fn nested(points: &[f64], orders: usize, f: impl for<'t> Fn(Var<'t, f64>) -> Var<'t, f64>) -> Vec<Vec<f64>> {
    let params = Params::single("x", &Tensor::vector(points));
    let id = params.ids().next().expect("one parameter");
    let mut derivatives = Vec::new();
    value_and_grad(&params, |p| {
        let x = p.get(id);
        let mut y = f(x);
        for _ in 0..orders {
            y = grad(y.sum(), &[x])[0];
            derivatives.push(y.value().to_vec());
        }
        y.sum()
    });
    derivatives
}

/// The derivatives of tanh: polynomials in t = tanh x.
fn tanh_derivatives(x: f64) -> [f64; 5] {
    let t = x.tanh();
    let (t2, s) = (t * t, 1.0 - t * t);
    [
        s,
        -2.0 * t * s,
        s * (6.0 * t2 - 2.0),
        s * t * (16.0 - 24.0 * t2),
        s * (16.0 - 120.0 * t2 + 120.0 * t2 * t2),
    ]
}

#[test]
fn orders_1_to_5_are_those_of_closed_forms() {
    let falling = |p: f64, k: usize| (0..k).map(|i| p - i as f64).product::<f64>();
    let positive: Vec<f64> = POINTS.iter().map(|x| x.abs()).collect();
    type Closed<'a> = &'a dyn Fn(f64, usize) -> f64;
    let compare = |name: &str, points: &[f64], found: Vec<Vec<f64>>, closed: Closed<'_>| {
        for (order, found) in (1..).zip(found) {
            let expected: Vec<f64> = points.iter().map(|&x| closed(x, order)).collect();
            assert_close(&found, &expected, &format!("{name}, order {order}"));
        }
    };
    compare("tanh", &POINTS, nested(&POINTS, 5, |x| x.tanh()), &|x, k| tanh_derivatives(x)[k - 1]);
    compare("exp", &POINTS, nested(&POINTS, 5, |x| x.exp()), &|x, _| x.exp());
    let turned = |x: f64, k: usize| match k % 4 {
        0 => x.sin(),
        1 => x.cos(),
        2 => -x.sin(),
        _ => -x.cos(),
    };
    compare("sin", &POINTS, nested(&POINTS, 5, |x| x.sin()), &turned);
    compare("sin 2x", &POINTS, nested(&POINTS, 5, |x| (x * 2.0).sin()), &|x, k| {
        2f64.powi(k as i32) * turned(2.0 * x, k)
    });
    compare("powi", &POINTS, nested(&POINTS, 5, |x| x.powi(4)), &|x, k| {
        falling(4.0, k) * x.powi(4_i32.saturating_sub(k as i32).max(0))
    });
    compare("powf", &positive, nested(&positive, 5, |x| x.powf(2.5)), &|x, k| {
        falling(2.5, k) * x.powf(2.5 - k as f64)
    });
    compare("recip", &POINTS, nested(&POINTS, 5, |x| x.recip()), &|x, k| {
        falling(-1.0, k) * x.powi(-1 - k as i32)
    });
    compare("ln", &positive, nested(&positive, 5, |x| x.ln()), &|x, k| {
        falling(-1.0, k - 1) * x.powi(-(k as i32))
    });
    // A structural op in between: Σ x³ over pairs of equal points.
    let doubled = nested(&POINTS, 3, |x| Var::stack(&[x, x], 0).powi(3).sum_axes(&[0]));
    compare("a sum of cubes", &POINTS, doubled, &|x, k| 2.0 * falling(3.0, k) * x.powi(3 - k as i32));
}

/// ∂³/∂aⁱ∂bʲ for i + j = 3, in every order of differentiation.
#[test]
fn mixed_derivatives_of_order_3_are_those_of_closed_forms() {
    type Binary = for<'t> fn(Var<'t, f64>, Var<'t, f64>) -> Var<'t, f64>;
    type Closed = fn(f64, f64, usize) -> f64;
    let rows: [(&str, Binary, Closed); 4] = [
        ("mul", |a, b| a * b * b, |_, _, i| [0.0, 2.0, 0.0, 0.0][i]),
        ("div", |a, b| a / b, |a, b, i| [-6.0 * a / b.powi(4), 2.0 / b.powi(3), 0.0, 0.0][i]),
        (
            "pow",
            |a, b| a.pow(b),
            |a, b, i| {
                let (y, l) = (a.powf(b), a.ln());
                [
                    y * l * l * l,
                    y / a * l * (2.0 + b * l),
                    y / (a * a) * (2.0 * b - 1.0 + b * (b - 1.0) * l),
                    y / (a * a * a) * b * (b - 1.0) * (b - 2.0),
                ][i]
            },
        ),
        (
            "exp of a product",
            |a, b| (a * b).exp(),
            |a, b, i| {
                let y = (a * b).exp();
                [a * a * a * y, a * y * (2.0 + a * b), b * y * (2.0 + a * b), b * b * b * y][i]
            },
        ),
    ];
    let (a, b) = ([0.4, 1.3, 2.1], [1.7, 0.6, -1.2]);
    for (name, f, closed) in rows {
        for path in 0..8_usize {
            // Bit k: the k-th differentiation is with respect to a.
            let of_a = path.count_ones() as usize;
            let mut params = Params::new();
            let ids =
                [("a", a), ("b", b)].map(|(name, x)| params.add(name, &Tensor::vector(&x)).expect("names"));
            let mut found = Vec::new();
            value_and_grad(&params, |p| {
                let [a, b] = ids.map(|id| p.get(id));
                let mut y = f(a, b);
                for k in 0..3 {
                    y = grad(y.sum(), &[if path >> k & 1 == 1 { a } else { b }])[0];
                }
                found = y.value().to_vec();
                y.sum()
            });
            let expected: Vec<f64> = a.iter().zip(b).map(|(&a, b)| closed(a, b, of_a)).collect();
            assert_close(&found, &expected, &format!("{name}, order of differentiation {path:03b}"));
        }
    }
}

/// The residual of u_t = u_xx for a small network u: its loss contains derivatives of order 2, its gradient order 3, and
/// the check of the gradient's derivative order 4.
#[test]
fn a_physics_informed_loss_is_differentiated() {
    let mut rng = Rng::new(3);
    let mut params = Params::new();
    let shapes: [(&str, &[usize]); 4] = [("w1", &[2, 4]), ("b1", &[4]), ("w2", &[4, 4]), ("w3", &[4])];
    let [w1, b1, w2, w3] = shapes
        .map(|(name, shape)| params.add(name, &(rng.normal::<f64>(shape) * 0.5)).expect("different names"));
    let points = rng.uniform::<f64>([5, 2], -1.0, 1.0);
    check_functional(&params, |p| {
        let x = p.variable(&points);
        let hidden = x.linear(p.get(w1), Some(p.get(b1))).tanh();
        let u = hidden.matmul(p.get(w2)).tanh().matmul(p.get(w3));
        let slopes = grad(u.sum(), &[x])[0];
        let second = grad(slopes.select(1, 1).sum(), &[x])[0];
        (slopes.select(1, 0) - second.select(1, 1)).square().mean()
    })
    .unwrap_or_else(|mismatch| panic!("{mismatch}"));
}

/// Losses made of gradients of structural ops: softmax, products, reductions with zeros, picked elements.
#[test]
fn gradient_penalties_of_structural_ops_are_differentiated() {
    type Loss = for<'t> fn(Var<'t, f64>) -> Var<'t, f64>;
    let losses: [(&str, Loss); 8] = [
        ("softmax", |x| (x.softmax(1) * x).sum()),
        ("logsumexp", |x| x.logsumexp_axes(&[1]).square().sum()),
        ("products", |x| x.prod_axes(&[1]).sin().sum()),
        ("cumprod", |x| x.cumprod(1).sin().sum()),
        ("norms", |x| x.norm_axes(&[1], 2.0).exp().sum() + x.norm(3.0)),
        ("deviations", |x| (x.std_axes(&[1], 1) * x.var_axes(&[1], 0)).sum()),
        ("matrix products", |x| x.matmul(x.t()).matmul(x).tanh().sum()),
        ("picked", |x| (x.index_select(1, &[0, 2, 0]) * x.roll(1, 1)).sin().square().sum()),
    ];
    let mut rng = Rng::new(4);
    for (name, loss) in losses {
        let params = Params::single("x", &rng.uniform::<f64>([2, 3], 0.3, 1.5));
        let id = params.ids().next().expect("one parameter");
        // With respect to a shift, as a physics-informed loss has it with respect to an input.
        let penalty = check_functional(&params, |p| {
            let shift = p.variable(&Tensor::zeros([2, 3]));
            grad(loss(p.get(id) + shift), &[shift])[0].square().sum()
        });
        penalty.unwrap_or_else(|mismatch| panic!("{name}: {mismatch}"));
    }
}
