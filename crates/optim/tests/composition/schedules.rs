//! Schedules at work in an optimizer.

use gradus_optim::schedule::{Constant, Cosine, Exponential, Finite, Linear, ReduceOnPlateau, Schedule};
use gradus_optim::{Adam, AnyOptimizer, ClipNorm, Groups, OptimError, Optimizer, Rule, Sgd, WeightDecay};
use gradus_tensor::{Params, Tensor};

/// Gradient 1: the point moves by the learning rate of the step.
fn moves(optimizer: &mut dyn AnyOptimizer<f64>, steps: u64) -> Vec<f64> {
    (0..steps)
        .map(|_| {
            let mut x = [0.0];
            optimizer.step(&mut x, &[1.0]).expect("the gradient is finite");
            -x[0]
        })
        .collect()
}

fn sgd(learning_rate: f64) -> Optimizer<f64, Sgd> {
    Sgd { learning_rate, ..Sgd::default() }.optimizer(1).expect("legal settings")
}

#[test]
fn every_step_has_the_factor_of_its_number() {
    let schedule = Linear::warm_up(3).then(Cosine { steps: 5, floor: 0.25 });
    let mut optimizer = sgd(0.5).scheduled(schedule).unwrap();
    assert_eq!(optimizer.learning_rate(), 0.5 * schedule.at(0));
    let expected: Vec<f64> = schedule.values(10).iter().map(|factor| 0.5 * factor).collect();
    assert_eq!(moves(&mut optimizer, 10), expected);
    assert_eq!(optimizer.learning_rate(), 0.5 * schedule.at(10));
}

#[test]
fn factors_multiply_and_the_base_can_be_set() {
    let mut optimizer = sgd(1.0).scheduled(Constant { factor: 0.5 }).unwrap();
    optimizer = optimizer.scheduled(Exponential { gamma: 0.5 }).unwrap();
    assert_eq!(moves(&mut optimizer, 3), [0.5, 0.25, 0.125]);
    optimizer.set_learning_rate(4.0).unwrap();
    assert_eq!(moves(&mut optimizer, 1), [0.25]);
}

#[test]
fn decoupled_weight_decay_follows_the_schedule() {
    let rule = Adam { learning_rate: 0.5, weight_decay: WeightDecay::Decoupled(0.5), ..Adam::default() };
    let mut optimizer = rule.optimizer(1).unwrap().scheduled(Exponential { gamma: 0.5 }).unwrap();
    let mut x = [1.0];
    for expected in [0.75, 0.75 * 0.875] {
        optimizer.step(&mut x, &[0.0]).unwrap();
        assert_eq!(x, [expected]);
    }
}

#[test]
fn a_plateau_reduces_what_it_observes() {
    let settings = ReduceOnPlateau { factor: 0.5, patience: 1, ..ReduceOnPlateau::default() };
    let mut optimizer = sgd(1.0).reduce_on_plateau(settings).unwrap();
    let rates = [3.0, 2.0, 2.0, 2.0, 1.0].map(|loss| {
        optimizer.observe(loss);
        moves(&mut optimizer, 1)[0]
    });
    assert_eq!(rates, [1.0, 1.0, 1.0, 0.5, 0.5]);
}

#[test]
fn settings_of_schedules_are_checked() {
    let error = sgd(1.0).scheduled(Constant { factor: -1.0 }).unwrap_err();
    assert!(matches!(error, OptimError::Hyperparameter { rule: "constant", .. }), "{error}");
    let settings = ReduceOnPlateau { factor: 2.0, ..ReduceOnPlateau::default() };
    let error = sgd(1.0).reduce_on_plateau(settings).unwrap_err();
    assert!(matches!(error, OptimError::Hyperparameter { name: "factor", .. }), "{error}");
}

/// A schedule whose factor goes wrong at a step.
#[derive(Clone, Copy, Debug)]
struct Broken {
    from: u64,
    factor: f64,
}

impl Schedule for Broken {
    fn at(&self, step: u64) -> f64 {
        if step < self.from { 1.0 } else { self.factor }
    }

    fn validate(&self) -> Result<(), OptimError> {
        Ok(())
    }
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} from step {} on", self.factor, self.from)
    }
}

#[test]
fn a_scheduled_rate_that_is_not_legal_stops_the_step() {
    let mut params = Params::<f64>::new();
    params.add("a", &Tensor::vector(&[1.0])).unwrap();
    params.add("b", &Tensor::vector(&[1.0])).unwrap();
    let adam = Adam::default();
    for (factor, text) in [(f64::NAN, "NaN"), (f64::INFINITY, "inf"), (-1.0, "-0.001")] {
        let broken = Broken { from: 2, factor };
        let single = || adam.optimizer(&params).unwrap().scheduled(broken).unwrap();
        let groups = Groups::new().group("a", Sgd::default()).scheduled_group("b", adam, broken);
        let rows: [(Box<dyn AnyOptimizer<f64>>, &str); 3] = [
            (Box::new(single()), ""),
            (Box::new(single().skip_non_finite().with(ClipNorm::global(1.0)).unwrap()), ""),
            (Box::new(groups.optimizer(&params).unwrap()), "groups: b: "),
        ];
        for (mut optimizer, place) in rows {
            let mut x = [1.0, 2.0];
            for _ in 0..2 {
                optimizer.step(&mut x, &[0.5, 0.5]).unwrap();
            }
            let (before, point) = (format!("{optimizer:?}"), x);
            let error = optimizer.step(&mut x, &[0.5, 0.5]).unwrap_err();
            let expected = format!(
                "{place}adam: step 3: the scheduled learning rate is {text}, allowed: finite and at least 0"
            );
            assert_eq!(error.to_string(), expected);
            assert_eq!((x, format!("{optimizer:?}")), (point, before));
            let mut params = params.clone();
            let outcome = optimizer.step_with(&mut params, &mut |_, _| panic!("the function is not asked"));
            assert_eq!(outcome.unwrap_err().to_string(), expected);
        }
    }
}
