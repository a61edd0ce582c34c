//! Quadratics with a given Hessian.

use gradus_autograd::{Bound, Var};
use gradus_tensor::linalg::eigvalsh;
use gradus_tensor::{ParamId, Params, Real, Tensor};

use super::eigenvalues::Eigenvalues;
use super::parameters;
use crate::error::require_finite;
use crate::{Batch, Constant, Constants, Objective, ObjectiveError, PreconditionedSpectrum};

const NAME: &str = "quadratic";

/// f(x) = ½(x − x*)ᵀH(x − x*) for a symmetric positive semidefinite H, possibly singular.
///
/// μ = λ₊(H), the smallest non-zero eigenvalue, and L = λ_max(H), rounded to the safe side; f* = 0 (theory
/// O2). Eigenvalues that vanish within rounding (about d·ε·trace) are taken to be 0 if the next one is far
/// larger; if there is no such gap, μ is unknown.
pub struct Quadratic<T: Real> {
    hessian: Tensor<T>,
    minimiser: Tensor<T>,
    start: Params<T>,
    point: ParamId,
    constants: Constants,
    /// The rank of H, if it can be told.
    rank: Option<usize>,
}

impl<T: Real> Quadratic<T> {
    /// From the Hessian `[d, d]`, a minimiser `[d]` and the start `[d]`, d > 0.
    ///
    /// A Hessian computed in `f32` may have an eigenvalue below 0 by rounding. It is accepted, but as f is
    /// then not bounded below, μ and f* are unknown.
    ///
    /// # Errors
    /// When the shapes do not fit, an element is infinite or NaN, or the Hessian is not symmetric or has a
    /// negative eigenvalue, both beyond the rounding of `T`.
    pub fn new(hessian: Tensor<T>, minimiser: Tensor<T>, start: &Tensor<T>) -> Result<Self, ObjectiveError> {
        let d = minimiser.len();
        if d == 0 {
            let (found, expected) = (minimiser.shape(), "[d] with d > 0".to_owned());
            return Err(ObjectiveError::Shape { objective: NAME, what: "minimiser", found, expected });
        }
        for (what, tensor, expected) in
            [("minimiser", &minimiser, vec![d]), ("Hessian", &hessian, vec![d, d]), ("start", start, vec![d])]
        {
            if tensor.shape()[..] != expected[..] {
                let (found, expected) = (tensor.shape(), format!("{expected:?}"));
                return Err(ObjectiveError::Shape { objective: NAME, what, found, expected });
            }
            require_finite(NAME, what, tensor)?;
        }
        let asymmetry = (&hessian - &hessian.t()).abs().max_axes(&[0, 1]).item().to_f64();
        let values = eigvalsh(&symmetric_part(&hessian))
            .map_err(|source| ObjectiveError::Linalg { objective: NAME, source })?
            .to_vec();
        let eigenvalues = Eigenvalues::new(&values, d + 2);
        let lowest = values[0];
        let tolerance = eigenvalues.margin() * (T::EPSILON.to_f64() / f64::EPSILON);
        let refuse = |what, value, allowed| ObjectiveError::Range { objective: NAME, what, value, allowed };
        if asymmetry > tolerance {
            return Err(refuse("largest |H − Hᵀ|", asymmetry, "the Hessian must be symmetric"));
        }
        if lowest < -tolerance {
            return Err(refuse("smallest eigenvalue", lowest, "the Hessian must be positive semidefinite"));
        }
        let semidefinite = lowest >= -eigenvalues.margin();
        let (mu, infimum, rank) = if semidefinite {
            (eigenvalues.smallest_nonzero(), Constant::Exact { value: 0.0 }, eigenvalues.rank())
        } else {
            (Constant::Unknown, Constant::Unknown, None)
        };
        let smoothness = eigenvalues.largest();
        let (start, [point]) = parameters([("x", start)]);
        Ok(Self {
            point,
            hessian,
            minimiser,
            start,
            constants: Constants {
                mu,
                smoothness,
                infimum,
                sample_smoothness: smoothness,
                interpolation: semidefinite,
            },
            rank,
        })
    }
}

/// ½(H + Hᵀ), the Hessian of ½xᵀHx.
fn symmetric_part<T: Real>(hessian: &Tensor<T>) -> Tensor<f64> {
    let hessian = hessian.cast::<f64>();
    (&hessian + &hessian.t()) * 0.5
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

    fn value_scale(&self) -> f64 {
        let point = self.minimiser.cast::<f64>();
        point.matmul(&self.hessian.cast::<f64>().abs().matmul(&point.abs()).abs()).item().abs() / 2.0
    }

    fn is_quadratic(&self) -> bool {
        true
    }

    /// Rounded to the safe side; nothing if the rank of H is undecided, or A makes some of the non-zero
    /// eigenvalues vanish in rounding.
    fn preconditioned_spectrum(&self, a: &[T]) -> Option<PreconditionedSpectrum> {
        let root = Tensor::<T>::vector(a).cast::<f64>().sqrt();
        let d = root.len();
        let values = eigvalsh(&(symmetric_part(&self.hessian) * &root * root.reshape([d, 1]))).ok()?.to_vec();
        // Three more roundings per element than for μ and L: the root and two products.
        Eigenvalues::new(&values, d + 5).extremes(self.rank?)
    }
}
