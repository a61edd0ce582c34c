//! Checkpoints: the same bits, derivatives of every order, and less memory.

use gradus_autograd::{
    Bound, Var, checkpoint, evaluate, grad, hessian, hvp, live_nodes, value, value_and_grad,
};
use gradus_tensor::{ParamId, Rng, Tensor, memory};
use gradus_testkit::panics::assert_panic;

use crate::support::{assert_close, params, vector};

/// One layer x ↦ tanh(x·W + b)/(1 + x²).
fn layer<'t>(v: &[Var<'t, f64>]) -> Var<'t, f64> {
    v[0].linear(v[1], Some(v[2])).tanh() / (v[0].square() + 1.0)
}

/// Three layers with shared weights, each behind a checkpoint or not.
fn net<'t>(p: &Bound<'t, f64>, ids: &[ParamId], x: &Tensor<f64>, kept: bool) -> Var<'t, f64> {
    let (w, b) = (p.get(ids[0]), p.get(ids[1]));
    let mut x = p.constant(x);
    for _ in 0..3 {
        x = if kept { layer(&[x, w, b]) } else { checkpoint(&[x, w, b], layer) };
    }
    x.square().sum()
}

#[test]
fn a_checkpoint_changes_no_bit() {
    let (params, ids) = params(1, &[&[4, 4], &[4]]);
    let x = Rng::new(2).normal::<f64>([5, 4]);
    let [kept, recomputed] = [true, false].map(|kept| value_and_grad(&params, |p| net(p, &ids, &x, kept)));
    assert_eq!(kept, recomputed);
    assert_eq!(value(&params, |p| net(p, &ids, &x, false)), kept.0);
    assert_eq!(evaluate(&params, |p| net(p, &ids, &x, false)).item(), kept.0);
    assert_eq!(live_nodes(), 0);
}

#[test]
fn second_derivatives_go_through_a_checkpoint() {
    let (params, ids) = params(3, &[&[4, 4], &[4]]);
    let x = Rng::new(4).normal::<f64>([5, 4]);
    let direction = Rng::new(5).normal::<f64>([params.len()]).to_vec();
    let [kept, recomputed] = [true, false].map(|kept| hvp(&params, &direction, |p| net(p, &ids, &x, kept)));
    // The contributions to a weight arrive in another order.
    assert_close(recomputed.product.as_slice(), kept.product.as_slice(), 1e-13, "product");
    assert_close(recomputed.gradient.as_slice(), kept.gradient.as_slice(), 1e-13, "gradient");
}

#[test]
fn checkpoints_nest() {
    let (params, id) = vector(&[0.5, -1.5]);
    fn inner<'t>(x: Var<'t, f64>) -> Var<'t, f64> {
        checkpoint(&[x], |v| v[0].sin() * v[0])
    }
    fn outer<'t>(x: Var<'t, f64>) -> Var<'t, f64> {
        checkpoint(&[x], |v| inner(inner(v[0]).exp()).square())
    }
    fn plain<'t>(x: Var<'t, f64>) -> Var<'t, f64> {
        let inner = |x: Var<'t, f64>| x.sin() * x;
        inner(inner(x).exp()).square()
    }
    let nested = value_and_grad(&params, |p| outer(p.get(id)).sum());
    assert_eq!(nested, value_and_grad(&params, |p| plain(p.get(id)).sum()));
    let nested = hessian(&params, |p| outer(p.get(id)).sum());
    let expected = hessian(&params, |p| plain(p.get(id)).sum());
    assert_close(&nested.to_vec(), &expected.to_vec(), 1e-13, "Hessian");
}

