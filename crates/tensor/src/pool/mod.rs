//! Pooling over windows in one and two dimensions: the largest element, and the mean.
//!
//! Windows move over the last axis or the last two; axes in front of them are kept. Where windows stand is
//! [`crate::window`]; shapes are checked in `geometry.rs`. A mean is a sum over bins along each axis (`bins.rs`), be they
//! windows or the bins of an adaptive pooling.

mod average;
mod bins;
mod geometry;
mod largest;
mod settings;

pub use self::settings::{AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d};
