//! A model without layers: named parameters, and a function of them.

use gradus_tensor::{Params, Real, Tensor};

/// Paths and shapes in which the parameters of groups lie between those of others.
pub(crate) const SHAPES: [(&str, &[usize]); 5] = [
    ("embedding.weight", &[7, 2]),
    ("encoder.0.weight", &[10, 4]),
    ("encoder.0.bias", &[4]),
    ("decoder.weight", &[2, 3, 5]),
    ("decoder.bias", &[]),
];

/// The parameters at a starting point.
pub(crate) fn model<T: Real>() -> Params<T> {
    let mut params = Params::new();
    for (path, shape) in SHAPES {
        params.add(path, &Tensor::zeros(shape)).expect("paths are unique");
    }
    for (i, x) in params.as_mut_slice().iter_mut().enumerate() {
        *x = T::constant((1.0 + i as f64).cos());
    }
    params
}

/// cᵢ and bᵢ of step `step`, counted from 0.
fn coefficients<T: Real>(i: usize, step: u64) -> (T, T) {
    (T::constant(1.0 + (i % 5) as f64), T::constant((0.3 * i as f64 + step as f64).sin()))
}

/// The gradient of `loss`.
pub(crate) fn gradient<T: Real>(params: &Params<T>, step: u64) -> Params<T> {
    let mut gradient = params.zeros_like();
    for ((i, g), &x) in gradient.as_mut_slice().iter_mut().enumerate().zip(params.as_slice()) {
        let (c, b) = coefficients::<T>(i, step);
        *g = c * x - b;
    }
    gradient
}

/// 60 + Σ cᵢ xᵢ²/2 − bᵢ(step)·xᵢ, which is above 0.
#[cfg(feature = "io")]
pub(crate) fn loss<T: Real>(params: &Params<T>, step: u64) -> T {
    let terms = params.as_slice().iter().enumerate().map(|(i, &x)| {
        let (c, b) = coefficients::<T>(i, step);
        T::constant(0.5) * c * x * x - b * x
    });
    T::constant(60.0) + terms.sum()
}
