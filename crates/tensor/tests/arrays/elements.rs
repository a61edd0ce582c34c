//! Element types: conversions between all of them, and the constructors of ranges.

use gradus_tensor::{Element, Tensor, TensorError};
use gradus_testkit::panics::assert_panic as check;

/// A value of any element type.
#[derive(Clone, Copy, Debug)]
enum Number {
    Integer(i128),
    Float(f64),
}

use Number::{Float, Integer};

fn number<T: Element>(value: T) -> Number {
    let text = format!("{value:?}");
    match T::DTYPE {
        "bool" => Integer((text == "true").into()),
        // The text of an `f32` is that of the shortest decimal nearest to it among those, not among `f64`.
        "float32" => Float(text.parse::<f32>().expect("a number").into()),
        "float64" => Float(text.parse().expect("a number")),
        _ => Integer(text.parse().expect("a number")),
    }
}

/// The bits of an integer type and whether it has a sign.
fn integer_type(dtype: &str) -> (u32, bool) {
    let bits = dtype.trim_start_matches("uint").trim_start_matches("int").parse().expect("a width");
    (bits, !dtype.starts_with('u'))
}

/// The text of a value after Rust's `as`, from its definition.
fn cast_text(value: Number, dtype: &str) -> String {
    match (dtype, value) {
        ("bool", Integer(i)) => format!("{:?}", i != 0),
        ("bool", Float(x)) => format!("{:?}", x != 0.0),
        ("float32", Integer(i)) => format!("{:?}", i as f32),
        ("float32", Float(x)) => format!("{:?}", x as f32),
        ("float64", Integer(i)) => format!("{:?}", i as f64),
        ("float64", Float(x)) => format!("{x:?}"),
        (_, Integer(i)) => {
            let (bits, signed) = integer_type(dtype);
            let wrapped = i.rem_euclid(1 << bits);
            let negative = signed && wrapped >> (bits - 1) == 1;
            (if negative { wrapped - (1 << bits) } else { wrapped }).to_string()
        }
        (_, Float(x)) => {
            let (bits, signed) = integer_type(dtype);
            let (least, greatest) = if signed {
                (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1)
            } else {
                (0, (1 << bits) - 1)
            };
            let nearest = if x.is_nan() { 0 } else { (x.trunc() as i128).clamp(least, greatest) };
            nearest.to_string()
        }
    }
}

/// Whether a value is an integer that the type holds.
fn is_exact(value: Number, dtype: &str) -> bool {
    let integer = match value {
        Integer(i) => i,
        Float(x) if x == x.trunc() && x.abs() < 2f64.powi(127) => x as i128,
        Float(_) => return false,
    };
    match dtype {
        "bool" => integer == 0 || integer == 1,
        "float32" => (integer as f32) as i128 == integer,
        "float64" => (integer as f64) as i128 == integer,
        _ => cast_text(Integer(integer), dtype) == integer.to_string(),
    }
}

fn check_pair<T: Element, U: Element>(values: &[T]) {
    let context = |value: T| format!("{value:?} from {} to {}", T::DTYPE, U::DTYPE);
    // Backwards, so that the elements are not in row-major order.
    let backwards = Tensor::vector(values).flip(&[0]);
    for (&value, found) in values.iter().rev().zip(backwards.cast::<U>().to_vec()) {
        assert_eq!(format!("{found:?}"), cast_text(number(value), U::DTYPE), "{}", context(value));
        assert_eq!(format!("{found:?}"), format!("{:?}", value.cast::<U>()), "{}", context(value));
        let converted = Tensor::vector(&[value, value]).try_cast::<U>();
        if is_exact(number(value), U::DTYPE) {
            let exact = converted.unwrap_or_else(|error| panic!("{}: {error}", context(value)));
            assert_eq!(exact, Tensor::vector(&[found, found]), "{}", context(value));
        } else {
            let error = converted.map(|found| found.to_vec()).expect_err(&context(value));
            let text =
                format!("element 0 is {value} ({}), which {} does not hold exactly", T::DTYPE, U::DTYPE);
            assert_eq!(error.to_string(), text);
        }
    }
}

