//! What the tape promises: nothing stays alive, no recursion, no growth, and a gradient in the layout of the
//! parameters for every kind of loss.

use gradus_autograd::{Bound, Var, live_nodes, value, value_and_grad, value_and_grad_into};
use gradus_tensor::{ParamId, Params, Rng, Tensor, memory};
use gradus_testkit::panics::panic_of;

/// Parameters of different shapes, one of them without elements.
fn params() -> (Params<f64>, [ParamId; 5]) {
    let mut params = Params::new();
    let mut rng = Rng::new(1);
    let ids = [("a", &[2, 3][..]), ("b", &[]), ("c", &[0, 2]), ("d", &[3]), ("e", &[1, 1])]
        .map(|(name, shape)| params.add(name, &rng.uniform(shape, 0.5, 2.0)).expect("different names"));
    (params, ids)
}

#[test]
fn the_gradient_has_the_layout_of_the_parameters() {
    let (params, ids) = params();
    let weights: Vec<Tensor<f64>> =
        ids.iter().enumerate().map(|(i, &id)| Tensor::full(params.get(id).shape(), i as f64 + 1.0)).collect();
    let (value, gradient) = value_and_grad(&params, |p| {
        // Not in the order of the slab.
        let term = |i: usize| (p.constant(&weights[i]) * p.get(ids[i])).sum();
        term(4) + term(1) + term(0) + term(2) + term(3)
    });
    assert_eq!(gradient.len(), params.len());
    for (id, weight) in ids.into_iter().zip(&weights) {
        assert_eq!(gradient.get(id), *weight, "{}", params.name(id));
    }
    let dot: f64 = gradient.as_slice().iter().zip(params.as_slice()).map(|(g, x)| g * x).sum();
    assert!((value - dot).abs() <= 1e-14 * dot, "a linear function");
}

#[test]
fn unused_parameters_have_gradient_0_whatever_stood_there() {
    let (params, [a, .., d, _]) = params();
    let mut gradient = vec![f64::NAN; params.len()];
    value_and_grad_into(&params, &mut gradient, |p| p.get(d).sum());
    let mut expected = vec![0.0; params.len()];
    expected[params.range(d)].fill(1.0);
    assert_eq!(gradient, expected);
    gradient.fill(f64::NAN);
    value_and_grad_into(&params, &mut gradient, |p| p.get(a).sum());
    expected.fill(0.0);
    expected[params.range(a)].fill(1.0);
    assert_eq!(gradient, expected, "the parameters behind the last one used");
}

#[test]
fn a_loss_can_be_a_parameter() {
    let (params, ids) = params();
    for id in ids.into_iter().filter(|&id| params.get(id).len() == 1) {
        let (value, gradient) = value_and_grad(&params, |p| p.get(id));
        let mut expected = vec![0.0; params.len()];
        expected[params.range(id)].fill(1.0);
        assert_eq!(value, params.get(id).item(), "{}", params.name(id));
        assert_eq!(gradient.as_slice(), expected, "{}", params.name(id));
    }
    let single = Params::single("x", &Tensor::scalar(3.0));
    assert_eq!(value_and_grad(&single, |p| p.get(ids[0])), (3.0, Params::single("x", &Tensor::scalar(1.0))));
}

#[test]
fn a_loss_can_be_constant() {
    let (params, _) = params();
    let zeros = params.zeros_like();
    let three = Tensor::full([1, 1], 3.0);
    assert_eq!(value_and_grad(&params, |p| p.constant(&three)), (3.0, zeros.clone()));
    assert_eq!(value_and_grad(&params, |p| p.constant(&three).square().sum() + 1.0), (10.0, zeros));
    let none = Params::<f64>::new();
    assert_eq!(value_and_grad(&none, |p| p.constant(&three)), (3.0, Params::new()));
}

#[test]
fn a_parameter_without_elements_has_a_gradient_without_elements() {
    let params = Params::single("x", &Tensor::<f64>::zeros([2, 0]));
    let id = params.ids().next().expect("one parameter");
    assert_eq!(value_and_grad(&params, |p| p.get(id).exp().sum()), (0.0, params.zeros_like()));
    let (value, gradient) = value_and_grad(&params, |p| p.get(id).mean());
    assert!(value.is_nan() && gradient.is_empty());
}

#[test]
fn a_value_is_the_same_with_and_without_the_gradient() {
    let (params, [a, b, _, d, e]) = params();
    fn loss<'t>(p: &Bound<'t, f64>, [a, b, d, e]: [ParamId; 4]) -> Var<'t, f64> {
        ((p.get(a) * p.get(b)).matmul(p.get(d)).tanh() / p.get(e)).mean()
    }
    let ids = [a, b, d, e];
    assert_eq!(value(&params, |p| loss(p, ids)), value_and_grad(&params, |p| loss(p, ids)).0);
}

