//! The op table: one row per op, checked against central differences over shapes, views and ways of use. An op
//! without a row does not compile (elementwise ops) or fails the comparison with the list of ops in the source; so does
//! a method of `Tensor` that variables do not have.

mod binary;
mod coverage;
mod joins;
mod operands;
mod picks;
mod products;
mod reductions;
mod settings;
mod sources;
mod structural;
mod unary;
mod views;
mod windows;
