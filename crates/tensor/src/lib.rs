//! N-dimensional arrays with run-time shapes, SIMD and rayon kernels, seeded random numbers, and [`Params`]:
//! all parameters of a model as one flat vector with named views.
//!
//! Nothing here knows of gradients; `gradus-autograd` records what this crate computes. This is the only
//! crate of the workspace with `unsafe` code.

mod display;
mod dual;
mod elementwise;
mod error;
mod gather;
mod layout;
#[cfg(feature = "linalg")]
pub mod linalg;
mod matmul;
mod matvec;
pub mod memory;
mod methods;
pub mod ops;
mod parallel;
mod params;
mod random;
mod reduce;
mod scalar;
mod shape;
pub mod simd;
mod tensor;
pub mod vector;
mod views;

pub use dual::Dual;
pub use elementwise::unary_backward;
pub use error::{LinalgError, TensorError};
pub use params::{ParamId, Params};
pub use random::Rng;
pub use scalar::{Real, Scalar};
pub use shape::{MAX_RANK, Shape};
pub use tensor::Tensor;
