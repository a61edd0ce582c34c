//! N-dimensional arrays with run-time shapes, SIMD and rayon kernels, seeded random numbers, and [`Params`]:
//! all parameters of a model as one flat vector with named views.
//!
//! Nothing here knows of gradients; `gradus-autograd` records what this crate computes. This is the only
//! crate of the workspace with `unsafe` code.
//!
//! # Names
//!
//! Ops have PyTorch's names and settings, those of NumPy where PyTorch has none.
//!
//! - A reduction without a suffix is over all elements. `_axes` takes a set of axes (`sum_axes(&[0, 2])`), `_axis` a single
//!   one where a set has no meaning (`argmax_axis(1)`); these are dropped, and `_keepdim` keeps them with extent 1.
//! - The axis is the first argument of a method (`gather(axis, index)`, `split(axis, extents)`), but follows the count in
//!   `topk(k, axis, largest)`, and comes last in functions of a list of tensors (`Tensor::concat(parts, axis)`).
//! - `_assign` changes the tensor itself, `_into` writes into one that exists, `try_` returns a `Result`.
//!
//! Features, none of them on by default: `io` (npy, npz and safetensors files), `serde` (shapes, tensors and parameters
//! as data), `ndarray` (conversions), `linalg` (dense linear algebra).

mod construct;
mod conv;
mod convert;
mod copy;
mod crew;
mod display;
mod dual;
pub mod einsum;
mod element;
mod elementwise;
mod error;
mod gemm;
mod index;
#[cfg(feature = "io")]
pub mod io;
mod jet;
mod join;
mod layout;
#[cfg(feature = "linalg")]
pub mod linalg;
mod math;
mod matmul;
mod matvec;
pub mod memory;
mod methods;
#[cfg(feature = "ndarray")]
mod ndarray;
pub mod ops;
mod parallel;
mod params;
mod pool;
mod random;
mod reduce;
mod scalar;
#[cfg(feature = "serde")]
mod serde;
mod shape;
pub mod simd;
mod sort;
mod tensor;
pub mod vector;
mod views;
mod window;

pub use conv::{Conv1d, Conv2d};
pub use crew::for_each_piece;
pub use dual::Dual;
pub use einsum::{EinsumError, EinsumPath, einsum, einsum_path, try_einsum};
pub use element::Element;
pub use elementwise::{
    Operand, binary_backward, binary_backward_add, binary_derivative, unary_backward, unary_derivative,
};
pub use error::{LinalgError, TensorError};
pub use join::Padding;
pub use layout::SliceItem;
pub use params::{ParamId, Params, ParamsLayout};
pub use pool::{AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d};
pub use random::{Rng, RngState};
pub use scalar::{Real, Scalar};
pub use shape::{MAX_RANK, Shape};
pub use sort::Unique;
pub use tensor::Tensor;
pub use views::ViewMut;