#[test]
fn nothing_is_alive_after_a_call() {
    let (params, [a, ..]) = params();
    value_and_grad(&params, |p| {
        assert_eq!(live_nodes(), 5, "the parameters");
        let loss = p.get(a).exp().sum();
        assert_eq!((live_nodes(), p.tape().len()), (7, 7));
        let inner = value_and_grad(&params, |p| p.get(a).sum()).0;
        assert_eq!(live_nodes(), 7, "the inner tape is gone");
        loss * inner
    });
    assert_eq!(live_nodes(), 0);
    value(&params, |p| p.get(a).exp().sum());
    assert_eq!(live_nodes(), 0);
}

#[test]
fn nothing_is_alive_after_a_panic() {
    let (params, [a, ..]) = params();
    let in_the_op = |p: &Bound<'_, f64>| {
        let x = p.get(a);
        x.matmul(x);
    };
    let in_the_closure = |p: &Bound<'_, f64>| {
        let recorded = p.get(a).exp();
        panic!("with {} nodes", recorded.tape().len());
    };
    for action in [&in_the_op as &dyn Fn(&Bound<'_, f64>), &in_the_closure] {
        panic_of(|| {
            value_and_grad(&params, |p| {
                action(p);
                p.get(a)
            })
        });
        assert_eq!(live_nodes(), 0);
        panic_of(|| {
            value(&params, |p| {
                action(p);
                p.get(a)
            })
        });
        assert_eq!(live_nodes(), 0);
    }
    let alone = value_and_grad(&params, |p| p.get(a).sum()).1;
    let after_a_panic = value_and_grad(&params, |p| {
        panic_of(|| p.get(a).matmul(p.get(a)));
        p.get(a).sum()
    });
    assert_eq!(after_a_panic.1, alone, "a tape survives a panic that is caught in the closure");
    assert_eq!(live_nodes(), 0);
}

#[test]
fn the_parameters_are_not_shared_after_a_call() {
    let (mut params, [a, ..]) = params();
    let address = params.as_slice().as_ptr();
    let gradient = value_and_grad(&params, |p| p.get(a).sum()).1;
    params.as_mut_slice()[0] += gradient.as_slice()[0];
    assert_eq!(params.as_slice().as_ptr(), address, "a view that stays alive would force a copy");
}

/// Long enough that a call per node would overflow the stack many times.
const CHAIN: usize = 1_000_000;

#[test]
fn a_long_chain_runs_and_is_released_without_recursion() {
    let run = || {
        let params = Params::single("x", &Tensor::scalar(0.5_f64));
        let id = params.ids().next().expect("one parameter");
        let (value, gradient) = value_and_grad(&params, |p| {
            let x = p.get(id);
            (0..CHAIN).fold(x, |sum, _| sum + x)
        });
        assert_eq!((value, gradient.as_slice()[0]), (0.5 * (CHAIN + 1) as f64, (CHAIN + 1) as f64));
        assert_eq!(live_nodes(), 0);
    };
    let thread = std::thread::Builder::new().stack_size(128 << 10).spawn(run).expect("a thread");
    thread.join().expect("no overflow");
}

#[test]
fn steps_after_the_first_take_no_memory_from_the_system() {
    let mut rng = Rng::new(2);
    let mut params = Params::<f32>::new();
    let weight = params.add("weight", &rng.normal([10, 8])).expect("a new name");
    let bias = params.add("bias", &Tensor::zeros([8])).expect("a new name");
    let (inputs, targets) = (rng.normal([32, 10]), rng.normal([32, 8]));
    let mut gradient = vec![0.0; params.len()];
    let mut idle = Vec::new();
    for step in 0..10_000 {
        value_and_grad_into(&params, &mut gradient, |p| {
            let output = (p.constant(&inputs).matmul(p.get(weight)) + p.get(bias)).tanh();
            (output - p.constant(&targets)).square().mean()
        });
        for (x, g) in params.as_mut_slice().iter_mut().zip(&gradient) {
            *x -= 0.01 * g;
        }
        if matches!(step, 1 | 9_999) {
            idle.push(memory::idle_bytes());
        }
    }
    assert_eq!(idle[0], idle[1]);
}

#[test]
fn the_gradient_of_a_constant_factor_is_not_computed() {
    // A thread of its own: its idle blocks are then all that it ever used.
    let run = || {
        let rows = 1 << 12;
        let inputs = Tensor::<f64>::ones([rows, 256]);
        let params = Params::single("w", &Tensor::ones([256, 4]));
        let id = params.ids().next().expect("one parameter");
        let (_, gradient) = value_and_grad(&params, |p| p.constant(&inputs).matmul(p.get(id)).sum());
        assert_eq!(gradient.as_slice(), [rows as f64; 1024]);
        let of_the_constant = inputs.len() * size_of::<f64>();
        assert!(memory::idle_bytes() < of_the_constant, "{} bytes", memory::idle_bytes());
    };
    std::thread::spawn(run).join().expect("no failure");
}
