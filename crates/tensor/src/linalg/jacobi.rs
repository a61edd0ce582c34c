//! One-sided Jacobi: the columns of A·V made orthogonal by rotations; their lengths are the singular values.
//!
//! Plain Jacobi takes some ten sweeps over all pairs of columns. Here V starts as the eigenvectors of AᵀA, which are
//! right up to the rounding of squares, so that one to three sweeps remain. J. Demmel, K. Veselić, "Jacobi's method is
//! more accurate than QR", SIAM J. Matrix Anal. Appl. 13 (1992).

use nalgebra::{DMatrix, DVector};

use super::eigh;
use super::matrices::{Place, scale};
use crate::simd::{Kernel, dispatch};
use crate::{LinalgError, vector};

/// Sweeps before the iteration is given up, as in LAPACK's `dgesvj`.
const SWEEPS: usize = 30;

/// A·V with orthogonal columns, for a matrix with at least as many rows as columns.
pub(super) struct Rotated {
    /// A·V, scaled.
    columns: DMatrix<f64>,
    v: DMatrix<f64>,
    /// The lengths of the columns.
    norms: Vec<f64>,
    /// The columns by descending length.
    order: Vec<usize>,
    /// Columns shorter than this are as small as rounding: they need not be orthogonal to the others.
    floor: f64,
    /// The factor between the matrix and the scaled one.
    pub(super) scale: f64,
}

impl Rotated {
    pub(super) fn new(a: DMatrix<f64>, place: Place<'_>) -> Result<Self, LinalgError> {
        let scale = scale(&a);
        let scaled = a * scale;
        let (_, v) = eigh::decompose(scaled.transpose() * &scaled, place)?;
        // Descending, so that long columns meet first.
        let mut v = v.select_columns((0..v.ncols()).rev().collect::<Vec<_>>().iter());
        let mut columns = scaled * &v;
        let floor = orthogonalise(&mut columns, &mut v).ok_or_else(|| place.no_convergence())?;
        let norms: Vec<f64> = columns.column_iter().map(|column| norm(column.as_slice())).collect();
        let mut order: Vec<usize> = (0..norms.len()).collect();
        order.sort_by(|&i, &j| norms[j].total_cmp(&norms[i]));
        Ok(Self { columns, v, norms, order, floor, scale })
    }

    /// The singular values times `scale`, which keeps them in range, in descending order.
    pub(super) fn scaled_values(&self) -> Vec<f64> {
        self.order.iter().map(|&i| self.norms[i]).collect()
    }

    /// The left and the right singular vectors, as columns in the order of the values.
    pub(super) fn into_vectors(self) -> (DMatrix<f64>, DMatrix<f64>) {
        let mut u = self.columns.select_columns(&self.order);
        for (j, &from) in self.order.iter().enumerate() {
            let norm = self.norms[from];
            if norm > 0.0 {
                u.column_mut(j).unscale_mut(norm);
            }
            if norm <= self.floor {
                let completed = orthogonal_to(&u, j);
                u.set_column(j, &completed);
            }
        }
        (u, self.v.select_columns(&self.order))
    }
}

/// Rotates pairs of columns of `x`, and those of `v` with them, until all columns of `x` are orthogonal, except those
/// of a length below the returned one. `None` without convergence.
fn orthogonalise(x: &mut DMatrix<f64>, v: &mut DMatrix<f64>) -> Option<f64> {
    let (rows, count) = x.shape();
    // As small as rounding leaves the cosine of two orthogonal columns.
    let tolerance = f64::EPSILON * (rows as f64).sqrt();
    let mut squares: Vec<f64> = x.column_iter().map(|x| vector::dot(x.as_slice(), x.as_slice())).collect();
    for _ in 0..SWEEPS {
        let longest = squares.iter().copied().fold(0.0, f64::max).sqrt();
        let floor = f64::EPSILON * longest;
        let mut settled = true;
        for i in 0..count {
            for j in i + 1..count {
                if squares[i].min(squares[j]) <= floor * floor {
                    continue;
                }
                let (xi, xj) = pair(x, i, j);
                let product = vector::dot(xi, xj);
                if product.abs() <= tolerance * (squares[i] * squares[j]).sqrt() {
                    continue;
                }
                settled = false;
                let zeta = (squares[j] - squares[i]) / (2.0 * product);
                let tangent = 1f64.copysign(zeta) / (zeta.abs() + (1.0 + zeta * zeta).sqrt());
                let cosine = 1.0 / (1.0 + tangent * tangent).sqrt();
                let sine = cosine * tangent;
                (squares[i], squares[j]) = {
                    dispatch(Rotate { x: xi, y: xj, cosine, sine });
                    (vector::dot(xi, xi), vector::dot(xj, xj))
                };
                let (vi, vj) = pair(v, i, j);
                dispatch(Rotate { x: vi, y: vj, cosine, sine });
            }
        }
        if settled {
            return Some(floor);
        }
    }
    None
}

/// (x, y) ← (c·x − s·y, s·x + c·y).
struct Rotate<'a> {
    x: &'a mut [f64],
    y: &'a mut [f64],
    cosine: f64,
    sine: f64,
}

impl Kernel for Rotate<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { x, y, cosine, sine } = self;
        for (x, y) in x.iter_mut().zip(y) {
            (*x, *y) = (cosine * *x - sine * *y, sine * *x + cosine * *y);
        }
    }
}

/// Columns `i` < `j`.
fn pair(matrix: &mut DMatrix<f64>, i: usize, j: usize) -> (&mut [f64], &mut [f64]) {
    let rows = matrix.nrows();
    let (head, tail) = matrix.as_mut_slice().split_at_mut(j * rows);
    (&mut head[i * rows..(i + 1) * rows], &mut tail[..rows])
}

/// The Euclidean norm, also where squares underflow.
fn norm(x: &[f64]) -> f64 {
    let largest = x.iter().fold(0.0, |largest, x| x.abs().max(largest));
    if largest == 0.0 { 0.0 } else { largest * x.iter().map(|x| (x / largest).powi(2)).sum::<f64>().sqrt() }
}

/// A unit vector orthogonal to the first `j` columns of `u`, which are orthonormal and fewer than its rows: column `j`
/// made so, if it is nearly so, else a unit vector of the basis made so.
fn orthogonal_to(u: &DMatrix<f64>, j: usize) -> DVector<f64> {
    let basis = u.columns(0, j);
    let project = |mut x: DVector<f64>| {
        x -= basis * basis.tr_mul(&x);
        let norm = x.norm();
        (x / norm, norm)
    };
    // Projecting twice is enough: what rounding leaves after the first time is small against the vector.
    let (own, remainder) = project(u.column(j).into_owned());
    if remainder > 0.5 {
        return project(own).0;
    }
    // The unit vector of which the columns hold the least keeps at least 1/√rows of its length.
    let held: Vec<f64> = basis.row_iter().map(|row| row.norm_squared()).collect();
    let least = (0..held.len()).min_by(|&a, &b| held[a].total_cmp(&held[b])).unwrap_or(0);
    let unit = DVector::from_fn(u.nrows(), |i, _| if i == least { 1.0 } else { 0.0 });
    project(project(unit).0).0
}
