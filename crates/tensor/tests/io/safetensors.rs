//! The safetensors format.

use std::io::Cursor;

use gradus_tensor::io::{AnyTensor, Dtype, IoError, MappedSafetensors, NamedTensors, SafetensorsReader};
use gradus_tensor::{Shape, Tensor};

use crate::for_each_type;
use crate::support::{Corners, Folder, assert_error, assert_same_bits, corners, golden, variety};

#[test]
fn what_python_wrote_is_read() {
    let path = golden("types.safetensors");
    let mut reader = SafetensorsReader::open(&path).unwrap();
    assert_eq!(reader.metadata()["näme"], "a \"quoted\"\ntext");
    fn check<T: Corners>() {
        let name = Dtype::of::<T>().name();
        let path = golden("types.safetensors");
        let mut reader = SafetensorsReader::open(&path).unwrap();
        assert_same_bits(&reader.get::<T>(name).unwrap(), &corners());
        assert_same_bits(&reader.get_any(name).unwrap().get::<T>().unwrap(), &corners());
        assert_eq!(reader.info(name).unwrap().shape().unwrap(), Shape::from([2, 3]));
    }
    for_each_type!(check);
    assert_eq!(reader.get::<f32>("scalar").unwrap(), Tensor::scalar(2.5));
    assert_eq!(reader.get::<f32>("empty").unwrap(), Tensor::zeros([0, 3]));
}

#[test]
fn sixteen_bit_floats_become_f32_exactly_when_asked() {
    let mut reader = SafetensorsReader::open(golden("types.safetensors")).unwrap();
    let half = [1.5, -0.0, 2f32.powi(-24), f32::INFINITY, f32::from_bits(0x7fc5_4000), 65504.0];
    let half = Tensor::from_slice([2, 3], &half).unwrap();
    assert_same_bits(&reader.get_as::<f32>("float16").unwrap(), &half);
    let brain = [1.5, -0.0, f32::from_bits(0x10000), f32::INFINITY, f32::from_bits(0x7fc1_0000), -2.0];
    assert_same_bits(&reader.get_as::<f32>("bfloat16").unwrap(), &Tensor::vector(&brain));
    assert_eq!(reader.get_as::<f64>("uint8").unwrap().to_vec(), [0.0, 1.0, 127.0, 128.0, 255.0, 5.0]);
    assert_error(
        reader.get::<f32>("bfloat16"),
        &format!(
            "{}: \"bfloat16\": byte {}: dtype bfloat16 found, float32 expected; nothing is converted silently \
             (`get_as` and `AnyTensor` convert)",
            golden("types.safetensors").display(),
            reader.get::<f32>("bfloat16").unwrap_err().offset().unwrap(),
        ),
    );
}

#[test]
fn types_that_no_tensor_holds_do_not_hide_the_others() {
    let path = golden("types.safetensors");
    let mut reader = SafetensorsReader::open(&path).unwrap();
    let text = format!(
        "{}: \"float8\": no tensor holds dtype F8_E4M3; convert it in the program that wrote the file",
        path.display()
    );
    assert_error(reader.get_any("float8"), &text);
    assert_error(reader.read_all(), &text);
    assert_eq!(reader.info("float8").unwrap().extents(), [3]);
}

#[test]
fn a_missing_name_is_told_the_known_ones() {
    let mut tensors = NamedTensors::new();
    tensors.insert("layer.weight", Tensor::<f32>::zeros([2])).unwrap();
    tensors.insert("layer.bias", Tensor::<f32>::zeros([2])).unwrap();
    let text = "\"layer.wieght\": there is no such entry; there are: layer.weight, layer.bias";
    assert_error(tensors.get::<f32>("layer.wieght"), text);
    let mut reader = SafetensorsReader::new(Cursor::new(written(&tensors))).unwrap();
    assert_error(reader.get::<f32>("layer.wieght"), text);
    for i in 0..30 {
        tensors.insert(&format!("t{i}"), Tensor::<f32>::zeros([0])).unwrap();
    }
    let text = tensors.get_any("t30").unwrap_err().to_string();
    assert!(text.ends_with("t8, t9, …"), "{text}");
}

