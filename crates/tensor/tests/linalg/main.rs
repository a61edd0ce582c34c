//! Linear algebra: residuals within bounds in units of rounding, agreement with NumPy, and the texts of the errors.

mod batches;
mod eigen;
mod failures;
mod golden;
mod least_squares;
mod matrices;
mod orthogonal;
mod systems;
