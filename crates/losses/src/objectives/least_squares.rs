//! Least squares, the objective with exactly known constants.

use gradus_autograd::{Bound, Var};
use gradus_tensor::linalg::{Eigh, eigh, eigvalsh, orthonormal_rows};
use gradus_tensor::{ParamId, Params, Real, Rng, Tensor, vector};

use super::eigenvalues::{Eigenvalues, SHARP};
use super::parameters;
use crate::error::require_finite;
use crate::{Batch, Constant, Constants, Objective, ObjectiveError, PreconditionedSpectrum};

const NAME: &str = "least_squares";

/// f(w) = ‖Xw − y‖²/(2n), X of shape `[n, d]`, over-parameterised when n < d.
///
/// With H = XᵀX/n: L = λ_max(H) and μ = λ₊(H), the smallest *non-zero* eigenvalue, both computed from the
/// smaller of the two Gram matrices and rounded to the safe side; L_max = maxᵢ‖xᵢ‖² (theory O1, D2). f* =
/// ‖(I − XX⁺)y‖²/(2n): 0 when X has rank n or the labels are fitted up to rounding, and otherwise
/// f(w) − ‖∇f(w)‖²/(2μ) at the computed minimiser, exact up to the rounding of f itself (theory D4).
///
/// Eigenvalues that vanish within rounding (about (n + d)·ε·‖X‖²_F/n) are taken to be 0 if the next one is
/// far larger, as for repeated rows. If there is no such gap, as in kernel matrices, μ is unknown, and of f*
/// only f* ≥ 0 is claimed.
pub struct LeastSquares<T: Real> {
    name: String,
    x: Tensor<T>,
    y: Tensor<T>,
    start: Params<T>,
    weights: ParamId,
    constants: Constants,
    /// The rank of X, if it can be told.
    rank: Option<usize>,
    inverse: PseudoInverse,
}

/// X⁺, from the eigenvectors and the inverse non-zero eigenvalues of the smaller Gram matrix.
struct PseudoInverse {
    vectors: Tensor<f64>,
    inverses: Tensor<f64>,
}

impl PseudoInverse {
    /// Of the matrix whose Gram matrix has this decomposition, with all but the largest `rank` eigenvalues
    /// taken as 0.
    fn new(eigen: Eigh<f64>, rank: usize) -> Self {
        let values = eigen.values.to_vec();
        let zeros = values.len() - rank;
        let inverses = Tensor::from_fn([values.len()], |i| if i < zeros { 0.0 } else { 1.0 / values[i] });
        Self { vectors: eigen.vectors, inverses }
    }

    /// X⁺r.
    fn apply(&self, x: &Tensor<f64>, residual: &Tensor<f64>) -> Tensor<f64> {
        let [n, d] = [x.shape()[0], x.shape()[1]];
        let solve = |right: &Tensor<f64>| {
            self.vectors.matmul(&(self.vectors.t().matmul(right) * &self.inverses)) / n as f64
        };
        if n <= d { x.t().matmul(&solve(residual)) } else { solve(&x.t().matmul(residual)) }
    }

    /// The projection of w on the minimisers; the second pass removes the rounding errors of the first.
    fn project(&self, x: &Tensor<f64>, y: &Tensor<f64>, mut w: Tensor<f64>) -> Tensor<f64> {
        for _ in 0..2 {
            w = &w - &self.apply(x, &(x.matmul(&w) - y));
        }
        w
    }
}

/// XXᵀ or XᵀX, whichever is smaller.
fn smaller_gram(x: &Tensor<f64>) -> Tensor<f64> {
    if x.shape()[0] <= x.shape()[1] { x.matmul(&x.t()) } else { x.t().matmul(x) }
}

/// f* and whether all labels are fitted.
fn infimum(x: &Tensor<f64>, y: &Tensor<f64>, inverse: &PseudoInverse, mu: Option<f64>) -> (Constant, bool) {
    let [n, d] = [x.shape()[0] as f64, x.shape()[1] as f64];
    let squared_norm = |tensor: &Tensor<f64>| vector::squared_norm(&tensor.to_vec());
    let w = inverse.project(x, y, Tensor::zeros([x.shape()[1]]));
    let residual = x.matmul(&w) - y;
    let scale = (squared_norm(x) * squared_norm(&w)).sqrt() + squared_norm(y).sqrt();
    if squared_norm(&residual).sqrt() <= (d + 2.0) * f64::EPSILON * scale {
        return (Constant::Exact { value: 0.0 }, true);
    }
    let value = squared_norm(&residual) / (2.0 * n);
    let gradient_sq = squared_norm(&(x.t().matmul(&residual) / n));
    // For X = 0 the gradient is 0 and there is no μ.
    let excess = if gradient_sq > 0.0 { mu.map(|mu| gradient_sq / (2.0 * mu)) } else { Some(0.0) };
    let constant = match excess {
        // Division, squares and the difference round a few times.
        Some(excess) if excess <= SHARP * value => {
            Constant::Exact { value: (value - excess) * (1.0 - 4.0 * f64::EPSILON) }
        }
        Some(excess) => Constant::Bound { value: (value * (1.0 - SHARP) - excess).max(0.0) },
        None => Constant::Bound { value: 0.0 },
    };
    (constant, false)
}

impl<T: Real> LeastSquares<T> {
    /// From a design matrix X `[n, d]` and labels y `[n]`; the start is w₀ = 0.
    ///
    /// # Errors
    /// When the shapes do not fit, or X or y holds an infinite or NaN element.
    pub fn new(x: Tensor<T>, y: Tensor<T>) -> Result<Self, ObjectiveError> {
        Self::with_rows_of(None, x, y)
    }