pub(crate) fn written(tensors: &NamedTensors) -> Vec<u8> {
    let mut bytes = Vec::new();
    tensors.write_safetensors_to(&mut bytes).expect("memory takes bytes");
    bytes
}

#[test]
fn everything_comes_back_in_order() {
    let mut tensors = NamedTensors::new();
    tensors.metadata_mut().insert("format".to_owned(), "pt".to_owned());
    tensors.metadata_mut().insert("a \"quoted\" näme".to_owned(), "two\nlines".to_owned());
    fn add<T: Corners>(tensors: &mut NamedTensors) {
        for (i, x) in variety::<T>().into_iter().enumerate() {
            tensors.insert(&format!("{}/{i}", std::any::type_name::<T>()), x).unwrap();
        }
    }
    add::<bool>(&mut tensors);
    add::<f64>(&mut tensors);
    add::<i8>(&mut tensors);
    add::<f32>(&mut tensors);
    add::<u16>(&mut tensors);
    add::<i64>(&mut tensors);
    add::<usize>(&mut tensors);
    add::<u8>(&mut tensors);
    add::<i16>(&mut tensors);
    add::<u32>(&mut tensors);
    add::<i32>(&mut tensors);
    tensors.insert("half \\ \"", AnyTensor::F16(Tensor::vector(&[0x3e00, 0x7e2a]))).unwrap();
    tensors.insert("../brain", AnyTensor::Bf16(Tensor::vector(&[0x3fc0]))).unwrap();
    tensors.insert("", Tensor::scalar(1.5_f32)).unwrap();

    let bytes = written(&tensors);
    let read = NamedTensors::read_safetensors_from(Cursor::new(&bytes)).unwrap();
    assert!(read.names().eq(tensors.names()));
    assert_eq!(read.metadata(), tensors.metadata());
    fn check<T: Corners>(read: &NamedTensors) {
        for (i, x) in variety::<T>().into_iter().enumerate() {
            assert_same_bits(&read.get::<T>(&format!("{}/{i}", std::any::type_name::<T>())).unwrap(), &x);
        }
    }
    check::<bool>(&read);
    check::<f64>(&read);
    check::<i8>(&read);
    check::<f32>(&read);
    check::<u16>(&read);
    check::<i64>(&read);
    check::<usize>(&read);
    check::<u8>(&read);
    check::<i16>(&read);
    check::<u32>(&read);
    check::<i32>(&read);
    for name in ["half \\ \"", "../brain"] {
        assert_eq!(read.get_any(name).unwrap(), tensors.get_any(name).unwrap());
    }
    assert_eq!(written(&read), bytes, "the same file again");

    let folder = Folder::new();
    let path = folder.path("all.safetensors");
    tensors.write_safetensors(&path).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
    assert_eq!(folder.names(), ["all.safetensors"], "names with paths are just names");
}

#[test]
fn mapped_elements_are_borrowed_and_aligned() {
    let folder = Folder::new();
    let path = folder.path("x.safetensors");
    let mut tensors = NamedTensors::new();
    tensors.insert("mask", corners::<bool>()).unwrap();
    tensors.insert("x", corners::<f64>()).unwrap();
    tensors.insert("ids", corners::<u16>()).unwrap();
    tensors.write_safetensors(&path).unwrap();
    // SAFETY: nobody else knows of the file.
    let mapped = unsafe { MappedSafetensors::open(&path) }.unwrap();
    assert_eq!(mapped.elements::<bool>("mask").unwrap(), bool::corners());
    assert_eq!(mapped.elements::<u16>("ids").unwrap(), u16::corners());
    let bits: Vec<u64> = mapped.elements::<f64>("x").unwrap().iter().map(|x| x.to_bits()).collect();
    assert_eq!(bits, f64::corners().map(f64::to_bits));
    assert_same_bits(&mapped.get::<f64>("x").unwrap(), &corners());
    let text = mapped.elements::<f32>("x").unwrap_err().to_string();
    assert!(text.contains("x.safetensors: \"x\": dtype float64 found, float32 expected"), "{text}");
    assert!(mapped.elements::<f32>("y").is_err());
}

