//! The first value that is not finite is named: op, node, line and operands.

use gradus_autograd::value_and_grad;
use gradus_autograd::{Anomaly, Extent, Op, Phase, Reverse, Var, detect_anomaly, grad, hvp, value};
use gradus_tensor::{Params, Real, Shape, Tensor};
use gradus_testkit::panics::panic_of;

use crate::support::vector;

/// The anomaly of the sum of `f` at `x`, and the line on which the closure says it was recorded.
#[track_caller]
fn anomaly(x: &[f64], f: impl for<'t> Fn(Var<'t, f64>) -> (Var<'t, f64>, u32)) -> Box<Anomaly> {
    let (params, id) = vector(x);
    let mut line = 0;
    let found = detect_anomaly(|| {
        value_and_grad(&params, |p| {
            let (y, at) = f(p.get(id));
            line = at;
            y.sum()
        })
    });
    let found = found.expect_err("an anomaly");
    assert_eq!((found.location.file(), found.location.line()), (file!(), line));
    assert_eq!(gradus_autograd::live_nodes(), 0);
    found
}

fn extent(shape: &[usize], min: f64, max: f64, nan: usize, infinite: usize) -> Extent {
    Extent { shape: Shape::from(shape), min, max, nan, infinite }
}

#[test]
fn the_op_that_made_nan_in_the_forward_pass() {
    let found = anomaly(&[2.0, -1.0, 2.0], |x| {
        let shifted = x - 1.0;
        let (y, line) = (shifted.ln(), line!());
        // What is made of it is no news.
        ((y * 2.0).exp() + x, line)
    });
    assert_eq!((found.phase, found.op, found.node), (Phase::Forward, "ln", 2));
    assert_eq!(found.inputs, [extent(&[3], -2.0, 1.0, 0, 0)]);
    let line = found.location.line();
    let place = format!("ln (node 2, {}:{line}:{})", file!(), found.location.column());
    let text = format!("{place} made [3] in [0, 0], 1 NaN from [3] in [-2, 1]");
    assert_eq!(found.to_string(), text);
}

#[test]
fn the_op_that_made_an_infinity_of_two_operands() {
    let found = anomaly(&[1.0, 0.0], |x| (1.0 / x, line!()));
    assert_eq!((found.op, found.node), ("div", 2));
    assert_eq!(found.inputs, [extent(&[], 1.0, 1.0, 0, 0), extent(&[2], 0.0, 1.0, 0, 0)]);
    assert_eq!(found.result, extent(&[2], 1.0, f64::INFINITY, 0, 1));
    let text = found.to_string();
    assert!(text.ends_with("made [2] in [1, inf], 1 infinite from [] in [1, 1] and [2] in [0, 1]"), "{text}");
}

#[test]
fn the_op_whose_derivative_is_not_finite() {
    let found = anomaly(&[4.0, 0.0], |x| {
        let (y, line) = (x.sqrt(), line!());
        (y.square() * 0.5 + y, line)
    });
    assert_eq!((found.phase, found.op, found.node), (Phase::Backward, "sqrt", 1));
    assert_eq!(found.inputs, [extent(&[2], 0.0, 4.0, 0, 0)]);
    assert_eq!((found.result.nan, found.result.infinite), (0, 1));
    assert!(found.to_string().starts_with("the derivative of sqrt (node 1, "), "{found}");
}

#[test]
fn leaves_that_are_not_finite() {
    let (params, id) = vector(&[1.0, f64::NAN]);
    let found = detect_anomaly(|| value(&params, |p| p.get(id).sum())).expect_err("an anomaly");
    assert_eq!((found.op, found.node, found.phase), ("parameter", 0, Phase::Forward));
    assert!(found.inputs.is_empty());
    assert_eq!(found.result, extent(&[2], 1.0, 1.0, 1, 0));

    let (params, id) = vector(&[1.0, 2.0]);
    let find = |x: f64, is_constant: bool| {
        let mut line = 0;
        let bad = Tensor::vector(&[x, 3.0]);
        let found = detect_anomaly(|| {
            value_and_grad(&params, |p| {
                line = line!() + 1;
                let x = if is_constant { p.constant(&bad) } else { p.variable(&bad) };
                (p.get(id) + x).tanh().sum()
            })
        });
        let found = found.err()?;
        assert_eq!((found.node, found.location.file(), found.location.line()), (1, file!(), line));
        Some((found.op, found.result.nan, found.result.infinite))
    };
    assert_eq!(find(f64::NAN, true), Some(("constant", 1, 0)));
    assert_eq!(find(f64::NAN, false), Some(("variable", 1, 0)));
    assert_eq!(find(f64::NEG_INFINITY, false), Some(("variable", 0, 1)));
    assert_eq!(find(f64::NEG_INFINITY, true), None, "a mask");
}

#[test]
fn in_single_precision_what_overflows_there() {
    fn run<T: Real>() -> Option<String> {
        let params = Params::single("x", &Tensor::full([1], T::constant(100.0)));
        let id = params.ids().next().expect("one parameter");
        let result = detect_anomaly(|| value_and_grad(&params, |p| p.get(id).exp().sum()));
        result.err().map(|anomaly| format!("{} {}", anomaly.op, anomaly.result))
    }
    assert_eq!(run::<f32>(), Some("exp [1] in [inf, inf], 1 infinite".to_owned()));
    assert_eq!(run::<f64>(), None);
}

