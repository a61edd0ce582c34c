//! Hyper-parameters, lengths and gradients that are refused, and that a refusal changes nothing.

use crate::methods::{all, bits, gradient, point, state};
use gradus_optim::{
    AdaGrad, AdaGradNorm, Adadelta, Adam, Adan, AmsGrad, Epsilon, Lion, NAdam, OptimError, RAdam, RmsProp,
    Rule, Sgd, Trace,
};

fn refusal<R: Rule<f64>>(rule: R) -> String {
    rule.optimizer(3).expect_err("the settings are illegal").to_string()
}

#[test]
fn hyperparameters_out_of_range_are_named() {
    let rows = [
        (
            refusal(Sgd { learning_rate: -1.0, ..Sgd::default() }),
            "sgd: learning_rate = -1, allowed: finite and at least 0",
        ),
        (
            refusal(Sgd { momentum: 1.0, ..Sgd::default() }),
            "sgd: momentum = 1, allowed: at least 0 and below 1",
        ),
        (
            refusal(Sgd { nesterov: true, ..Sgd::default() }),
            "sgd: nesterov = true, allowed: true only with momentum above 0 and dampening 0",
        ),
        (
            refusal(Sgd { nesterov: true, momentum: 0.9, dampening: 0.1, ..Sgd::default() }),
            "sgd: nesterov = true, allowed: true only with momentum above 0 and dampening 0",
        ),
        (
            refusal(AdaGrad { initial_accumulator_value: f64::INFINITY, ..AdaGrad::default() }),
            "adagrad: initial_accumulator_value = inf, allowed: finite and at least 0",
        ),
        (
            refusal(AdaGradNorm { eps: -1e-3, ..AdaGradNorm::default() }),
            "adagrad_norm: eps = -0.001, allowed: finite and at least 0",
        ),
        (
            refusal(RmsProp { alpha: f64::NAN, ..RmsProp::default() }),
            "rmsprop: alpha = NaN, allowed: at least 0 and below 1",
        ),
        (
            refusal(RmsProp { epsilon: Epsilon::Hat, ..RmsProp::default() }),
            "rmsprop: epsilon = hat, allowed: outside_root or inside_root; hat is a form of Adam's bias correction",
        ),
        (
            refusal(Adam { betas: (0.9, 1.0), ..Adam::default() }),
            "adam: betas[1] = 1, allowed: at least 0 and below 1",
        ),
        (
            refusal(AdaGrad { lr_decay: -1.0, ..AdaGrad::default() }),
            "adagrad: lr_decay = -1, allowed: finite and at least 0",
        ),
        (
            refusal(RmsProp { momentum: 1.5, ..RmsProp::default() }),
            "rmsprop: momentum = 1.5, allowed: at least 0 and below 1",
        ),
        (
            refusal(Adadelta { rho: 1.0, ..Adadelta::default() }),
            "adadelta: rho = 1, allowed: at least 0 and below 1",
        ),
        (
            refusal(Adadelta { eps: 0.0, ..Adadelta::default() }),
            "adadelta: eps = 0, allowed: finite and above 0",
        ),
        (
            refusal(NAdam { momentum_decay: f64::NAN, ..NAdam::default() }),
            "nadam: momentum_decay = NaN, allowed: finite and at least 0",
        ),
        (
            refusal(RAdam { betas: (1.0, 0.5), ..RAdam::default() }),
            "radam: betas[0] = 1, allowed: at least 0 and below 1",
        ),
        (
            refusal(Lion { learning_rate: f64::INFINITY, ..Lion::default() }),
            "lion: learning_rate = inf, allowed: finite and at least 0",
        ),
        (
            refusal(Adan { betas: (0.9, 0.9, 1.0), ..Adan::default() }),
            "adan: betas[2] = 1, allowed: at least 0 and below 1",
        ),
        (
            refusal(AmsGrad { betas: (-0.5, 0.9), ..AmsGrad::default() }),
            "amsgrad: betas[0] = -0.5, allowed: at least 0 and below 1",
        ),
    ];
    for (found, expected) in rows {
        assert_eq!(found, expected);
    }
    for hat in [
        refusal(AdaGrad { epsilon: Epsilon::Hat, ..AdaGrad::default() }),
        refusal(AdaGradNorm { epsilon: Epsilon::Hat, ..AdaGradNorm::default() }),
        refusal(AmsGrad { epsilon: Epsilon::Hat, ..AmsGrad::default() }),
    ] {
        assert!(hat.contains("epsilon = hat"), "{hat}");
    }
}