#[test]
fn what_a_checkpoint_does_not_use_or_does_not_want_gets_nothing() {
    let (params, ids) = params(6, &[&[2], &[2]]);
    let constant = Tensor::vector(&[3.0, 4.0]);
    let (_, gradient) = value_and_grad(&params, |p| {
        checkpoint(&[p.constant(&constant), p.get(ids[0]), p.get(ids[1])], |v| v[0] * v[2]).sum()
    });
    assert_eq!(gradient.as_slice(), [0.0, 0.0, 3.0, 4.0]);
    assert_panic(
        || value_and_grad(&params, |p| (checkpoint(&[], |v| v[0]) * p.get(ids[0])).sum()),
        "checkpoint: no inputs",
    );
}

const SEGMENTS: usize = 16;
const OPS: usize = 16;
const ELEMENTS: usize = 1 << 12;

/// A chain of segments of several ops; the nodes that the tape holds at its end, and the bytes that the thread used.
fn chain(kept: bool) -> (usize, usize) {
    let run = move || {
        let params = gradus_tensor::Params::single("x", &Tensor::full([ELEMENTS], 0.5_f64));
        let id = params.ids().next().expect("one parameter");
        let mut nodes = 0;
        value_and_grad(&params, |p| {
            let mut x = p.get(id);
            for _ in 0..SEGMENTS {
                x = if kept { ops(x) } else { checkpoint(&[x], |v| ops(v[0])) };
            }
            nodes = live_nodes();
            x.sum()
        });
        (nodes, memory::idle_bytes())
    };
    // A thread of its own: its idle blocks are then all that it ever used.
    std::thread::spawn(run).join().expect("no failure")
}

fn ops(x: Var<'_, f64>) -> Var<'_, f64> {
    (0..OPS).fold(x, |x, _| x.sin())
}

#[test]
fn checkpoints_save_nodes_and_bytes() {
    let ((all_nodes, all_bytes), (nodes, bytes)) = (chain(true), chain(false));
    assert_eq!((all_nodes, nodes), (1 + SEGMENTS * OPS, 1 + SEGMENTS));
    let value = ELEMENTS * size_of::<f64>();
    assert!(all_bytes > SEGMENTS * OPS * value, "{all_bytes} bytes");
    // A value per segment, those of one segment, and a few gradients, in blocks with a quarter of slack.
    assert!(bytes < (SEGMENTS + OPS + 8) * value * 5 / 4, "{bytes} bytes");
}

/// One input is made of another, or is the other: what flows between them outside is not counted inside again.
#[test]
fn inputs_may_depend_on_one_another() {
    let (params, x) = vector(&[3.0]);
    let (_, gradient) = value_and_grad(&params, |p| {
        let x = p.get(x);
        checkpoint(&[x, x.square()], |v| v[0] * v[1]).sum()
    });
    assert_eq!(gradient.as_slice(), [27.0]);
    let (_, gradient) = value_and_grad(&params, |p| checkpoint(&[p.get(x); 2], |v| v[0] * v[1]).sum());
    assert_eq!(gradient.as_slice(), [6.0]);
    let second = hvp(&params, &[1.0], |p| {
        let x = p.get(x);
        checkpoint(&[x, x.square()], |v| v[0] * v[1]).sum()
    });
    assert_eq!((second.gradient.as_slice(), second.product.as_slice()), (&[27.0][..], &[18.0][..]));
}

#[test]
fn a_gradient_inside_a_checkpoint() {
    let (params, x) = vector(&[3.0]);
    let (value, gradient) = value_and_grad(&params, |p| {
        checkpoint(&[p.get(x)], |v| grad(v[0].powi(3).sum(), &[v[0]])[0].square()).sum()
    });
    assert_eq!((value, gradient.as_slice()), (729.0, &[972.0][..]));
}

#[test]
fn a_checkpoint_that_returns_its_input() {
    let (params, x) = vector(&[3.0]);
    let second = hvp(&params, &[1.0], |p| checkpoint(&[p.get(x).square()], |v| v[0]).sum());
    assert_eq!((second.gradient.as_slice(), second.product.as_slice()), (&[6.0][..], &[2.0][..]));
}
