//! The rounding rule: when a measured quantity still means something.

use serde::Serialize;

/// Relative tolerance of a measured contraction factor far above the rounding floor.
const BASE: f64 = 1e-9;

/// Weight of the relative rounding error of a residual, 1e-13·‖y‖/‖r‖ for least squares.
const RESIDUAL: f64 = 1e-13;

/// Certification stops at gaps below this multiple of ε_mach times the scale of f.
const FLOOR: f64 = 1e2;

/// How far a computed gap can be trusted (theory P1).
///
/// For least squares √(scale/gap) = ‖y‖/‖r‖, since its scale is ‖y‖²/(2n); other objectives are sums of
/// squares of quantities computed to a relative accuracy, and follow the same rule. A non-zero f* adds the
/// cancellation in f − f*.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Rounding {
    scale: f64,
    infimum: f64,
}

impl Rounding {
    /// From the scale of f, which is the larger of f(x₀) and the size of the terms that cancel near a minimiser
    /// (`Objective::value_scale`), and f*.
    pub fn new(scale: f64, infimum: f64) -> Self {
        Self { scale: scale.abs().max(infimum.abs()), infimum: infimum.abs() }
    }

    /// The tolerance on a contraction factor (a ratio of gaps) measured at `gap`.
    pub fn tolerance(&self, gap: f64) -> f64 {
        BASE + RESIDUAL * (self.scale / gap).sqrt() + 8.0 * f64::EPSILON * self.infimum / gap
    }

    /// The absolute error to expect in a difference of two values of f near `value`.
    pub fn value_error(&self, value: f64) -> f64 {
        16.0 * f64::EPSILON * value.abs().max(self.infimum)
            + RESIDUAL * (self.scale * value.abs()).sqrt() * 1e-2
    }

    /// The gap below which nothing is certified: 100·ε_mach·scale of f.
    pub fn floor(&self) -> f64 {
        FLOOR * f64::EPSILON * self.scale
    }
}
