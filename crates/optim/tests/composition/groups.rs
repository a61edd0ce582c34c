//! Groups of parameters by patterns of their paths.

use crate::methods::bits;
use crate::model::{gradient, model};
use gradus_optim::schedule::{Constant, Exponential};
use gradus_optim::{
    AdaGradNorm, Adam, AdamW, AnyOptimizer, Groups, Momo, OptimError, Rule, Sgd, Trace, WeightDecay,
};
use gradus_tensor::{Params, Tensor};

const FINITE: &str = "the gradient is finite";

fn range(params: &Params<f64>, path: &str) -> std::ops::Range<usize> {
    params.range(params.id(path).expect("a path of the model"))
}

/// The coordinates of these parameters, one behind the other.
fn packed(params: &Params<f64>, paths: &[&str]) -> Vec<f64> {
    paths.iter().flat_map(|path| params.as_slice()[range(params, path)].to_vec()).collect()
}

/// Each group moves as an optimizer of its own on the packed coordinates of its parameters, also the rules that use
/// norms of the whole gradient, weight decay, and vectors that are not neighbours in the slab.
#[test]
fn groups_move_as_if_they_were_alone() {
    let mut params = model::<f64>();
    let adamw = AdamW { learning_rate: 0.05, ..AdamW::default() };
    let norm =
        AdaGradNorm { learning_rate: 0.5, weight_decay: WeightDecay::L2(0.1), ..AdaGradNorm::default() };
    let sgd = Sgd { learning_rate: 0.1, momentum: 0.9, ..Sgd::default() };
    let mut optimizer = Groups::new()
        .group("*.bias", norm)
        .scheduled_group("encoder.*.weight", sgd, Exponential { gamma: 0.5 })
        .rest(adamw)
        .optimizer(&params)
        .expect("every parameter is in one group");
    let parts: [(&str, &[&str]); 3] = [
        ("*.bias", &["encoder.0.bias", "decoder.bias"]),
        ("encoder.*.weight", &["encoder.0.weight"]),
        ("rest", &["embedding.weight", "decoder.weight"]),
    ];
    let mut alone: Vec<Box<dyn AnyOptimizer<f64>>> = vec![
        Box::new(norm.optimizer(5).expect("legal")),
        Box::new(sgd.optimizer(40).expect("legal").scheduled(Exponential { gamma: 0.5 }).expect("legal")),
        Box::new(adamw.optimizer(14 + 30).expect("legal")),
    ];
    let mut points: Vec<Vec<f64>> = parts.iter().map(|(_, paths)| packed(&params, paths)).collect();
    for step in 0..6 {
        let gradient = gradient(&params, step);
        for ((optimizer, x), (_, paths)) in alone.iter_mut().zip(&mut points).zip(parts) {
            optimizer.step(x, &packed(&gradient, paths)).expect(FINITE);
        }
        optimizer.step_params(&mut params, &gradient).expect(FINITE);
        for (x, (label, paths)) in points.iter().zip(parts) {
            assert_eq!(bits(x), bits(&packed(&params, paths)), "{label}, step {step}");
        }
    }
    for (alone, (label, _)) in alone.iter().zip(parts) {
        let group = optimizer.group(label).expect("a label");
        assert_eq!((group.name(), group.steps()), (alone.name(), 6));
        assert_eq!(group.learning_rate(), alone.learning_rate());
        for name in alone.state_names() {
            assert_eq!(group.state(name), alone.state(name), "{label}: {name}");
        }
    }
    assert_eq!(optimizer.steps(), 6);
}

#[test]
fn frozen_parameters_stay_and_their_gradients_are_not_looked_at() {
    let mut params = model::<f64>();
    let before = params.clone();
    let mut optimizer = Groups::new()
        .frozen(["embedding.*", "decoder.bias"])
        .rest(Adam { learning_rate: 0.1, ..Adam::default() })
        .optimizer(&params)
        .unwrap();
    let mut first = gradient(&params, 0);
    let frozen = [range(&params, "embedding.weight"), range(&params, "decoder.bias")];
    for range in &frozen {
        first.as_mut_slice()[range.clone()].fill(f64::NAN);
    }
    optimizer.step_params(&mut params, &first).unwrap();
    for range in frozen {
        assert_eq!(params.as_slice()[range.clone()], before.as_slice()[range]);
    }
    let moved = range(&params, "encoder.0.bias");
    assert_ne!(params.as_slice()[moved.clone()], before.as_slice()[moved]);
    assert_eq!(optimizer.frozen(), ["embedding.*,decoder.bias"]);
}

#[test]
fn one_bad_gradient_stops_all_groups() {
    let mut params = model::<f64>();
    let mut optimizer =
        Groups::new().group("*.bias", Sgd::default()).rest(Adam::default()).optimizer(&params).unwrap();
    let mut bad = gradient(&params, 0);
    let index = range(&params, "decoder.weight").start + 7;
    bad.as_mut_slice()[index] = f64::INFINITY;
    let before = params.clone();
    let error = optimizer.step_params(&mut params, &bad).unwrap_err();
    assert_eq!(
        error.to_string(),
        "groups: step 1: gradient of decoder.weight, element 7 of shape [2, 3, 5], is inf"
    );
    assert_eq!(params, before);
    assert!(optimizer.groups().all(|(_, group)| group.steps() == 0));
    let mut skipping = Groups::new().rest(Adam::default()).optimizer(&params).unwrap().skip_non_finite();
    skipping.step_params(&mut params, &bad).unwrap();
    assert_eq!((params, skipping.skipped(), skipping.steps()), (before, 1, 0));
}

