//! The op table: one row per op, checked against central differences over shapes, views and ways of use. An op
//! without a row does not compile (elementwise ops) or fails the comparison with the list of ops in the source.

mod binary;
mod operands;
mod settings;
mod sources;
mod structural;
mod unary;
mod windows;
