//! Ops of users through the public trait, and what the reverse pass tells them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gradus_autograd::ops::Reshape;
use gradus_autograd::{Op, Reverse, Var, grad, value_and_grad};
use gradus_tensor::{Params, Real, Shape, Tensor};
use gradus_testkit::gradcheck::check_functional;
use gradus_testkit::panics::panic_of;

/// √(a² + b²), elementwise for equal shapes.
struct Hypot;

impl<T: Real> Op<T> for Hypot {
    fn name(&self) -> &'static str {
        "hypot"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        let (left, right) = (inputs[0].shape(), inputs[1].shape());
        assert!(left == right, "hypot: shapes differ: left {left}, right {right}");
        (inputs[0].square() + inputs[1].square()).sqrt()
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        for i in 0..2 {
            if reverse.wants(i) {
                reverse.add(i, reverse.input(i) / reverse.output() * reverse.gradient());
            }
        }
    }
}

fn hypot<'t, T: Real>(a: Var<'t, T>, b: Var<'t, T>) -> Var<'t, T> {
    a.tape().apply(Hypot, [a, b])
}

fn two_params() -> (Params<f64>, [gradus_tensor::ParamId; 2]) {
    let mut params = Params::new();
    let ids = [("a", [3.0, -1.0]), ("b", [4.0, 2.0])]
        .map(|(name, x)| params.add(name, &Tensor::vector(&x)).expect("different names"));
    (params, ids)
}

#[test]
fn a_custom_op_is_recorded_and_reversed() {
    let (params, [a, b]) = two_params();
    let (value, gradient) = value_and_grad(&params, |p| hypot(p.get(a), p.get(b)).sum());
    let root = 5f64.sqrt();
    assert!((value - (5.0 + root)).abs() < 1e-15);
    assert_eq!(gradient.as_slice(), [0.6, -1.0 / root, 0.8, 2.0 / root]);
    check_functional(&params, |p| hypot(p.get(a), p.get(b).exp()) * p.get(a)).unwrap();
}

/// What a probe saw: the `wants` of its inputs, once per call of its backward.
type Log = Rc<RefCell<Vec<Vec<bool>>>>;

/// The sum of its inputs, which have the same shape; notes what it is asked in the reverse pass.
struct Probe {
    log: Log,
    inputs: usize,
}

impl Op<f64> for Probe {
    fn name(&self) -> &'static str {
        "probe"
    }

    fn forward(&self, inputs: &[&Tensor<f64>]) -> Tensor<f64> {
        inputs[1..].iter().fold(inputs[0].clone(), |sum, x| sum + *x)
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, f64>) {
        let wants: Vec<bool> = (0..self.inputs).map(|i| reverse.wants(i)).collect();
        for i in (0..self.inputs).filter(|&i| wants[i]) {
            reverse.add(i, reverse.gradient());
        }
        self.log.borrow_mut().push(wants);
    }
}

fn probe<'t, const N: usize>(log: &Log, inputs: [Var<'t, f64>; N]) -> Var<'t, f64> {
    inputs[0].tape().apply(Probe { log: log.clone(), inputs: N }, inputs)
}

/// What probes see that `f` puts on the tape of a parameter x and a constant.
fn seen(f: impl for<'t> Fn(&Log, Var<'t, f64>, Var<'t, f64>) -> Var<'t, f64>) -> Vec<Vec<bool>> {
    let params = Params::single("x", &Tensor::vector(&[1.0, 2.0]));
    let id = params.ids().next().expect("one parameter");
    let log = Log::default();
    value_and_grad(&params, |p| f(&log, p.get(id), p.constant(&Tensor::vector(&[5.0, 7.0]))));
    log.take()
}