#[test]
fn groups_that_are_wrong_are_named() {
    let params = model::<f64>();
    let sgd = Sgd::default();
    let refusal = |groups: Groups<f64>| groups.optimizer(&params).unwrap_err().to_string();
    let rows = [
        (
            refusal(Groups::new().group("*.biass", sgd).rest(sgd)),
            "groups: \"*.biass\" matches no parameter; there are: embedding.weight, encoder.0.weight, \
             encoder.0.bias, decoder.weight, decoder.bias",
        ),
        (
            refusal(Groups::new().group("*.bias", sgd).group(["embedding.*", "encoder.*"], sgd).rest(sgd)),
            "groups: encoder.0.bias is matched by \"*.bias\" and by \"encoder.*\"; make one of them narrower",
        ),
        (
            refusal(Groups::new().group("*.weight", sgd)),
            "groups: in no group: encoder.0.bias, decoder.bias; add a pattern that matches them, or `rest(rule)`, \
             or `frozen(pattern)`",
        ),
        (
            refusal(Groups::new().group("*", sgd).rest(sgd)),
            "groups: nothing is left for `rest`: the other groups match every parameter",
        ),
        (
            refusal(Groups::new().rest(Sgd { learning_rate: -1.0, ..sgd })),
            "groups: rest: sgd: learning_rate = -1, allowed: finite and at least 0",
        ),
        (
            refusal(Groups::new().scheduled_group("*.bias", sgd, Constant { factor: -1.0 }).rest(sgd)),
            "groups: *.bias: constant: factor = -1, allowed: finite and at least 0",
        ),
        (
            refusal(Groups::new().rest(sgd).group("*.bias", sgd).rest(sgd)),
            "groups: `rest` is given twice; there can be one rule for what no pattern matches",
        ),
        (
            refusal(Groups::new().group("*.bias", sgd).frozen([]).rest(sgd)),
            "groups: group 2 has no patterns; name its parameters, or leave it out",
        ),
        (
            refusal(Groups::new().group("*.bias", sgd).rest(Momo::default())),
            "groups: rest: momo needs the loss as a function of the parameters that it moves; it can be the rule of \
             the only group",
        ),
        (
            Groups::<f64>::new().rest(sgd).optimizer(3).unwrap_err().to_string(),
            "groups: patterns match the paths of parameters; build the optimizer for `&params`, not for a length",
        ),
    ];
    for (found, expected) in rows {
        assert_eq!(found, expected);
    }
    let mut named = params.clone();
    named.add("rest", &Tensor::zeros([2])).unwrap();
    assert_eq!(
        Groups::<f64>::new().group("rest", sgd).rest(sgd).optimizer(&named).unwrap_err().to_string(),
        "groups: two groups have the label \"rest\"; write the pattern of one of them in another way"
    );
    Groups::<f64>::new().group("res?", sgd).rest(sgd).optimizer(&named).unwrap();
    Groups::<f64>::new().frozen("*.bias").rest(Momo::default()).optimizer(&params).unwrap();
}

#[test]
fn learning_rates_of_groups_can_be_set_together_and_apart() {
    let params = model::<f64>();
    let mut optimizer = Groups::new()
        .scheduled_group("*.bias", Sgd::default(), Constant { factor: 0.5 })
        .rest(Adam::default())
        .optimizer(&params)
        .unwrap();
    optimizer.set_learning_rate(0.25).unwrap();
    let rates = |optimizer: &gradus_optim::Grouped<f64>| -> Vec<f64> {
        optimizer.groups().map(|(_, group)| group.learning_rate()).collect()
    };
    assert_eq!(rates(&optimizer), [0.125, 0.25]);
    let error = optimizer.set_learning_rate(-1.0).unwrap_err();
    assert_eq!(error.to_string(), "groups: *.bias: sgd: learning_rate = -1, allowed: finite and at least 0");
    assert_eq!(rates(&optimizer), [0.125, 0.25]);
    optimizer.set_group_learning_rate("rest", 1.0).unwrap();
    assert_eq!(rates(&optimizer), [0.125, 1.0]);
    let error = optimizer.set_group_learning_rate("bias", 1.0).unwrap_err();
    assert_eq!(error.to_string(), "groups: no group \"bias\"; there are: *.bias, rest");
    assert!(matches!(error, OptimError::UnknownGroup { .. }));
}

#[test]
fn a_trace_of_groups_says_what_each_did() {
    let mut params = model::<f64>();
    let mut optimizer = Groups::new()
        .group("*.bias", AdamW { weight_decay: WeightDecay::Decoupled(0.5), ..AdamW::default() })
        .group("decoder.weight", Sgd::default())
        .frozen("embedding.*")
        .rest(AdamW::default())
        .optimizer(&params)
        .unwrap();
    // Left from somewhere else.
    let mut trace = Trace { effective_step: vec![9.0; 89], direction: vec![9.0; 89], shrink: vec![9.0; 89] };
    for step in 0..3 {
        let (before, gradient) = (params.clone(), gradient(&params, step));
        optimizer.step_traced(params.as_mut_slice(), gradient.as_slice(), &mut trace).unwrap();
        let moved: Vec<f64> = (0..params.len())
            .map(|i| trace.shrink[i] * before.as_slice()[i] - trace.effective_step[i] * trace.direction[i])
            .collect();
        assert_eq!(bits(&moved), bits(params.as_slice()));
    }
}
