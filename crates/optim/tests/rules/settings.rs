//! Hyper-parameters as data, and the names that checkpoints and reports rely on.

use std::collections::BTreeSet;

use crate::methods::{all, state};
use gradus_optim::{Accumulator, AdaGrad, Adam, AdamW, AmsGrad, Epsilon, Maximum, Sgd, WeightDecay};

#[test]
fn settings_are_written_in_snake_case_and_read_back() {
    let adam = Adam { epsilon: Epsilon::Hat, ..Adam::default() };
    let text = serde_json::to_string(&adam).unwrap();
    assert_eq!(
        text,
        r#"{"learning_rate":0.001,"betas":[0.9,0.999],"eps":1e-8,"epsilon":"hat","bias_correction":true,"weight_decay":"none","maximize":false}"#
    );
    assert_eq!(serde_json::from_str::<Adam>(&text).unwrap(), adam);
    let amsgrad: AmsGrad = serde_json::from_str(r#"{"maximum": "of_corrected"}"#).unwrap();
    assert_eq!(amsgrad, AmsGrad { maximum: Maximum::OfCorrected, ..AmsGrad::default() });
    let adagrad: AdaGrad =
        serde_json::from_str(r#"{"epsilon": "inside_root", "accumulator": "delayed"}"#).unwrap();
    let adamw: AdamW = serde_json::from_str(r#"{"weight_decay": {"l2": 0.5}, "maximize": true}"#).unwrap();
    assert_eq!(adamw, AdamW { weight_decay: WeightDecay::L2(0.5), maximize: true, ..AdamW::default() });
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
        ("rmsprop", vec!["square_avg", "grad_avg"]),
        ("rmsprop", vec!["square_avg", "momentum_buffer"]),
        ("rmsprop", vec!["square_avg", "grad_avg", "momentum_buffer"]),
        ("adam", vec!["exp_avg", "exp_avg_sq"]),
        ("adamw", vec!["exp_avg", "exp_avg_sq"]),
        ("amsgrad", vec!["exp_avg", "exp_avg_sq", "max_exp_avg_sq"]),
        ("adadelta", vec!["square_avg", "acc_delta"]),
        ("adamax", vec!["exp_avg", "exp_inf"]),
        ("nadam", vec!["exp_avg", "exp_avg_sq", "mu_product"]),
        ("radam", vec!["exp_avg", "exp_avg_sq"]),
        ("adabelief", vec!["exp_avg", "exp_avg_var"]),
        ("lion", vec!["exp_avg"]),
        ("lars", vec!["momentum_buffer"]),
        ("lamb", vec!["exp_avg", "exp_avg_sq"]),
        ("adafactor", vec!["row_var", "col_var", "variance"]),
        ("schedule_free_sgd", vec!["z", "x", "weight_sum", "lr_max"]),
        ("schedule_free_adamw", vec!["z", "x", "exp_avg_sq", "weight_sum", "lr_max"]),
        ("prodigy", vec!["exp_avg", "exp_avg_sq", "s", "p0", "d", "d_max", "d_numerator"]),
        ("adan", vec!["exp_avg", "exp_avg_diff", "exp_avg_sq", "previous_gradient"]),
    ]);
    assert_eq!(found, expected);
}

#[test]
fn state_starts_at_its_initial_value() {
    for (method, optimizer) in all::<f64>(3) {
        for (name, state) in optimizer.state_names().into_iter().zip(state(&*optimizer)) {
            let initial = match name {
                "sum" if method.contains("initial_accumulator_value: 0.5") => 0.5,
                "mu_product" => 1.0,
                "d" | "d_max" => 0.01,
                _ => 0.0,
            };
            assert!(state.iter().all(|&value| value == initial), "{method}");
            let len = match name {
                "mu_product" | "weight_sum" | "lr_max" | "d" | "d_max" | "d_numerator" => 1,
                "sum" if optimizer.name() == "adagrad_norm" => 1,
                // The parameter is a vector: it has neither.
                "row_var" | "col_var" => 0,
                _ => 3,
            };
            assert_eq!(state.len(), len, "{method}");
        }
        assert_eq!(optimizer.state("momentum"), None);
        assert_eq!(optimizer.steps(), 0);
    }
}
