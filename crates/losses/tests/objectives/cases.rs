//! The table of objectives, with closed forms of their values and gradients, and seeded points to look at
//! them.

use gradus_losses::{
    Batch, LeastSquares, Objective, Quadratic, Quartic, SineCurve, SineWave, spectrum::power_law,
};
use gradus_tensor::linalg::{eigh, orthonormal_rows};
use gradus_tensor::{Params, Rng, Tensor};

/// A few hundred roundings of f64, relative to the terms of which a number is the sum.
pub(crate) const ROUNDING: f64 = 1e-13;

/// Points that each inequality is looked at, per objective.
const POINTS: usize = 60;

/// Points of a segment at which the gap is compared with the level of a local constant.
const SEGMENT: usize = 32;

type Point = Vec<f64>;
/// f and ∇f by the formulas of the catalogue, without the code under test.
type ClosedForm = Box<dyn Fn(&[f64]) -> (f64, Point)>;

/// One row of the table.
pub(crate) struct Case {
    /// What the texts of failures call it.
    pub(crate) name: &'static str,
    /// The objective.
    pub(crate) objective: Box<dyn Objective<f64>>,
    /// Value and gradient by the formula.
    pub(crate) closed_form: ClosedForm,
    /// The Hessian, if it is constant, and its rank.
    pub(crate) hessian: Option<(Tensor<f64>, usize)>,
    /// The deviation of the points from the start.
    pub(crate) radius: f64,
}

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

pub(crate) fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

/// a + scale·b.
pub(crate) fn plus(a: &[f64], scale: f64, b: &[f64]) -> Point {
    a.iter().zip(b).map(|(a, b)| a + scale * b).collect()
}

pub(crate) fn params(objective: &dyn Objective<f64>, x: &[f64]) -> Params<f64> {
    let mut params = objective.start().clone();
    params.as_mut_slice().copy_from_slice(x);
    params
}

/// The loss of a batch and its gradient.
pub(crate) fn evaluate(objective: &dyn Objective<f64>, x: &[f64], batch: Batch<'_>) -> (f64, Point) {
    let mut gradient = vec![f64::NAN; x.len()];
    let value = objective.value_and_gradient(&params(objective, x), batch, &mut gradient);
    (value, gradient)
}

impl Case {
    pub(crate) fn value(&self, x: &[f64]) -> f64 {
        self.objective.value(&params(&*self.objective, x))
    }

    pub(crate) fn evaluate(&self, x: &[f64]) -> (f64, Point) {
        evaluate(&*self.objective, x, Batch::Full)
    }

    pub(crate) fn mu(&self) -> Option<f64> {
        self.objective.constants().mu.value()
    }

    pub(crate) fn smoothness(&self) -> f64 {
        self.objective.constants().smoothness.value().expect("every objective of the table knows L")
    }

    pub(crate) fn infimum(&self) -> f64 {
        self.objective.constants().infimum.value().expect("every objective of the table knows f*")
    }

    /// What rounding does to a value near x: relative to f*, f and the slope times the size of x.
    pub(crate) fn value_error(&self, x: &[f64]) -> f64 {
        let (value, gradient) = self.evaluate(x);
        ROUNDING * (value.abs() + self.infimum() + norm(&gradient) * norm(x) + f64::MIN_POSITIVE)
    }

    /// A minimiser of a quadratic whose Hessian has these eigenpairs: two steps of Newton's method from the
    /// start.
    pub(crate) fn minimiser(&self, values: &[f64], vectors: &[Point], rank: usize) -> Point {
        let mut x = self.objective.start().as_slice().to_vec();
        for _ in 0..2 {
            let gradient = self.evaluate(&x).1;
            for (value, vector) in values.iter().zip(vectors).skip(values.len() - rank) {
                x = plus(&x, -dot(vector, &gradient) / value, vector);
            }
        }
        x
    }

    fn covers(&self, x: &[f64]) -> bool {
        self.value(x) - self.infimum() <= self.objective.constants().smoothness.level()
    }

    /// Seeded points around the start, where the constants hold.
    pub(crate) fn points(&self) -> Vec<Point> {
        let start = self.objective.start().as_slice().to_vec();
        let mut rng = Rng::new(20).split(self.name);
        std::iter::repeat_with(|| plus(&start, self.radius, &rng.normal([start.len()]).to_vec()))
            .filter(|x| self.covers(x))
            .take(POINTS)
            .collect()
    }

