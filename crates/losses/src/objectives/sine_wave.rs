//! A parabola with waves: PL but not convex.

use gradus_autograd::{Bound, Var};
use gradus_tensor::{ParamId, Params, Real, Tensor};

use super::parameters;
use crate::error::require_finite;
use crate::{Batch, Constant, Constants, Objective, ObjectiveError};

const NAME: &str = "sine_wave";

/// The amplitude at which the first spurious stationary point appears: −u/sin u where tan u = u, u ∈ (π,
/// 3π/2).
const PL_LIMIT: f64 = 4.603_338_848_751_7;

/// f(x) = Σᵢ (xᵢ² + a·sin² xᵢ): L = 2 + 2a, f* = 0, PL iff a < 4.6033, not convex for a > 1 (theory O4).
///
/// μ is the minimum over x of (f′)²/(2f) in one dimension; the sum is separable, and its μ is the same.
pub struct SineWave<T: Real> {
    amplitude: f64,
    start: Params<T>,
    point: ParamId,
    mu: f64,
}

impl<T: Real> SineWave<T> {
    /// From the amplitude a ≥ 0, which is rounded to `T`, and a start `[d]`.
    ///
    /// # Errors
    /// When the amplitude is negative or not finite in `T`, or the start holds an infinite or NaN element.
    pub fn new(amplitude: f64, start: &Tensor<T>) -> Result<Self, ObjectiveError> {
        // The constants must belong to the function that is evaluated.
        let amplitude = T::constant(amplitude).to_f64();
        if !(amplitude >= 0.0 && amplitude.is_finite()) {
            return Err(ObjectiveError::Range {
                objective: NAME,
                what: "amplitude",
                value: amplitude,
                allowed: "it must be finite and not negative",
            });
        }
        require_finite(NAME, "start", start)?;
        let (start, [point]) = parameters([("x", start)]);
        Ok(Self { amplitude, start, point, mu: sharp_mu(amplitude) })
    }
}

/// min over x > 0 of (2x + a sin 2x)²/(2(x² + a sin² x)), rounded down; 0 where f is not PL.
///
/// x ≤ 3π suffices: beyond, the ratio is at least (2x − a)²/(2(x² + a)), which grows with x and at 3π is 2(1
/// − 0.053a)²/(1 + 0.011a); at x = 2.2 the ratio is 2(1 − 0.216a)²/(1 + 0.135a), which is less in both
/// factors for every 0 < a < 4.62. At 0 the ratio tends to 2 + 2a. A grid finds the valley, golden sections
/// its bottom.
fn sharp_mu(a: f64) -> f64 {
    if a >= PL_LIMIT {
        return 0.0;
    }
    let half_slope_sq = |x: f64, slope: f64| slope.powi(2) / (2.0 * (x * x + a * x.sin().powi(2)));
    let slope = |x: f64| 2.0 * x + a * (2.0 * x).sin();
    let ratio = |x: f64| half_slope_sq(x, slope(x));
    const STEPS: usize = 20_000;
    let width = 3.0 * std::f64::consts::PI / STEPS as f64;
    let best = (1..=STEPS).map(|i| i as f64 * width).min_by(|&x, &z| ratio(x).total_cmp(&ratio(z)));
    let middle = best.expect("a non-empty grid");
    let (mut low, mut high) = ((middle - width).max(f64::MIN_POSITIVE.sqrt()), middle + width);
    let golden = (5f64.sqrt() - 1.0) / 2.0;
    for _ in 0..80 {
        let (left, right) = (high - golden * (high - low), low + golden * (high - low));
        if ratio(left) < ratio(right) {
            high = right;
        } else {
            low = left;
        }
    }
    let x = 0.5 * (low + high);
    // Near the limit the two terms of the slope cancel, and its rounding error is all that matters.
    let slope = (slope(x).abs() - 4.0 * f64::EPSILON * (2.0 * x + a)).max(0.0);
    half_slope_sq(x, slope).min(2.0 + 2.0 * a) * (1.0 - 1e-12)
}

impl<T: Real> Objective<T> for SineWave<T> {
    fn name(&self) -> &str {
        NAME
    }

    fn formula(&self) -> String {
        format!("x² + {} sin² x", self.amplitude)
    }

    fn start(&self) -> &Params<T> {
        &self.start
    }

    fn loss<'t>(&self, p: &Bound<'t, T>, _batch: Batch<'_>) -> Var<'t, T> {
        let x = p.get(self.point);
        (x.square() + x.sin().square() * T::constant(self.amplitude)).sum()
    }

    fn constants(&self) -> Constants {
        let smoothness = Constant::Exact { value: 2.0 + 2.0 * self.amplitude };
        Constants {
            mu: if self.mu > 0.0 { Constant::Exact { value: self.mu } } else { Constant::Unknown },
            smoothness,
            infimum: Constant::Exact { value: 0.0 },
            sample_smoothness: smoothness,
            interpolation: true,
        }
    }
}
