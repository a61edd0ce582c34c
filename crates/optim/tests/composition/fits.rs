//! What can be composed with what: boxes like what is in them, and refusals where it would mean nothing.

use crate::methods::bits;
use crate::model::{gradient, model};
use crate::transforms::{close, norm, quartic};
use gradus_optim::line_search::{Lbfgs, LineSearchSgd};
use gradus_optim::schedule::{Constant, ReduceOnPlateau};
use gradus_optim::{
    Accumulate, AnyOptimizer, ClipNorm, Ema, Groups, Lookahead, Momo, OptimError, Rule, Sam,
    ScheduleFreeAdamW, ScheduleFreeSgd, Sgd, StochasticPolyak, Transform,
};
use gradus_tensor::Params;

/// A rule that is chosen at run time is composed like one that is known, also where it has transforms already.
#[test]
fn boxes_are_composed_like_what_is_in_them() {
    let sgd =
        || Sgd { learning_rate: 0.1, momentum: 0.9, ..Sgd::default() }.optimizer(&model::<f64>()).unwrap();
    let mut known = sgd().with(Accumulate::over(2)).unwrap().with(Ema::default()).unwrap();
    let boxed: Box<dyn AnyOptimizer<f64>> = Box::new(sgd());
    let boxed: Box<dyn AnyOptimizer<f64>> = Box::new(boxed.with(Accumulate::over(2)).unwrap());
    let mut unknown = boxed.scheduled(Constant { factor: 1.0 }).unwrap().with(Ema::default()).unwrap();
    assert_eq!(unknown.transforms().collect::<Vec<_>>(), ["accumulate", "ema"]);
    let (mut params, mut expected) = (model::<f64>(), model::<f64>());
    for step in 0..6 {
        let gradient = gradient(&params, step);
        unknown.step_params(&mut params, &gradient).unwrap();
        known.step_params(&mut expected, &gradient).unwrap();
        assert_eq!(bits(params.as_slice()), bits(expected.as_slice()));
    }
    assert_eq!(unknown.average(), known.average());
    unknown.swap_average(&mut params).unwrap();
    let error = unknown.step(params.as_mut_slice(), &[0.0; 89]).unwrap_err();
    assert!(matches!(error, OptimError::Swapped { rule: "sgd" }), "{error}");

    // A search in a box evaluates as often as it needs to.
    let mut params = model::<f64>();
    let mut boxed: Box<dyn AnyOptimizer<f64>> = Box::new(Lbfgs::default().optimizer(&params).unwrap());
    let mut calls = 0;
    let mut function = |x: &Params<f64>, gradient: &mut [f64]| {
        calls += 1;
        quartic(x, gradient)
    };
    AnyOptimizer::step_with(&mut boxed, &mut params, &mut function).unwrap();
    assert!(calls > 2, "{calls}");
}

#[test]
fn what_does_not_fit_is_refused() {
    fn refusal(optimizer: impl AnyOptimizer<f64> + 'static, transform: impl Transform<f64>) -> String {
        optimizer.with(transform).expect_err("refused").to_string()
    }
    let params = model::<f64>();
    let groups = Groups::new().group("*.bias", ScheduleFreeSgd::default()).rest(Sgd::default());
    let point = "the step needs the loss and the gradient of the same function at the same point";
    let undone =
        "the rule sets the parameters from points of its own, and would undo what the transform does";
    let search = "a search needs the function, its gradient and the parameters as they are";
    let lookahead = Lookahead::default();
    let rows = [
        (
            refusal(StochasticPolyak::default().optimizer(&params).unwrap(), Sam::default()),
            format!("stochastic_polyak cannot be composed with sam: {point}"),
        ),
        (
            refusal(Momo::default().optimizer(&params).unwrap(), Sam::default()),
            format!("momo cannot be composed with sam: {point}"),
        ),
        (
            refusal(ScheduleFreeSgd::default().optimizer(&params).unwrap(), lookahead),
            format!("schedule_free_sgd cannot be composed with lookahead: {undone}"),
        ),
        (
            refusal(ScheduleFreeAdamW::default().optimizer(&params).unwrap(), lookahead),
            format!("schedule_free_adamw cannot be composed with lookahead: {undone}"),
        ),
        (
            refusal(groups.optimizer(&params).unwrap(), lookahead),
            format!("groups cannot be composed with lookahead: {undone}"),
        ),
        (
            refusal(Lbfgs::default().optimizer(&params).unwrap(), Ema::default()),
            format!("lbfgs cannot be composed with ema: {search}"),
        ),
        (
            refusal(LineSearchSgd::default().optimizer(&params).unwrap(), ClipNorm::global(1.0)),
            format!("line_search_sgd cannot be composed with clip_norm: {search}"),
        ),
    ];
    for (found, expected) in rows {
        assert_eq!(found, expected);
    }
    let line_search = || LineSearchSgd::default().optimizer(&params).unwrap();
    let text = "line_search_sgd cannot be composed with schedule: its steps are what the search finds, not a learning \
                rate";
    let error = line_search().scheduled(Constant { factor: 0.5 }).unwrap_err();
    assert_eq!(error.to_string(), text);
    let error = line_search().reduce_on_plateau(ReduceOnPlateau::default()).unwrap_err();
    assert_eq!(error.to_string(), text);
    let error = line_search().set_learning_rate(0.5).unwrap_err().to_string();
    assert!(error.starts_with("line_search_sgd: learning_rate = 0.5, allowed: none"), "{error}");
}

/// Each group has its own worst neighbour: that of a group that ascends lies downhill.
#[test]
fn sam_turns_with_the_groups() {
    let mut params = model::<f64>();
    let sgd = Sgd { learning_rate: 0.1, ..Sgd::default() };
    let mut optimizer = Groups::new()
        .frozen("embedding.*")
        .group("*.bias", Sgd { maximize: true, ..sgd })
        .rest(sgd)
        .optimizer(&params)
        .unwrap()
        .with(Sam { rho: 0.5 })
        .unwrap();
    let mut signs = vec![1.0; params.len()];
    for id in params.ids() {
        let sign = match params.name(id) {
            "embedding.weight" => 0.0,
            name if name.ends_with("bias") => -1.0,
            _ => 1.0,
        };
        signs[params.range(id)].fill(sign);
    }
    let x = params.as_slice().to_vec();
    let moved: Vec<f64> = x.iter().zip(&signs).map(|(x, sign)| sign * x.powi(3)).collect();
    let size = norm(&moved) + 1e-12;
    let expected: Vec<f64> =
        (0..x.len()).map(|i| x[i] - 0.1 * signs[i] * (x[i] + 0.5 * moved[i] / size).powi(3)).collect();
    optimizer.step_with(&mut params, &mut quartic).unwrap();
    close(params.as_slice(), &expected);
}
