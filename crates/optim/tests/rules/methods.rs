//! Every rule in every variant, for tests that hold for all of them.

use gradus_optim::{
    Accumulator, AdaBelief, AdaGrad, AdaGradNorm, Adadelta, Adafactor, Adam, AdamW, Adamax, Adan, AmsGrad,
    AnyOptimizer, Epsilon, Lamb, Lars, Layout, Lion, Maximum, NAdam, Prodigy, RAdam, RmsProp, Rule,
    ScheduleFreeAdamW, ScheduleFreeSgd, Sgd, WeightDecay,
};
use gradus_tensor::Real;

/// A method for tables: what it is, and its optimizer.
pub(crate) type Method<T> = (String, Box<dyn AnyOptimizer<T>>);

/// All methods for the parameters of a layout, or for a number of coordinates.
pub(crate) fn all<T: Real>(layout: impl Into<Layout>) -> Vec<Method<T>> {
    let dim = &layout.into();
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
        for centered in [false, true] {
            for momentum in [0.0, 0.5] {
                add(&mut methods, dim, RmsProp { epsilon, centered, momentum, ..RmsProp::default() });
            }
        }
        for bias_correction in [true, false] {
            for maximum in [Maximum::OfUncorrected, Maximum::OfCorrected] {
                add(&mut methods, dim, AmsGrad { epsilon, bias_correction, maximum, ..AmsGrad::default() });
            }
        }
    }
    for epsilon in [Epsilon::OutsideRoot, Epsilon::InsideRoot, Epsilon::Hat] {
        for bias_correction in [true, false] {
            add(&mut methods, dim, Adam { epsilon, bias_correction, ..Adam::default() });
            let weight_decay = WeightDecay::None;
            add(&mut methods, dim, AdamW { epsilon, bias_correction, weight_decay, ..AdamW::default() });
        }
    }
    add(&mut methods, dim, AdaGrad { lr_decay: 0.1, ..AdaGrad::default() });
    add(&mut methods, dim, Adadelta::default());
    add(&mut methods, dim, Adamax::default());
    add(&mut methods, dim, Adamax { eps: 0.0, ..Adamax::default() });
    add(&mut methods, dim, NAdam::default());
    add(&mut methods, dim, RAdam::default());
    // ρ is above 5 from the third step on.
    add(&mut methods, dim, RAdam { betas: (0.9, 0.9), ..RAdam::default() });
    add(&mut methods, dim, AdaBelief::default());
    add(&mut methods, dim, AdaBelief { eps: 0.0, ..AdaBelief::default() });
    add(&mut methods, dim, Lion::default());
    add(&mut methods, dim, Adan::default());
    add(&mut methods, dim, Lars::default());
    add(&mut methods, dim, Lamb { weight_decay: 0.0, ..Lamb::default() });
    add(&mut methods, dim, Adafactor::default());
    add(&mut methods, dim, ScheduleFreeSgd::default());
    add(&mut methods, dim, ScheduleFreeAdamW::default());
    add(&mut methods, dim, Prodigy { d0: 0.01, ..Prodigy::default() });
    methods
}

fn add<T: Real, R: Rule<T>>(methods: &mut Vec<Method<T>>, dim: &Layout, rule: R) {
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

/// The state of all slots, in order; that of a scalar is one number.
pub(crate) fn state<T: Real>(optimizer: &dyn AnyOptimizer<T>) -> Vec<Vec<f64>> {
    let of = |name| match (optimizer.state(name), optimizer.scalar(name)) {
        (Some(state), None) => state.iter().map(|x| x.to_f64()).collect(),
        (None, Some(scalar)) => vec![scalar],
        _ => panic!("{name} is a vector or a scalar"),
    };
    optimizer.state_names().into_iter().map(of).collect()
}

/// The bits of values: f64 holds every f32 exactly.
pub(crate) fn bits<T: Real>(values: &[T]) -> Vec<u64> {
    values.iter().map(|value| value.to_f64().to_bits()).collect()
}
