//! Muon: momentum whose singular values are all made about 1.

use gradus_tensor::{Real, Tensor};
use serde::{Deserialize, Serialize};

use crate::moment::Moment;
use crate::rule::common_fields;
use crate::{
    Coordinate, CoordinateUpdate, Layout, OptimError, Pass, Rule, Slot, WeightDecay, hyperparameter, limit,
    reduction,
};

/// Muon, momentum orthogonalised by Newton–Schulz iterations, as PyTorch's `Muon`: for matrices only.
///
/// With η the learning rate and μ the momentum, for every parameter x of shape \[r, c\]:
///
/// ```text
/// B ← μ·B + (1 − μ)·g
/// M = (1 − μ)·g + μ·B                      M = B    (without nesterov)
/// X = M/max(‖M‖, ε)                        (Frobenius norm; transposed if r > c)
/// X ← a·X + (b·XXᵀ + c·(XXᵀ)²)·X           (ns_steps times)
/// x ← x − η·scale(r, c)·X
/// ```
///
/// The effective step is η·scale in all coordinates of a parameter, the direction is X: unlike the directions of
/// other rules it is no average of gradients, and its singular values are always about 1 (between 0.7 and 1.2 with
/// the default coefficients). So with a constant η a run does not converge: it ends within about η of a minimiser.
/// The state is `momentum_buffer` (B).
///
/// A step is one pass over the momentum, the products of matrices of Newton–Schulz, which take nearly all of its time, and
/// one pass over the parameter.
///
/// PyTorch iterates in bfloat16; here the element type is used. The bits of the products depend on the SIMD level.
///
/// Sources: Jordan and others, *Muon: an optimizer for hidden layers in neural networks* (2024,
/// kellerjordan.github.io/posts/muon); the scales also from Bernstein, *Deriving Muon* (2025), and Liu and others,
/// *Muon is scalable for LLM training* (arXiv 2502.16982).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Muon {
    /// η ≥ 0; 1e-3 by default.
    pub learning_rate: f64,
    /// μ in [0, 1); 0.95 by default.
    pub momentum: f64,
    /// Whether the gradient is averaged into the momentum once more; on by default.
    pub nesterov: bool,
    /// (a, b, c); (3.4445, −4.775, 2.0315) by default, whose slope at 0 is steep.
    pub ns_coefficients: (f64, f64, f64),
    /// The number of Newton–Schulz iterations; 5 by default.
    pub ns_steps: usize,
    /// ε > 0; 1e-7 by default.
    pub eps: f64,
    /// How steps depend on the shape; √max(1, r/c) by default.
    pub scale: MuonScale,
    /// How parameters are pulled towards 0; decoupled with λ = 0.1 by default.
    pub weight_decay: WeightDecay,
    /// Whether to ascend; off by default. PyTorch does not have it.
    pub maximize: bool,
}

/// How the steps of [`Muon`] depend on the shape \[r, c\] of a parameter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MuonScale {
    /// √max(1, r/c): Jordan's.
    #[default]
    Original,
    /// 0.2·√max(r, c): the root mean square of a step is about that of AdamW's, so that its learning rate can be
    /// used.
    MatchRmsAdamw,
    /// √(r/c): Bernstein's.
    SpectralUnclamped,
}

impl MuonScale {
    fn of(self, rows: f64, columns: f64) -> f64 {
        match self {
            Self::Original => (rows / columns).max(1.0).sqrt(),
            Self::MatchRmsAdamw => 0.2 * rows.max(columns).sqrt(),
            Self::SpectralUnclamped => (rows / columns).sqrt(),
        }
    }
}

impl Default for Muon {
    fn default() -> Self {
        Self {
            learning_rate: 1e-3,
            momentum: 0.95,
            nesterov: true,
            ns_coefficients: (3.4445, -4.775, 2.0315),
            ns_steps: 5,
            eps: 1e-7,
            scale: MuonScale::Original,
            weight_decay: WeightDecay::Decoupled(0.1),
            maximize: false,
        }
    }
}

