//! Arrays as such: making, viewing, ordering, joining and printing them, and what they refuse.

mod display;
mod distributions;
mod elements;
mod errors;
mod index;
mod join;
#[cfg(feature = "ndarray")]
mod ndarray;
mod params;
mod random;
mod random_views;
#[cfg(feature = "serde")]
mod serde;
mod slicing;
mod sort;
mod views;
