//! Ops that move, sum and multiply: everything that is not elementwise. One row per op and one per method that is made
//! of other ops, each by its checks.

use crate::sources::{AUTOGRAD_OPS, listed};
use crate::{joins, picks, products, reductions, views, windows};

const ROWS: [(&str, fn()); 52] = [
    ("AdaptiveAvgPooling1d", windows::adaptive_avg_pool1d),
    ("AdaptiveAvgPooling1dSpread", windows::adaptive_avg_pool1d_spread),
    ("AdaptiveAvgPooling2d", windows::adaptive_avg_pool2d),
    ("AdaptiveAvgPooling2dSpread", windows::adaptive_avg_pool2d_spread),
    ("AvgPooling1d", windows::avg_pool1d),
    ("AvgPooling1dSpread", windows::avg_pool1d_spread),
    ("AvgPooling2d", windows::avg_pool2d),
    ("AvgPooling2dSpread", windows::avg_pool2d_spread),
    ("BroadcastTo", views::broadcast_to),
    ("Concat", joins::concat),
    ("Convolve1d", windows::conv1d),
    ("Convolve1dInput", windows::conv1d_input),
    ("Convolve1dWeight", windows::conv1d_weight),
    ("Convolve2d", windows::conv2d),
    ("Convolve2dInput", windows::conv2d_input),
    ("Convolve2dWeight", windows::conv2d_weight),
    ("CumProd", reductions::cumprod),
    ("CumSum", reductions::cumsum),
    ("Einsum", products::einsums),
    ("Embed", views::embed),
    ("FoldWindows", views::fold_windows),
    ("Gather", picks::gather),
    ("IndexAdd", picks::index_add),
    ("IndexSelect", picks::index_select),
    ("Linear", products::linear),
    ("LogSoftmax", reductions::log_softmax),
    ("LogSumExp", reductions::logsumexps),
    ("MaskedFill", picks::masked_fill),
    ("MatMul", products::matmul),
    ("MaxAxes", reductions::maxima),
    ("MaxPooling1d", windows::max_pool1d),
    ("MaxPooling1dSpread", windows::max_pool1d_spread),
    ("MaxPooling2d", windows::max_pool2d),
    ("MaxPooling2dSpread", windows::max_pool2d_spread),
    ("MinAxes", reductions::minima),
    ("Norm", reductions::norms),
    ("Pad", joins::pad),
    ("Permute", views::permute),
    ("Prod", reductions::products),
    ("Reshape", views::reshape),
    ("Roll", joins::roll),
    ("Scatter", picks::scatter),
    ("ScatterAdd", picks::scatter_add),
    ("Softmax", reductions::softmax),
    ("StandardDeviation", reductions::deviations),
    ("SumAxes", reductions::sums),
    ("SumTo", reductions::sum_to),
    ("Triangle", views::triangle),
    ("Variance", reductions::variances),
    ("View", views::view),
    ("Where", picks::where_),
    ("Windows", views::windows),
];

/// Methods that are made of several ops.
const COMPOSITES: [fn(); 8] = [
    joins::repeats,
    picks::masked_select,
    picks::take_along,
    products::ops_of_ones_own,
    products::vectors,
    views::meshgrid,
    views::parts,
    views::stop_gradient,
];

/// The drivers of the elementwise ops, whose rows are elsewhere.
const DRIVERS: [&str; 2] = ["Binary", "Unary"];

#[test]
fn every_structural_op_has_a_row() {
    let mut ops = listed(AUTOGRAD_OPS);
    ops.retain(|op| !DRIVERS.contains(op));
    assert_eq!(ROWS.map(|(op, _)| op).to_vec(), ops);
}

#[test]
fn structural_ops() {
    for (_, check) in ROWS {
        check();
    }
}

#[test]
fn composite_methods() {
    for check in COMPOSITES {
        check();
    }
}
