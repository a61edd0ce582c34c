//! Files that are not the state of this optimizer, and that a refusal changes nothing.

use std::io::Cursor;

use crate::methods::bits;
use crate::model::{gradient, loss, model};
use crate::state::{Folder, composed};
use gradus_optim::schedule::{Constant, Exponential, Finite, Goal, ReduceOnPlateau, Schedule};
use gradus_optim::{
    AdaGradNorm, Adam, AdamW, AnyOptimizer, Ema, Groups, Layout, Optimizer, Rule, Sgd, StateError,
};
use gradus_tensor::io::{AnyTensor, NamedTensors};
use gradus_tensor::{Params, Tensor};

fn stepped(mut optimizer: Box<dyn AnyOptimizer<f64>>) -> Box<dyn AnyOptimizer<f64>> {
    let mut params = model::<f64>();
    for step in 0..3 {
        let gradient = gradient(&params, step);
        optimizer.step_params(&mut params, &gradient).expect("the gradient is finite");
    }
    optimizer
}

fn adam() -> Box<dyn AnyOptimizer<f64>> {
    Box::new(Adam::default().optimizer(&model::<f64>()).expect("legal"))
}

/// The tensors of a state, changed: without some names, with others, with other texts.
fn changed(
    state: &NamedTensors,
    without: &str,
    with: Option<(&str, AnyTensor)>,
    text: Option<(&str, &str)>,
) -> NamedTensors {
    let mut copy = NamedTensors::new();
    for (name, tensor) in state.iter().filter(|(name, _)| *name != without) {
        copy.insert(name, tensor.clone()).expect("unique");
    }
    if let Some((name, tensor)) = with {
        copy.insert(name, tensor).expect("unique");
    }
    *copy.metadata_mut() = state.metadata().clone();
    if let Some((key, text)) = text {
        copy.metadata_mut().insert(key.to_owned(), text.to_owned());
    }
    copy
}

