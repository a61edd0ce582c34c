//! How large gradients can be before the arithmetic of a rule overflows.

use std::cmp::Ordering;

use gradus_tensor::Real;
use gradus_tensor::simd::{Kernel, dispatch};

/// The largest |g| whose square can be summed up any number of times: √(MAX·ε/8), 2.3e15 in f32 and 7.1e145 in f64.
///
/// A sum s no longer grows once g² is below half a unit in its last place, which is above s·ε/4: so it ends at
/// 4·g²/ε + g² at most, about MAX/2. Means, averages and sums over a few millions of coordinates stay below that too.
pub(crate) fn of_squares<T: Real>() -> T {
    (T::max_value() * T::EPSILON * T::constant(0.125)).sqrt()
}

/// The root of what is no larger than the smallest number above 0 of the element type: the least divisor of a rule
/// without ε.
pub(crate) fn least_root<T: Real>() -> f64 {
    T::EPSILON.to_f64().sqrt() / T::max_value().to_f64().sqrt()
}

/// The largest |g| whose products with `factor` are at most MAX/4 (but g itself may be anything finite): a step leaves
/// finite what was below half of MAX.
pub(crate) fn of_steps<T: Real>(factor: f64) -> T {
    T::constant(T::max_value().to_f64() / (4.0 * factor).max(1.0))
}

/// The nearest number of the element type that is finite, of a value at least 0.
pub(crate) fn clamped<T: Real>(value: f64) -> T {
    T::constant(value).minimum(T::max_value())
}

/// The position of the first element that is NaN, or whose size is above `limit`.
pub(crate) fn first_beyond<T: Real>(x: &[T], limit: T) -> Option<usize> {
    // Sizes above the limit overflow when they are multiplied by this, some that are a few roundings below it too.
    let scale = T::max_value() / limit * (T::one() + T::constant(4.0) * T::EPSILON);
    if dispatch(Defects { x, scale }) == T::zero() {
        return None;
    }
    // A comparison is false for NaN.
    x.iter().position(|x| !matches!(x.abs().partial_cmp(&limit), Some(Ordering::Less | Ordering::Equal)))
}

/// Lanes that are summed apart, so that the loop over them widens.
const LANES: usize = 64;

/// Σ (x·scale)·0: NaN if a product overflows, or an element is NaN, else 0. Comparisons cost four times as much: 0.16 ns
/// per element of f32 in the caches instead of 0.04.
struct Defects<'a, T> {
    x: &'a [T],
    scale: T,
}

impl<T: Real> Kernel for Defects<'_, T> {
    type Output = T;

    #[inline(always)]
    fn run(self) -> T {
        let (chunks, rest) = self.x.as_chunks::<LANES>();
        let mut lanes = [T::zero(); LANES];
        for chunk in chunks {
            for lane in 0..LANES {
                lanes[lane] += chunk[lane] * self.scale * T::zero();
            }
        }
        for (lane, &x) in lanes.iter_mut().zip(rest) {
            *lane += x * self.scale * T::zero();
        }
        lanes.into_iter().fold(T::zero(), |sum, lane| sum + lane)
    }
}
