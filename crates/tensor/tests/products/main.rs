//! Products and sums over windows: matrices, Einstein summation, convolution, pooling.

mod conv;
mod einsum;
#[path = "../golden/mod.rs"]
mod golden;
mod matmul;
mod pool;
