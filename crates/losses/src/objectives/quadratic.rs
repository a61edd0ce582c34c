//! Quadratics with a given Hessian.

use gradus_autograd::{Bound, Var};
use gradus_tensor::linalg::eigvalsh;
use gradus_tensor::{ParamId, Params, Real, Tensor};

use crate::{Batch, Constant, Constants, Objective, ObjectiveError, PreconditionedSpectrum};

const NAME: &str = "quadratic";

/// f(x) = ½(x − x*)ᵀH(x − x*) for a symmetric positive semidefinite H, possibly singular.
///
/// μ = λ₊(H), the smallest non-zero eigenvalue, L = λ_max(H), f* = 0, all exact up to rounding (theory O2).
pub struct Quadratic<T: Real> {
    hessian: Tensor<T>,
    minimiser: Tensor<T>,
    start: Params<T>,
    point: ParamId,
    constants: Constants,
}

impl<T: Real> Quadratic<T> {
    /// From the Hessian [d, d], a minimiser [d] and the start [d].
    ///
    /// # Errors
    /// When the shapes do not fit, the Hessian is not finite or symmetric, or it has a negative eigenvalue.
    pub fn new(hessian: Tensor<T>, minimiser: Tensor<T>, start: &Tensor<T>) -> Result<Self, ObjectiveError> {
        let d = minimiser.len();
        for (what, tensor, expected) in
            [("minimiser", &minimiser, vec![d]), ("Hessian", &hessian, vec![d, d]), ("start", start, vec![d])]
        {
            if tensor.shape()[..] != expected[..] {
                let (found, expected) = (tensor.shape(), format!("{expected:?}"));
                return Err(ObjectiveError::Shape { objective: NAME, what, found, expected });
            }
        }
        let asymmetry = (&hessian - &hessian.t()).abs().max_axes(&[0, 1]).item().to_f64();
        let values =
            eigvalsh(&hessian.cast()).map_err(|source| ObjectiveError::Linalg { objective: NAME, source })?;
        let (lowest, largest) = (values[0], values[d - 1]);
        let margin = (d as f64 + 1.0) * T::EPSILON.to_f64() * largest.abs();
        let refuse = |what, value, allowed| ObjectiveError::Range { objective: NAME, what, value, allowed };
        if asymmetry > margin {
            return Err(refuse("largest |H − Hᵀ|", asymmetry, "the Hessian must be symmetric"));
        }
        if lowest < -margin {
            return Err(refuse("smallest eigenvalue", lowest, "the Hessian must be positive semidefinite"));
        }
        let smallest = values.iter().copied().find(|&value| value > margin).unwrap_or(0.0);
        let start = Params::single("x", start);
        Ok(Self {
            point: start.ids().next().expect("one parameter"),
            hessian,
            minimiser,
            start,
            constants: Constants {
                mu: Constant::Exact { value: smallest * (1.0 - 4.0 * f64::EPSILON) },
                smoothness: Constant::Exact { value: largest * (1.0 + 4.0 * f64::EPSILON) },
                infimum: Constant::Exact { value: 0.0 },
                sample_smoothness: Constant::Exact { value: largest * (1.0 + 4.0 * f64::EPSILON) },
                interpolation: true,
            },
        })
    }
}

impl<T: Real> Objective<T> for Quadratic<T> {
    fn name(&self) -> &str {
        NAME
    }

    fn formula(&self) -> String {
        format!("½(x − x*)ᵀH(x − x*), d = {}", self.minimiser.len())
    }

    fn start(&self) -> &Params<T> {
        &self.start
    }

    fn loss<'t>(&self, p: &Bound<'t, T>, _batch: Batch<'_>) -> Var<'t, T> {
        let offset = p.get(self.point) - p.constant(&self.minimiser);
        offset.matmul(p.constant(&self.hessian).matmul(offset)) * T::constant(0.5)
    }

    fn constants(&self) -> Constants {
        self.constants
    }

    fn is_quadratic(&self) -> bool {
        true
    }

    fn preconditioned_spectrum(&self, a: &[T]) -> Option<PreconditionedSpectrum> {
        let root = Tensor::<T>::vector(a).cast::<f64>().sqrt();
        let d = root.len();
        let scaled = self.hessian.cast::<f64>() * &root * root.reshape([d, 1]);
        let values = eigvalsh(&scaled).ok()?;
        let largest = values[d - 1];
        let tolerance = (d as f64 + 1.0) * f64::EPSILON * largest;
        let smallest = values.into_iter().find(|&value| value > tolerance)?;
        Some(PreconditionedSpectrum { smallest, largest })
    }
}