    /// Pairs of points, near and far, with the whole segment between them where the constants hold.
    pub(crate) fn pairs(&self) -> Vec<(Point, Point)> {
        let points = self.points();
        let mut pairs = Vec::new();
        for (i, x) in points.iter().enumerate() {
            let far = &points[(i + 1) % points.len()];
            for scale in [1.0, 0.1, 1e-3] {
                let z = plus(x, scale, &plus(far, -1.0, x));
                let inside = |k: usize| {
                    let part = k as f64 / SEGMENT as f64;
                    self.covers(&plus(x, part, &plus(&z, -1.0, x)))
                };
                if (0..=SEGMENT).all(inside) {
                    pairs.push((x.clone(), z));
                }
            }
        }
        assert!(pairs.len() >= POINTS, "{}: only {} pairs", self.name, pairs.len());
        pairs
    }
}

/// The eigenvalues of a symmetric matrix in ascending order, and their eigenvectors.
pub(crate) fn eigenpairs(matrix: &Tensor<f64>) -> (Vec<f64>, Vec<Point>) {
    let eigen = eigh(matrix).expect("a decomposition");
    let rows = eigen.vectors.t().to_vec();
    (eigen.values.to_vec(), rows.chunks(matrix.shape()[0]).map(<[f64]>::to_vec).collect())
}

fn boxed(objective: impl Objective<f64> + 'static) -> Box<dyn Objective<f64>> {
    Box::new(objective)
}

/// XᵀX/n by sums over the rows.
fn hessian(x: &[f64], n: usize, d: usize) -> Tensor<f64> {
    Tensor::from_fn([d, d], |at| {
        let (i, j) = (at / d, at % d);
        (0..n).map(|row| x[row * d + i] * x[row * d + j]).sum::<f64>() / n as f64
    })
}

fn least_squares(name: &'static str, objective: LeastSquares<f64>, rank: usize) -> Case {
    let [n, d] = [objective.design().shape()[0], objective.design().shape()[1]];
    let (x, y) = (objective.design().to_vec(), objective.labels().to_vec());
    let hessian = Some((hessian(&x, n, d), rank));
    let closed_form = Box::new(move |w: &[f64]| {
        let residual: Point = (0..n).map(|i| dot(&x[i * d..(i + 1) * d], w) - y[i]).collect();
        let gradient = (0..d).map(|j| (0..n).map(|i| x[i * d + j] * residual[i]).sum::<f64>() / n as f64);
        (dot(&residual, &residual) / (2.0 * n as f64), gradient.collect())
    });
    Case { name, objective: boxed(objective), closed_form, hessian, radius: 1.0 }
}

/// n ≤ d, μ = ½ and L = 50.
pub(crate) fn synthetic() -> LeastSquares<f64> {
    let start = Rng::new(2).normal([15]);
    LeastSquares::synthetic(&power_law(6, 0.5, 100.0), 15, &mut Rng::new(1))
        .and_then(|objective| objective.starting_at(&start))
        .expect("a valid problem")
}

/// Five columns of very different scales, as in tables of measurements, and labels off their range.
fn tall() -> LeastSquares<f64> {
    let mut rng = Rng::new(3);
    let scales = Tensor::vector(&[0.02, 0.3, 1.0, 4.0, 11.0]);
    let x = rng.normal::<f64>([23, 5]) * &scales + Tensor::scalar(0.5);
    LeastSquares::new(x, rng.normal([23]) * 3.0).expect("a valid problem")
}

/// Three of the four distinct rows three times, the last once.
fn repeated_rows() -> LeastSquares<f64> {
    let mut rng = Rng::new(4);
    let rows = [0, 1, 2, 3, 0, 1, 2, 0, 1, 2];
    let x: Tensor<f64> = rng.normal([4, 12]);
    LeastSquares::new(x.index_select(0, &rows), rng.normal([rows.len()])).expect("a valid problem")
}

/// More rows than columns, and two columns that are combinations of the four others.
fn dependent_columns() -> LeastSquares<f64> {
    let mut rng = Rng::new(5);
    let x = rng.normal::<f64>([20, 4]).matmul(&rng.normal([4, 6]));
    LeastSquares::new(x, rng.normal([20])).expect("a valid problem")
}

/// A symmetric matrix with these eigenvalues.
fn with_eigenvalues(eigenvalues: &[f64], rng: &mut Rng) -> Tensor<f64> {
    let q = orthonormal_rows(&rng.normal([eigenvalues.len(); 2]));
    let product = q.t().matmul(&(Tensor::vector(eigenvalues).reshape([eigenvalues.len(), 1]) * &q));
    (&product + &product.t()) * 0.5
}

