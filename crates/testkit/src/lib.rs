//! What the tests of several crates share: naive twins of kernels, seeded generators of operands, comparisons
//! in bits and in bounds, the check of gradients by differences, the texts of expected panics, and the settings
//! (SIMD level, threads) under which a kernel must agree with its twin.
#![forbid(unsafe_code)]

pub mod accuracy;
pub mod compare;
pub mod generate;
pub mod gradcheck;
pub mod naive;
pub mod panics;
pub mod settings;