#[test]
fn only_what_depends_on_a_parameter_is_wanted() {
    assert_eq!(seen(|log, x, _| probe(log, [x]).sum()), [[true]]);
    assert_eq!(seen(|log, x, c| probe(log, [x, c]).sum()), [[true, false]]);
    assert_eq!(seen(|log, x, c| probe(log, [c, x]).sum()), [[false, true]]);
    assert_eq!(seen(|log, x, c| probe(log, [c.exp() * c, x]).sum()), [[false, true]]);
    assert_eq!(seen(|log, x, c| probe(log, [c + x, c - x]).sum()), [[true, true]]);
    assert_eq!(seen(|log, x, _| probe(log, [x, x]).sum()), [[true, true]]);
}

#[test]
fn what_the_loss_does_not_need_is_not_reversed() {
    const NOTHING: [[bool; 1]; 0] = [];
    assert_eq!(seen(|log, x, c| (probe(log, [c]) * x).sum()), NOTHING, "a function of constants");
    let unused_before = seen(|log, x, _| {
        probe(log, [x]);
        x.sum()
    });
    assert_eq!(unused_before, NOTHING);
    let unused_after = seen(|log, x, _| {
        let loss = x.sum();
        probe(log, [x]);
        probe(log, [loss]);
        loss
    });
    assert_eq!(unused_after, NOTHING);
}

/// A rule that gives the gradient of its input another shape.
struct Misshapen {
    in_place: bool,
}

impl Op<f64> for Misshapen {
    fn name(&self) -> &'static str {
        "misshapen"
    }

    fn forward(&self, inputs: &[&Tensor<f64>]) -> Tensor<f64> {
        inputs[0].clone()
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, f64>) {
        let gradient = reverse.gradient();
        if self.in_place {
            let shape = Shape::from([2, 1]);
            reverse.add_op(0, Reshape { shape }, [gradient]);
        } else {
            reverse.add(0, gradient.mean().reshape([1]));
        }
    }
}

#[test]
fn a_gradient_of_another_shape_is_refused_where_it_is_given() {
    let params = Params::single("x", &Tensor::vector(&[1.0, 2.0]));
    let id = params.ids().next().expect("one parameter");
    for (in_place, given) in [(false, "[1]"), (true, "[2, 1]")] {
        // A gradient may have arrived already, to which the contribution could be broadcast.
        for first in [false, true] {
            let report = panic_of(|| {
                value_and_grad(&params, |p| {
                    let x = p.get(id);
                    let misshapen = p.tape().apply(Misshapen { in_place }, [x]);
                    if first { misshapen.sum() } else { misshapen.sum() + x.sum() }
                })
            });
            let text = if in_place && !first {
                format!("reshape: a value of shape {given} added to [2]")
            } else {
                format!("misshapen: backward of input 0 of shape [2] got {given}")
            };
            assert_eq!(report.text, text);
            assert_eq!(report.file, file!());
        }
    }
    assert_eq!(gradus_autograd::live_nodes(), 0);
}

/// 5x, with a rule that panics when it is told to.
struct Fickle(Rc<Cell<bool>>);

impl Op<f64> for Fickle {
    fn name(&self) -> &'static str {
        "fickle"
    }

    fn forward(&self, inputs: &[&Tensor<f64>]) -> Tensor<f64> {
        inputs[0] * 5.0
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, f64>) {
        assert!(!self.0.get(), "fickle: told to");
        reverse.add(0, reverse.gradient() * 5.0);
    }
}

#[test]
fn a_rule_that_panicked_is_still_there() {
    let params = Params::single("x", &Tensor::vector(&[3.0]));
    let id = params.ids().next().expect("one parameter");
    let panics = Rc::new(Cell::new(false));
    let (_, gradient) = value_and_grad(&params, |p| {
        let x = p.get(id);
        let y = p.tape().apply(Fickle(panics.clone()), [x]).sum();
        panics.set(true);
        assert_eq!(panic_of(|| grad(y, &[x])).text, "fickle: told to");
        panics.set(false);
        y
    });
    assert_eq!(gradient.as_slice(), [5.0]);
}
