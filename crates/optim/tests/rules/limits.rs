//! How large gradients can be: up to the limit everything stays finite, beyond it a step is refused.

use crate::methods::{self, Method, bits, point, state};
use gradus_optim::{
    Accumulate, Adam, AnyOptimizer, ClipNorm, ClipValue, Groups, Momo, MomoAdam, Muon, OptimError, Prodigy,
    Rule, ScheduleFreeSgd, Sgd, StochasticPolyak, WeightDecay,
};
use gradus_tensor::{Params, Real, Tensor};

const DIM: usize = 42;
const LEGAL: &str = "the settings are legal";

/// All rules in all variants, for one matrix.
fn all<T: Real>() -> Vec<Method<T>> {
    fn row<T: Real, R: Rule<T>>(rule: R) -> Method<T> {
        let name = format!("{rule:?}");
        (name, Box::new(rule.optimizer(&matrix::<T>()).expect(LEGAL)))
    }
    let mut methods = methods::all(&matrix::<T>());
    methods.extend([
        row(StochasticPolyak { learning_rate: 3.0, ..StochasticPolyak::default() }),
        row(Momo::default()),
        row(Momo { bias_correction: true, estimate_lower_bound: true, ..Momo::default() }),
        row(MomoAdam::default()),
        row(Muon::default()),
        row(Sgd { learning_rate: 1e30, momentum: 0.9, nesterov: true, ..Sgd::default() }),
        row(Adam { weight_decay: WeightDecay::Decoupled(0.1), ..Adam::default() }),
        row(Prodigy { learning_rate: 100.0, ..Prodigy::default() }),
    ]);
    methods
}

fn matrix<T: Real>() -> Params<T> {
    let mut params = Params::single("weight", &Tensor::zeros([6, 7]));
    params.as_mut_slice().copy_from_slice(&point(DIM));
    params
}

/// A step with a gradient, and a loss for those who need it.
fn step<T: Real>(
    optimizer: &mut dyn AnyOptimizer<T>,
    params: &mut Params<T>,
    gradient: &[T],
) -> Result<(), OptimError> {
    let function = &mut |_: &Params<T>, out: &mut [T]| {
        out.copy_from_slice(gradient);
        T::constant(1e3)
    };
    optimizer.step_with(params, function).map(|_| ())
}

/// Signs that change with the coordinate and the step, so that a run does not march off; every fifth coordinate is 0,
/// or so small that its square is not a number above 0.
fn gradient<T: Real>(size: T, step: usize) -> Vec<T> {
    let tiny = T::one() / T::max_value().sqrt();
    (0..DIM)
        .map(|i| match (i % 5, (i / 5 + step) % 2) {
            (0, 0) => T::zero(),
            (0, _) => tiny,
            (_, 0) => size,
            _ => -size,
        })
        .collect()
}

fn finite_up_to_the_limit<T: Real>() {
    for (name, mut optimizer) in all::<T>() {
        let mut params = matrix::<T>();
        let check = |optimizer: &dyn AnyOptimizer<T>, params: &Params<T>, what: &str| {
            let finite = params.as_slice().iter().all(|x| x.is_finite());
            let state = state(optimizer).concat();
            assert!(finite && state.iter().all(|x| x.is_finite()), "{name}: {what}");
        };
        for number in 0..40 {
            let gradient = gradient(optimizer.largest_gradient(), number);
            step(&mut *optimizer, &mut params, &gradient).expect("the gradient is within the limit");
            check(&*optimizer, &params, "at the limit");
        }
        // Averages decay beside parameters that are still large.
        for number in 0..400 {
            let small = gradient(T::constant(if number % 2 == 0 { 0.0 } else { 1e-20 }), number);
            step(&mut *optimizer, &mut params, &small).expect("the gradient is within the limit");
        }
        check(&*optimizer, &params, "after the limit");

        let limit = optimizer.largest_gradient();
        let beyond = limit * (T::one() + T::EPSILON);
        let before = (bits(params.as_slice()), state(&*optimizer), optimizer.steps());
        let mut bad = gradient(limit, 0);
        bad[8] = if beyond.is_finite() { -beyond } else { T::INFINITY };
        let error = step(&mut *optimizer, &mut params, &bad).expect_err("the gradient is beyond the limit");
        match error {
            OptimError::LargeGradient { .. } => assert!(beyond.is_finite(), "{name}"),
            OptimError::NonFiniteGradient { .. } => assert!(!beyond.is_finite(), "{name}"),
            other => panic!("{name}: {other}"),
        }
        let after = (bits(params.as_slice()), state(&*optimizer), optimizer.steps());
        assert_eq!(after, before, "{name}");
        let mut skipping = optimizer.skip_non_finite();
        step(&mut skipping, &mut params, &bad).expect("the step is skipped");
        assert_eq!((bits(params.as_slice()), skipping.skipped()), (before.0, 1), "{name}");
    }
}

