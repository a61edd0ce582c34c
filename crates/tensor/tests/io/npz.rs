//! The npz format.

use std::io::Cursor;

use gradus_tensor::Tensor;
use gradus_tensor::io::{AnyTensor, Dtype, NamedTensors, NpzReader};

use crate::support::{Corners, Folder, assert_error, assert_same_bits, filled, golden, variety};

#[test]
fn what_numpy_wrote_is_read() {
    for name in ["arrays.npz", "arrays_compressed.npz"] {
        let tensors = NamedTensors::read_npz(golden(name)).unwrap();
        let names: Vec<_> = tensors.names().collect();
        assert_eq!(names, ["weight", "labels", "mask", "half", "nested/path"]);
        assert_eq!(tensors.get::<f32>("weight").unwrap(), Tensor::from_fn([3, 4], |i| i as f32));
        assert_eq!(tensors.get::<u8>("labels").unwrap().to_vec(), [3, 1, 2]);
        assert_eq!(tensors.get::<bool>("mask").unwrap(), Tensor::from_rows([[true, false]]));
        assert_eq!(tensors.get_any("half").unwrap().dtype(), Dtype::F16);
        assert_eq!(tensors.get::<f64>("nested/path").unwrap().to_vec(), [0.0, 1.0]);

        let reader = NpzReader::open(golden(name)).unwrap();
        assert!(reader.names().eq(names));
        assert_eq!(reader.get_as::<f64>("labels").unwrap().to_vec(), [3.0, 1.0, 2.0]);
        let path = golden(name);
        assert_error(
            reader.get::<i32>("labels"),
            &format!(
                "{}: \"labels\": dtype uint8 found, int32 expected; nothing is converted silently (`get_as` and \
                 `AnyTensor` convert)",
                path.display()
            ),
        );
        assert_error(
            reader.get::<i32>("label"),
            &format!(
                "{}: \"label\": there is no such entry; there are: weight, labels, mask, half, nested/path",
                path.display()
            ),
        );
    }
}

fn some() -> NamedTensors {
    let mut tensors = NamedTensors::new();
    fn add<T: Corners>(tensors: &mut NamedTensors) {
        for (i, x) in variety::<T>().into_iter().enumerate() {
            tensors.insert(&format!("{}/{i}", std::any::type_name::<T>()), x).expect("a new name");
        }
    }
    add::<bool>(&mut tensors);
    add::<f32>(&mut tensors);
    add::<i64>(&mut tensors);
    tensors.insert("half", AnyTensor::F16(Tensor::vector(&[0x3e00, 0x7e2a]))).expect("a new name");
    for name in ["../../etc/passwd", "/root", "a\\b", "näme", "", "x.npy", "folder/"] {
        tensors.insert(name, Tensor::scalar(1_u8)).expect("a new name");
    }
    tensors
}

fn written(tensors: &NamedTensors, compressed: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let outcome = if compressed {
        tensors.write_npz_compressed_to(&mut bytes)
    } else {
        tensors.write_npz_to(&mut bytes)
    };
    outcome.expect("memory takes bytes");
    bytes
}

#[test]
fn everything_comes_back_in_order() {
    let tensors = some();
    for compressed in [false, true] {
        let read = NamedTensors::read_npz_from(Cursor::new(written(&tensors, compressed))).unwrap();
        assert!(read.names().eq(tensors.names()), "names with paths are just names");
        fn check<T: Corners>(read: &NamedTensors) {
            for (i, x) in variety::<T>().into_iter().enumerate() {
                let name = format!("{}/{i}", std::any::type_name::<T>());
                assert_same_bits(&read.get::<T>(&name).unwrap(), &x);
            }
        }
        check::<bool>(&read);
        check::<f32>(&read);
        check::<i64>(&read);
        assert_eq!(read.get_any("half").unwrap(), tensors.get_any("half").unwrap());
        assert_eq!(read.get::<u8>("../../etc/passwd").unwrap().item(), 1);
    }
    let empty = NamedTensors::new();
    assert_eq!(NamedTensors::read_npz_from(Cursor::new(written(&empty, false))).unwrap(), empty);
}

#[test]
fn deflated_archives_are_smaller_and_replace_files() {
    let folder = Folder::new();
    let mut tensors = NamedTensors::new();
    tensors.insert("x", Tensor::<f64>::zeros([100, 100])).unwrap();
    let (stored, deflated) = (folder.path("stored.npz"), folder.path("deflated.npz"));
    tensors.write_npz(&stored).unwrap();
    tensors.write_npz_compressed(&deflated).unwrap();
    let len = |path| std::fs::metadata(path).unwrap().len();
    assert!(len(&stored) > 80_000 && len(&deflated) < 1000);
    assert_eq!(NamedTensors::read_npz(&deflated).unwrap(), tensors);
    assert_eq!(NamedTensors::read_npz(&stored).unwrap(), tensors);
    assert_eq!(folder.names(), ["deflated.npz", "stored.npz"]);
}

