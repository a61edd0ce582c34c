//! Least squares, the objective with exactly known constants.

use gradus_autograd::{Bound, Var};
use gradus_tensor::linalg::{eigh, eigvalsh, orthonormal_rows};
use gradus_tensor::{ParamId, Params, Real, Rng, Tensor};

use crate::{Batch, Constant, Constants, Objective, ObjectiveError, PreconditionedSpectrum};

const NAME: &str = "least_squares";

/// f(w) = ‖Xw − y‖²/(2n), X of shape [n, d], over-parameterised when n < d.
///
/// With H = XᵀX/n: L = λ_max(H) and μ = λ₊(H), the smallest *non-zero* eigenvalue, both computed from the
/// smaller of the two Gram matrices; f* = ‖(I − XX⁺)y‖²/(2n), 0 when y lies in the range of X. L_max =
/// maxᵢ‖xᵢ‖². All are exact up to rounding and rounded to the safe side (theory O1, D2).
pub struct LeastSquares<T: Real> {
    name: String,
    x: Tensor<T>,
    y: Tensor<T>,
    start: Params<T>,
    weights: ParamId,
    constants: Constants,
    /// X⁺ᵀ-side data of the nearest minimiser: eigenvectors of XXᵀ/n and the inverses of the non-zero
    /// eigenvalues.
    gram_vectors: Tensor<f64>,
    gram_inverses: Tensor<f64>,
}

impl<T: Real> LeastSquares<T> {
    /// From a design matrix X [n, d] and labels y [n]; the start is w₀ = 0.
    ///
    /// # Errors
    /// When the shapes do not fit, or X or y holds an infinite or NaN element.
    pub fn new(x: Tensor<T>, y: Tensor<T>) -> Result<Self, ObjectiveError> {
        let shape = x.shape();
        if x.rank() != 2 || x.is_empty() {
            let expected = "[n, d] with n, d > 0".to_owned();
            return Err(ObjectiveError::Shape { objective: NAME, what: "X", found: shape, expected });
        }
        if y.shape()[..] != shape[..1] {
            let expected = format!("[{}]", shape[0]);
            return Err(ObjectiveError::Shape { objective: NAME, what: "y", found: y.shape(), expected });
        }
        let (x64, y64) = (x.cast::<f64>(), y.cast::<f64>());
        let (n, d) = (shape[0] as f64, shape[1] as f64);
        let linalg = |source| ObjectiveError::Linalg { objective: NAME, source };

        let gram = x64.matmul(&x64.t()) / n;
        let eigen = eigh(&gram).map_err(linalg)?;
        let values = eigen.values.to_vec();
        let squared_norm: f64 = values.iter().sum();
        // Backward error of the eigenvalues plus that of forming the Gram matrix (theory D2).
        let margin = ((n + 1.0) + (d + 2.0)) * f64::EPSILON * squared_norm;
        let rank_tolerance = margin.max(n.max(d) * f64::EPSILON * values[values.len() - 1]);
        let nonzero = |value: f64| value > rank_tolerance;
        let smallest = values.iter().copied().find(|&value| nonzero(value)).unwrap_or(0.0);

        // The part of y that no w reaches: the components along eigenvectors with eigenvalue 0.
        let components = eigen.vectors.t().matmul(&y64).to_vec();
        let unreached: f64 =
            components.iter().zip(&values).filter(|&(_, &value)| !nonzero(value)).map(|(c, _)| c * c).sum();
        let reachable = values.iter().all(|&value| nonzero(value));

        let row_norms = (&x64 * &x64).sum_axes(&[1]);
        let start = Params::single("weights", &Tensor::zeros([shape[1]]));
        Ok(Self {
            name: NAME.to_owned(),
            weights: start.ids().next().expect("one parameter"),
            start,
            constants: Constants {
                mu: Constant::Exact { value: smallest - margin },
                smoothness: Constant::Exact { value: values[values.len() - 1] + margin },
                infimum: Constant::Exact { value: if reachable { 0.0 } else { unreached / (2.0 * n) } },
                sample_smoothness: Constant::Exact {
                    value: row_norms.max_axes(&[0]).item() * (1.0 + d * f64::EPSILON),
                },
                interpolation: reachable,
            },
            gram_vectors: eigen.vectors,
            gram_inverses: Tensor::from_fn([values.len()], |i| {
                if nonzero(values[i]) { 1.0 / values[i] } else { 0.0 }
            }),
            x,
            y,
        })
    }

    /// A synthetic problem: X = U·diag(√(n·λ))·Vᵀ with random orthonormal U [n, n] and Vᵀ [n, d], so that
    /// XXᵀ/n has exactly the eigenvalues `spectrum`; y = Xw°, so f* = 0. The components of w° along the right singular
    /// vectors are random signs: every mode is excited, so the slowest one is seen in the tail whatever the seed.
    ///
    /// # Errors
    /// When `d` is less than the number of eigenvalues, or one of them is not positive.
    pub fn synthetic(spectrum: &[f64], d: usize, rng: &mut Rng) -> Result<Self, ObjectiveError> {
        let n = spectrum.len();
        if n == 0 || d < n {
            return Err(ObjectiveError::Range {
                objective: NAME,
                what: "d",
                value: d as f64,
                allowed: "at least the number of eigenvalues, of which there is at least one, is needed",
            });
        }
        if let Some(&value) = spectrum.iter().find(|&&value| !(value > 0.0 && value.is_finite())) {
            let allowed = "eigenvalues must be positive and finite";
            return Err(ObjectiveError::Range { objective: NAME, what: "spectrum", value, allowed });
        }
        let u = orthonormal_rows(&rng.normal([n, n]));
        let v = orthonormal_rows(&rng.normal([n, d]));
        let singular = Tensor::from_fn([n, 1], |i| (n as f64 * spectrum[i]).sqrt());
        let signs = Tensor::from_fn([n], |_| rng.sign());
        let x = u.matmul(&(&singular * v));
        let y = u.matmul(&(singular.reshape([n]) * signs));
        Self::new(x.cast(), y.cast())
    }

