//! Derivatives of linear algebra: first and second order against differences, closed forms, and what happens where there
//! is no derivative.

mod errors;
mod gradients;
mod undefined;
