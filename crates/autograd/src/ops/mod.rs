//! The derivative rules: elementwise ops through one driver, structural ops in a file each.

mod broadcast_to;
mod concat;
mod convolution;
mod cumsum;
mod einsum;
mod elementwise;
mod extrema;
mod gather;
mod index_select;
mod linear;
mod log_sum_exp;
mod matmul;
mod pad;
mod permute;
mod pooling;
mod prod;
mod reshape;
mod softmax;
mod sum;
mod triangle;
mod variance;
mod view;

pub use self::einsum::einsum;
pub use self::{
    broadcast_to::BroadcastTo,
    concat::Concat,
    convolution::{Convolve1d, Convolve2d},
    cumsum::CumSum,
    einsum::Einsum,
    elementwise::{Binary, Unary},
    extrema::{MaxAxes, MinAxes},
    gather::Gather,
    index_select::IndexSelect,
    linear::Linear,
    log_sum_exp::LogSumExp,
    matmul::MatMul,
    pad::Pad,
    permute::Permute,
    pooling::{
        AdaptiveAvgPooling1d, AdaptiveAvgPooling2d, AvgPooling1d, AvgPooling2d, MaxPooling1d, MaxPooling2d,
    },
    prod::Prod,
    reshape::Reshape,
    softmax::{LogSoftmax, Softmax},
    sum::SumAxes,
    triangle::Triangle,
    variance::Variance,
    view::View,
};