#[test]
fn what_is_finite_is_returned() {
    let (params, id) = vector(&[1.0, 2.0]);
    let watched = detect_anomaly(|| value_and_grad(&params, |p| p.get(id).exp().sum())).expect("finite");
    assert_eq!(watched, value_and_grad(&params, |p| p.get(id).exp().sum()));
    let watched = detect_anomaly(|| hvp(&params, &[1.0, 1.0], |p| p.get(id).powi(3).sum())).expect("finite");
    assert_eq!(watched.product.as_slice(), [6.0, 12.0]);
    assert_eq!(detect_anomaly(|| 7), Ok(7));
}

#[test]
fn a_watch_inside_another_keeps_its_findings_to_itself() {
    let (params, id) = vector(&[-1.0]);
    let root = || value(&params, |p| p.get(id).sqrt().sum());
    let outer = detect_anomaly(|| {
        let inner = detect_anomaly(root).expect_err("an anomaly");
        assert_eq!(inner.op, "sqrt");
        value(&params, |p| p.get(id).exp().sum())
    });
    assert!(outer.is_ok());
    let outer = detect_anomaly(|| {
        value(&params, |p| p.get(id).ln().sum());
        detect_anomaly(root).expect_err("an anomaly").op
    });
    assert_eq!(outer.expect_err("an anomaly").op, "ln", "the first one of the outer watch");
}

#[test]
fn several_tapes_are_watched_and_the_first_anomaly_counts() {
    let (params, id) = vector(&[-1.0]);
    let found = detect_anomaly(|| {
        value_and_grad(&params, |p| {
            let inner = value(&params, |p| p.get(id).ln().sum());
            p.get(id).sqrt().sum() + inner
        })
    });
    assert_eq!(found.expect_err("an anomaly").op, "ln");
}

#[test]
fn a_second_derivative_is_watched() {
    // √|x|³: slope 0 at 0, second derivative infinite.
    let (params, id) = vector(&[0.0]);
    let result = detect_anomaly(|| value_and_grad(&params, |p| p.get(id).powf(1.5).sum()));
    assert_eq!(result.expect("finite").1.as_slice(), [0.0]);
    let result = detect_anomaly(|| {
        value_and_grad(&params, |p| {
            let x = p.get(id);
            grad(x.powf(1.5).sum(), &[x])[0].sum()
        })
    });
    assert_eq!(result.expect_err("an anomaly").op, "powf");
}

#[test]
fn a_panic_ends_the_watch() {
    let (params, id) = vector(&[-1.0]);
    let report = panic_of(|| {
        detect_anomaly(|| {
            value(&params, |p| p.get(id).sqrt().sum());
            panic!("in the closure")
        })
    });
    assert_eq!(report.text, "in the closure");
    assert!(value(&params, |p| p.get(id).sqrt().sum()).is_nan(), "nobody watches");
    assert!(detect_anomaly(|| ()).is_ok(), "nothing is left over");
}

#[test]
fn without_a_watch_nothing_is_noted() {
    let (params, id) = vector(&[-1.0]);
    assert!(value(&params, |p| p.get(id).sqrt().sum()).is_nan());
    assert!(detect_anomaly(|| value(&params, |p| p.get(id).sum())).is_ok());
}

/// √(a² + b²), whose rule divides 0 by 0 at the origin.
struct Hypot;

impl Op<f64> for Hypot {
    fn name(&self) -> &'static str {
        "hypot"
    }
    fn forward(&self, inputs: &[&Tensor<f64>]) -> Tensor<f64> {
        (inputs[0].square() + inputs[1].square()).sqrt()
    }
    fn backward(&self, reverse: &mut Reverse<'_, '_, f64>) {
        for i in 0..2 {
            reverse.add(i, reverse.input(i) / reverse.output() * reverse.gradient());
        }
    }
}

/// Neither the ops that a rule computes with nor its lines are the user's.
#[test]
fn what_a_rule_makes_is_the_anomaly_of_its_op() {
    let params = Params::single("x", &Tensor::vector(&[0.0]));
    let id = params.ids().next().unwrap();
    let anomaly =
        detect_anomaly(|| value_and_grad(&params, |p| p.tape().apply(Hypot, [p.get(id), p.get(id)]).sum()))
            .unwrap_err();
    assert_eq!((anomaly.phase, anomaly.op, anomaly.node), (Phase::Backward, "hypot", 1));
    let anomaly = detect_anomaly(|| hvp(&params, &[1.0], |p| p.get(id).powf(1.5).sum())).unwrap_err();
    assert_eq!(anomaly.location.file(), file!());
}

#[test]
fn infinities_that_mask_are_no_anomaly() {
    let params = Params::single("x", &Tensor::vector(&[0.5, 1.0]));
    let id = params.ids().next().unwrap();
    let mask = Tensor::vector(&[false, true]);
    let loss = detect_anomaly(|| {
        value_and_grad(&params, |p| p.get(id).masked_fill(&mask, f64::NEG_INFINITY).softmax(0).square().sum())
    });
    assert!(loss.is_ok());
}
