//! The catalogue: one file per objective.

mod eigenvalues;
mod least_squares;
mod quadratic;
mod quartic;
mod sine_curve;
mod sine_wave;
pub mod spectrum;

use gradus_tensor::{ParamId, Params, Real, Tensor};

pub use self::{
    least_squares::LeastSquares, quadratic::Quadratic, quartic::Quartic, sine_curve::SineCurve,
    sine_wave::SineWave,
};

/// Parameters with these names, which differ, and their ids.
fn parameters<T: Real, const N: usize>(named: [(&str, &Tensor<T>); N]) -> (Params<T>, [ParamId; N]) {
    let mut params = Params::new();
    let ids = named.map(|(name, value)| params.add(name, value).expect("names that differ"));
    (params, ids)
}