const NAME: &str = "muon";

impl<T: Real> Rule<T> for Muon {
    fn name(&self) -> &'static str {
        NAME
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::non_negative(NAME, "learning_rate", self.learning_rate)?;
        hyperparameter::decay(NAME, "momentum", self.momentum)?;
        let (a, b, c) = self.ns_coefficients;
        for (name, value) in [("ns_coefficients[0]", a), ("ns_coefficients[1]", b), ("ns_coefficients[2]", c)]
        {
            hyperparameter::require(value.is_finite(), NAME, name, value, "finite")?;
        }
        hyperparameter::require(self.ns_steps < 100, NAME, "ns_steps", self.ns_steps, "below 100")?;
        hyperparameter::positive(NAME, "eps", self.eps)
    }

    fn validate_layout(&self, layout: &Layout) -> Result<(), OptimError> {
        let other = layout.segments().iter().find(|segment| segment.shape().rank() != 2);
        other.map_or(Ok(()), |segment| {
            Err(OptimError::Shape {
                rule: NAME,
                path: segment.path().map(str::to_owned),
                shape: Box::new(segment.shape()),
                allowed: "matrices; leave other parameters to another rule",
            })
        })
    }

    common_fields!();

    fn largest_gradient(&self) -> T {
        limit::of_squares()
    }

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::zeros("momentum_buffer")]
    }

    fn update(&self, pass: Pass<'_, T>) {
        let average = Moment::average(self.momentum);
        pass.per_parameter(|mut parameter| {
            if self.nesterov {
                parameter.fused(Ahead { average });
            } else {
                parameter.fused(Average { average });
            }
            let shape = parameter.shape;
            let momentum =
                Tensor::from_slice(shape, parameter.direction).expect("one element per coordinate");
            let orthogonal = self.orthogonalised(momentum).contiguous();
            parameter.direction.copy_from_slice(orthogonal.as_slice().expect("contiguous"));
            T::constant(self.learning_rate * self.scale.of(shape[0] as f64, shape[1] as f64))
        });
    }
}

impl Muon {
    /// A matrix with the singular vectors of `m`, and singular values that are about 1.
    fn orthogonalised<T: Real>(&self, m: Tensor<T>) -> Tensor<T> {
        let (a, b, c) = self.ns_coefficients;
        let [a, b, c] = [a, b, c].map(T::constant);
        let tall = m.shape()[0] > m.shape()[1];
        let norm = reduction::norm(m.as_slice().expect("made of a slice"));
        let mut x = if tall { m.t() } else { m };
        x /= T::constant(norm.max(self.eps));
        for _ in 0..self.ns_steps {
            let gram = x.matmul(&x.t());
            let polynomial = &gram * b + gram.matmul(&gram) * c;
            x = &x * a + polynomial.matmul(&x);
        }
        if tall { x.t() } else { x }
    }
}

#[derive(Clone, Copy)]
struct Average<T> {
    average: Moment<T>,
}

impl<T: Real> CoordinateUpdate<T, 1> for Average<T> {
    #[inline(always)]
    fn apply(self, gradient: T, _point: T, [buffer]: [T; 1]) -> Coordinate<T, 1> {
        let buffer = self.average.next(buffer, gradient);
        Coordinate { state: [buffer], effective_step: T::one(), direction: buffer }
    }
}

#[derive(Clone, Copy)]
struct Ahead<T> {
    average: Moment<T>,
}

impl<T: Real> CoordinateUpdate<T, 1> for Ahead<T> {
    #[inline(always)]
    fn apply(self, gradient: T, _point: T, [buffer]: [T; 1]) -> Coordinate<T, 1> {
        let buffer = self.average.next(buffer, gradient);
        let direction = self.average.next(buffer, gradient);
        Coordinate { state: [buffer], effective_step: T::one(), direction }
    }
}
