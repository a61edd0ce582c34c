//! Shapes, tensors and parameters through serde.

use gradus_tensor::{Element, Params, Shape, Tensor};
use serde_core::de::DeserializeOwned;
use serde_core::de::value::{Error, U64Deserializer};
use serde_core::{Deserialize, Serialize};

fn round_trip<V: Serialize + DeserializeOwned>(value: &V) -> V {
    // A tree of values keeps every f64; a text would be parsed.
    serde_json::from_value(serde_json::to_value(value).expect("a value")).expect("the same type")
}

#[test]
fn tensors_come_back_whatever_their_layout() {
    fn check<T: Element + Serialize + DeserializeOwned>(element: impl Fn(usize) -> T) {
        let x = Tensor::from_fn([3, 4], element);
        for view in [x.clone(), x.t(), x.narrow(1, 1, 2), x.row(2), x.flip(&[0]), x.narrow(0, 0, 0)] {
            assert_eq!(round_trip(&view), view);
        }
        let scalar = x.row(1).row(1);
        assert_eq!(round_trip(&scalar), scalar);
    }
    check(|i| i % 3 == 0);
    check(|i| i as i8 - 5);
    check(|i| u64::MAX - i as u64);
    check(|i| i64::MIN + i as i64);
    check(|i| i);
    check(|i| (i as f32 - 5.0) / 3.0);
    check(|i| (i as f64 - 5.0) / 3.0);
}

#[test]
fn the_form_is_a_map_of_type_shape_and_elements() {
    let x = Tensor::from_rows([[1_u8, 2, 3], [4, 5, 6]]).t();
    let text = r#"{"dtype":"uint8","shape":[3,2],"elements":[1,4,2,5,3,6]}"#;
    assert_eq!(serde_json::to_string(&x).unwrap(), text);
    assert_eq!(serde_json::to_string(&Shape::from([3, 0])).unwrap(), "[3,0]");
    let zero = Tensor::<f64>::scalar(-0.0);
    assert!(round_trip(&zero).item().is_sign_negative());
    let sequence = r#"["uint8",[2],[7,8]]"#;
    assert_eq!(serde_json::from_str::<Tensor<u8>>(sequence).unwrap().to_vec(), [7, 8]);
}

#[track_caller]
fn assert_refused<V: DeserializeOwned + std::fmt::Debug>(text: &str, expected: &str) {
    let found = serde_json::from_str::<V>(text).expect_err(text).to_string();
    assert_eq!(found.split(" at line").next(), Some(expected), "{text}");
}

#[test]
fn what_does_not_fit_is_refused() {
    for (text, expected) in [
        (
            r#"{"dtype":"float64","shape":[1],"elements":[1]}"#,
            "tensor: dtype \"float64\" found, \"float32\" expected",
        ),
        (r#"{"dtype":"float32","shape":[2],"elements":[1]}"#, "tensor: shape [2] needs 2 elements, got 1"),
        (r#"{"dtype":"float32","shape":[1],"elements":[null]}"#, "invalid type: null, expected f32"),
        (r#"{"dtype":"float32","shape":[1]}"#, "missing field `elements`"),
        (r#"{"shape":[1],"shape":[1]}"#, "duplicate field `shape`"),
        (r#"{"data":[]}"#, "unknown field `data`, expected one of `dtype`, `shape`, `elements`"),
        (
            r#"{"shape":[4294967296,4294967296,4]}"#,
            "shape [4294967296, 4294967296, 4] exceeds the address space",
        ),
        (r#"{"shape":[1,1,1,1,1,1,1,1,1]}"#, "invalid length 9, expected a shape: at most 8 extents"),
        (r#"{"shape":[-1]}"#, "invalid value: integer `-1`, expected usize"),
        ("3", "invalid type: integer `3`, expected a tensor of dtype float32 with its shape and elements"),
        ("[]", "invalid length 0, expected a tensor of dtype float32 with its shape and elements"),
    ] {
        assert_refused::<Tensor<f32>>(text, expected);
    }
    assert_refused::<Shape>("[1.5]", "invalid type: floating point `1.5`, expected usize");
    assert!(Shape::deserialize(U64Deserializer::<Error>::new(3)).is_err());
}

#[test]
fn what_a_text_cannot_hold_is_not_written() {
    for (value, name) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf"), (f32::NEG_INFINITY, "-inf")] {
        let x = Tensor::vector(&[1.0, value]);
        let text = format!(
            "tensor: element 1 is {name}, which formats of text do not hold; a binary format or a file of feature `io` \
             does"
        );
        assert_eq!(serde_json::to_string(&x).unwrap_err().to_string(), text);
        let mut params = Params::new();
        params.add("w", &x).unwrap();
        assert_eq!(serde_json::to_string(&params).unwrap_err().to_string(), text);
    }
    let largest = Tensor::vector(&[f64::MAX, f64::MIN_POSITIVE, -0.0]);
    assert_eq!(round_trip(&largest), largest);
}

#[test]
fn parameters_are_a_map_in_the_order_of_the_slab() {
    let mut params = Params::<f32>::new();
    params.add("z", &Tensor::from_rows([[1.0, 2.0], [3.0, 4.0]])).unwrap();
    params.add("a", &Tensor::zeros([0, 3])).unwrap();
    params.add("m", &Tensor::scalar(5.0)).unwrap();
    let text = serde_json::to_string(&params).unwrap();
    assert!(
        text.starts_with(r#"{"z":{"dtype":"float32","shape":[2,2],"elements":[1.0,2.0,3.0,4.0]},"a":"#),
        "{text}"
    );
    assert_eq!(serde_json::from_str::<Params<f32>>(&text).unwrap(), params);
    assert_eq!(round_trip(&Params::<f64>::new()), Params::new());

    let one = r#"{"dtype":"float32","shape":[],"elements":[1]}"#;
    assert_refused::<Params<f32>>(
        &format!(r#"{{"a":{one},"a":{one}}}"#),
        "parameter \"a\" exists already; names are paths and must be unique",
    );
    assert_refused::<Params<f32>>("[]", "invalid type: sequence, expected a map from paths to tensors");
}
