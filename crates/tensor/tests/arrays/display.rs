//! How tensors and shapes are written, to the letter: as NumPy does, whose texts stand in `golden/texts.txt`
//! (`golden/generate_texts.py`).

use std::collections::HashMap;

use gradus_tensor::{Shape, Tensor};

const NAN: f64 = f64::NAN;
const INFINITY: f64 = f64::INFINITY;

/// Reads the texts of NumPy by their names.
fn golden() -> HashMap<&'static str, &'static str> {
    include_str!("../golden/texts.txt")
        .split_terminator("\n----\n")
        .map(|block| block.split_once('\n').expect("a name and a text"))
        .collect()
}

fn count(shape: &[usize]) -> Tensor<f64> {
    Tensor::from_fn(shape, |i| i as f64)
}

fn vector(elements: &[f64]) -> Tensor<f64> {
    Tensor::vector(elements)
}

fn vector32(elements: &[f32]) -> Tensor<f32> {
    Tensor::vector(elements)
}

#[test]
fn tensors_are_written_as_numpy_writes_them() {
    let third = 1.0 / 3.0;
    let texts: Vec<(&str, String)> = vec![
        ("integral", vector(&[1.0, -2.0, 30.0]).to_string()),
        ("aligned", Tensor::from_rows([[1.0, 2.5], [-30.25, 4.0]]).to_string()),
        ("thirds", vector(&[third, 2.0 * third, 1.0]).to_string()),
        ("thirds f32", vector32(&[1.0 / 3.0, 2.0 / 3.0, 1.0]).to_string()),
        ("tenths f32", vector32(&[0.1, 0.2, 0.3]).to_string()),
        ("pi f32", vector32(&[std::f32::consts::PI, std::f32::consts::E]).to_string()),
        ("ties", vector(&[0.001953125, 0.00292969, 0.005859375, 1.0]).to_string()),
        ("zeros", vector(&[0.0, -0.0]).to_string()),
        ("not finite", vector(&[NAN, INFINITY, -INFINITY, 1.5]).to_string()),
        ("only nan", vector(&[NAN, NAN]).to_string()),
        ("only inf", vector(&[INFINITY, INFINITY]).to_string()),
        ("only infs", vector(&[INFINITY, -INFINITY]).to_string()),
        ("nan among long", vector(&[NAN, 123456.0]).to_string()),
        ("nan in powers", vector(&[NAN, -INFINITY, 1e20, 1.25]).to_string()),
        ("large", vector(&[1e8, 1.0]).to_string()),
        ("just not large", vector(&[99999999.0, 99999998.0]).to_string()),
        ("small", vector(&[1e-5]).to_string()),
        ("just not small", vector(&[1e-4, 5e-4]).to_string()),
        ("just not small f32", vector32(&[1e-4, 5e-4]).to_string()),
        ("wide", vector(&[1.0, 1000.5]).to_string()),
        ("just not wide", vector(&[1.0, 1000.0, 0.0]).to_string()),
        ("three digits of power", vector(&[1e100, 1e-5]).to_string()),
        ("ends of f64", vector(&[5e-324, f64::MAX]).to_string()),
        ("ends of f32", vector32(&[1e-45, f32::MAX]).to_string()),
        ("long factors", vector(&[1.23456789012345e-7, 3e10]).to_string()),
        ("filled factors f32", vector32(&[0.1, 1.5, 1e10, 123456.7]).to_string()),
        ("negative power", vector(&[-1e-7, 2.5e-7]).to_string()),
        ("one power", vector(&[1e10]).to_string()),
        ("matrix", (count(&[3, 4]) * 0.5).to_string()),
        ("rank 3", count(&[2, 2, 3]).to_string()),
        ("rank 4", count(&[2, 1, 2, 2]).to_string()),
        ("rank 8", count(&[1, 1, 2, 1, 1, 1, 1, 2]).to_string()),
        ("column", count(&[3, 1]).to_string()),
        ("empty", vector(&[]).to_string()),
        ("empty rows", Tensor::<f64>::zeros([2, 0]).to_string()),
        ("integers", Tensor::from_rows([[1_i32, -20], [300, 4]]).to_string()),
        ("unsigned", Tensor::vector(&[0_u8, 255]).to_string()),
        ("largest", Tensor::vector(&[u64::MAX, 0]).to_string()),
        ("smallest", Tensor::vector(&[i64::MIN, 1]).to_string()),
        ("wrapped", (count(&[60]) / 7.0).to_string()),
        ("wrapped integers", Tensor::<i64>::from_fn([100], |i| i as i64).to_string()),
        ("wrapped rows", (count(&[2, 2, 13]) / 3.0).to_string()),
        ("full", Tensor::<f32>::from_fn([1000], |i| i as f32).to_string()),
        ("summarised", count(&[1001]).to_string()),
        ("summarised rows", count(&[143, 7]).to_string()),
        ("summarised wide rows", count(&[2, 501]).to_string()),
        ("summarised blocks", count(&[7, 7, 30]).to_string()),
        ("summarised one axis", (count(&[400, 3]) / 3.0).to_string()),
        ("summarised integers", Tensor::indices(2000).reshape([1000, 2]).to_string()),
        ("three digits", format!("{:.3}", vector(&[1.0, 2.0 / 3.0, -10.0]))),
        ("powers with two digits", format!("{:.2}", vector(&[1.5, 1e10]))),
        ("nan with digits", format!("{:.2}", vector(&[NAN, 0.5]))),
        ("many digits", format!("{:.20}", vector(&[0.1, 2.0]))),
        ("digits f32", format!("{:.10}", vector32(&[0.1, 0.7]))),
        ("no digits", format!("{:.0}", vector(&[1.0, 2.5, 3.5]))),
        ("signs", format!("{:+}", vector(&[1.0, -2.0, 0.0, INFINITY]))),
        (
            "behind a prefix",
            format!("{:?}", count(&[20]) / 7.0)
                .replace("Tensor(", "")
                .replace(", shape=[20], dtype=float64)", ""),
        ),
    ];
    let golden = golden();
    let differing: Vec<String> = texts
        .iter()
        .filter(|(name, text)| golden[name] != text)
        .map(|(name, text)| format!("{name}:\n{text}\nNumPy:\n{}\n", golden[name]))
        .collect();
    assert!(differing.is_empty(), "{}", differing.join("\n"));
    assert_eq!(texts.len(), golden.len());
}

