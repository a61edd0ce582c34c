//! Where an op has no derivative, an infinite one, or meets NaN and infinities, the gradient is PyTorch's choice: the
//! values of `golden/corners.py`, of orders 1 to 3. What differs is listed, with the reason.

use gradus_autograd::{Var, grad, value_and_grad};
use gradus_tensor::{MaxPool1d, Params, Tensor};
use serde_json::Value;

/// Relative to the larger of 1 and the number: some roundings, in another order than PyTorch's.
const TOLERANCE: f64 = 1e-14;

/// The functions of the script.
fn function<'t>(name: &str, inputs: &[Var<'t, f64>]) -> Var<'t, f64> {
    let x = inputs[0];
    let constant = |elements: &[f64]| x.tape().constant(&Tensor::vector(elements));
    let is_positive = x.value().greater(0.0);
    let no_nan = x.value().is_nan().logical_not();
    let first = Tensor::from_slice([2], &[true, false]).expect("two elements");
    let infinity = f64::INFINITY;
    match name {
        "relu" => x.relu(),
        "abs" => x.abs(),
        "sign" => x.sign(),
        "leaky_relu" => x.leaky_relu(0.1),
        "elu" => x.elu(0.5),
        "selu" => x.selu(),
        "softplus" | "softplus_far_out" => x.softplus(),
        "clamp" => x.clamp(-1.0, 2.0),
        "maximum" | "maximum_broadcast" => x.maximum(inputs[1]),
        "minimum" => x.minimum(inputs[1]),
        "sqrt" => x.sqrt(),
        "rsqrt" => x.rsqrt(),
        "ln" => x.ln(),
        "ln_1p" => x.ln_1p(),
        "recip" => x.recip(),
        "divided_by_zero" => x / inputs[1],
        "powf_0" => x.powf(0.0),
        "powf_half" => x.powf(0.5),
        "powf_minus_half" => x.powf(-0.5),
        "powf_5_halves" => x.powf(2.5),
        "powf_2" => x.powf(2.0),
        "powi_minus_1" => x.powi(-1),
        "powi_minus_2" => x.powi(-2),
        "powf_1" => x.powf(1.0),
        "powf_3_halves" => x.powf(1.5),
        "powi_2" => x.powi(2),
        "powi_3" => x.powi(3),
        "pow" => x.pow(inputs[1]),
        "norm_2" => x.reshape([2, 2]).norm_axes(&[1], 2.0),
        "norm_1" => x.norm(1.0),
        "norm_3" => x.reshape([2, 2]).norm_axes(&[1], 3.0),
        "norm_3_halves" => x.reshape([2, 2]).norm_axes(&[1], 1.5),
        "norm_half" => x.norm(0.5),
        "norm_inf" => x.norm(infinity),
        "norm_minus_inf" => x.norm(-infinity),
        "norm_0" => x.norm(0.0),
        "std_of_equal" | "std_of_one" => x.std(1),
        "var_of_one" => x.var(1),
        "var_of_one_biased" => x.var(0),
        "max_axes" => x.reshape([2, 3]).max_axes(&[1]),
        "min_axes" => x.reshape([2, 3]).min_axes(&[0, 1]),
        "max_with_nan" => x.max(),
        "max_pool" => x.reshape([1, 1, 4]).max_pool1d(MaxPool1d::new(2)),
        "prod_with_a_zero" | "prod_with_two_zeros" => x.prod(),
        "cumprod_with_zeros" => x.cumprod(0),
        "logsumexp_with_minus_inf" | "logsumexp_of_minus_inf" => x.logsumexp(),
        "softmax_with_minus_inf" => x.softmax(0) * constant(&[0.0, 1.0, 2.0]),
        "softmax_of_minus_inf" => x.softmax(0) * constant(&[0.0, 1.0]),
        "log_softmax_with_minus_inf" => x.log_softmax(0).index_select(0, &[0, 2]) * constant(&[0.0, 1.0]),
        "masked_attention" => {
            let x = x.reshape([2, 2]);
            let outside = Tensor::<f64>::eye(2).equal(0.0);
            x.masked_fill(&outside, -infinity).softmax(1).matmul(x).square()
        }
        "where_nan" => x.where_(&first, x * f64::NAN),
        "where_nan_constant" => x.where_(&first, constant(&[f64::NAN])),
        "where_sqrt" => x.sqrt().where_(&is_positive, x),
        "where_twice" => {
            let inside = x.where_(&is_positive, constant(&[1.0; 3]));
            inside.sqrt().where_(&is_positive, constant(&[0.0; 3]))
        }
        "masked_fill_nan" => x.masked_fill(&x.value().is_nan(), 7.0).square(),
        "masked_select_nan" => x.masked_select(&no_nan).square(),
        "sort" => x.sort(0, false) * constant(&[0.0, 1.0, 2.0]),
        "tanh_at_infinity" => x.tanh(),
        "sigmoid_far_out" => x.sigmoid(),
        _ => panic!("no function {name}"),
    }
}

const NAN: f64 = f64::NAN;

