//! Adafactor: a second moment of matrices that is the product of one vector of rows and one of columns.

use gradus_tensor::{Real, vector};
use serde::{Deserialize, Serialize};

use crate::rule::common_fields;
use crate::{Extent, OptimError, Parameter, Pass, Rule, Slot, WeightDecay, hyperparameter, limit, reduction};

/// Adafactor, as PyTorch's `Adafactor`.
///
/// With η the learning rate and t the number of the step, counted from 1, for every parameter (tensor) x; means are
/// over rows (the last axis) and columns (the last but one) of g²:
///
/// ```text
/// w = t^beta2_decay                        α = max(ε₂, rms(x))·min(η, 1/√t)
/// R ← (1 − w)·R + w·mean_rows(g²)          C ← (1 − w)·C + w·mean_columns(g²)
/// V = R·C/max(mean(R), ε₁)                 (two axes or more)
/// V ← (1 − w)·V + w·g²                     (otherwise)
/// u = g/√max(V, ε₁²)
/// x ← x − α/max(1, rms(u)/d)·u
/// ```
///
/// In the form of the [paper](AdafactorEpsilon::Added), ε₁ is added to g² instead. The effective step is
/// α/max(1, rms(u)/d) in all coordinates of a parameter, the direction is u, which is no average of gradients. The
/// state is `row_var` (R), `col_var` (C) and `variance` (V of parameters with fewer than two axes). rms(x) is that
/// before decoupled weight decay.
///
/// A step passes over every parameter several times: u needs the sums over rows and columns, and the step the root mean
/// squares of x and u.
///
/// Source: Shazeer, Stern, *Adafactor: adaptive learning rates with sublinear memory cost* (ICML 2018), algorithms 4
/// to 6 without first moment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Adafactor {
    /// η ≥ 0; 0.01 by default.
    pub learning_rate: f64,
    /// The exponent of the weight of a new square, below 0; −0.8 by default.
    pub beta2_decay: f64,
    /// ε₁ > 0: machine epsilon of the element type if none is given, which is the default. The paper has 1e-30, to go
    /// with [`AdafactorEpsilon::Added`].
    pub eps1: Option<f64>,
    /// ε₂ ≥ 0, the smallest size of a parameter that steps are in proportion to; 1e-3 by default.
    pub eps2: f64,
    /// d > 0, the root mean square of u that is not shortened; 1 by default.
    pub clip: f64,
    /// Where ε₁ stands; PyTorch's form by default.
    pub epsilon: AdafactorEpsilon,
    /// How parameters are pulled towards 0; not by default. PyTorch has only the decoupled form.
    pub weight_decay: WeightDecay,
    /// Whether to ascend; off by default.
    pub maximize: bool,
}

/// Where Adafactor's ε₁ stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdafactorEpsilon {
    /// As a lower bound of what divides: PyTorch's form.
    #[default]
    Clamped,
    /// Added to every square: the paper's form.
    Added,
}

impl Default for Adafactor {
    fn default() -> Self {
        Self {
            learning_rate: 0.01,
            beta2_decay: -0.8,
            eps1: None,
            eps2: 1e-3,
            clip: 1.0,
            epsilon: AdafactorEpsilon::Clamped,
            weight_decay: WeightDecay::None,
            maximize: false,
        }
    }
}

const NAME: &str = "adafactor";

/// Positions of the slots.
const ROWS: usize = 0;
const COLUMNS: usize = 1;
const VECTOR: usize = 2;

