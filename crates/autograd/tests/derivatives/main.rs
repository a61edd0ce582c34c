//! Derivatives beyond the op table: what the tape makes of the rules, comparisons with PyTorch and with closed forms of
//! every order, and linear algebra. One binary, since each has the kernels to compile.

mod anomalies;
mod checkpoints;
mod corners;
mod display;
mod golden;
mod inside;
#[cfg(feature = "linalg")]
mod linalg;
mod orders;
mod per_sample;
mod products;
mod scale;
mod support;