fn check_from<T: Element>(values: &[T]) {
    check_pair::<T, bool>(values);
    check_pair::<T, i8>(values);
    check_pair::<T, i16>(values);
    check_pair::<T, i32>(values);
    check_pair::<T, i64>(values);
    check_pair::<T, u8>(values);
    check_pair::<T, u16>(values);
    check_pair::<T, u32>(values);
    check_pair::<T, u64>(values);
    check_pair::<T, usize>(values);
    check_pair::<T, f32>(values);
    check_pair::<T, f64>(values);
}

#[test]
fn every_type_becomes_every_other_as_rust_converts() {
    check_from(&[false, true]);
    check_from(&[i8::MIN, -1, 0, 1, i8::MAX]);
    check_from(&[i16::MIN, -129, -1, 0, 1, 255, 256, i16::MAX]);
    check_from(&[i32::MIN, -1, 0, 1, 65_536, 16_777_217, i32::MAX]);
    check_from(&[i64::MIN, -(1 << 53) - 1, -1, 0, 1, 16_777_217, (1 << 53) + 1, i64::MAX]);
    check_from(&[0_u8, 1, 127, 128, u8::MAX]);
    check_from(&[0_u16, 1, 255, 256, 32_768, u16::MAX]);
    check_from(&[0_u32, 1, 16_777_217, 1 << 31, u32::MAX]);
    check_from(&[0_u64, 1, (1 << 53) + 1, 1 << 63, u64::MAX - 1, u64::MAX]);
    check_from(&[0_usize, 1, 256, usize::MAX / 2, usize::MAX]);
    let floats = [
        0.0,
        -0.0,
        0.5,
        -0.5,
        0.999,
        1.0,
        -1.0,
        1.5,
        -1.5,
        2.5,
        127.5,
        -128.5,
        128.0,
        255.9,
        256.0,
        -129.0,
        1e9,
        4_294_967_296.0,
        -4_294_967_296.0,
        16_777_217.0,
        9.3e18,
        -9.3e18,
        1.9e19,
        1e38,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
    ];
    check_from(&floats);
    check_from(&floats.map(|x| x as f32));
    check_from(&[f64::from_bits(1), 0.1, 1e300, -1e300, f64::MAX, (1_u64 << 53) as f64 + 2.0, 1e40]);
    check_from(&[f32::from_bits(1), 0.1, f32::MAX, f32::MIN]);
}

#[test]
fn an_inexact_element_is_named_by_its_place() {
    let x = Tensor::from_rows([[1.0, 2.0], [-3.0, 4.5]]);
    let error = x.t().try_cast::<usize>().map(|_| ()).unwrap_err();
    assert_eq!(
        error,
        TensorError::Inexact { position: 1, value: "-3".to_owned(), from: "float64", to: "uint64" }
    );
    assert_eq!(error.to_string(), "element 1 is -3 (float64), which uint64 does not hold exactly");
    let integers: Tensor<i64> = x.narrow(1, 0, 1).try_cast().unwrap();
    assert_eq!(integers, Tensor::from_rows([[1], [-3]]));
    assert_eq!(Tensor::<f32>::zeros([0, 2]).try_cast::<bool>().unwrap().shape(), [0, 2].into());
}

#[test]
fn types_have_the_names_of_numpy() {
    let names = [
        bool::DTYPE,
        i8::DTYPE,
        i16::DTYPE,
        i32::DTYPE,
        i64::DTYPE,
        u8::DTYPE,
        u16::DTYPE,
        u32::DTYPE,
        u64::DTYPE,
        f32::DTYPE,
        f64::DTYPE,
    ];
    let numpy = [
        "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32",
        "float64",
    ];
    assert_eq!(names, numpy);
    assert_eq!(usize::DTYPE, if usize::BITS == 64 { "uint64" } else { "uint32" });
}

