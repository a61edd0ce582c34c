//! What the tests of several crates share: naive twins of kernels, seeded generators of operands, comparisons
//! in bits and in bounds, and the settings (SIMD level, threads) under which a kernel must agree with its twin.
#![forbid(unsafe_code)]

pub mod compare;
pub mod generate;
pub mod naive;
pub mod settings;
