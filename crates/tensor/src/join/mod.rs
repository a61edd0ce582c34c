//! Joining and repeating tensors.

mod concat;
mod meshgrid;
mod pad;
mod tile;

pub use self::pad::Padding;
