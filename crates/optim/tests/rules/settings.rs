//! Hyper-parameters as data, and the names that checkpoints and reports rely on.

use std::collections::BTreeSet;

use crate::methods::all;
use gradus_optim::{Accumulator, AdaGrad, Adam, AmsGrad, Epsilon, Maximum, Sgd};

#[test]
fn settings_are_written_in_snake_case_and_read_back() {
    let adam = Adam { epsilon: Epsilon::Hat, ..Adam::default() };
    let text = serde_json::to_string(&adam).unwrap();
    assert_eq!(
        text,
        r#"{"learning_rate":0.001,"betas":[0.9,0.999],"eps":1e-8,"epsilon":"hat","bias_correction":true}"#
    );
    assert_eq!(serde_json::from_str::<Adam>(&text).unwrap(), adam);
    let amsgrad: AmsGrad = serde_json::from_str(r#"{"maximum": "of_corrected"}"#).unwrap();
    assert_eq!(amsgrad, AmsGrad { maximum: Maximum::OfCorrected, ..AmsGrad::default() });
    let adagrad: AdaGrad =
        serde_json::from_str(r#"{"epsilon": "inside_root", "accumulator": "delayed"}"#).unwrap();
    assert_eq!((adagrad.epsilon, adagrad.accumulator), (Epsilon::InsideRoot, Accumulator::Delayed));
}

#[test]
fn misspelt_settings_are_refused() {
    let error = serde_json::from_str::<Sgd>(r#"{"lr": 0.1}"#).unwrap_err().to_string();
    assert!(error.contains("unknown field `lr`") && error.contains("learning_rate"), "{error}");
}

#[test]
fn names_of_rules_and_state() {
    let found: BTreeSet<_> =
        all::<f32>(3).into_iter().map(|(_, method)| (method.name(), method.state_names())).collect();
    let expected = BTreeSet::from([
        ("sgd", vec![]),
        ("sgd", vec!["momentum_buffer"]),
        ("adagrad", vec!["sum"]),
        ("adagrad_norm", vec!["sum"]),
        ("rmsprop", vec!["square_avg"]),
        ("adam", vec!["exp_avg", "exp_avg_sq"]),
        ("amsgrad", vec!["exp_avg", "exp_avg_sq", "max_exp_avg_sq"]),
    ]);
    assert_eq!(found, expected);
}

#[test]
fn state_starts_at_its_initial_value() {
    for (method, optimizer) in all::<f64>(3) {
        for name in optimizer.state_names() {
            let state = optimizer.state(name).unwrap();
            let initial = if method.contains("initial_accumulator_value: 0.5") { 0.5 } else { 0.0 };
            assert!(state.iter().all(|&value| value == initial), "{method}");
            assert_eq!(state.len(), if optimizer.name() == "adagrad_norm" { 1 } else { 3 });
        }
        assert_eq!(optimizer.state("momentum"), None);
        assert_eq!(optimizer.steps(), 0);
    }
}
