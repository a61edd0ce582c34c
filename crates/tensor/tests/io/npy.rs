//! The npy format.

use gradus_tensor::Tensor;
use gradus_tensor::io::{AnyTensor, Dtype, IoErrorKind};

use crate::for_each_type;
use crate::support::{Corners, Folder, assert_error, assert_same_bits, corners, filled, golden, variety};

#[test]
fn what_numpy_wrote_is_read_and_written_byte_for_byte() {
    fn check<T: Corners>() {
        let name = Dtype::of::<T>().name();
        let path = golden(&format!("npy/{name}.npy"));
        assert_same_bits(&Tensor::<T>::read_npy(&path).unwrap(), &corners());
        let any = AnyTensor::read_npy(&path).unwrap();
        assert_eq!(any.dtype(), Dtype::of::<T>());
        assert_same_bits(&any.get::<T>().unwrap(), &corners());

        let bytes = std::fs::read(&path).unwrap();
        assert_same_bits(&Tensor::<T>::read_npy_from(bytes.as_slice()).unwrap(), &corners());
        let mut written = Vec::new();
        corners::<T>().write_npy_to(&mut written).unwrap();
        assert_eq!(written.escape_ascii().to_string(), bytes.escape_ascii().to_string(), "{name}");
        written.clear();
        any.write_npy_to(&mut written).unwrap();
        assert_eq!(written, bytes, "{name}");
    }
    for_each_type!(check);
}

#[test]
fn big_endian_files_are_read() {
    fn check<T: Corners>() {
        if size_of::<T>() > 1 {
            let path = golden(&format!("npy/{}_big.npy", Dtype::of::<T>().name()));
            assert_same_bits(&Tensor::<T>::read_npy(&path).unwrap(), &corners());
        }
    }
    for_each_type!(check);
}

#[test]
fn half_precision_is_kept_as_bits_and_cast_exactly() {
    let expected = [1.5, -0.0, 2f32.powi(-24), f32::INFINITY, f32::from_bits(0x7fc5_4000), 65504.0];
    for name in ["npy/float16.npy", "npy/float16_big.npy"] {
        let half = AnyTensor::read_npy(golden(name)).unwrap();
        assert_eq!(half.dtype(), Dtype::F16);
        assert_same_bits(&half.cast::<f32>(), &Tensor::from_slice([2, 3], &expected).unwrap());
        assert!(half.get::<u16>().is_err(), "bits are no integers");
        let mut written = Vec::new();
        half.write_npy_to(&mut written).unwrap();
        assert_eq!(written, std::fs::read(golden("npy/float16.npy")).unwrap());
    }
    let path = golden("npy/float16.npy");
    assert_error(
        Tensor::<f32>::read_npy(&path),
        &format!(
            "{}: dtype float16 found, float32 expected; nothing is converted silently (`get_as` and \
             `AnyTensor` convert)",
            path.display()
        ),
    );
}

#[test]
fn fortran_order_becomes_a_view() {
    let x = Tensor::<f32>::read_npy(golden("npy/fortran.npy")).unwrap();
    assert_eq!(x, Tensor::from_fn([2, 3, 4], |i| i as f32));
    assert_eq!(x.strides(), [1, 2, 6]);
    let any = AnyTensor::read_npy(golden("npy/fortran_big.npy")).unwrap();
    assert_eq!(any.get::<i32>().unwrap(), Tensor::from_fn([2, 3], |i| i as i32));
}

#[test]
fn all_ranks_and_versions_are_read() {
    let read = |name: &str| Tensor::<f32>::read_npy(golden(name)).unwrap();
    assert_eq!(read("npy/rank0.npy"), Tensor::scalar(2.5));
    assert_eq!(read("npy/rank8.npy"), Tensor::from_fn([1, 2, 1, 3, 1, 1, 2, 1], |i| i as f32));
    for name in ["npy/version2.npy", "npy/version3.npy"] {
        assert_eq!(read(name), Tensor::from_fn([2, 2], |i| i as f32));
    }
    assert_eq!(Tensor::<f64>::read_npy(golden("npy/empty.npy")).unwrap(), Tensor::zeros([0, 3]));
}

#[test]
fn views_are_written_in_logical_order() {
    fn check<T: Corners>() {
        for x in variety::<T>() {
            let mut bytes = Vec::new();
            x.write_npy_to(&mut bytes).unwrap();
            let mut rest = bytes.as_slice();
            assert_same_bits(&Tensor::<T>::read_npy_from(&mut rest).unwrap(), &x);
            assert!(rest.is_empty());
        }
    }
    for_each_type!(check);
}

#[test]
fn arrays_can_stand_one_behind_the_other_in_a_stream() {
    let mut bytes = Vec::new();
    corners::<f64>().write_npy_to(&mut bytes).unwrap();
    corners::<i16>().write_npy_to(&mut bytes).unwrap();
    let mut stream = bytes.as_slice();
    assert_same_bits(&Tensor::<f64>::read_npy_from(&mut stream).unwrap(), &corners());
    assert_same_bits(&Tensor::<i16>::read_npy_from(&mut stream).unwrap(), &corners());

    let folder = Folder::new();
    let path = folder.path("two.npy");
    std::fs::write(&path, &bytes).unwrap();
    assert_error(
        Tensor::<f64>::read_npy(&path),
        &format!("{}: byte 176: 140 bytes follow where the data should end", path.display()),
    );
}