fn quadratic(name: &'static str, eigenvalues: &[f64]) -> Case {
    let (mut rng, d) = (Rng::new(6).split(name), eigenvalues.len());
    let h = with_eigenvalues(eigenvalues, &mut rng);
    let (minimiser, start) = (rng.normal([d]), rng.normal([d]));
    let objective = Quadratic::new(h.clone(), minimiser.clone(), &start).expect("a valid problem");
    let rank = eigenvalues.iter().filter(|&&value| value > 0.0).count();
    let (elements, minimiser) = (h.to_vec(), minimiser.to_vec());
    let closed_form = Box::new(move |x: &[f64]| {
        let offset = plus(x, -1.0, &minimiser);
        let gradient: Point = (0..d).map(|i| dot(&elements[i * d..(i + 1) * d], &offset)).collect();
        (0.5 * dot(&offset, &gradient), gradient)
    });
    Case { name, objective: boxed(objective), closed_form, hessian: Some((h, rank)), radius: 2.0 }
}

fn sine_wave(name: &'static str, amplitude: f64, d: usize) -> Case {
    let start = Tensor::full([d], 1.5);
    let closed_form = Box::new(move |x: &[f64]| {
        let value = x.iter().map(|x| x * x + amplitude * x.sin() * x.sin()).sum();
        (value, x.iter().map(|x| 2.0 * x + amplitude * (2.0 * x).sin()).collect())
    });
    let objective = boxed(SineWave::new(amplitude, &start).expect("a valid problem"));
    Case { name, objective, closed_form, hessian: None, radius: 4.0 }
}

fn sine_curve(name: &'static str, y: f64, slack: f64) -> Case {
    let closed_form = Box::new(|p: &[f64]| {
        let u = p[1] - p[0].sin();
        (0.5 * u * u, vec![-u * p[0].cos(), u])
    });
    Case { name, objective: boxed(SineCurve::new(1.0, y, slack)), closed_form, hessian: None, radius: 2.0 }
}

fn quartic(name: &'static str, start: &[f64]) -> Case {
    let closed_form = Box::new(|x: &[f64]| {
        (x.iter().map(|x| x.powi(4)).sum(), x.iter().map(|x| 4.0 * x.powi(3)).collect())
    });
    let objective = boxed(Quartic::new(&Tensor::vector(start)));
    Case { name, objective, closed_form, hessian: None, radius: 1.0 }
}

/// All objectives, with the edges of their parameters.
pub(crate) fn cases() -> Vec<Case> {
    let single_row = LeastSquares::new(Tensor::from_rows([[3.0, 0.0, -4.0]]), Tensor::vector(&[2.0]));
    let single_column =
        LeastSquares::new(Tensor::from_rows([[1.0], [2.0], [-2.0]]), Tensor::vector(&[1.0, 0.0, 1.0]));
    let noisy = synthetic().with_contradictory_labels(0.75).expect("finite noise");
    vec![
        least_squares("least squares, n < d", synthetic(), 6),
        least_squares("least squares, n > d", tall(), 5),
        least_squares("least squares, repeated rows", repeated_rows(), 4),
        least_squares("least squares, dependent columns", dependent_columns(), 4),
        least_squares("least squares, contradictory labels", noisy, 6),
        least_squares("least squares, single row", single_row.expect("a valid problem"), 1),
        least_squares("least squares, single column", single_column.expect("a valid problem"), 1),
        quadratic("quadratic", &[0.1, 0.7, 1.0, 8.0]),
        quadratic("quadratic, singular", &[0.0, 0.0, 0.3, 2.0, 5.0]),
        quadratic("quadratic, condition 1e6", &[1e-3, 1.0, 1e3]),
        quadratic("quadratic, one coordinate", &[2.5]),
        sine_wave("sine wave, amplitude 0", 0.0, 1),
        sine_wave("sine wave, amplitude 1", 1.0, 1),
        sine_wave("sine wave, amplitude 3", 3.0, 1),
        sine_wave("sine wave, amplitude 3, four coordinates", 3.0, 4),
        sine_wave("sine wave, amplitude 4.6", 4.6, 2),
        sine_wave("sine wave, amplitude 5: not PL", 5.0, 3),
        sine_curve("sine curve", 3.0, 4.0),
        sine_curve("sine curve, start on the level", -1.0, 1.0),
        quartic("quartic", &[1.5]),
        quartic("quartic, three coordinates", &[1.0, -2.0, 0.5]),
    ]
}

/// Those with a constant Hessian: (case, Hessian, rank).
pub(crate) fn quadratic_cases() -> Vec<(Case, Tensor<f64>, usize)> {
    let all = cases().into_iter();
    all.filter_map(|case| {
        let (hessian, rank) = case.hessian.clone()?;
        Some((case, hessian, rank))
    })
    .collect()
}
