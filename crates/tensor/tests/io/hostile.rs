//! Bytes from strangers: whatever they are, the outcome is a tensor or an error, and no file makes the reader take much
//! more memory than the file itself.

use std::fmt::Debug;
use std::io::Cursor;

use gradus_tensor::io::{AnyTensor, IoError, NamedTensors};
use gradus_tensor::{Params, Rng, Tensor};

use crate::allocator::requests;
use crate::npy::file as npy_file;
use crate::safetensors::file as safetensors_file;
use crate::support::{assert_error, corners, filled, golden};

/// The largest request to the allocator while `action` runs.
fn largest_request<R>(action: impl FnOnce() -> R) -> (R, usize) {
    let (result, _, largest) = requests(action);
    (result, largest)
}

/// Requests that do not depend on the file: the buffers of readers, elements of streams of unknown length.
const BUFFERS: usize = 2 << 20;

/// Deflated bytes and their inflated ones.
const INFLATION: usize = 1032;

type Reader = fn(&[u8]) -> Result<(), IoError>;

fn npy(bytes: &[u8]) -> Result<(), IoError> {
    AnyTensor::read_npy_from(bytes).map(drop)
}

fn npz(bytes: &[u8]) -> Result<(), IoError> {
    NamedTensors::read_npz_from(Cursor::new(bytes)).map(drop)
}

fn safetensors(bytes: &[u8]) -> Result<(), IoError> {
    NamedTensors::read_safetensors_from(Cursor::new(bytes)).map(drop)
}

fn parameters(bytes: &[u8]) -> Result<(), IoError> {
    let mut params = Params::<f32>::new();
    params.add("weight", &Tensor::zeros([3, 4])).expect("the first name");
    params.load_safetensors_from(Cursor::new(bytes))
}

/// Valid files of every format, and what reads them.
fn seeds() -> Vec<(&'static str, Vec<u8>, Reader)> {
    let golden = |name| std::fs::read(golden(name)).expect("a golden file");
    let mut tensors = NamedTensors::new();
    tensors.metadata_mut().insert("format".to_owned(), "pt".to_owned());
    tensors.insert("weight", filled::<f32>([3, 4])).expect("a new name");
    let mut weights = Vec::new();
    tensors.write_safetensors_to(&mut weights).expect("memory takes bytes");
    tensors.insert("mask", corners::<bool>()).expect("a new name");
    tensors.insert("empty", filled::<i64>([0, 7])).expect("a new name");
    let mut mixed = Vec::new();
    tensors.write_safetensors_to(&mut mixed).expect("memory takes bytes");
    vec![
        ("float32.npy", golden("npy/float32.npy"), npy),
        ("bool.npy", golden("npy/bool.npy"), npy),
        ("fortran.npy", golden("npy/fortran.npy"), npy),
        ("version3.npy", golden("npy/version3.npy"), npy),
        ("arrays.npz", golden("arrays.npz"), npz),
        ("arrays_compressed.npz", golden("arrays_compressed.npz"), npz),
        ("mixed.safetensors", mixed, safetensors),
        ("weights.safetensors", weights, parameters),
    ]
}

#[test]
fn every_truncation_is_an_error() {
    for (name, bytes, read) in seeds() {
        read(&bytes).unwrap();
        for len in 0..bytes.len() {
            assert!(read(&bytes[..len]).is_err(), "{name} cut after {len} of {} bytes", bytes.len());
        }
    }
}

/// A few changed, inserted, removed, repeated bytes: bits, digits, and numbers at the edges of their types.
fn mutate(rng: &mut Rng, bytes: &mut Vec<u8>) {
    const EDGES: [u64; 6] = [0, 1, u64::MAX, 1 << 63, u32::MAX as u64, 0x7fff_ffff];
    for _ in 0..1 + rng.index(4) {
        if bytes.is_empty() {
            return;
        }
        let at = rng.index(bytes.len());
        match rng.index(7) {
            0 => bytes[at] ^= 1 << rng.index(8),
            1 => bytes[at] = rng.index(256) as u8,
            2 => bytes[at] = b"0123456789"[rng.index(10)],
            3 => {
                let number = EDGES[rng.index(6)].to_le_bytes();
                for (byte, &new) in bytes[at..].iter_mut().zip(&number[..1 << rng.index(4)]) {
                    *byte = new;
                }
            }
            4 => bytes.insert(at, b"09[]{},:'\"-.(TL"[rng.index(15)]),
            5 => drop(bytes.remove(at)),
            _ => {
                let end = bytes.len().min(at + 1 + rng.index(40));
                let part = bytes[at..end].to_vec();
                let to = rng.index(bytes.len());
                bytes.splice(to..to, part);
            }
        }
    }
}

#[test]
fn mutated_files_neither_panic_nor_take_memory() {
    const ROUNDS: usize = 10_000;
    let mut rng = Rng::new(7);
    for (name, bytes, read) in seeds() {
        let mut refused = 0;
        for round in 0..ROUNDS {
            let mut mutated = bytes.clone();
            mutate(&mut rng, &mut mutated);
            let (outcome, largest) = largest_request(|| read(&mutated));
            let bound = BUFFERS + mutated.len() * INFLATION;
            assert!(largest <= bound, "{name}, round {round}: {largest} bytes taken");
            if let Err(error) = outcome {
                assert!(!error.to_string().is_empty());
                refused += 1;
            }
        }
        assert!(refused > ROUNDS / 4, "{name}: {refused} refused");
        assert!(refused < ROUNDS, "{name}: some changes are harmless");
    }
}

