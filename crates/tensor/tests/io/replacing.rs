//! Files are replaced as a whole or not at all.

use std::fs;

use gradus_tensor::Tensor;
use gradus_tensor::io::{AnyTensor, NamedTensors};

use crate::support::Folder;

#[test]
fn an_old_file_survives_a_failed_write() {
    let folder = Folder::new();
    let path = folder.path("x.npz");
    let mut tensors = NamedTensors::new();
    tensors.insert("a", Tensor::scalar(1_u8)).unwrap();
    tensors.write_npz(&path).unwrap();
    let before = fs::read(&path).unwrap();
    tensors.insert("b", AnyTensor::Bf16(Tensor::vector(&[0]))).unwrap();
    let text = tensors.write_npz(&path).unwrap_err().to_string();
    assert!(text.contains("x.npz: \"b\": no tensor holds dtype bfloat16"), "{text}");
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(folder.names(), ["x.npz"], "nothing is left behind");
}

#[test]
fn a_directory_in_the_way_is_an_error() {
    let folder = Folder::new();
    let path = folder.path("x.npy");
    fs::create_dir(&path).unwrap();
    fs::write(path.join("inside"), "kept").unwrap();
    let text = Tensor::scalar(1_u8).write_npy(&path).unwrap_err().to_string();
    assert!(text.starts_with(&format!("{}: cannot ", path.display())), "{text}");
    assert_eq!(folder.names(), ["x.npy"], "nothing is left behind");
    assert_eq!(fs::read(path.join("inside")).unwrap(), b"kept");
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let folder = Folder::new();
    let path = folder.path("none/x.npy");
    let text = Tensor::scalar(1_u8).write_npy(&path).unwrap_err().to_string();
    assert!(text.starts_with(&format!("{}: cannot create a file here: ", path.display())), "{text}");
    for nameless in ["", "/", ".."] {
        let text = Tensor::scalar(1_u8).write_npy(nameless).unwrap_err().to_string();
        assert!(text.starts_with(&format!("{nameless}: cannot ")), "{text}");
    }
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_permissions_kept() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let folder = Folder::new();
    let (path, link) = (folder.path("x.npy"), folder.path("link.npy"));
    Tensor::scalar(1_u8).write_npy(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&path, &link).unwrap();
    Tensor::scalar(2_u8).write_npy(&link).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(Tensor::<u8>::read_npy(&path).unwrap().item(), 2);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(folder.names(), ["link.npy", "x.npy"]);
}

/// Root may write everywhere: then there is nothing to see.
#[cfg(unix)]
#[test]
fn an_unwritable_folder_is_an_error() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new();
    let path = folder.path("x.npy");
    Tensor::scalar(1_u8).write_npy(&path).unwrap();
    fs::set_permissions(folder.path(""), fs::Permissions::from_mode(0o555)).unwrap();
    let outcome = Tensor::scalar(2_u8).write_npy(&path);
    let may = fs::File::create_new(folder.path("probe")).is_ok();
    fs::set_permissions(folder.path(""), fs::Permissions::from_mode(0o755)).unwrap();
    let kept = Tensor::<u8>::read_npy(&path).unwrap().item();
    match outcome {
        Ok(()) => assert!(may && kept == 2),
        Err(error) => {
            assert!(error.to_string().contains("x.npy: cannot create a file here: "), "{error}");
            assert_eq!(kept, 1);
        }
    }
}

#[test]
fn a_sink_that_refuses_is_an_error_with_its_reason() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut tensors = NamedTensors::new();
    tensors.insert("a", Tensor::scalar(1_u8)).unwrap();
    for outcome in [
        Tensor::scalar(1_u8).write_npy_to(Full),
        tensors.write_safetensors_to(Full),
        tensors.write_npz_to(Full),
        tensors.write_npz_compressed_to(Full),
    ] {
        let text = outcome.unwrap_err().to_string();
        assert!(text.contains("no storage space"), "{text}");
    }
}
