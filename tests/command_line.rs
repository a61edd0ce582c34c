//! The main job as a command: files, exit codes and error texts.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The example that cargo has built beside this test.
fn main_job(arguments: &[&str], folder: &Path) -> Output {
    let test = std::env::current_exe().expect("a path");
    let example = test
        .ancestors()
        .nth(2)
        .map(|profile| profile.join("examples").join("linear_convergence"))
        .expect("a test lies in target/<profile>/deps");
    std::fs::create_dir_all(folder).expect("a folder");
    Command::new(example).args(arguments).current_dir(folder).output().expect("the example runs")
}

fn folder(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("gradus-{name}-{}", std::process::id()))
}

#[test]
fn one_objective_is_run_and_written() {
    let folder = folder("run");
    let arguments = ["--objective", "sine_curve", "--seed", "3", "--threads", "1", "--json", "out/rows.json"];
    let output = main_job(&arguments, &folder);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let table = String::from_utf8_lossy(&output.stdout).into_owned();
    for word in ["sine_curve", "Adam", "AdaGrad-Norm", "proved", "a-priori", "steps predicted"] {
        assert!(table.contains(word), "{word} is missing from:\n{table}");
    }
    let written = folder.join("target/gradus/linear_convergence");
    assert!(std::fs::read_to_string(written.join("sine_curve.svg")).expect("a figure").contains("<svg"));
    let [first, second] = [written.join("results.json"), folder.join("out/rows.json")]
        .map(|path| std::fs::read_to_string(path).expect("rows"));
    assert_eq!(first, second);
    let rows: serde_json::Value = serde_json::from_str(&first).expect("JSON");
    let rows = rows.as_array().expect("an array");
    assert_eq!(rows.len(), 14);
    for field in [
        "objective",
        "method",
        "setting",
        "gradients",
        "level",
        "claim",
        "a_priori_factor",
        "worst_certified_factor",
        "measured_worst_factor",
        "tail",
        "violations",
        "predicted_steps",
        "actual_steps",
        "seed",
        "settings",
        "seconds",
    ] {
        assert!(rows.iter().all(|row| row.get(field).is_some()), "{field}");
    }
    assert!(rows.iter().all(|row| row["seed"] == 3));
    std::fs::remove_dir_all(folder).expect("cleaned up");
}

#[test]
fn wrong_values_are_named_and_end_with_code_2() {
    let folder = folder("errors");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("file"), "").expect("a file");
    let cases: [(&[&str], &str); 7] = [
        (&["--objective", "nonsense"], "there are: least_squares, label_noise, diabetes"),
        (&["--seed", "minus one"], "invalid value 'minus one'"),
        (&["--threads", "0"], "invalid value '0'"),
        (&["--condition", "0.5"], "not a number of at least 1"),
        (&["--condition", "NaN"], "not a number of at least 1"),
        (&["--unknown"], "unexpected argument"),
        (&["--objective", "sine_curve", "--json", "file/rows.json"], "file/rows.json"),
    ];
    for (arguments, text) in cases {
        let output = main_job(arguments, &folder);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(error.contains(text), "{arguments:?}: {error}");
    }
    std::fs::remove_dir_all(folder).expect("cleaned up");
}

#[test]
fn an_unknown_simd_level_is_refused() {
    let test = std::env::current_exe().expect("a path");
    let example = test.ancestors().nth(2).expect("a profile").join("examples").join("linear_convergence");
    let output = Command::new(example)
        .args(["--objective", "quartic"])
        .env("GRADUS_SIMD", "sse9")
        .output()
        .expect("the example runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("GRADUS_SIMD=\"sse9\" is not a SIMD level"));
}