impl<T: Real> Rule<T> for Adafactor {
    fn name(&self) -> &'static str {
        NAME
    }

    fn validate(&self) -> Result<(), OptimError> {
        hyperparameter::non_negative(NAME, "learning_rate", self.learning_rate)?;
        let decay = self.beta2_decay;
        hyperparameter::require(
            decay.is_finite() && decay < 0.0,
            NAME,
            "beta2_decay",
            decay,
            "finite and below 0",
        )?;
        self.eps1.map_or(Ok(()), |eps1| hyperparameter::positive(NAME, "eps1", eps1))?;
        hyperparameter::non_negative(NAME, "eps2", self.eps2)?;
        hyperparameter::positive(NAME, "clip", self.clip)
    }

    common_fields!();

    fn largest_gradient(&self) -> T {
        limit::of_squares()
    }

    fn slots(&self) -> Vec<Slot> {
        vec![
            Slot::zeros("row_var").per(Extent::Rows).non_negative(),
            Slot::zeros("col_var").per(Extent::Columns).non_negative(),
            Slot::zeros("variance").per(Extent::Vectors).non_negative(),
        ]
    }

    fn update(&self, pass: Pass<'_, T>) {
        let step = pass.step() as f64;
        let weight = T::constant(step.powf(self.beta2_decay));
        let relative_step = T::constant(self.learning_rate.min(1.0 / step.sqrt()));
        let (eps2, clip) = (T::constant(self.eps2), T::constant(self.clip));
        let eps1 = self.eps1.map_or(T::EPSILON, T::constant);
        let (added, clamp) = match self.epsilon {
            AdafactorEpsilon::Clamped => (T::zero(), eps1),
            AdafactorEpsilon::Added => (eps1, T::zero()),
        };
        pass.per_measured_parameter(rms, |mut parameter, size| {
            if parameter.shape.rank() >= 2 {
                factored(&mut parameter, weight, added, clamp);
            } else {
                let squares = &mut parameter.state[VECTOR];
                for ((v, &g), u) in squares.iter_mut().zip(parameter.gradient).zip(&mut *parameter.direction)
                {
                    *v += weight * (g * g + added - *v);
                    *u = scaled(g, *v, clamp);
                }
            }
            let alpha = eps2.maximum(size) * relative_step;
            alpha / T::one().maximum(rms(parameter.direction) / clip)
        });
    }
}

/// Brings the factors up to date and writes u, matrix by matrix.
fn factored<T: Real>(parameter: &mut Parameter<'_, T>, weight: T, added: T, clamp: T) {
    let rank = parameter.shape.rank();
    let (rows, columns) = (parameter.shape[rank - 2], parameter.shape[rank - 1]);
    if rows * columns == 0 {
        return;
    }
    let (row_share, column_share) = (T::constant(1.0 / columns as f64), T::constant(1.0 / rows as f64));
    let [row_var, col_var] = parameter.state.many([ROWS, COLUMNS]);
    let matrices = parameter
        .gradient
        .chunks_exact(rows * columns)
        .zip(parameter.direction.chunks_exact_mut(rows * columns));
    let factors = row_var.chunks_exact_mut(rows).zip(col_var.chunks_exact_mut(columns));
    for ((gradient, direction), (row_var, col_var)) in matrices.zip(factors) {
        // The first row of the direction holds the sums over the columns until u is written.
        let sums = &mut direction[..columns];
        sums.fill(T::zero());
        for (gradient, row) in gradient.chunks_exact(columns).zip(&mut *row_var) {
            *row += weight * (vector::squared_norm(gradient) * row_share + added - *row);
            for (sum, &g) in sums.iter_mut().zip(gradient) {
                *sum += g * g;
            }
        }
        for (column, &sum) in col_var.iter_mut().zip(&*sums) {
            *column += weight * (sum * column_share + added - *column);
        }
        let mean = (vector::sum(row_var) * column_share).maximum(clamp);
        let lines = gradient.chunks_exact(columns).zip(direction.chunks_exact_mut(columns));
        for ((gradient, direction), &row) in lines.zip(&*row_var) {
            let row = row / mean;
            for ((u, &g), &column) in direction.iter_mut().zip(gradient).zip(&*col_var) {
                *u = scaled(g, row * column, clamp);
            }
        }
    }
}

/// g/√max(V, ε₁²); 0 where both are 0.
fn scaled<T: Real>(gradient: T, square: T, clamp: T) -> T {
    crate::epsilon::quotient(gradient, square.maximum(clamp * clamp).sqrt())
}

fn rms<T: Real>(x: &[T]) -> T {
    T::constant(reduction::norm(x) / (x.len().max(1) as f64).sqrt())
}
