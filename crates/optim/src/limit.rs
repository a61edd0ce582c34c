//! How large gradients can be before the arithmetic of a rule overflows.

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
    let found = dispatch(Count { x, limit }) > T::zero();
    if found { x.iter().position(|&x| !within(x, limit)) } else { None }
}

/// False for NaN.
#[inline(always)]
fn within<T: Real>(x: T, limit: T) -> bool {
    x.abs() <= limit
}

/// Lanes that are counted apart, so that the loop over them widens.
const LANES: usize = 32;

/// How many elements are beyond the limit, to rounding.
struct Count<'a, T> {
    x: &'a [T],
    limit: T,
}

impl<T: Real> Kernel for Count<'_, T> {
    type Output = T;

    #[inline(always)]
    fn run(self) -> T {
        let (chunks, rest) = self.x.as_chunks::<LANES>();
        let mut lanes = [T::zero(); LANES];
        for chunk in chunks {
            for lane in 0..LANES {
                lanes[lane] += if within(chunk[lane], self.limit) { T::zero() } else { T::one() };
            }
        }
        for (lane, &x) in lanes.iter_mut().zip(rest) {
            *lane += if within(x, self.limit) { T::zero() } else { T::one() };
        }
        // Moved to memory all at once: else the compiler shuffles them after every addition, for the joining below, and
        // an element of f32 in the caches takes 0.16 ns instead of 0.04.
        let mut lanes = std::hint::black_box(lanes);
        for half in [16, 8, 4, 2, 1] {
            for lane in 0..half {
                lanes[lane] += lanes[lane + half];
            }
        }
        lanes[0]
    }
}
