//! The derivative rules: elementwise ops through one driver, structural ops in a file each.
//!
//! # Where there is no derivative
//!
//! The gradient is then one of the subgradients or a limit, and PyTorch's choice: the tests compare it with PyTorch 2.15.
//!
//! | op | at | gradient |
//! | --- | --- | --- |
//! | `relu`, `abs`, `sign` | 0 | 0 |
//! | `leaky_relu`, `elu`, `selu` | 0 | the left slope |
//! | `clamp` | a bound | 0 (before PyTorch 2.15: 1) |
//! | `maximum`, `minimum` | equal operands | half to each |
//! | `max`, `min`, `norm` of order ±∞ | ties | equal shares |
//! | `max_pool1d`, `max_pool2d` | ties | the first one |
//! | `sort`, `topk` | ties | by the positions, which are stable |
//! | `sqrt`, `ln`, `xᵖ` with 0 < p < 1 | 0 | ∞ |
//! | `x⁰` | 0 | 0 |
//! | `pow(0, b)` with respect to b | b ≥ 0 | 0 |
//! | `norm` | norm 0; an element 0 for orders below 2 | 0 |
//! | `norm` of order 0 | anywhere | 0 |
//! | `std` | all elements equal | 0 |
//! | `var`, `std` | no more elements than the correction | NaN, as the value |
//! | `prod`, `cumprod` | factors 0 | the derivative: nothing is divided |
//! | `softmax`, `log_softmax`, `logsumexp` | some elements −∞ | 0 for them, the derivative for the others |
//! | `softmax`, `log_softmax`, `logsumexp` | all elements −∞ | NaN |
//! | `where_`, `masked_fill` | the branch that is not taken | 0, whatever it holds |
//! | `scatter` | several written to one element | the one that is kept |
//!
//! A gradient of 0 that enters a branch is multiplied with the branch's own slopes, and 0·∞ is NaN, as in PyTorch: see
//! [`Var::where_`](crate::Var::where_).

mod axes;
mod broadcast_to;
mod concat;
mod convolution;
mod cumprod;
mod cumsum;
mod einsum;
mod elementwise;
mod extrema;
mod gather;
mod index_select;
mod linear;
mod log_sum_exp;
mod masked_select;
mod matmul;
mod norm;
mod pad;
mod permute;
mod pooling;
mod prod;
mod reductions;
mod repeat;
mod reshape;
mod roll;
mod scatter;
mod softmax;
mod sum;
mod triangle;
mod variance;
mod view;
mod where_;
mod windows;

pub use self::axes::Axes;
pub use self::einsum::einsum;
#[cfg(feature = "linalg")]
pub(crate) use self::matmul::transposed;
pub use self::{
    broadcast_to::BroadcastTo,
    concat::Concat,
    convolution::{
        Convolve1d, Convolve1dInput, Convolve1dWeight, Convolve2d, Convolve2dInput, Convolve2dWeight,
    },
    cumprod::CumProd,
    cumsum::CumSum,
    einsum::Einsum,
    elementwise::{Binary, Unary},
    extrema::{MaxAxes, MinAxes},
    gather::{Gather, ScatterAdd},
    index_select::{IndexAdd, IndexSelect},
    linear::Linear,
    log_sum_exp::LogSumExp,
    matmul::MatMul,
    norm::Norm,
    pad::Pad,
    permute::Permute,
    pooling::{
        AdaptiveAvgPooling1d, AdaptiveAvgPooling1dSpread, AdaptiveAvgPooling2d, AdaptiveAvgPooling2dSpread,
        AvgPooling1d, AvgPooling1dSpread, AvgPooling2d, AvgPooling2dSpread, MaxPooling1d, MaxPooling1dSpread,
        MaxPooling2d, MaxPooling2dSpread,
    },
    prod::Prod,
    reshape::Reshape,
    roll::Roll,
    scatter::Scatter,
    softmax::{LogSoftmax, Softmax},
    sum::{SumAxes, SumTo},
    triangle::Triangle,
    variance::{StandardDeviation, Variance},
    view::{Embed, View},
    where_::{MaskedFill, Where},
    windows::{FoldWindows, Windows},
};