#[test]
fn what_the_format_cannot_hold_is_refused() {
    let mut tensors = NamedTensors::new();
    tensors.metadata_mut().insert("epoch".to_owned(), "1".to_owned());
    assert_error(
        tensors.write_npz_to(&mut Vec::new()),
        "\"epoch\": the name is that of a text, which npz files cannot hold; clear the metadata or write safetensors",
    );
    let named = |name: &str, tensor: AnyTensor| {
        let mut tensors = NamedTensors::new();
        tensors.insert(name, tensor).unwrap();
        tensors.write_npz_to(&mut Vec::new())
    };
    assert_error(
        named("x", AnyTensor::Bf16(Tensor::vector(&[0]))),
        "\"x\": no tensor holds dtype bfloat16; NumPy has none like it: cast to f32, or write safetensors",
    );
    assert_error(
        named("../é", Tensor::scalar(0_u8).into()),
        "\"../é\": the name has other letters than ASCII and is no path in plain form (`..`, `\\`, leading `/`)",
    );
    let long = "n".repeat(70_000);
    let text = named(&long, Tensor::scalar(0_u8).into()).unwrap_err().to_string();
    assert!(text.ends_with("the name exceeds the 65531 bytes of a zip archive"), "{text}");
}

/// The position of the last occurrence of a pattern.
fn last(bytes: &[u8], pattern: &[u8]) -> usize {
    bytes.windows(pattern.len()).rposition(|window| window == pattern).expect("the pattern")
}

/// An archive with one deflated array of zeros, `x`.
fn deflated() -> Vec<u8> {
    let mut tensors = NamedTensors::new();
    tensors.insert("x", Tensor::<f32>::zeros([1000])).expect("a new name");
    written(&tensors, true)
}

/// Reads the archive after a change of the directory's record at an offset.
fn read_changed(mut bytes: Vec<u8>, offset: usize, value: &[u8]) -> String {
    let record = last(&bytes, b"PK\x01\x02") + offset;
    bytes[record..record + value.len()].copy_from_slice(value);
    NamedTensors::read_npz_from(Cursor::new(bytes)).expect_err("a damaged archive").to_string()
}

#[test]
fn damaged_archives_are_refused() {
    // Offsets in the record: flags 8, method 10, checksum 16, sizes 20 (deflated) and 24, name 46.
    assert!(
        read_changed(deflated(), 8, &[1])
            .ends_with("\"x\": the entry is encrypted; stored and deflated entries can be read")
    );
    let method = read_changed(deflated(), 10, &[12]);
    assert!(method.starts_with("\"x\": the entry is compressed with "), "{method}");
    let checksum = read_changed(deflated(), 16, &[0; 4]);
    assert!(checksum.contains("checksum"), "{checksum}");
    let bomb = read_changed(deflated(), 24, &0x4000_0000_u32.to_le_bytes());
    assert!(bomb.contains("the archive claims 1073741824 bytes for the entry"), "{bomb}");
    let longer = read_changed(deflated(), 24, &4129_u32.to_le_bytes());
    assert_eq!(longer, "\"x\": byte 4128: 1 bytes follow where the data should end");
    let shorter = read_changed(deflated(), 24, &4127_u32.to_le_bytes());
    assert_eq!(shorter, "\"x\": byte 128: truncated: 4000 bytes are needed, 3999 are there");
    assert_eq!(
        read_changed(deflated(), 46, b"x.txt"),
        "\"x.txt\": the name does not end in .npy: the entry is no array"
    );
    let bytes = read_changed(deflated(), 46, b"\xff.npy");
    assert_eq!(bytes, "\"\u{fffd}\": the name is not UTF-8");
    for bytes in [&b""[..], b"PK", b"not a zip archive"] {
        let text = NamedTensors::read_npz_from(Cursor::new(bytes)).unwrap_err().to_string();
        assert!(text.starts_with("zip archive: "), "{text}");
    }
}

#[test]
fn names_and_bytes_belong_to_one_entry() {
    let mut tensors = NamedTensors::new();
    tensors.insert("a", filled::<u8>([100])).unwrap();
    tensors.insert("b", filled::<u8>([100])).unwrap();
    let bytes = written(&tensors, false);
    let second = last(&bytes, b"PK\x01\x02");
    let mut twice = bytes.clone();
    twice[second + 46] = b'a';
    let outcome = NamedTensors::read_npz_from(Cursor::new(twice));
    assert_error(outcome, "\"a\": the name is used twice");

    let mut renamed = bytes.clone();
    renamed[second + 46] = b'c';
    let outcome = NamedTensors::read_npz_from(Cursor::new(renamed));
    assert_error(outcome, "\"c\": the name differs between the directory and the header of the data");

    // The second record points at the first entry: both inflate the same bytes.
    let mut shared = bytes;
    shared[second + 42..second + 46].fill(0);
    let outcome = NamedTensors::read_npz_from(Cursor::new(shared));
    assert_error(outcome, "\"b\": the entry shares bytes of the archive with \"a\"");
}