#[test]
fn state_of_something_else_is_refused_by_name() {
    let state = stepped(adam()).state_tensors().unwrap();
    let name = "exp_avg/encoder.0.weight";
    let no_text = NamedTensors::new();
    let counts = |counts: &str| changed(&state, "", None, Some(("counts", counts)));
    let rows = [
        (no_text, "optimizer state: gradus_optimizer is missing, 2 expected"),
        (
            changed(&state, "", None, Some(("gradus_optimizer", "7"))),
            "optimizer state: gradus_optimizer is \"7\", 2 expected",
        ),
        (
            changed(&state, name, None, None),
            "optimizer state: exp_avg/encoder.0.weight is not in the file, which has: exp_avg/embedding.weight, \
             exp_avg/encoder.0.bias, exp_avg/decoder.weight, exp_avg/decoder.bias, exp_avg_sq/embedding.weight, \
             exp_avg_sq/encoder.0.weight, exp_avg_sq/encoder.0.bias, exp_avg_sq/decoder.weight, …",
        ),
        (
            changed(&state, "", Some(("exp_avg/extra", Tensor::<f64>::zeros([2]).into())), None),
            "optimizer state: exp_avg/extra is in the file, but not in the optimizer",
        ),
        (
            changed(&state, name, Some((name, Tensor::<f64>::zeros([4, 10]).into())), None),
            "optimizer state: exp_avg/encoder.0.weight: shape [4, 10] in the file, [10, 4] in the optimizer",
        ),
        (
            changed(&state, name, Some((name, Tensor::<f32>::zeros([10, 4]).into())), None),
            "\"exp_avg/encoder.0.weight\": dtype float32 found, float64 expected; nothing is converted silently \
             (`get_as` and `AnyTensor` convert)",
        ),
        (counts(r#"{"steps": 3}"#), "optimizer state: skipped is not in the file, which has: steps"),
        (
            counts(r#"{"steps": 3, "skipped": -1}"#),
            "optimizer state: counts is skipped = -1 (invalid value: integer `-1`, expected u64), what the optimizer \
             counts expected",
        ),
        (
            counts(r#"{"steps": 3, "skipped": 0, "jumped": 2}"#),
            "optimizer state: jumped is in the file, but not in the optimizer",
        ),
    ];
    for (tensors, expected) in rows {
        let mut optimizer = adam();
        assert_eq!(optimizer.set_state_tensors(&tensors).unwrap_err().to_string(), expected);
        assert_eq!(optimizer.state_tensors().unwrap(), adam().state_tensors().unwrap(), "{expected}");
    }
    let error = adam().set_state_tensors(&counts("{")).unwrap_err().to_string();
    assert!(error.starts_with("optimizer state: counts is EOF while parsing"), "{error}");
}

#[test]
fn state_of_other_settings_is_refused_by_name() {
    let params = model::<f64>();
    let state = stepped(adam()).state_tensors().unwrap();
    let boxed = |rule: Adam| -> Box<dyn AnyOptimizer<f64>> { Box::new(rule.optimizer(&params).unwrap()) };
    let adam = Adam::default();
    let groups = Groups::new().group("*.bias", Sgd::default()).rest(adam).optimizer(&params).unwrap();
    let rows: [(Box<dyn AnyOptimizer<f64>>, &str); 6] = [
        (
            Box::new(Sgd::default().optimizer(&params).unwrap()),
            "optimizer state: rule: \"adam\" in the file, \"sgd\" in the optimizer",
        ),
        (
            boxed(Adam { learning_rate: 0.5, ..adam }),
            "optimizer state: settings.learning_rate: 0.001 in the file, 0.5 in the optimizer",
        ),
        (
            boxed(Adam { betas: (0.9, 0.99), ..adam }),
            "optimizer state: settings.betas[1]: 0.999 in the file, 0.99 in the optimizer",
        ),
        (
            boxed(Adam { weight_decay: gradus_optim::WeightDecay::L2(0.1), ..adam }),
            "optimizer state: settings.weight_decay: \"none\" in the file, {\"l2\":0.1} in the optimizer",
        ),
        (
            Box::new(adam.optimizer(&params).unwrap().with(Ema::default()).unwrap()),
            "optimizer state: optimizer: nothing in the file, {\"rule\":\"adam\",\"schedules\":[],\"settings\":\
             {\"betas\":[0.9,0.999],\"bias_correction\":true,\"eps\":1e-8,\"epsilon\":\"outside_root\",\
             \"learning_rate\":0.001,\"maximize\":false,\"weight_decay\":\"none\"}} in the optimizer",
        ),
        (Box::new(groups), "optimizer state: frozen: nothing in the file, [] in the optimizer"),
    ];
    for (mut optimizer, expected) in rows {
        let before = optimizer.state_tensors().unwrap();
        assert_eq!(optimizer.set_state_tensors(&state).unwrap_err().to_string(), expected);
        assert_eq!(optimizer.state_tensors().unwrap(), before);
    }
}

/// The optimizer of a rule for a model.
type Build = fn(&Params<f64>) -> Box<dyn AnyOptimizer<f64>>;

/// Also where no part of the state has a path or the shape of a parameter.
#[test]
fn state_of_another_model_is_refused_by_parameter() {
    let params = model::<f64>();
    let rules: [Build; 4] = [
        |params| Box::new(Adam::default().optimizer(params).unwrap()),
        |params| Box::new(Sgd::default().optimizer(params).unwrap()),
        |params| Box::new(AdaGradNorm::default().optimizer(params).unwrap()),
        |params| Box::new(Groups::new().rest(AdaGradNorm::default()).optimizer(params).unwrap()),
    ];
    let (mut renamed, mut reshaped, mut longer) = (Params::<f64>::new(), Params::new(), params.clone());
    for (path, shape, _) in params.layout().iter() {
        let last = path == "decoder.bias";
        renamed.add(if last { "decoder.shift" } else { path }, &Tensor::zeros(shape)).unwrap();
        reshaped.add(path, &if last { Tensor::zeros([1]) } else { Tensor::zeros(shape) }).unwrap();
    }
    longer.add("head", &Tensor::zeros([3])).unwrap();
    let found = "optimizer state: of another model: parameter 5 is decoder.bias of shape [] in the file, ";
    let rows = [
        (renamed, format!("{found}decoder.shift of shape [] in the optimizer")),
        (reshaped, format!("{found}decoder.bias of shape [1] in the optimizer")),
        (
            longer,
            "optimizer state: of another model: parameter 6 is no parameter in the file, head of shape [3] in the \
             optimizer"
                .to_owned(),
        ),
    ];
    for rule in rules {
        let state = stepped(rule(&params)).state_tensors().unwrap();
        for (other, expected) in &rows {
            let mut optimizer = rule(other);
            let before = optimizer.state_tensors().unwrap();
            let error = optimizer.set_state_tensors(&state).unwrap_err();
            assert_eq!(error.to_string(), *expected);
            assert!(matches!(error, StateError::Model { .. }));
            assert_eq!(optimizer.state_tensors().unwrap(), before);
        }
        let malformed = changed(&state, "", None, Some(("layout", r#"[{"path": "x"}]"#)));
        let error = rule(&params).set_state_tensors(&malformed).unwrap_err().to_string();
        assert!(error.starts_with("optimizer state: layout is missing field `shape`"), "{error}");
    }
}

#[test]
fn counts_that_no_run_reaches_are_refused() {
    let params = model::<f64>();
    let settings = ReduceOnPlateau { factor: 0.5, patience: 2, ..ReduceOnPlateau::default() };
    let sgd = || Sgd::default().optimizer(&params).unwrap().reduce_on_plateau(settings).unwrap();
    let averaged: Box<dyn AnyOptimizer<f64>> = Box::new(sgd().with(Ema::default()).unwrap());
    let clipped: Box<dyn AnyOptimizer<f64>> =
        Box::new(sgd().with(gradus_optim::ClipNorm::global(1.0)).unwrap());
    let rows = [
        (
            &averaged,
            "steps",
            "18446744073709551615",
            "counts is steps = 18446744073709551615, at most 2^53 expected",
        ),
        (&averaged, "ema.calls", "9007199254740993", "ema.calls = 9007199254740993, at most 2^53 expected"),
        (&averaged, "steps", "null", "steps = null"),
        (&averaged, "steps", "1.5", "steps = 1.5"),
        (&averaged, "swapped", "2", "counts is swapped = 2, 0 or 1 expected"),
        (&clipped, "swapped", "1", "counts is swapped = 1, 0 without an average expected"),
        (
            &averaged,
            "plateau.0.factor",
            "0.0",
            "factor = 0, allowed: above 0, at least `floor` and at most 1",
        ),
        (&averaged, "plateau.0.factor", "-0.5", "factor = -0.5"),
        (&averaged, "plateau.0.factor", "1.5", "factor = 1.5"),
        (&averaged, "plateau.0.factor", "null", "plateau.0 = "),
        (&averaged, "plateau.0.bad", "3", "bad = 3, allowed: at most `patience`"),
        (&averaged, "plateau.0.bad", "-1", "plateau.0 = "),
        (&averaged, "plateau.0.cooling", "1", "cooling = 1, allowed: at most `cooldown`"),
        (&averaged, "plateau.0.best", "\"nan\"", "plateau.0 = "),
        (&averaged, "plateau.0.settings.factor", "-1.0", "reduce_on_plateau: factor = -1"),
        (
            &averaged,
            "plateau.0.settings.patience",
            "7",
            "plateau.0.settings.patience: 7 in the file, 2 in the optimizer",
        ),
    ];
    for (optimizer, name, value, expected) in rows {
        let state = stepped((*optimizer).clone()).state_tensors().unwrap();
        let mut counts: serde_json::Value = serde_json::from_str(&state.metadata()["counts"]).unwrap();
        let entry = match name.strip_prefix("plateau.0.") {
            None => &mut counts[name],
            Some(rest) => rest.split('.').fold(&mut counts["plateau.0"], |value, key| &mut value[key]),
        };
        assert!(*entry == serde_json::Value::Null || !entry.is_object(), "{name} is a count");
        *entry = serde_json::from_str(value).unwrap();
        let hostile = changed(&state, "", None, Some(("counts", &counts.to_string())));
        let mut copy = (*optimizer).clone();
        let error = copy.set_state_tensors(&hostile).unwrap_err().to_string();
        assert!(error.contains(expected), "{name} = {value}: {error}");
        assert_eq!(copy.state_tensors().unwrap(), optimizer.state_tensors().unwrap());
    }
}

/// A tensor of a state in which one element is another one.
fn with_element(state: &NamedTensors, name: &str, index: usize, value: f64) -> NamedTensors {
    let mut tensor = state.get::<f64>(name).expect("a tensor of this name");
    tensor.make_mut()[index] = value;
    changed(state, name, Some((name, tensor.into())), None)
}

#[test]
fn values_that_no_run_makes_are_refused() {
    let state = stepped(adam()).state_tensors().unwrap();
    let (first, second) = ("exp_avg/encoder.0.weight", "exp_avg_sq/decoder.weight");
    let at = |name, index, value, expected: &str| {
        let shape = if name == first { "[10, 4]" } else { "[2, 3, 5]" };
        let text =
            format!("optimizer state: {name}: element {index} of shape {shape} is {value}, {expected}");
        (with_element(&state, name, index, value), text)
    };
    let scalars = |text: &str| changed(&state, "", None, Some(("scalars", text)));
    let finite = "a finite number expected";
    let non_negative = "a finite number, at least 0, expected";
    let rows = [
        at(first, 6, f64::NAN, finite),
        at(first, 0, f64::NEG_INFINITY, finite),
        at(second, 29, -0.5, non_negative),
        at(second, 3, f64::INFINITY, non_negative),
        (scalars("{}"), "optimizer state: learning_rate is not in the file, which has: ".to_owned()),
        (
            scalars(r#"{"learning_rate": -0.5}"#),
            "optimizer state: scalars is learning_rate = -0.5 (adam: learning_rate = -0.5, allowed: finite and at \
             least 0), a learning rate that the rule allows expected"
                .to_owned(),
        ),
        (
            scalars(r#"{"learning_rate": 0.5, "d": 1}"#),
            "optimizer state: d is in the file, but not in the optimizer".to_owned(),
        ),
    ];
    for (tensors, expected) in rows {
        let mut optimizer = adam();
        assert_eq!(optimizer.set_state_tensors(&tensors).unwrap_err().to_string(), expected);
        assert_eq!(optimizer.state_tensors().unwrap(), adam().state_tensors().unwrap(), "{expected}");
    }
}

/// Scalars, and the pairs of L-BFGS.
#[test]
fn state_of_loss_rules_and_searches_is_checked() {
    let layout = Layout::from(&model::<f64>());
    let row = |name: &str| {
        let (_, mut optimizer) = composed::<f64>(&layout).into_iter().find(|(own, _)| *own == name).unwrap();
        let mut params = model::<f64>();
        for step in 0..3 {
            let function = &mut |x: &Params<f64>, out: &mut [f64]| {
                out.copy_from_slice(gradient(x, step).as_slice());
                loss(x, step)
            };
            optimizer.step_with(&mut params, function).unwrap();
        }
        optimizer
    };
    let polyak = row("stochastic_polyak").state_tensors().unwrap();
    let negative = changed(&polyak, "", None, Some(("scalars", r#"{"learning_rate": 1, "step_size": -1}"#)));
    let error = row("stochastic_polyak").set_state_tensors(&negative).unwrap_err();
    assert_eq!(
        error.to_string(),
        "optimizer state: scalars is step_size = -1, a finite number, at least 0, expected"
    );
    let lbfgs = row("lbfgs").state_tensors().unwrap();
    assert_eq!(lbfgs.names().collect::<Vec<_>>(), ["last", "pairs"]);
    let pairs = lbfgs.get::<f64>("pairs").unwrap();
    assert_eq!(pairs.shape()[1..], [2, 89]);
    let flat = Tensor::<f64>::zeros([1, 2, 89]);
    let many = Tensor::<f64>::zeros([9, 2, 89]);
    let rows = [
        (
            changed(&lbfgs, "pairs", Some(("pairs", flat.into())), None),
            "optimizer state: pairs: element 0 of shape [1, 2, 89] is 0, the start of a pair with curvature above \
             1e-10 expected",
        ),
        (
            changed(&lbfgs, "pairs", Some(("pairs", many.into())), None),
            "optimizer state: pairs: shape [9, 2, 89] in the file, [4, 2, 89] in the optimizer",
        ),
        (
            with_element(&lbfgs, "last", 5, f64::NAN),
            "optimizer state: last: element 5 of shape [1, 2, 89] is NaN, a finite number expected",
        ),
        (changed(&lbfgs, "last", None, None), "optimizer state: last is not in the file, which has: pairs"),
    ];
    for (tensors, expected) in rows {
        let mut optimizer = row("lbfgs");
        assert_eq!(optimizer.set_state_tensors(&tensors).unwrap_err().to_string(), expected);
        assert_eq!(optimizer.state_tensors().unwrap(), lbfgs, "{expected}");
    }
}

#[test]
fn schedules_with_the_same_sentence_are_told_apart() {
    let (a, b) = (Constant { factor: 0.5 }.until(2), Exponential { gamma: 0.5 });
    let params = model::<f64>();
    let sgd = || -> Optimizer<f64, Sgd> { Sgd::default().optimizer(&params).unwrap() };
    let (whole, part) = (a.then(b).until(4), a.then(b.until(4)));
    assert_ne!(whole.at(5), part.at(5));
    let state = sgd().scheduled(whole).unwrap().state_tensors().unwrap();
    sgd().scheduled(whole).unwrap().set_state_tensors(&state).unwrap();
    let error = sgd().scheduled(part).unwrap().set_state_tensors(&state).unwrap_err();
    assert!(matches!(&error, StateError::Settings { at, .. } if at == "schedules[0]"), "{error}");
}

#[test]
fn a_plateau_at_infinity_is_read_as_it_was() {
    let params = model::<f64>();
    for (goal, best) in [(Goal::Maximise, f64::INFINITY), (Goal::Minimise, f64::NEG_INFINITY)] {
        let settings = ReduceOnPlateau { goal, patience: 0, factor: 0.5, ..ReduceOnPlateau::default() };
        let build = || {
            Sgd { learning_rate: 1.0, ..Sgd::default() }
                .optimizer(&params)
                .unwrap()
                .reduce_on_plateau(settings)
        };
        let (mut whole, mut read): (Optimizer<f64, Sgd>, _) = (build().unwrap(), build().unwrap());
        whole.observe(1.0);
        whole.observe(best);
        read.set_state_tensors(&whole.state_tensors().unwrap()).unwrap();
        assert_eq!(read.state_tensors().unwrap(), whole.state_tensors().unwrap());
        for optimizer in [&mut whole, &mut read] {
            optimizer.observe(1.0);
            assert_eq!(optimizer.learning_rate(), 0.5, "nothing is better than {best}");
        }
    }
}

#[test]
fn files_are_replaced_as_a_whole() {
    let folder = Folder::new("files");
    let path = folder.file("state.safetensors");
    let error = adam().load(&path).unwrap_err().to_string();
    assert!(error.contains("state.safetensors"), "{error}");
    adam().save(&path).unwrap();
    let later = stepped(adam());
    later.save(&path).unwrap();
    let mut read = adam();
    read.load(&path).unwrap();
    assert_eq!(read.state_tensors().unwrap(), later.state_tensors().unwrap());
    let kept = std::fs::read(&path).unwrap();
    // Half a file.
    let mut torn = adam();
    let half = NamedTensors::read_safetensors_from(Cursor::new(&kept[..kept.len() / 2]));
    assert!(half.is_err());
    std::fs::write(&path, &kept[..kept.len() / 2]).unwrap();
    torn.load(&path).unwrap_err();
    assert_eq!(torn.state_tensors().unwrap(), adam().state_tensors().unwrap());
    assert!(adam().save(&folder.file("no/such/folder")).is_err());
    let names: Vec<_> =
        std::fs::read_dir(path.parent().unwrap()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["state.safetensors"], "nothing is left behind");
}

#[test]
fn names_in_files_are_slots_and_paths() {
    let params = model::<f64>();
    let layout = Layout::from(&params);
    let names = |name: &str| -> Vec<String> {
        let row = composed::<f64>(&layout).into_iter().find(|(own, _)| *own == name).unwrap();
        row.1.state_tensors().unwrap().names().map(str::to_owned).collect()
    };
    assert_eq!(
        names("groups"),
        [
            "exp_avg/encoder.0.weight",
            "exp_avg/decoder.weight",
            "exp_avg_sq/encoder.0.weight",
            "exp_avg_sq/decoder.weight"
        ]
    );
    assert_eq!(names("ema")[0], "momentum_buffer/embedding.weight");
    assert_eq!(names("ema")[5], "ema.average/embedding.weight");
    let bare: Box<dyn AnyOptimizer<f64>> = Box::new(AdamW::default().optimizer(3).unwrap());
    let tensors = bare.state_tensors().unwrap();
    assert_eq!(tensors.names().collect::<Vec<_>>(), ["exp_avg", "exp_avg_sq"]);
    assert_eq!(tensors.metadata()["counts"], r#"{"skipped":0,"steps":0}"#);
    assert_eq!(tensors.metadata()["scalars"], r#"{"learning_rate":0.001}"#);
    let groups = composed::<f64>(&layout).into_iter().find(|(own, _)| *own == "groups").unwrap();
    assert_eq!(
        groups.1.state_tensors().unwrap().metadata()["scalars"],
        r#"{"learning_rate/*.bias":0.01,"learning_rate/rest":0.1,"sum/*.bias":0.0}"#
    );
    assert_eq!(bits(&tensors.get::<f64>("exp_avg").unwrap().to_vec()), [0; 3]);
}
