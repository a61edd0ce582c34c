//! Small problems, seeded.

use gradus_losses::{LeastSquares, Objective, Quadratic, SineCurve, SineWave};
use gradus_tensor::linalg::orthonormal_rows;
use gradus_tensor::{Params, Rng, Tensor};

/// An objective and where its runs start.
pub(crate) type Problem = Box<dyn Objective<f64>>;

/// Least squares on a Gaussian X whose columns are scaled by powers of ten up to 10^±`spread`; y is Gaussian,
/// in the range of X for n ≤ d and not for n > d.
pub(crate) fn least_squares(n: usize, d: usize, spread: f64, seed: u64) -> LeastSquares<f64> {
    let rng = Rng::new(seed);
    let scales = rng.split("scales").uniform::<f64>([d], -spread, spread).to_vec();
    let scales = Tensor::from_fn([d], |i| 10f64.powf(scales[i]));
    let x = rng.split("design").normal::<f64>([n, d]) * &scales;
    LeastSquares::new(x, rng.split("labels").normal([n])).expect("valid data")
}

/// A quadratic with random eigenvectors, these eigenvalues (0 is allowed) and a minimiser away from the
/// origin.
///
/// The start differs from the minimiser by ±1 along every eigenvector with a non-zero eigenvalue. A part of x
/// − x* in the null space would stay for ever, and with it an absolute error of ε·L·‖part‖² in f, which
/// `Rounding` does not know of.
pub(crate) fn quadratic(eigenvalues: &[f64], seed: u64) -> Quadratic<f64> {
    let rng = Rng::new(seed);
    let d = eigenvalues.len();
    let vectors = orthonormal_rows(&rng.split("vectors").normal([d, d]));
    let h = vectors.t().matmul(&(&vectors * &Tensor::from_fn([d, 1], |i| eigenvalues[i])));
    let mut signs = rng.split("signs");
    let modes = Tensor::from_fn([d], |i| if eigenvalues[i] > 0.0 { signs.sign() } else { 0.0 });
    let minimiser = rng.split("minimiser").normal::<f64>([d]);
    let start = &minimiser + &vectors.t().matmul(&modes);
    Quadratic::new((&h + &h.t()) * 0.5, minimiser, &start).expect("valid data")
}

/// ½xᵀ·diag(h)·x from a given start.
pub(crate) fn diagonal(h: &[f64], start: &[f64]) -> Quadratic<f64> {
    let d = h.len();
    let hessian = Tensor::from_fn([d, d], |i| if i % (d + 1) == 0 { h[i / (d + 1)] } else { 0.0 });
    Quadratic::new(hessian, Tensor::zeros([d]), &Tensor::vector(start)).expect("valid data")
}

/// A wave with amplitude a in three dimensions.
pub(crate) fn sine_wave(amplitude: f64, seed: u64) -> SineWave<f64> {
    SineWave::new(amplitude, &Rng::new(seed).split("wave").uniform([3], -4.0, 4.0)).expect("valid data")
}

/// The curve of minimisers, with constants up to four times the initial gap: above V₀ of every method of the
/// tables.
pub(crate) fn sine_curve(seed: u64) -> SineCurve<f64> {
    let start = Rng::new(seed).split("curve").uniform::<f64>([2], -2.0, 2.0).to_vec();
    const SLACK: f64 = 4.0;
    SineCurve::new(start[0], start[1] + 0.5, SLACK)
}

/// One problem of each kind for a seed; the condition numbers vary with it.
pub(crate) fn all(seed: u64) -> Vec<(&'static str, Problem)> {
    let spread = [0.1, 0.4, 0.8][(seed % 3) as usize];
    let mut spectrum: Vec<f64> = (0..10).map(|i| 4f64.powf(-(i as f64) * (1.0 + spread) / 5.0)).collect();
    spectrum.push(0.0);
    vec![
        ("wide least squares", Box::new(least_squares(10, 24, spread, seed))),
        ("tall least squares", Box::new(least_squares(20, 8, spread / 2.0, seed))),
        ("singular quadratic", Box::new(quadratic(&spectrum, seed))),
        ("sine wave", Box::new(sine_wave(3.0, seed))),
        ("sine curve", Box::new(sine_curve(seed))),
    ]
}

/// f(x₀) − f*.
pub(crate) fn start_gap(problem: &dyn Objective<f64>) -> f64 {
    problem.value(problem.start()) - infimum(problem)
}

/// f*.
pub(crate) fn infimum(problem: &dyn Objective<f64>) -> f64 {
    problem.constants().infimum.value().expect("a known infimum")
}

/// ∇f(x).
pub(crate) fn gradient_at(problem: &dyn Objective<f64>, x: &Params<f64>) -> Vec<f64> {
    let mut gradient = vec![0.0; x.len()];
    problem.value_and_gradient(x, gradus_losses::Batch::Full, &mut gradient);
    gradient
}
