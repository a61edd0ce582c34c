//! Parameters in safetensors files.

use std::io::Cursor;

use gradus_tensor::io::{AnyTensor, IoError, IoErrorKind, NamedTensors};
use gradus_tensor::{Params, Rng, Tensor};

use crate::support::Folder;

fn model(seed: u64) -> Params<f32> {
    let mut rng = Rng::new(seed);
    let mut params = Params::new();
    for (name, shape) in
        [("layer.weight", &[3, 2][..]), ("layer.bias", &[2]), ("empty", &[0, 4]), ("scale", &[])]
    {
        params.add(name, &rng.normal(shape)).expect("a new name");
    }
    params
}

#[test]
fn parameters_are_saved_and_loaded_bit_for_bit() {
    let folder = Folder::new();
    let path = folder.path("model.safetensors");
    let mut saved = model(1);
    saved.as_mut_slice()[0] = f32::from_bits(0x7fc1_2345);
    saved.as_mut_slice()[1] = -0.0;
    saved.save_safetensors(&path).unwrap();
    let bits = |params: &Params<f32>| params.as_slice().iter().map(|x| x.to_bits()).collect::<Vec<_>>();

    let mut loaded = model(2);
    loaded.load_safetensors(&path).unwrap();
    assert_eq!(bits(&loaded), bits(&saved));
    let mut bytes = Vec::new();
    saved.save_safetensors_to(&mut bytes).unwrap();
    let mut loaded = model(3);
    let view = loaded.get(loaded.id("layer.bias").unwrap());
    let before = view.to_vec();
    loaded.load_safetensors_from(Cursor::new(bytes)).unwrap();
    assert_eq!(bits(&loaded), bits(&saved));
    assert_eq!(view.to_vec(), before, "views from before keep their values");

    let tensors = NamedTensors::read_safetensors(&path).unwrap();
    assert!(tensors.names().eq(saved.ids().map(|id| saved.name(id))), "in the order of the slab");
}

#[test]
fn the_slab_is_the_data_of_the_file() {
    let params = model(1);
    let mut bytes = Vec::new();
    params.save_safetensors_to(&mut bytes).unwrap();
    let slab: Vec<u8> = params.as_slice().iter().flat_map(|x| x.to_le_bytes()).collect();
    assert!(bytes.ends_with(&slab));
}

/// Changes the entries of a file.
type Change = fn(&mut Vec<(String, AnyTensor)>);

/// Loads a file like that of `model(1)` after a change.
fn load_changed(change: Change) -> Result<Params<f32>, IoError> {
    let mut entries: Vec<_> = NamedTensors::from(&model(1))
        .iter()
        .map(|(name, tensor)| (name.to_owned(), tensor.clone()))
        .collect();
    change(&mut entries);
    let mut tensors = NamedTensors::new();
    for (name, tensor) in entries {
        tensors.insert(&name, tensor).expect("different names");
    }
    let mut bytes = Vec::new();
    tensors.write_safetensors_to(&mut bytes).expect("memory takes bytes");
    let mut params = model(2);
    let outcome = params.load_safetensors_from(Cursor::new(bytes));
    if outcome.is_err() {
        assert_eq!(params, model(2), "nothing changes");
    }
    outcome.map(|()| params)
}

#[test]
fn the_order_of_the_file_does_not_matter() {
    assert_eq!(load_changed(|entries| entries.reverse()).unwrap(), model(1));
}

#[test]
fn what_does_not_fit_is_named_and_changes_nothing() {
    let cases: [(Change, &str); 5] = [
        (
            |entries| drop(entries.remove(1)),
            "\"layer.bias\": there is no such entry; there are: layer.weight, empty, scale",
        ),
        (
            |entries| entries.push(("layer.extra".to_owned(), Tensor::scalar(0_f32).into())),
            "\"layer.extra\": nothing has this name; remove the entry or read it by name",
        ),
        (
            |entries| entries[0].1 = Tensor::<f32>::zeros([2, 3]).into(),
            "\"layer.weight\": shape [2, 3] found, [3, 2] expected",
        ),
        (
            |entries| entries[3].1 = Tensor::scalar(0_f64).into(),
            "\"scale\": dtype float64 found, float32 expected; nothing is converted silently (`get_as` and \
             `AnyTensor` convert)",
        ),
        (
            |entries| entries[0].1 = AnyTensor::Bf16(Tensor::full([3, 2], 0)),
            "\"layer.weight\": dtype bfloat16 found, float32 expected; nothing is converted silently (`get_as` and \
             `AnyTensor` convert)",
        ),
    ];
    for (change, text) in cases {
        assert_eq!(load_changed(change).expect_err(text).to_string(), text);
    }
}

#[test]
fn errors_name_the_file() {
    let folder = Folder::new();
    let path = folder.path("other.safetensors");
    Params::single("x", &Tensor::<f32>::zeros([1])).save_safetensors(&path).unwrap();
    let error = model(1).load_safetensors(&path).unwrap_err();
    assert_eq!((error.file(), error.entry()), (Some(path.as_path()), Some("layer.weight")));
    assert!(matches!(error.kind(), IoErrorKind::Missing { known } if known == "x"));
    std::fs::write(&path, b"{}").unwrap();
    let error = model(1).load_safetensors(&path).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("{}: byte 0: truncated: 8 bytes are needed, 2 are there", path.display())
    );
}