#[test]
fn learning_rate_can_be_set_within_its_range() {
    for (method, mut optimizer) in all::<f64>(2) {
        optimizer.set_learning_rate(0.125).unwrap();
        for value in [f64::NAN, f64::INFINITY, -1e-3] {
            let error = optimizer.set_learning_rate(value).unwrap_err();
            assert!(matches!(error, OptimError::Hyperparameter { name: "learning_rate", .. }), "{method}");
            assert_eq!(optimizer.learning_rate(), 0.125, "{method}");
        }
        optimizer.set_learning_rate(0.0).unwrap();
        let mut x = [1.0, 2.0];
        optimizer.step(&mut x, &[3.0, 4.0]).unwrap();
        assert_eq!(x, [1.0, 2.0], "{method}");
    }
}

#[test]
fn lengths_and_non_finite_gradients_are_named() {
    let mut adam = Adam::default().optimizer(3).unwrap();
    let error = adam.step(&mut [0.0_f32; 2], &[0.0; 3]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "adam: the parameter vector has length 2, the optimizer was built for 3 coordinates"
    );
    let error = adam.step(&mut [0.0; 3], &[0.0; 4]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "adam: the gradient has length 4, the optimizer was built for 3 coordinates"
    );
    let error = adam.step(&mut [0.0; 3], &[0.0, f32::NEG_INFINITY, f32::NAN]).unwrap_err();
    assert_eq!(error.to_string(), "adam: step 1: coordinate 1 of the gradient is -inf");
}

#[test]
fn failed_step_changes_nothing() {
    const DIM: usize = 70;
    let broken = |index: usize, value: f64| {
        let mut gradient = gradient(DIM, 9);
        gradient[index] = value;
        gradient
    };
    let gradients = [
        broken(0, f64::NAN),
        broken(DIM - 1, f64::INFINITY),
        broken(33, f64::NEG_INFINITY),
        gradient(DIM - 1, 9),
        gradient(DIM + 1, 9),
    ];
    for (method, mut optimizer) in all::<f64>(DIM) {
        let mut x = point(DIM);
        let mut trace = Trace::default();
        for step in 1..=3 {
            optimizer.step_traced(&mut x, &gradient(DIM, step), &mut trace).unwrap();
        }
        let snapshot = |optimizer: &dyn gradus_optim::AnyOptimizer<f64>, x: &[f64], trace: &Trace<f64>| {
            (bits(x), state(optimizer), optimizer.steps(), format!("{trace:?}"))
        };
        let before = snapshot(&*optimizer, &x, &trace);
        for gradient in &gradients {
            optimizer.step(&mut x, gradient).unwrap_err();
            optimizer.step_traced(&mut x, gradient, &mut trace).unwrap_err();
        }
        optimizer.step(&mut x[1..], &gradient(DIM, 9)).unwrap_err();
        assert_eq!(snapshot(&*optimizer, &x, &trace), before, "{method}");
    }
}

#[test]
fn zero_gradient_moves_nothing() {
    for (method, mut optimizer) in all::<f32>(20) {
        let mut x = point(20);
        for _ in 0..3 {
            optimizer.step(&mut x, &[0.0; 20]).unwrap();
        }
        assert_eq!(bits(&x), bits(&point::<f32>(20)), "{method}");
    }
}

/// AdaGrad without ε: the coordinate that has never had a gradient has effective step 0, not 0/0.
#[test]
fn coordinate_without_gradient_does_not_move() {
    for epsilon in [Epsilon::OutsideRoot, Epsilon::InsideRoot] {
        let mut adagrad = AdaGrad { eps: 0.0, epsilon, ..AdaGrad::default() }.optimizer(2).unwrap();
        let mut x = [1.0, 1.0];
        let mut trace = Trace::default();
        adagrad.step_traced(&mut x, &[0.0, 4.0], &mut trace).unwrap();
        assert_eq!(trace.effective_step, [0.0, 0.01 / 4.0]);
        assert_eq!(x, [1.0, 0.99]);
    }
}
