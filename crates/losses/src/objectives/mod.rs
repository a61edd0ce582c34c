//! The catalogue: one file per objective.

mod eigenvalues;
mod least_squares;
mod quadratic;
mod quartic;
mod sine_curve;
mod sine_wave;
pub mod spectrum;

pub use self::{
    least_squares::LeastSquares, quadratic::Quadratic, quartic::Quartic, sine_curve::SineCurve,
    sine_wave::SineWave,
};