/// Cases in which a derivative is not PyTorch's: the case, the order, the derivative with respect to each input, the
/// reason. A higher derivative that is NaN there makes no claim.
const DIFFERENT: [(&str, usize, &[&[f64]], &str); 8] = [
    ("elu", 2, &[&[0.183_939_720_585_721_17, 0.5, 0.0]], "that of the left side, as the slope"),
    ("elu", 3, &[&[0.183_939_720_585_721_17, 0.5, 0.0]], "that of the left side, as the slope"),
    (
        "selu",
        2,
        &[&[0.646_768_603_034_814, 1.758_099_340_847_376_6, 0.0]],
        "that of the left side, as the slope",
    ),
    (
        "selu",
        3,
        &[&[0.646_768_603_034_814, 1.758_099_340_847_376_6, 0.0]],
        "that of the left side, as the slope",
    ),
    (
        "pow",
        2,
        &[&[NAN, NAN, NAN, NAN, 0.5], &[NAN, NAN, NAN, NAN, 0.980_453_013_918_201_4]],
        "∂²aᵇ/∂a∂b = aᵇ⁻¹(1 + b·ln a) is 1/a at b = 0, where PyTorch takes it for 0",
    ),
    (
        "pow",
        3,
        &[&[NAN, NAN, NAN, NAN, 0.193_147_180_559_945_3], &[NAN, NAN, NAN, NAN, 1.469_319_013_108_82]],
        "as at order 2",
    ),
    ("var_of_one", 2, &[&[NAN]], "NaN, as the value and the gradient"),
    ("var_of_one", 3, &[&[NAN]], "NaN, as the value and the gradient"),
];

fn numbers(list: &Value) -> Vec<f64> {
    let number = |x: &Value| match x.as_str() {
        Some(text) => text.parse().expect("inf, -inf or nan"),
        None => x.as_f64().expect("a number"),
    };
    list.as_array().expect("a list").iter().map(number).collect()
}

fn lists(of: &Value) -> Vec<Vec<f64>> {
    of.as_array().expect("a list").iter().map(numbers).collect()
}

fn agrees(found: f64, expected: f64) -> bool {
    found == expected
        || (found.is_nan() && expected.is_nan())
        || (found - expected).abs() <= TOLERANCE * expected.abs().max(1.0)
}

const ORDERS: [&str; 3] = ["gradients", "second", "third"];

/// The gradients of the sum of a function, those of the sum of its gradients, and once more.
fn derivatives(name: &str, inputs: &[Vec<f64>]) -> [Vec<Vec<f64>>; 3] {
    let mut params = Params::new();
    let add = |(i, x): (usize, &Vec<f64>)| {
        params.add(&format!("input {i}"), &Tensor::vector(x)).expect("different names")
    };
    let ids: Vec<_> = inputs.iter().enumerate().map(add).collect();
    std::array::from_fn(|order| {
        let (_, gradient) = value_and_grad(&params, |p| {
            let inputs = p.all();
            let once = |total| grad(total, &inputs).into_iter().map(Var::sum).reduce(|a, b| a + b);
            let total = function(name, &inputs).sum();
            (0..order).fold(total, |total, _| once(total).expect("an input"))
        });
        ids.iter().map(|&id| gradient.get(id).to_vec()).collect()
    })
}

#[test]
fn derivatives_at_corners_are_pytorchs() {
    let golden: Value = serde_json::from_str(include_str!("golden/corners.json")).expect("JSON");
    let mut failures = Vec::new();
    for case in golden["cases"].as_array().expect("cases") {
        let name = case["name"].as_str().expect("a name");
        let all = derivatives(name, &lists(&case["inputs"]));
        for ((order, key), found) in (1..).zip(ORDERS).zip(all) {
            if case[key].is_null() {
                continue;
            }
            let expected = lists(&case[key]);
            let exception = DIFFERENT.iter().find(|&&(other, at, ..)| other == name && at == order);
            let own = exception.map(|(_, _, own, _)| own.iter().map(|x| x.to_vec()).collect());
            let expected_here = own.as_ref().unwrap_or(&expected);
            for (found, expected) in found.iter().flatten().zip(expected_here.iter().flatten()) {
                // A higher derivative that PyTorch does not know says nothing.
                if !(agrees(*found, *expected) || order > 1 && expected.is_nan()) {
                    failures.push(format!("{name}, order {order}: {found}, not {expected}"));
                }
            }
            if own.is_some_and(|own: Vec<Vec<f64>>| own == expected) {
                failures.push(format!("{name}, order {order}: is PyTorch's by now"));
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn values_at_corners_are_pytorchs() {
    let golden: Value = serde_json::from_str(include_str!("golden/corners.json")).expect("JSON");
    for case in golden["cases"].as_array().expect("cases") {
        let name = case["name"].as_str().expect("a name");
        let mut params = Params::new();
        for (i, x) in lists(&case["inputs"]).iter().enumerate() {
            params.add(&format!("input {i}"), &Tensor::vector(x)).expect("different names");
        }
        let found = gradus_autograd::evaluate(&params, |p| function(name, &p.all())).to_vec();
        let expected = numbers(&case["value"]);
        assert_eq!(found.len(), expected.len(), "{name}");
        for (found, expected) in found.iter().zip(&expected) {
            assert!(agrees(*found, *expected), "{name}: {found}, not {expected}");
        }
    }
}