#[test]
fn finite_gradients_up_to_the_limit_leave_everything_finite() {
    finite_up_to_the_limit::<f32>();
    finite_up_to_the_limit::<f64>();
}

#[test]
fn limits_are_what_the_documentation_says() {
    let adam = Adam::default();
    assert_eq!(format!("{:.1e}", Rule::<f32>::largest_gradient(&adam)), "2.3e15");
    assert_eq!(format!("{:.1e}", Rule::<f64>::largest_gradient(&adam)), "7.1e145");
    assert_eq!(Rule::<f32>::largest_gradient(&Sgd::default()), f32::MAX);
    let mut adam = adam.optimizer(3).unwrap();
    let error = adam.step(&mut [1.0_f32; 3], &[0.0, -1e16, f32::NAN]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "adam: step 1: coordinate 1 of the gradient is -1.0e16, and with more than 2.3e15 the step overflows in float32; \
         make the loss smaller, or clip the gradient: `.with(ClipNorm::global(1.0))`"
    );
}

/// The limit of a composition is what its first transform may be given; groups share the smallest one.
#[test]
fn transforms_and_groups_have_limits() {
    let adam = || Adam::default().optimizer(&matrix::<f32>()).unwrap();
    let own = adam().largest_gradient();
    let limit = |optimizer: &dyn AnyOptimizer<f32>| optimizer.largest_gradient();
    assert_eq!(limit(&adam().with(Accumulate::over(2)).unwrap()), own);
    assert_eq!(limit(&adam().with(ClipNorm::global(1.0)).unwrap()), f32::MAX);
    assert_eq!(limit(&adam().with(ClipValue { value: 1.0 }).unwrap()), f32::MAX);
    assert_eq!(limit(&adam().with(ClipValue { value: 1e20 }).unwrap()), own);
    let clipped_last = adam().with(Accumulate::over(2)).unwrap().with(ClipNorm::global(1.0)).unwrap();
    assert_eq!(limit(&clipped_last), f32::MAX);
    let groups = Groups::new().rest(Adam::default()).optimizer(&matrix::<f32>()).unwrap();
    assert_eq!(limit(&groups), own);
}

/// The norm of a gradient whose squares overflow, and of one whose squares vanish.
#[test]
fn norms_of_any_size_are_clipped() {
    for size in [1e30_f32, 3e38, 1.0] {
        for clip in [ClipNorm::global(2.0), ClipNorm::per_parameter(2.0)] {
            let sgd = Sgd { learning_rate: 1.0, ..Sgd::default() };
            let mut optimizer = sgd.optimizer(4).unwrap().with(clip).unwrap();
            let mut x = [0.0_f32; 4];
            optimizer.step(&mut x, &[size, -size, size, size]).unwrap();
            for (x, sign) in x.into_iter().zip([-1.0, 1.0, -1.0, -1.0]) {
                assert!((x - sign).abs() < 1e-6, "{size:e}: {x}");
            }
        }
    }
}