    /// As [`new`](Self::new); if another problem with the same H = XᵀX/n is given, what is known of H is
    /// taken from it.
    fn with_rows_of(same: Option<&Self>, x: Tensor<T>, y: Tensor<T>) -> Result<Self, ObjectiveError> {
        let shape = x.shape();
        if x.rank() != 2 || x.is_empty() {
            let expected = "[n, d] with n, d > 0".to_owned();
            return Err(ObjectiveError::Shape { objective: NAME, what: "X", found: shape, expected });
        }
        if y.shape()[..] != shape[..1] {
            let expected = format!("[{}]", shape[0]);
            return Err(ObjectiveError::Shape { objective: NAME, what: "y", found: y.shape(), expected });
        }
        require_finite(NAME, "X", &x)?;
        require_finite(NAME, "y", &y)?;
        let (x64, y64) = (x.cast::<f64>(), y.cast::<f64>());
        let [n, d] = [shape[0], shape[1]];

        let eigen = eigh(&(smaller_gram(&x64) / n as f64))
            .map_err(|source| ObjectiveError::Linalg { objective: NAME, source })?;
        let values = eigen.values.to_vec();
        // min(n, d) + 1 for the eigensolver, max(n, d) + 2 for the sums of the Gram matrix and the division.
        let eigenvalues = Eigenvalues::new(&values, n + d + 3);
        let rank = same.map_or_else(|| eigenvalues.rank(), |same| same.rank);
        let mu = same.map_or_else(|| eigenvalues.smallest_nonzero(), |same| same.constants.mu);
        let inverse = PseudoInverse::new(eigen, rank.unwrap_or(0));
        let (infimum, interpolation) = if rank == Some(n) {
            (Constant::Exact { value: 0.0 }, true)
        } else {
            infimum(&x64, &y64, &inverse, mu.value())
        };
        let row_norms = x64.square().sum_axes(&[1]);
        let (start, [weights]) = parameters([("weights", &Tensor::zeros([d]))]);
        Ok(Self {
            name: NAME.to_owned(),
            weights,
            start,
            constants: Constants {
                mu,
                smoothness: same.map_or_else(|| eigenvalues.largest(), |same| same.constants.smoothness),
                infimum,
                sample_smoothness: Constant::Exact {
                    value: row_norms.max_axes(&[0]).item() * (1.0 + d as f64 * f64::EPSILON),
                },
                interpolation,
            },
            rank,
            inverse,
            x,
            y,
        })
    }

    /// A synthetic problem: X = U·diag(√(n·λ))·Vᵀ with random orthonormal U `[n, n]` and Vᵀ `[n, d]`, so that
    /// XXᵀ/n has the eigenvalues `spectrum` up to the rounding of X; y = Xw°, so f* = 0. The components of w°
    /// along the right singular vectors are random signs: every mode is excited, so the slowest one is seen
    /// in the tail whatever the seed.
    ///
    /// # Errors
    /// When `d` is less than the number of eigenvalues, or one of them is not positive and finite.
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
    /// The mean is ‖Xw − y‖²/(2n) + noise²/2: μ, L and L_max are unchanged, but the two copies of a sample
    /// contradict each other, so no w fits all labels. A stochastic gradient meets noise that does not vanish
    /// at the minimiser; the exact expectation over it is still an enumeration of the 2n samples.
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
        let (x, y) = (self.x.index_select(0, &twice), self.y.index_select(0, &twice) + signs);
        let doubled = Self::with_rows_of(Some(self), x, y)?;
        Ok(Self { name: self.name.clone(), start: self.start.clone(), ..doubled })
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
    /// When `start` has not shape `[d]`, or holds an infinite or NaN element.
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
        require_finite(NAME, "start", start)?;
        self.start = Params::single("weights", start);
        Ok(self)
    }

    /// The design matrix X, shape `[n, d]`.
    pub fn design(&self) -> &Tensor<T> {
        &self.x
    }

    /// The labels y, shape `[n]`.
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
            Batch::Indices(rows) => (self.x.index_select(0, rows), self.y.index_select(0, rows)),
        };
        let residual = p.constant(&x).matmul(p.get(self.weights)) - p.constant(&y);
        residual.square().mean() * T::constant(0.5)
    }

    fn constants(&self) -> Constants {
        self.constants
    }

    fn value_scale(&self) -> f64 {
        self.y.cast::<f64>().square().mean().item() / 2.0
    }

    fn is_quadratic(&self) -> bool {
        true
    }

    /// The extreme non-zero eigenvalues of K_A = XAXᵀ/n, which are those of A^½HA^½ (theory A1″), rounded to
    /// the safe side. Nothing if the rank of X is undecided, or A makes some of the non-zero eigenvalues
    /// vanish in rounding.
    fn preconditioned_spectrum(&self, a: &[T]) -> Option<PreconditionedSpectrum> {
        let x = self.x.cast::<f64>();
        let [n, d] = [x.shape()[0], x.shape()[1]];
        let scaled = &x * &Tensor::<T>::vector(a).cast::<f64>().sqrt();
        let values = eigvalsh(&(smaller_gram(&scaled) / n as f64)).ok()?.to_vec();
        // Two more roundings per element than for μ and L: the root and the product.
        Eigenvalues::new(&values, n + d + 5).extremes(self.rank?)
    }

    /// w − X⁺(Xw − y), the projection on the solutions of the normal equations; nothing if the rank of X is
    /// undecided.
    fn nearest_minimiser(&self, w: &[T]) -> Option<Vec<T>> {
        self.rank?;
        let (x, y) = (self.x.cast::<f64>(), self.y.cast::<f64>());
        Some(self.inverse.project(&x, &y, Tensor::<T>::vector(w).cast()).cast::<T>().to_vec())
    }
}
