//! Reverse-mode automatic differentiation on an arena tape.
//!
//! [`value_and_grad`] lends a tape to a closure, which computes a loss from [`Var`]s; the tape is then read
//! backwards, and value and gradient are returned. Nothing stays alive, and no gradient is stored on a
//! parameter, so there is nothing to zero.
//!
//! ```
//! use gradus_autograd::value_and_grad;
//! use gradus_tensor::{Params, Tensor};
//!
//! let mut params = Params::<f64>::new();
//! let w = params.add("w", &Tensor::vector(&[1.0, 2.0]))?;
//! let x = Tensor::from_rows([[1.0, 0.0], [1.0, 1.0]]);
//! let (loss, gradient) = value_and_grad(&params, |p| {
//!     let y = p.constant(&x).matmul(p.get(w));
//!     (y - 1.0).square().sum()
//! });
//! assert_eq!(loss, 4.0);
//! assert_eq!(gradient.as_slice(), [4.0, 4.0]);
//! assert_eq!(gradient.get(w).to_vec(), [4.0, 4.0]);
//! # Ok::<(), gradus_tensor::TensorError>(())
//! ```
//!
//! Where an op has no derivative, its gradient is PyTorch's: see [`ops`]. The feature `linalg`, off by default, adds the
//! derivatives of dense linear algebra.
#![forbid(unsafe_code)]

mod anomaly;
mod bound;
mod checkpoint;
mod display;
mod grad;
pub mod gradcheck;
mod gradients;
mod jacobian;
#[cfg(feature = "linalg")]
pub mod linalg;
mod op;
pub mod ops;
mod per_sample;
mod reverse;
mod tape;
mod var;

pub use anomaly::{Anomaly, Extent, Phase, detect_anomaly};
pub use bound::Bound;
pub use checkpoint::checkpoint;
pub use grad::{evaluate, grad, pullback, value, value_and_grad, value_and_grad_into};
pub use jacobian::{Hvp, hessian, hvp, jacobian, jvp, vjp};
pub use op::Op;
pub use ops::einsum;
pub use per_sample::{PerSampleGradients, PerSampleNorms, Samples, per_sample_gradients, per_sample_norms};
pub use reverse::{Reverse, Values};
pub use tape::{Tape, live_nodes};
pub use var::Var;

/// The code of the page on this crate is compiled and run with the tests.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/autograd.md")]
struct Page;