/// γ = gap/(½‖g‖²), where ‖g‖² is no number of the element type, and the longest step where γ·g is none.
#[test]
fn polyak_steps_know_norms_of_any_size() {
    for size in [1e25_f32, 1e-25] {
        let mut params = Params::single("x", &Tensor::vector(&[0.0_f32, 0.0]));
        let mut optimizer = StochasticPolyak::default().optimizer(&params).unwrap();
        optimizer
            .step_with(&mut params, &mut |_, gradient| {
                gradient.copy_from_slice(&[size, -size]);
                3.0 * size
            })
            .unwrap();
        // 3s/(½·2s²)·s
        assert!((params.as_slice()[0] + 3.0).abs() < 1e-5, "{size:e}: {params:?}");
        assert_eq!(params.as_slice()[0], -params.as_slice()[1]);
    }
    let mut params = Params::single("x", &Tensor::vector(&[0.0_f32, 0.0]));
    let rule = StochasticPolyak { learning_rate: 2.0, ..StochasticPolyak::default() };
    let mut optimizer = rule.optimizer(&params).unwrap();
    optimizer
        .step_with(&mut params, &mut |_, gradient| {
            gradient.copy_from_slice(&[1e-44, 0.0]);
            1e30
        })
        .unwrap();
    assert!(params.as_slice()[0].is_finite() && params.as_slice()[0] < 0.0 && params.as_slice()[1] == 0.0);
}

/// With weights t^16 the sums leave f32 after 250 steps; the average is that of f64.
#[test]
fn weights_of_schedule_free_averages_do_not_overflow() {
    fn run<T: Real>() -> f64 {
        let rule = ScheduleFreeSgd { learning_rate: 0.5, weight_power: 16.0, ..ScheduleFreeSgd::default() };
        let mut optimizer = rule.optimizer(1).expect(LEGAL);
        let mut x = [T::zero()];
        for t in 0..2000 {
            optimizer.step(&mut x, &[T::constant(f64::from(t).sin())]).expect("the gradient is finite");
        }
        optimizer.state("x").expect("a slot")[0].to_f64()
    }
    let (single, double) = (run::<f32>(), run::<f64>());
    assert!((single - double).abs() < 1e-4 && double != 0.0, "{single} and {double}");
}

#[test]
fn hyper_parameters_beyond_the_element_type_are_refused() {
    fn refusal<T: Real>(rule: impl Rule<T>) -> Option<String> {
        rule.optimizer(3).err().map(|error| error.to_string())
    }
    let large = Sgd { learning_rate: 1e39, ..Sgd::default() };
    let text = refusal::<f64>(large).unwrap();
    assert!(text.ends_with("allowed: at most 3.4e38, the largest number of f32"), "{text}");
    let tiny = Adam { learning_rate: 1e3, eps: 1e-40, ..Adam::default() };
    assert_eq!(
        refusal::<f32>(tiny).unwrap(),
        "adam: learning_rate = 1000, allowed: small enough for learning_rate/eps to be finite in the element type"
    );
    assert_eq!(refusal::<f64>(tiny), None);
    let decay = Sgd { learning_rate: 1e20, weight_decay: WeightDecay::Decoupled(1e20), ..Sgd::default() };
    assert_eq!(
        refusal::<f32>(decay).unwrap(),
        "sgd: weight_decay = 100000000000000000000, allowed: small enough for learning_rate*weight_decay to be finite \
         in the element type"
    );
    assert_eq!(refusal::<f64>(decay), None);
    let estimate = Prodigy { d0: 1e9, ..Prodigy::default() };
    assert_eq!(
        refusal::<f32>(estimate).unwrap(),
        "prodigy: d0 = 1000000000, allowed: at most the largest estimate that the element type bears"
    );
    assert_eq!(refusal::<f64>(estimate), None);
    assert_eq!(
        refusal::<f32>(ScheduleFreeSgd { weight_power: 17.0, ..ScheduleFreeSgd::default() }).unwrap(),
        "schedule_free_sgd: weight_power = 17, allowed: at least 0 and at most 16"
    );
}
