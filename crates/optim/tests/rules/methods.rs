//! Every rule in every variant, for tests that hold for all of them.

use gradus_optim::{
    Accumulator, AdaGrad, AdaGradNorm, Adam, AmsGrad, AnyOptimizer, Epsilon, Maximum, RmsProp, Rule, Sgd,
};
use gradus_tensor::Real;

/// A method for tables: what it is, and its optimizer.
pub(crate) type Method<T> = (String, Box<dyn AnyOptimizer<T>>);

/// All methods for `dim` coordinates.
pub(crate) fn all<T: Real>(dim: usize) -> Vec<Method<T>> {
    let mut methods = Vec::new();
    let sgd = Sgd { learning_rate: 0.1, ..Sgd::default() };
    add(&mut methods, dim, sgd);
    add(&mut methods, dim, Sgd { momentum: 0.9, ..sgd });
    add(&mut methods, dim, Sgd { momentum: 0.9, dampening: 0.9, ..sgd });
    add(&mut methods, dim, Sgd { momentum: 0.8, dampening: 0.5, ..sgd });
    add(&mut methods, dim, Sgd { momentum: 0.9, nesterov: true, ..sgd });
    for epsilon in [Epsilon::OutsideRoot, Epsilon::InsideRoot] {
        for accumulator in [Accumulator::Current, Accumulator::Delayed] {
            let initial_accumulator_value = 0.5;
            add(
                &mut methods,
                dim,
                AdaGrad { epsilon, accumulator, initial_accumulator_value, ..AdaGrad::default() },
            );
            add(
                &mut methods,
                dim,
                AdaGradNorm { epsilon, accumulator, initial_accumulator_value, ..AdaGradNorm::default() },
            );
        }
        add(&mut methods, dim, AdaGrad { eps: 0.0, epsilon, ..AdaGrad::default() });
        add(&mut methods, dim, AdaGradNorm { eps: 0.0, epsilon, ..AdaGradNorm::default() });
        add(&mut methods, dim, RmsProp { epsilon, ..RmsProp::default() });
        for bias_correction in [true, false] {
            for maximum in [Maximum::OfUncorrected, Maximum::OfCorrected] {
                add(&mut methods, dim, AmsGrad { epsilon, bias_correction, maximum, ..AmsGrad::default() });
            }
        }
    }
    for epsilon in [Epsilon::OutsideRoot, Epsilon::InsideRoot, Epsilon::Hat] {
        for bias_correction in [true, false] {
            add(&mut methods, dim, Adam { epsilon, bias_correction, ..Adam::default() });
        }
    }
    methods
}

fn add<T: Real, R: Rule<T>>(methods: &mut Vec<Method<T>>, dim: usize, rule: R) {
    methods.push((format!("{rule:?}"), Box::new(rule.optimizer(dim).expect("the settings are legal"))));
}

/// A gradient of all signs and sizes, different at every step, with exact zeros in it.
pub(crate) fn gradient<T: Real>(dim: usize, step: u64) -> Vec<T> {
    let at = |i: usize| {
        let phase = (7 * i + 3) as f64 * 0.37 + step as f64;
        if i % 11 == 5 { 0.0 } else { phase.sin() * 10.0_f64.powi((i % 7) as i32 - 3) }
    };
    (0..dim).map(|i| T::constant(at(i))).collect()
}

/// A point with coordinates of all signs.
pub(crate) fn point<T: Real>(dim: usize) -> Vec<T> {
    (0..dim).map(|i| T::constant((1.0 + i as f64 * 0.71).cos())).collect()
}

/// The state of all slots, in order.
pub(crate) fn state<T: Real>(optimizer: &dyn AnyOptimizer<T>) -> Vec<Vec<T>> {
    optimizer
        .state_names()
        .into_iter()
        .map(|name| optimizer.state(name).expect("a listed slot").to_vec())
        .collect()
}

/// The bits of values: f64 holds every f32 exactly.
pub(crate) fn bits<T: Real>(values: &[T]) -> Vec<u64> {
    values.iter().map(|value| value.to_f64().to_bits()).collect()
}