#[test]
fn views_are_written_in_logical_order() {
    assert_eq!(count(&[2, 3]).t().to_string(), "[[0., 3.],\n [1., 4.],\n [2., 5.]]");
    assert_eq!(count(&[4]).flip(&[0]).to_string(), "[3., 2., 1., 0.]");
    assert_eq!(vector(&[1.5]).broadcast_to([2, 2]).to_string(), "[[1.5, 1.5],\n [1.5, 1.5]]");
}

#[test]
fn what_differs_from_numpy() {
    let mask = Tensor::from_rows([[true, false], [true, true]]);
    assert_eq!(mask.to_string(), "[[ true, false],\n [ true,  true]]", "Rust's words");
    assert_eq!(Tensor::scalar(2.0 / 3.0).to_string(), "0.6666666666666666", "the element alone, all digits");
    assert_eq!(Tensor::scalar(1.0_f32).to_string(), "1");
    assert_eq!(format!("{:.2}", Tensor::scalar(1.0)), "1.00");
    assert_eq!(format!("{:.3}", vector(&[1e10])), "[1.000e+10]");
    assert_eq!(format!("{:6}", vector(&[1.5, -2.0])), "[   1.5,   -2. ]", "a width is that of each element");
    assert_eq!(
        format!("{:4}|{:+}", Tensor::vector(&[1_u8, 20]), Tensor::vector(&[1, -2])),
        "[   1,   20]|[+1, -2]"
    );
}

#[test]
fn debug_adds_shape_and_type() {
    assert_eq!(
        format!("{:?}", Tensor::vector(&[1.0f32, 2.5])),
        "Tensor([1. , 2.5], shape=[2], dtype=float32)"
    );
    assert_eq!(
        format!("{:?}", Tensor::<f64>::eye(2)),
        "Tensor([[1., 0.],\n        [0., 1.]], shape=[2, 2], dtype=float64)"
    );
    assert_eq!(format!("{:?}", Tensor::scalar(true)), "Tensor(true, shape=[], dtype=bool)");
    assert_eq!(
        format!("{:?}", Tensor::<i8>::zeros([1 << 40, 0])),
        "Tensor([], shape=[1099511627776, 0], dtype=int8)"
    );
}

#[test]
fn shapes_are_written_as_lists() {
    assert_eq!(Shape::from([2, 3]).to_string(), "[2, 3]");
    assert_eq!(format!("{:?}", Shape::from([])), "[]");
}
