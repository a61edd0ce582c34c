//! Moments of the gradient: geometrically weighted sums, and their bias correction.

use gradus_tensor::Real;

/// new ← decay·old + gain·value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment<T> {
    decay: T,
    gain: T,
}

impl<T: Real> Moment<T> {
    pub(crate) fn new(decay: f64, gain: f64) -> Self {
        Self { decay: T::constant(decay), gain: T::constant(gain) }
    }

    /// The average β·old + (1 − β)·value. 1 − β is rounded once, from f64: in f32 it would lose five digits
    /// for β = 0.999.
    pub(crate) fn average(beta: f64) -> Self {
        Self::new(beta, 1.0 - beta)
    }

    #[inline(always)]
    pub(crate) fn next(self, old: T, value: T) -> T {
        self.decay * old + self.gain * value
    }
}

/// 1 − βᵗ, the sum of the weights of an average after t steps from 0. In f64 for every element type: in f32,
/// 1 − βᵗ would lose five digits in the first steps.
pub(crate) fn bias_correction(beta: f64, step: u64) -> f64 {
    1.0 - beta.powf(step as f64)
}