#[test]
fn a_changed_byte_of_an_archive_is_an_error_or_changes_nothing() {
    // The bits of all arrays, NaN too, and their names.
    let content = |tensors: &NamedTensors| {
        let mut content = Vec::new();
        tensors.write_npz_to(&mut content).expect("memory takes bytes");
        content
    };
    for name in ["arrays.npz", "arrays_compressed.npz"] {
        let mut bytes = std::fs::read(golden(name)).expect("a golden file");
        let original = content(&NamedTensors::read_npz_from(Cursor::new(&bytes)).unwrap());
        let mut refused = 0;
        for at in 0..bytes.len() {
            for change in [0x01, 0x20, 0xff] {
                bytes[at] ^= change;
                match NamedTensors::read_npz_from(Cursor::new(&bytes)) {
                    Ok(found) => assert!(content(&found) == original, "{name}: byte {at} ^ {change:#x}"),
                    Err(_) => refused += 1,
                }
                bytes[at] ^= change;
            }
        }
        assert!(refused > bytes.len(), "{name}: {refused} refused");
    }
}

#[test]
fn noise_is_refused() {
    let mut rng = Rng::new(8);
    for (_, bytes, read) in seeds() {
        for _ in 0..500 {
            let mut noise = bytes.clone();
            let kept = rng.index(12);
            noise[kept..].iter_mut().for_each(|byte| *byte = rng.index(256) as u8);
            assert!(read(&noise).is_err());
        }
    }
}

/// Requires an error with this text before any memory that the claim would need is taken.
#[track_caller]
fn assert_cheap_error<T: Debug>(read: impl FnOnce() -> Result<T, IoError>, text: &str) {
    let (outcome, largest) = largest_request(read);
    assert_error(outcome, text);
    assert!(largest <= BUFFERS, "{largest} bytes taken: {text}");
}

#[test]
fn claims_are_compared_with_the_file_before_memory_is_taken() {
    let folder = crate::support::Folder::new();
    let path = folder.path("claims.npy");
    let bytes =
        npy_file("{'descr': '<f8', 'fortran_order': False, 'shape': (1152921504606846976,)}", &[0; 100]);
    std::fs::write(&path, &bytes).unwrap();
    assert_cheap_error(
        || Tensor::<f64>::read_npy(&path),
        &format!("{}: byte 83: shape [1152921504606846976] exceeds the address space", path.display()),
    );
    let bytes =
        npy_file("{'descr': '|u1', 'fortran_order': False, 'shape': (1152921504606846976,)}", &[0; 100]);
    std::fs::write(&path, &bytes).unwrap();
    assert_cheap_error(
        || AnyTensor::read_npy(&path),
        &format!(
            "{}: byte 83: truncated: 1152921504606846976 bytes are needed, 100 are there",
            path.display()
        ),
    );
    assert_cheap_error(
        || AnyTensor::read_npy_from(bytes.as_slice()),
        "byte 83: truncated: 1152921504606846976 bytes are needed, 100 are there",
    );
    let bytes =
        npy_file("{'descr': '<f4', 'fortran_order': True, 'shape': (4294967296, 4294967296, 0)}", &[]);
    assert_cheap_error(
        || AnyTensor::read_npy_from(bytes.as_slice()),
        "byte 10: shape [4294967296, 4294967296, 0] exceeds the address space",
    );
    let version2 = [b"\x93NUMPY\x02\x00", u32::MAX.to_le_bytes().as_slice()].concat();
    assert_cheap_error(
        || AnyTensor::read_npy_from(version2.as_slice()),
        "byte 8: the header claims 4294967295 bytes; at most 65536 are read",
    );
    let header =
        r#"{"x":{"dtype":"U8","shape":[1152921504606846976],"data_offsets":[0,1152921504606846976]}}"#;
    assert_cheap_error(
        || NamedTensors::read_safetensors_from(Cursor::new(safetensors_file(header, &[0; 100]))),
        "\"x\": byte 97: truncated: 1152921504606846976 bytes are needed, 100 are there",
    );
}

/// Delivers zeros, but has no length.
struct Zeros;

impl std::io::Read for Zeros {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        bytes.fill(0);
        Ok(bytes.len())
    }
}

impl std::io::Seek for Zeros {
    fn seek(&mut self, _: std::io::SeekFrom) -> std::io::Result<u64> {
        Ok(0)
    }
}

#[test]
fn sources_without_a_length_are_refused() {
    let text = NamedTensors::read_safetensors_from(Zeros).unwrap_err().to_string();
    assert!(text.starts_with("byte 8: header: EOF"), "{text}");
    assert!(NamedTensors::read_npz_from(Zeros).is_err());
    assert!(AnyTensor::read_npy_from(Zeros).is_err());
}

#[test]
fn signatures_and_versions_are_checked() {
    for (bytes, text) in [
        (&b""[..], "byte 0: no npy file: it begins with \"\""),
        (b"PK\x03\x04....", "byte 0: no npy file: it begins with \"PK\\x03\\x04..\""),
        (b"\x93NUMPY", "byte 6: truncated: 2 bytes are needed, 0 are there"),
        (b"\x93NUMPY\x01", "byte 6: truncated: 2 bytes are needed, 1 are there"),
        (b"\x93NUMPY\x04\x00", "byte 6: npy version 4.0 is not known"),
        (b"\x93NUMPY\x01\x07", "byte 6: npy version 1.7 is not known"),
        (b"\x93NUMPY\x01\x00\x10", "byte 8: truncated: 2 bytes are needed, 1 are there"),
        (b"\x93NUMPY\x01\x00\x10\x00{", "byte 10: truncated: 16 bytes are needed, 1 are there"),
    ] {
        assert_error(AnyTensor::read_npy_from(bytes), text);
    }
}
