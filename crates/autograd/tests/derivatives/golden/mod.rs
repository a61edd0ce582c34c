//! Values and gradients of PyTorch for composite functions, made by `generate.py`.

#[cfg(feature = "linalg")]
mod linear_algebra;
mod networks;
mod rearrangements;

use gradus_autograd::{Var, value_and_grad};
use gradus_tensor::{Params, Real, Tensor};
use serde_json::Value;

/// Relative to the largest element. Both sides compute in f64 in other orders, and lose some digits in
/// differences.
const F64_TOLERANCE: f64 = 1e-12;

/// f32 is compared with PyTorch's float64: the exact gradient is what both types approximate. An element is the
/// result of some ten roundings of 6e-8.
const F32_TOLERANCE: f64 = 1e-6;

const FUNCTIONS: [&str; 28] = [
    "logistic_regression",
    "two_layers",
    "cross_entropy",
    "embedding",
    "powers",
    "piecewise",
    "elementary",
    "views",
    "activations",
    "layer_norm",
    "batch_norm",
    "attention",
    "convolutional",
    "picked_cross_entropy",
    "einsum_chain",
    "recurrent",
    "lstm",
    "gather_scatter",
    "gradient_penalty",
    "curvature",
    "heat_equation",
    "discounted",
    "mixture",
    "distances",
    "rearranged",
    "quotients",
    "normal_likelihood",
    "spectral",
];

/// Those that need linear algebra.
const OF_LINALG: [&str; 2] = ["normal_likelihood", "spectral"];

fn function<'t, T: Real>(name: &str, inputs: &[Var<'t, T>]) -> Var<'t, T> {
    let n = T::constant;
    if let Some(value) = networks::function(name, inputs).or_else(|| rearrangements::function(name, inputs)) {
        return value;
    }
    #[cfg(feature = "linalg")]
    if let Some(value) = linear_algebra::function(name, inputs) {
        return value;
    }
    match (name, inputs) {
        ("logistic_regression", &[w, b, x, y]) => (-y * (x.matmul(w) + b)).softplus().mean(),
        ("two_layers", &[w1, b1, w2, b2, x, y]) => {
            let hidden = (x.matmul(w1) + b1).tanh();
            (hidden.matmul(w2) + b2 - y).square().mean()
        }
        ("cross_entropy", &[w, x, y]) => {
            let logits = x.matmul(w.t());
            (logits.exp().sum_axes(&[1]).ln() - (logits * y).sum_axes(&[1])).mean()
        }
        ("embedding", &[table, scale]) => {
            let rows = table.index_select(0, &[4, 1, 4, 0, 4]);
            (rows * scale).sigmoid().sum_axes(&[0]).square().sum()
        }
        ("powers", &[x, y]) => {
            let quotient = x.powi(3) / (y.square() + n(1.0));
            (quotient - (y + n(4.0)).sqrt() * x.powi(-2) + y.recip() * n(0.5)).sum()
        }
        ("piecewise", &[x, y]) => {
            (x.maximum(y) * n(3.0) + x.minimum(y).square() + (x - y).relu() + (x * y).abs()).sum()
        }
        ("elementary", &[x, y]) => {
            let wave = x.sin() * y.cos() + (x * n(0.25)).exp_m1();
            (wave.square().ln_1p() - (y.exp() + n(1.5)).ln()).mean()
        }
        ("views", &[x, y]) => {
            let turned = x.permute(&[2, 0, 1]).reshape([4, 6]);
            let wide = y.broadcast_to([4, 4, 6]);
            let product = (-turned + n(2.0)) * wide / n(3.0);
            product.sum_axes(&[0, 2]).square().sum() + turned.matmul(y.t()).mean()
        }
        _ => panic!("no function {name} of {} inputs", inputs.len()),
    }
}

fn numbers(list: &Value) -> Option<Vec<f64>> {
    Some(list.as_array()?.iter().map(|x| x.as_f64().expect("a number")).collect())
}

fn close(found: &[f64], expected: &[f64], tolerance: f64, context: &str) {
    let scale = expected.iter().fold(1.0, |scale: f64, x| scale.max(x.abs()));
    assert_eq!(found.len(), expected.len(), "{context}");
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (found - expected).abs() / scale;
        assert!(error <= tolerance, "{context}: element {i} is {found}, not {expected}: off by {error}");
    }
}

fn compare<T: Real>(case: &Value, tolerance: f64) {
    let name = case["function"].as_str().expect("a name");
    let mut params = Params::<T>::new();
    let mut constants = Vec::new();
    let mut expected = Vec::new();
    for input in case["inputs"].as_array().expect("inputs") {
        let shape: Vec<usize> =
            numbers(&input["shape"]).expect("a shape").into_iter().map(|n| n as usize).collect();
        let elements = numbers(&input["elements"]).expect("elements");
        let tensor = Tensor::<f64>::from_slice(shape.as_slice(), &elements).expect("they fit").cast::<T>();
        assert_eq!(tensor.cast::<f64>().to_vec(), elements, "exact in both types");
        if let Some(gradient) = numbers(&input["gradient"]) {
            params.add(input["name"].as_str().expect("a name"), &tensor).expect("different names");
            expected.extend(gradient);
        } else {
            constants.push(tensor);
        }
    }
    let (value, gradient) = value_and_grad(&params, |p| {
        let constants = constants.iter().map(|tensor| p.constant(tensor));
        let inputs: Vec<Var<'_, T>> = params.ids().map(|id| p.get(id)).chain(constants).collect();
        function(name, &inputs)
    });
    let context = format!("{name} {}", T::DTYPE);
    close(&[value.to_f64()], &[case["value"].as_f64().expect("a number")], tolerance, &context);
    close(&gradient.to_vector().cast::<f64>().to_vec(), &expected, tolerance, &context);
}

#[test]
fn gradients_of_composite_functions_are_pytorchs() {
    let golden: Value = serde_json::from_str(include_str!("gradients.json")).expect("JSON");
    let cases = golden["cases"].as_array().expect("cases");
    let names: Vec<&str> = cases.iter().filter_map(|case| case["function"].as_str()).collect();
    assert_eq!(names, FUNCTIONS);
    for case in cases {
        if !cfg!(feature = "linalg") && OF_LINALG.contains(&case["function"].as_str().expect("a name")) {
            continue;
        }
        compare::<f64>(case, F64_TOLERANCE);
        compare::<f32>(case, F32_TOLERANCE);
    }
}
