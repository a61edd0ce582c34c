//! The derivative rules: elementwise ops through one driver, structural ops in a file each.

mod broadcast_to;
mod elementwise;
mod index_select;
mod matmul;
mod permute;
mod reshape;
mod sum;

pub use self::{
    broadcast_to::BroadcastTo,
    elementwise::{Binary, Unary},
    index_select::IndexSelect,
    matmul::MatMul,
    permute::Permute,
    reshape::Reshape,
    sum::SumAxes,
};
