//! Windows that slide over planes, as convolutions and poolings use them: where they stand, and copies of planes in
//! which every tap of a window is a shift.

mod axis;
mod planes;

pub(crate) use self::{
    axis::Axis,
    planes::{Planes, copy_row},
};
