//! The matrices that the routines are tried on, and how residuals are measured.

use gradus_tensor::linalg::orthonormal_rows;
use gradus_tensor::{Real, Rng, Tensor};

/// Residuals of backward-stable routines are c·n·ε·‖A‖ with a small c.
pub(crate) const RESIDUAL: f64 = 20.0;

pub(crate) fn largest(x: &Tensor<f64>) -> f64 {
    x.to_vec().into_iter().fold(0.0, |largest, x| if x.is_nan() { x } else { x.abs().max(largest) })
}

/// The largest element of a − b, in units of ε·max(m, n) of the element type.
pub(crate) fn defect<T: Real>(a: &Tensor<f64>, b: &Tensor<f64>, extents: &[usize]) -> f64 {
    let extent = extents.iter().copied().max().unwrap_or(1).max(1);
    largest(&(a - b)) / (T::EPSILON.to_f64() * extent as f64)
}

/// The smallest positive value of the element type.
fn least<T: Real>() -> f64 {
    if T::DTYPE == "float32" { f64::from(f32::from_bits(1)) } else { f64::from_bits(1) }
}

/// The [`defect`] allowed to a product of factors divided by `scale`, the largest element of the matrix: subnormal
/// factors cannot be accurate to ε.
pub(crate) fn allowed<T: Real>(scale: f64) -> f64 {
    RESIDUAL + least::<T>() / scale / T::EPSILON.to_f64()
}

pub(crate) fn from_elements(m: usize, n: usize, element: impl Fn(usize, usize) -> f64) -> Tensor<f64> {
    Tensor::from_fn([m, n], |i| element(i / n, i % n))
}

pub(crate) fn symmetric(rng: &mut Rng, n: usize) -> Tensor<f64> {
    let a: Tensor<f64> = rng.normal([n, n]);
    &a + &a.t()
}

pub(crate) fn positive_definite(rng: &mut Rng, n: usize) -> Tensor<f64> {
    let a: Tensor<f64> = rng.normal([n, n]);
    &a.matmul(&a.t()) + &Tensor::eye(n)
}

/// m × n matrices of many kinds with their names: well and ill conditioned, graded, rank-deficient, tiny and huge.
pub(crate) fn families(m: usize, n: usize) -> Vec<(&'static str, Tensor<f64>)> {
    let mut rng = Rng::new((m * 1000 + n) as u64);
    let gauss: Tensor<f64> = rng.normal([m, n]);
    let g = |i: usize, j: usize| gauss.at(&[i, j]);
    let rank = (m.min(n) / 2).max(1);
    let low = rng.normal::<f64>([m, rank]).matmul(&rng.normal([rank, n]));
    let [left, right] = [m, n].map(|extent| orthonormal_rows(&rng.normal([extent, extent])));
    let spectrum = |value: &dyn Fn(usize) -> f64| {
        let diagonal = from_elements(m, n, |i, j| if i == j { value(i) } else { 0.0 });
        left.matmul(&diagonal).matmul(&right)
    };
    let power = |exponent: usize| 10f64.powi(-(exponent as i32));
    let one = |yes: bool| f64::from(u8::from(yes));
    let of = |element: &dyn Fn(usize, usize) -> f64| from_elements(m, n, element);
    vec![
        ("Gaussian", gauss.clone()),
        ("half rank", low.clone()),
        ("zeros", Tensor::zeros([m, n])),
        ("ones", Tensor::ones([m, n])),
        ("identity", of(&|i, j| one(i == j))),
        ("permutation", of(&|i, j| one((7 * i + 3) % m == j))),
        ("Jordan block", of(&|i, j| one(i + 1 == j))),
        ("bidiagonal", of(&|i, j| one(i + 1 == j || i == j))),
        ("lower Jordan block", of(&|i, j| one(i == j + 1))),
        ("upper ones", of(&|i, j| one(i <= j))),
        ("checkerboard", of(&|i, j| one((i + j) % 2 == 1))),
        ("consecutive", of(&|i, j| (i * n + j) as f64)),
        ("two distinct columns", of(&|i, j| g(i, j % 2))),
        ("zero columns", of(&|i, j| if j % 3 == 0 { 0.0 } else { g(i, j) })),
        ("zero rows", of(&|i, j| if i % 2 == 0 { 0.0 } else { g(i, j) })),
        ("sparse", of(&|i, j| if (31 * i + 17 * j) % 5 == 0 { g(i, j) } else { 0.0 })),
        ("Hilbert", of(&|i, j| 1.0 / (i + j + 1) as f64)),
        ("Vandermonde", of(&|i, j| ((i + 1) as f64 / m as f64).powi(j as i32))),
        ("Kahan", of(&|i, j| 0.9f64.powi(i as i32) * if i == j { 1.0 } else { -0.435 * one(i < j) })),
        ("graded rows", of(&|i, j| g(i, j) * power(i))),
        ("graded columns", of(&|i, j| g(i, j) * power(j))),
        ("columns graded upwards", of(&|i, j| g(i, j) * power(n - j))),
        ("graded diagonal", of(&|i, j| if i == j { power(3 * i) } else { 0.0 })),
        ("graded bidiagonal", of(&|i, j| power(i) * one(i + 1 == j || i == j))),
        ("scattered magnitudes", of(&|i, j| g(i, j) * 10f64.powi(((5 * i + 3 * j) % 40) as i32 - 20))),
        ("two values", spectrum(&|i| if i % 2 == 0 { 1.0 } else { 3.0 })),
        ("one cluster", spectrum(&|i| 1.0 + 1e-12 * i as f64)),
        ("geometric values", spectrum(&|i| 10f64.powf(-16.0 * i as f64 / m as f64))),
        ("one large value", spectrum(&|i| if i == 0 { 1.0 } else { 1e-9 })),
        ("one small value", spectrum(&|i| if i == 0 { 1e-14 } else { 1.0 })),
        ("tiny", &gauss * 1e-300),
        ("huge", &gauss * 1e300),
        ("tiny of half rank", &low * 1e-305),
        ("subnormal", &gauss * 1e-315),
    ]
}

pub(crate) const SHAPES: [(usize, usize); 14] = [
    (1, 1),
    (2, 2),
    (3, 3),
    (4, 4),
    (5, 3),
    (3, 5),
    (1, 6),
    (6, 1),
    (8, 8),
    (20, 20),
    (30, 7),
    (7, 30),
    (64, 64),
    (100, 40),
];

/// Calls `check` with a name and a matrix for all shapes and families that the element type holds.
pub(crate) fn for_each_matrix<T: Real>(check: impl Fn(&str, &Tensor<T>)) {
    for (m, n) in SHAPES {
        for (family, a) in families(m, n) {
            let a: Tensor<T> = a.cast();
            if a.to_vec().iter().all(|x| x.is_finite()) {
                check(&format!("{family} [{m}, {n}] of {}", T::DTYPE), &a);
            }
        }
    }
}

/// The matrix divided by its largest element, and that element (1 if it is 0): products of it stay in range.
pub(crate) fn normalised<T: Real>(a: &Tensor<T>) -> (Tensor<f64>, f64) {
    let a = a.cast::<f64>();
    let scale = largest(&a);
    if scale == 0.0 { (a, 1.0) } else { (&a / scale, scale) }
}
