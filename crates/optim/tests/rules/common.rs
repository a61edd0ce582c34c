//! Weight decay and `maximize`, which every rule has, against plain transcriptions.

use crate::methods::{bits, gradient, point, state};
use gradus_optim::{AdaGradNorm, Adam, AdamW, AnyOptimizer, OptimError, Rule, Sgd, Trace, WeightDecay};

const DIM: usize = 70;
const LAMBDA: f64 = 0.125;
const RATE: f64 = 0.05;

const LEGAL: &str = "the settings are legal";
const FINITE: &str = "the gradient is finite";

type Boxed = Box<dyn AnyOptimizer<f64>>;

/// One rule of each way to use the gradient, with these common settings.
fn rules(weight_decay: WeightDecay, maximize: bool) -> Vec<Boxed> {
    let learning_rate = RATE;
    vec![
        Box::new(
            Sgd { learning_rate, weight_decay, maximize, ..Sgd::default() }.optimizer(DIM).expect(LEGAL),
        ),
        Box::new(
            Adam { learning_rate, weight_decay, maximize, ..Adam::default() }.optimizer(DIM).expect(LEGAL),
        ),
        Box::new(
            AdaGradNorm { learning_rate, weight_decay, maximize, ..AdaGradNorm::default() }
                .optimizer(DIM)
                .expect(LEGAL),
        ),
    ]
}

/// Three steps of `rule` on gradients made by `seen`, which is what `plain` is given; `before` is applied to the
/// point of `plain` first.
fn agree(mut rule: Boxed, mut plain: Boxed, seen: impl Fn(f64, f64) -> f64, before: impl Fn(f64) -> f64) {
    let (mut x, mut y) = (point::<f64>(DIM), point::<f64>(DIM));
    for step in 1..=3 {
        let g = gradient::<f64>(DIM, step);
        rule.step(&mut x, &g).expect(FINITE);
        let g: Vec<f64> = g.iter().zip(&y).map(|(&g, &y)| seen(g, y)).collect();
        y.iter_mut().for_each(|y| *y = before(*y));
        plain.step(&mut y, &g).expect(FINITE);
        assert_eq!(bits(&x), bits(&y), "{}", rule.name());
        assert_eq!(state(&*rule), state(&*plain), "{}", rule.name());
    }
}

#[test]
fn common_settings_are_what_they_are_in_pytorch() {
    for maximize in [false, true] {
        let sign = if maximize { -1.0 } else { 1.0 };
        for (rule, plain) in
            rules(WeightDecay::None, maximize).into_iter().zip(rules(WeightDecay::None, false))
        {
            agree(rule, plain, |g, _| sign * g, |x| x);
        }
        for (rule, plain) in
            rules(WeightDecay::L2(LAMBDA), maximize).into_iter().zip(rules(WeightDecay::None, false))
        {
            agree(rule, plain, |g, x| sign * g + LAMBDA * x, |x| x);
        }
        for (rule, plain) in
            rules(WeightDecay::Decoupled(LAMBDA), maximize).into_iter().zip(rules(WeightDecay::None, false))
        {
            agree(rule, plain, |g, _| sign * g, |x| (1.0 - RATE * LAMBDA) * x);
        }
    }
}

#[test]
fn weight_decay_of_nothing_changes_no_bit() {
    for off in [WeightDecay::L2(0.0), WeightDecay::Decoupled(0.0)] {
        for (rule, plain) in rules(off, false).into_iter().zip(rules(WeightDecay::None, false)) {
            agree(rule, plain, |g, _| g, |x| x);
        }
    }
}

#[test]
fn the_trace_tells_how_much_the_point_shrank() {
    for weight_decay in [WeightDecay::L2(LAMBDA), WeightDecay::Decoupled(LAMBDA)] {
        for (mut traced, mut plain) in rules(weight_decay, true).into_iter().zip(rules(weight_decay, true)) {
            let (mut x, mut y, mut trace) = (point::<f64>(DIM), point::<f64>(DIM), Trace::default());
            for step in 1..=3 {
                let (before, g) = (x.clone(), gradient(DIM, step));
                traced.step_traced(&mut x, &g, &mut trace).unwrap();
                plain.step(&mut y, &g).unwrap();
                let moved: Vec<f64> = (0..DIM)
                    .map(|i| trace.shrink[i] * before[i] - trace.effective_step[i] * trace.direction[i])
                    .collect();
                assert_eq!(bits(&moved), bits(&x), "{}", traced.name());
                assert_eq!(bits(&y), bits(&x), "{}", traced.name());
            }
            let shrink = if weight_decay == WeightDecay::L2(LAMBDA) { 1.0 } else { 1.0 - RATE * LAMBDA };
            assert_eq!(trace.shrink, [shrink; DIM]);
        }
    }
}

#[test]
fn adamw_is_adam_with_decoupled_weight_decay() {
    let adamw: Boxed = Box::new(AdamW::default().optimizer(DIM).unwrap());
    let adam = Adam { weight_decay: WeightDecay::Decoupled(0.01), ..Adam::default() };
    agree(adamw, Box::new(adam.optimizer(DIM).unwrap()), |g, _| g, |x| x);
}

#[test]
fn weight_decay_out_of_range_is_named() {
    for weight_decay in [WeightDecay::L2(-0.5), WeightDecay::Decoupled(f64::NAN)] {
        let result: Result<gradus_optim::Optimizer<f64, _>, OptimError> =
            AdamW { weight_decay, ..AdamW::default() }.optimizer(3);
        let error = result.unwrap_err().to_string();
        assert!(error.starts_with("adamw: weight_decay = "), "{error}");
        assert!(error.ends_with("allowed: finite and at least 0"), "{error}");
    }
}