    /// The same problem with every row twice, once with label y + `noise` and once with y − `noise`.
    ///
    /// The mean is ‖Xw − y‖²/(2n) + noise²/2: μ and L are unchanged, but the two copies of a sample contradict
    /// each other, so no w fits all labels. A stochastic gradient meets noise that does not vanish at the
    /// minimiser; the exact expectation over it is still an enumeration of the 2n samples.
    ///
    /// # Errors
    /// When the noise is not finite.
    pub fn with_contradictory_labels(&self, noise: f64) -> Result<Self, ObjectiveError> {
        let n = self.samples();
        if !noise.is_finite() {
            let allowed = "it must be finite";
            return Err(ObjectiveError::Range {
                objective: NAME,
                what: "label noise",
                value: noise,
                allowed,
            });
        }
        let twice: Vec<usize> = (0..2 * n).map(|i| i / 2).collect();
        let signs = Tensor::from_fn([2 * n], |i| T::constant(if i % 2 == 0 { noise } else { -noise }));
        Self::new(self.x.index_select(&twice), self.y.index_select(&twice) + signs)
    }

    /// The same objective under another name.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// The same objective with another start.
    ///
    /// # Errors
    /// When `start` has not shape [d].
    pub fn starting_at(mut self, start: &Tensor<T>) -> Result<Self, ObjectiveError> {
        let d = self.x.shape()[1];
        if start.shape()[..] != [d] {
            return Err(ObjectiveError::Shape {
                objective: NAME,
                what: "start",
                found: start.shape(),
                expected: format!("[{d}]"),
            });
        }
        self.start = Params::single("weights", start);
        Ok(self)
    }

    /// The design matrix X, shape [n, d].
    pub fn design(&self) -> &Tensor<T> {
        &self.x
    }

    /// The labels y, shape [n].
    pub fn labels(&self) -> &Tensor<T> {
        &self.y
    }
}

impl<T: Real> Objective<T> for LeastSquares<T> {
    fn name(&self) -> &str {
        &self.name
    }

    fn formula(&self) -> String {
        let shape = self.x.shape();
        format!("‖Xw − y‖²/(2n), n = {}, d = {}", shape[0], shape[1])
    }

    fn start(&self) -> &Params<T> {
        &self.start
    }

    fn samples(&self) -> usize {
        self.x.shape()[0]
    }

    fn loss<'t>(&self, p: &Bound<'t, T>, batch: Batch<'_>) -> Var<'t, T> {
        let (x, y) = match batch {
            Batch::Full => (self.x.clone(), self.y.clone()),
            // One row is a view; several are gathered.
            Batch::Indices(&[i]) => (self.x.narrow(0, i, 1), self.y.narrow(0, i, 1)),
            Batch::Indices(rows) => (self.x.index_select(rows), self.y.index_select(rows)),
        };
        let residual = p.constant(&x).matmul(p.get(self.weights)) - p.constant(&y);
        residual.square().mean() * T::constant(0.5)
    }

    fn constants(&self) -> Constants {
        self.constants
    }

    fn is_quadratic(&self) -> bool {
        true
    }

    /// The eigenvalues of K_A = XAXᵀ/n, which are the non-zero ones of A^½HA^½ (theory A1″).
    fn preconditioned_spectrum(&self, a: &[T]) -> Option<PreconditionedSpectrum> {
        let x = self.x.cast::<f64>();
        let a = Tensor::<T>::vector(a).cast::<f64>();
        let scaled = &x * &a;
        let shape = x.shape();
        // d × d is smaller when n > d, but needs A^½ on both sides.
        let kernel = if shape[0] <= shape[1] {
            scaled.matmul(&x.t())
        } else {
            let root = &x * &a.sqrt();
            root.t().matmul(&root)
        } / shape[0] as f64;
        let values = eigvalsh(&kernel).ok()?;
        let largest = values[values.len() - 1];
        let tolerance = (shape[0] + shape[1]) as f64 * f64::EPSILON * values.iter().sum::<f64>();
        let smallest = values.into_iter().find(|&value| value > tolerance)?;
        Some(PreconditionedSpectrum { smallest, largest })
    }

    /// w − X⁺(Xw − y), the projection on the solutions of the normal equations.
    fn nearest_minimiser(&self, w: &[T]) -> Option<Vec<T>> {
        let (x, w) = (self.x.cast::<f64>(), Tensor::<T>::vector(w).cast::<f64>());
        let residual = x.matmul(&w) - self.y.cast::<f64>();
        let coefficients = self.gram_vectors.t().matmul(&residual) * &self.gram_inverses;
        let dual = self.gram_vectors.matmul(&coefficients) / self.samples() as f64;
        Some((w - x.t().matmul(&dual)).cast::<T>().to_vec())
    }
}