/// A file with this header and these data.
pub(crate) fn file(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
}

fn open(header: &str, data: &[u8]) -> Result<NamedTensors, IoError> {
    NamedTensors::read_safetensors_from(Cursor::new(file(header, data)))
}

#[test]
fn data_that_are_not_aligned_cannot_be_borrowed() {
    let folder = Folder::new();
    let path = folder.path("x.safetensors");
    let header = r#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} "#;
    assert_ne!((8 + header.len()) % 4, 0);
    std::fs::write(&path, file(header, &[0, 0, 0x80, 0x3f])).unwrap();
    // SAFETY: nobody else knows of the file.
    let mapped = unsafe { MappedSafetensors::open(&path) }.unwrap();
    let text = mapped.elements::<f32>("x").unwrap_err().to_string();
    assert!(
        text.ends_with("the data are not aligned for float32; read a copy instead of borrowing them"),
        "{text}"
    );
    assert_eq!(mapped.get::<f32>("x").unwrap().to_vec(), [1.0]);
}

#[test]
fn malformed_files_name_place_and_numbers() {
    let entry = |dtype: &str, shape: &str, begin: u64, end: u64| {
        format!(r#"{{"dtype":"{dtype}","shape":{shape},"data_offsets":[{begin},{end}]}}"#)
    };
    let a = |value: String| format!(r#"{{"a":{value}}}"#);
    let two = |x: String, y: String| format!(r#"{{"a":{x},"b":{y}}}"#);
    let f32s = |begin, end| entry("F32", "[1]", begin, end);
    for (header, data, text) in [
        (a(f32s(0, 4)), 3, "\"a\": byte 62: truncated: 4 bytes are needed, 3 are there"),
        (a(f32s(0, 4)), 6, "byte 66: 2 bytes follow where the data should end"),
        (
            a(f32s(1, 5)),
            5,
            "\"a\": data offsets [1, 5]: the data must begin at 0, where the ones before them end, and end behind it",
        ),
        (
            two(f32s(0, 4), f32s(2, 6)),
            6,
            "\"b\": data offsets [2, 6]: the data must begin at 4, where the ones before them end, and end behind it",
        ),
        (
            two(f32s(0, 4), f32s(5, 9)),
            9,
            "\"b\": data offsets [5, 9]: the data must begin at 4, where the ones before them end, and end behind it",
        ),
        (
            a(entry("U8", "[0]", 4, 0)),
            0,
            "\"a\": data offsets [4, 0]: the data must begin at 0, where the ones before them end, and end behind it",
        ),
        (
            a(entry("F32", "[2,3]", 0, 8)),
            8,
            "\"a\": shape [2, 3] of dtype F32 needs 24 bytes, the entry has 8",
        ),
        (
            a(entry("F32", "[4294967296,4294967296]", 0, 8)),
            8,
            "\"a\": shape [4294967296, 4294967296] exceeds the address space",
        ),
        (
            a(entry("U8", "[4611686018427387904,4,0]", 0, 0)),
            0,
            "\"a\": shape [4611686018427387904, 4, 0] exceeds the address space",
        ),
        (
            a(entry("U8", "[1,1,1,1,1,1,1,1,1]", 0, 1)),
            1,
            "\"a\": byte 77: shape [1, 1, 1, 1, 1, 1, 1, 1, 1] has 9 axes; tensors have at most 8",
        ),
        (a(entry("BOOL", "[2]", 0, 2)), 2, "\"a\": byte 63: element 1 of dtype bool is 7, neither 0 nor 1"),
        (
            a(entry("X9", "[2]", 0, 2)),
            2,
            "\"a\": no tensor holds dtype X9; convert it in the program that wrote the file",
        ),
        (r#"{"a":{"dtype":"U8"}}"#.to_owned(), 0, "byte 8: header: tensor \"a\": missing field `shape`"),
        (
            r#"{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,0]}}"#.to_owned(),
            0,
            "byte 8: header: tensor \"a\": invalid value: integer `-1`, expected u64",
        ),
        (
            r#"{"a":{"dtype":"U8","dtype":"U8"}}"#.to_owned(),
            0,
            "byte 8: header: tensor \"a\": duplicate field `dtype`",
        ),
        (
            r#"{"a":{"kind":"U8"}}"#.to_owned(),
            0,
            "byte 8: header: tensor \"a\": unknown field `kind`, expected one of `dtype`, `shape`, `data_offsets`",
        ),
        (
            r#"{"__metadata__":{"k":1}}"#.to_owned(),
            0,
            "byte 8: header: invalid type: integer `1`, expected a string",
        ),
        (r#"{"__metadata__":{"k":"","k":""}}"#.to_owned(), 0, "byte 8: header: metadata \"k\" stands twice"),
        ("[]".to_owned(), 0, "byte 8: header: invalid type: sequence, expected a map from names to tensors"),
        ("{".to_owned(), 0, "byte 8: header: EOF while parsing an object"),
    ] {
        let mut bytes = vec![0; data];
        bytes.iter_mut().skip(1).for_each(|byte| *byte = 7);
        let found = open(&header, &bytes).expect_err(&header).to_string();
        // The JSON parser adds line and column.
        let found = found.split(" at line ").next().unwrap();
        assert_eq!(found, text, "{header}");
    }
    let twice = format!(r#"{{"a":{0},"a":{0}}}"#, f32s(0, 4));
    assert_error(open(&twice, &[0; 4]), "\"a\": the name is used twice");
    assert_error(
        open(r#"{"a":{"dtype":"U8","shape":[1,1,1],"data_offsets":[0,1]}"#, &[]),
        "byte 8: header: EOF while parsing an object at line 1 column 56",
    );
}

#[test]
fn offsets_near_the_largest_number_do_not_overflow() {
    let len = (1_u64 << 61) - 1;
    let entries: Vec<String> = (0..8)
        .map(|i| {
            let (begin, end) = (i * len, (i + 1) * len);
            format!(r#""{i}":{{"dtype":"U8","shape":[{len}],"data_offsets":[{begin},{end}]}}"#)
        })
        .collect();
    let text = open(&format!("{{{}}}", entries.join(",")), &[]).unwrap_err().to_string();
    assert_eq!(text, format!("\"0\": byte 846: truncated: {len} bytes are needed, 0 are there"));
}

#[test]
fn lengths_in_front_are_checked_before_memory_is_taken() {
    for (bytes, text) in [
        (&[1, 2, 3][..], "byte 0: truncated: 8 bytes are needed, 3 are there"),
        (
            &u64::MAX.to_le_bytes(),
            "byte 0: the header claims 18446744073709551615 bytes; at most 100000000 are read",
        ),
        (&99_999_999_u64.to_le_bytes(), "byte 8: truncated: 99999999 bytes are needed, 0 are there"),
    ] {
        assert_error(NamedTensors::read_safetensors_from(Cursor::new(bytes)), text);
    }
}

#[test]
fn a_name_is_taken_once_and_the_reserved_one_never() {
    let mut tensors = NamedTensors::new();
    tensors.insert("x", Tensor::scalar(1_u8)).unwrap();
    assert_error(tensors.insert("x", Tensor::scalar(2_u8)), "\"x\": the name is used twice");
    assert_eq!((tensors.len(), tensors.is_empty()), (1, false));
    tensors.insert("__metadata__", Tensor::scalar(1_u8)).unwrap();
    assert_error(
        tensors.write_safetensors_to(&mut Vec::new()),
        "\"__metadata__\": the name is reserved for the map of texts",
    );
}
