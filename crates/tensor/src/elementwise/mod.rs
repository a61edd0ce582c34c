//! The drivers that turn scalar formulas into kernels.
//!
//! | file | holds |
//! | --- | --- |
//! | `formula` | what is computed at one index: ops, slopes, comparisons, conversions |
//! | `rows` | what a kernel sees of an operand: rows of neighbours, or of one repeated element |
//! | `drive` | the driver: tiles of the joint nest, threads, copies, streaming stores |
//! | `stage`, `stream` | copies of operands that lie badly into cache; stores past the caches |
//! | `unary`, `binary` | ops forward, in place, into a given tensor |
//! | `backward`, `derivative` | gradients times slopes; higher derivatives |
//! | `compare`, `select` | truth values, and the choice by them |
//! | `assign` | changes in place: operators and mutable views |

mod assign;
mod backward;
mod binary;
mod compare;
mod derivative;
mod drive;
mod formula;
mod rows;
mod select;
mod stage;
mod stream;
mod unary;

pub use self::backward::{binary_backward, binary_backward_add, unary_backward};
pub use self::compare::Operand;
pub use self::derivative::{binary_derivative, unary_derivative};
pub(crate) use self::formula::Identity;
pub(crate) use self::unary::copy;
