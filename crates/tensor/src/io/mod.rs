//! Tensors in files: NumPy's npy and npz, and safetensors. Feature `io`.
//!
//! | format | one tensor | several tensors |
//! | --- | --- | --- |
//! | npy | [`Tensor::read_npy`](crate::Tensor::read_npy), [`write_npy`](crate::Tensor::write_npy), [`AnyTensor::read_npy`] | |
//! | npz | | [`NamedTensors::read_npz`], [`write_npz`](NamedTensors::write_npz); by name: [`NpzReader`] |
//! | safetensors | | [`NamedTensors::read_safetensors`], [`write_safetensors`](NamedTensors::write_safetensors); by name: [`SafetensorsReader`], [`MappedSafetensors`] |
//!
//! Parameters: [`Params::save_safetensors`](crate::Params::save_safetensors),
//! [`Params::load_safetensors`](crate::Params::load_safetensors).
//!
//! What is written is read back bit for bit, NaN payloads included. Element types are never converted silently.
//! Files are replaced as a whole or left as they were.
//!
//! **Files are not trusted.** Sizes are compared with what the file holds before memory is taken for them; whatever
//! bytes a file has, the outcome is a tensor or an [`IoError`] that names the place, never a panic.

mod any;
mod atomic;
mod bytes;
mod dtype;
mod error;
mod half;
mod named;
mod npy;
mod npz;
mod params;
mod safetensors;

pub use self::any::AnyTensor;
pub use self::dtype::Dtype;
pub use self::error::{IoError, IoErrorKind};
pub use self::named::NamedTensors;
pub use self::npz::NpzReader;
pub use self::safetensors::{MappedSafetensors, SafetensorsReader, TensorInfo};