#[test]
fn tensors_of_every_type_are_made_and_viewed() {
    assert_eq!(Tensor::<bool>::zeros([2]).to_vec(), [false, false]);
    assert_eq!(Tensor::<i32>::ones([2]).to_vec(), [1, 1]);
    assert_eq!(Tensor::indices(4).to_vec(), [0, 1, 2, 3]);
    assert!(Tensor::indices(0).is_empty());
    assert_eq!(Tensor::full([1, 2], 7_u8).shape(), [1, 2].into());
    assert_eq!(Tensor::from_rows([[true, false], [false, true]]).t().row(1).to_vec(), [false, true]);
}

#[test]
fn ranges_have_the_elements_of_numpy() {
    let range = |start, end, step| Tensor::<f64>::arange(start, end, step).to_vec();
    assert_eq!(range(0.0, 4.0, 1.0), [0.0, 1.0, 2.0, 3.0]);
    assert_eq!(range(1.0, 2.0, 0.3), [1.0, 1.0 + 0.3, 1.0 + 2.0 * 0.3, 1.0 + 3.0 * 0.3]);
    assert_eq!(range(3.0, 0.0, -1.5), [3.0, 1.5]);
    assert_eq!(range(0.0, 0.0, 1.0), [0.0; 0]);
    assert_eq!(range(0.0, -1.0, 1.0), [0.0; 0]);
    assert_eq!(range(5.0, 1.0, 2.0), [0.0; 0]);
    assert_eq!(range(0.0, 1e-9, 1.0), [0.0]);
    // numpy.arange(1, 1.3, 0.1) has four elements as well: (1.3 − 1)/0.1 rounds to more than 3.
    assert_eq!(range(1.0, 1.3, 0.1).len(), 4);
    let millionth: Tensor<f32> = Tensor::arange(0.0, 1e6, 0.1);
    assert_eq!(millionth.at(&[9_999_999]), 999_999.9, "each element is rounded once");
    check(|| Tensor::<f32>::arange(0.0, 1.0, 0.0), "arange: no inf elements from 0 to 1 by 0");
    check(|| Tensor::<f32>::arange(0.0, 0.0, 0.0), "arange: no NaN elements from 0 to 0 by 0");
    check(|| Tensor::<f32>::arange(0.0, f64::NAN, 1.0), "arange: no NaN elements from 0 to NaN by 1");
    check(
        || Tensor::<f32>::arange(0.0, 1e300, 1.0),
        &format!("arange: no {} elements from 0 to {} by 1", 1e300, 1e300),
    );
}

#[test]
fn evenly_spaced_elements_end_where_they_should() {
    let space = |start, end, count| Tensor::<f64>::linspace(start, end, count).to_vec();
    assert_eq!(space(0.0, 1.0, 5), [0.0, 0.25, 0.5, 0.75, 1.0]);
    assert_eq!(space(2.0, -2.0, 3), [2.0, 0.0, -2.0]);
    assert_eq!(space(3.0, 7.0, 0), [0.0; 0]);
    assert_eq!(space(3.0, 7.0, 1), [3.0]);
    assert_eq!(space(3.0, 7.0, 2), [3.0, 7.0]);
    assert_eq!(space(1.5, 1.5, 3), [1.5; 3]);
    for count in 2..200 {
        let x = space(0.1, 0.7, count);
        assert_eq!((x[0], x[count - 1]), (0.1, 0.7));
        assert!(x.windows(2).all(|pair| pair[0] < pair[1]));
    }
    let x = space(-f64::MAX, f64::MAX, 5);
    assert_eq!((x[0], x[2], x[4]), (-f64::MAX, 0.0, f64::MAX), "the width overflows, the elements do not");
    assert_eq!(Tensor::<f32>::linspace(0.0, 0.1, 2).to_vec(), [0.0, 0.1]);
}
