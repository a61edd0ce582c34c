//! Inputs that any library can make from their position alone, with identical bits.

use gradus_tensor::{Real, Tensor};

/// Uniform in [−0.5, 0.5) with 24 bits, exact in `f32` and `f64`: the splitmix64 hash of a seed and a position.
pub(crate) fn uniform(seed: u64, position: u64) -> f64 {
    let mut z = (seed << 40).wrapping_add(position).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^= z >> 31;
    (z >> 40) as f64 / 16_777_216.0 - 0.5
}

/// A tensor of [`uniform`] elements in row-major order.
pub(crate) fn tensor<T: Real>(seed: u64, shape: &[usize]) -> Tensor<T> {
    Tensor::from_fn(shape, |i| T::constant(uniform(seed, i as u64)))
}

/// Labels in `0..classes`.
pub(crate) fn labels(seed: u64, len: usize, classes: usize) -> Vec<usize> {
    let label = |i| ((uniform(seed, i as u64) + 0.5) * classes as f64) as usize;
    (0..len).map(|i| label(i).min(classes - 1)).collect()
}
