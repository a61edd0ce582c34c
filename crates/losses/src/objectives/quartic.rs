//! x⁴: smooth, convex, and not PL.

use gradus_autograd::{Bound, Var};
use gradus_tensor::{ParamId, Params, Real, Tensor};

use super::parameters;
use crate::{Batch, Constant, Constants, Objective};

/// f(x) = Σᵢ xᵢ⁴, f* = 0: a negative control. ‖∇f‖²/(2f) = 8x² in one dimension tends to 0 at the minimiser,
/// so no μ > 0 exists, although Adam's curve on it can look straight (theory P7). L is 12·max xᵢ² over the
/// points visited, given here for the sublevel set of the start.
pub struct Quartic<T: Real> {
    start: Params<T>,
    point: ParamId,
}

impl<T: Real> Quartic<T> {
    /// From the start `[d]`.
    pub fn new(start: &Tensor<T>) -> Self {
        let (start, [point]) = parameters([("x", start)]);
        Self { start, point }
    }
}

impl<T: Real> Objective<T> for Quartic<T> {
    fn name(&self) -> &str {
        "quartic"
    }

    fn formula(&self) -> String {
        "x⁴".to_owned()
    }

    fn start(&self) -> &Params<T> {
        &self.start
    }

    fn loss<'t>(&self, p: &Bound<'t, T>, _batch: Batch<'_>) -> Var<'t, T> {
        p.get(self.point).powi(4).sum()
    }

    fn constants(&self) -> Constants {
        let level = self.value(&self.start).to_f64();
        let smoothness = Constant::Local { value: 12.0 * level.sqrt(), level };
        Constants {
            mu: Constant::Unknown,
            smoothness,
            infimum: Constant::Exact { value: 0.0 },
            sample_smoothness: smoothness,
            interpolation: true,
        }
    }
}