#[test]
fn large_arrays_are_read_from_streams_of_unknown_length() {
    let x = filled::<f32>([1000, 777]);
    let mut bytes = Vec::new();
    x.write_npy_to(&mut bytes).unwrap();
    assert_same_bits(&Tensor::<f32>::read_npy_from(bytes.as_slice()).unwrap(), &x);
    let error = Tensor::<f32>::read_npy_from(&bytes[..bytes.len() - 1]).unwrap_err();
    assert_eq!(error.to_string(), "byte 128: truncated: 3108000 bytes are needed, 3107999 are there");
    assert_eq!(error.offset(), Some(128));
}

#[test]
fn what_no_tensor_holds_is_named_with_a_remedy() {
    for (name, text) in [
        ("text", "no tensor holds dtype '<U2'; texts are no numbers: save codes, and the texts apart"),
        ("bytes", "no tensor holds dtype '|S2'; texts are no numbers: save codes, and the texts apart"),
        (
            "object",
            "no tensor holds dtype '|O'; objects are pickled Python code: convert with astype before saving",
        ),
        ("fields", "no tensor holds dtype '|V (fields)'; save raw bytes as uint8, fields as an array each"),
        ("complex", "no tensor holds dtype '<c8'; save the real and the imaginary parts apart"),
        ("time", "no tensor holds dtype '<M8[ns]'; save times as numbers: astype('int64')"),
        ("long_double", "no tensor holds dtype '<f16'; convert with astype before saving"),
    ] {
        let path = golden(&format!("npy/unsupported_{name}.npy"));
        assert_error(AnyTensor::read_npy(&path), &format!("{}: byte 10: {text}", path.display()));
    }
    let path = golden("npy/rank9.npy");
    assert_error(
        AnyTensor::read_npy(&path),
        &format!(
            "{}: byte 10: shape [1, 2, 1, 3, 1, 1, 2, 1, 1] has 9 axes; tensors have at most 8",
            path.display()
        ),
    );
    let bits = AnyTensor::Bf16(Tensor::vector(&[0x3fc0]));
    assert_error(
        bits.write_npy_to(&mut Vec::new()),
        "no tensor holds dtype bfloat16; NumPy has none like it: cast to f32, or write safetensors",
    );
}

#[test]
fn a_file_that_is_not_there_keeps_the_reason() {
    let error = Tensor::<f32>::read_npy(golden("npy/none.npy")).unwrap_err();
    assert!(
        matches!(error.kind(), IoErrorKind::System { source, .. } if source.kind() == std::io::ErrorKind::NotFound)
    );
    assert!(std::error::Error::source(&error).is_some());
    assert_eq!(error.file(), Some(golden("npy/none.npy").as_path()));
    assert!(error.to_string().contains("npy/none.npy: cannot open: No such file"), "{error}");
}

/// A file of version 1.0 with this header text and these data.
pub(crate) fn file(header: &str, data: &[u8]) -> Vec<u8> {
    [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), data].concat()
}

#[test]
fn headers_are_python_literals() {
    let data = [7_u8, 8];
    for header in [
        "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }\n",
        "{\"shape\":(2,),\"fortran_order\":False,\"descr\":\"|u1\"}",
        " { 'descr' : '|u1' ,\t'fortran_order' : True , 'shape' : ( 2L , ) } \n",
    ] {
        assert_eq!(
            Tensor::<u8>::read_npy_from(file(header, &data).as_slice()).unwrap().to_vec(),
            data,
            "{header}"
        );
    }
    for (header, text) in [
        ("", "byte 10: header: '{' expected, the end found"),
        ("[]", "byte 10: header: '{' expected, '[' found"),
        ("{'descr': '|u1', 'fortran_order': False}", "byte 10: header: key \"shape\" is missing"),
        ("{'descr': '|u1', 'descr': '|u1'}", "byte 27: header: key \"descr\" stands twice"),
        ("{'what': 1}", "byte 11: header: unknown key \"what\""),
        ("{'shape': (2)}", "byte 22: header: ',' (a tuple of one number) expected, ')' found"),
        ("{'shape': (-2,)}", "byte 21: header: an extent expected, '-' found"),
        ("{'shape': (2, 3 4)}", "byte 26: header: ')' expected, '4' found"),
        ("{'shape': (99999999999999999999,)}", "byte 21: header: the extent exceeds 64 bits"),
        ("{'fortran_order': 1}", "byte 28: header: True or False expected, '1' found"),
        ("{'descr: 1}", "byte 11: header: the text has no closing quote"),
        ("{'descr': [('x', '<f4')", "byte 33: header: ']' expected, the end found"),
        (
            "{'descr': '|u1', 'fortran_order': False, 'shape': (2,)} 1",
            "byte 66: header: text follows the dictionary",
        ),
        (
            "{'descr': '\u{7f}u1', 'fortran_order': False, 'shape': (2,)}",
            "byte 10: no tensor holds dtype '\\u{7f}u1'; save numbers or truth values",
        ),
    ] {
        assert_error(AnyTensor::read_npy_from(file(header, &data).as_slice()), text);
    }
}
