//! Fitting y to sin x: PL with a curve of minimisers, not convex.

use gradus_autograd::{Bound, Var};
use gradus_tensor::{ParamId, Params, Real, Tensor};

use super::parameters;
use crate::{Batch, Constant, Constants, Objective};

/// f(x, y) = ½(y − sin x)² (theory O5).
///
/// With u = y − sin x, ∇f = (−u cos x, u), so ‖∇f‖² = u²(1 + cos² x) ≥ 2f: μ = 1 exactly and globally, f* =
/// 0. The Hessian ∇u∇uᵀ + u·diag(sin x, 0) gives L ≤ 2 + √(2F) on {f ≤ F} only.
pub struct SineCurve<T: Real> {
    start: Params<T>,
    x: ParamId,
    y: ParamId,
    level: f64,
}

impl<T: Real> SineCurve<T> {
    /// From the start (x₀, y₀); L is given for the sublevel set `slack · f(x₀)`, so that methods whose
    /// Lyapunov function starts above f(x₀) are covered too. With a slack below 1 not even the start is
    /// covered.
    pub fn new(x: T, y: T, slack: f64) -> Self {
        let u = y.to_f64() - x.to_f64().sin();
        let (start, [x, y]) = parameters([("x", &Tensor::vector(&[x])), ("y", &Tensor::vector(&[y]))]);
        Self { start, x, y, level: (slack * 0.5 * u * u).max(0.0) }
    }
}

impl<T: Real> Objective<T> for SineCurve<T> {
    fn name(&self) -> &str {
        "sine_curve"
    }

    fn formula(&self) -> String {
        "½(y − sin x)²".to_owned()
    }

    fn start(&self) -> &Params<T> {
        &self.start
    }

    fn loss<'t>(&self, p: &Bound<'t, T>, _batch: Batch<'_>) -> Var<'t, T> {
        let u = p.get(self.y) - p.get(self.x).sin();
        u.square().sum() * T::constant(0.5)
    }

    /// y and sin x cancel.
    fn value_scale(&self) -> f64 {
        let y = self.start.get(self.y).item().to_f64();
        0.5 * (1.0 + y.abs()).powi(2)
    }

    fn constants(&self) -> Constants {
        let smoothness = Constant::Local { value: 2.0 + (2.0 * self.level).sqrt(), level: self.level };
        Constants {
            mu: Constant::Exact { value: 1.0 },
            smoothness,
            infimum: Constant::Exact { value: 0.0 },
            sample_smoothness: smoothness,
            interpolation: true,
        }
    }
}
