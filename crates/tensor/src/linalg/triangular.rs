//! Triangular systems by substitution.

use super::matrices::Matrices;
use crate::{LinalgError, Real, Tensor};

/// Which part of a matrix a triangular system reads, and how: `Triangle::LOWER.transposed()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Triangle {
    /// The part above the diagonal instead of that below it.
    pub upper: bool,
    /// The transpose of the triangular matrix is meant.
    pub transposed: bool,
    /// The diagonal is 1, whatever stands there.
    pub unit_diagonal: bool,
}

impl Triangle {
    /// The diagonal and what is below it.
    pub const LOWER: Self = Self { upper: false, transposed: false, unit_diagonal: false };
    /// The diagonal and what is above it.
    pub const UPPER: Self = Self { upper: true, ..Self::LOWER };

    /// The transpose of the same part.
    #[must_use]
    pub const fn transposed(self) -> Self {
        Self { transposed: !self.transposed, ..self }
    }

    /// The same part with a diagonal of ones.
    #[must_use]
    pub const fn unit_diagonal(self) -> Self {
        Self { unit_diagonal: true, ..self }
    }
}

/// The solution of L·x = b for triangular matrices `[..., n, n]`, by substitution. Of `a`, only the part named by
/// `triangle` is read. `b` is a vector `[n]` or matrices `[..., n, k]`; leading axes broadcast.
///
/// ```
/// use gradus_tensor::{Tensor, linalg};
/// let a = Tensor::<f64>::from_rows([[4.0, 2.0], [2.0, 5.0]]);
/// let b = Tensor::vector(&[2.0, 9.0]);
/// let l = linalg::cholesky(&a)?;
/// let y = linalg::solve_triangular(&l, &b, linalg::Triangle::LOWER)?;
/// let x = linalg::solve_triangular(&l, &y, linalg::Triangle::LOWER.transposed())?;
/// assert_eq!(x.to_vec(), [-0.5, 2.0]);
/// # Ok::<(), gradus_tensor::LinalgError>(())
/// ```
///
/// # Errors
/// When the matrices are not square, an element that is read is not finite, or one on the diagonal is 0.
///
/// # Panics
/// When the shapes do not fit.
#[track_caller]
pub fn solve_triangular<T: Real>(
    a: &Tensor<T>,
    b: &Tensor<T>,
    triangle: Triangle,
) -> Result<Tensor<T>, LinalgError> {
    let a = Matrices::square_where("solve_triangular", a, |row, column| {
        if row == column { !triangle.unit_diagonal } else { (row < column) == triangle.upper }
    })?;
    a.solve(
        b,
        a.columns,
        |mut a, place| {
            if triangle.unit_diagonal {
                a.fill_diagonal(1.0);
            }
            match a.diagonal().iter().position(|&pivot| pivot == 0.0) {
                Some(pivot) => Err(place.singular(pivot)),
                None if triangle.transposed => Ok(a.transpose()),
                None => Ok(a),
            }
        },
        |a, mut b| {
            let lower = triangle.upper == triangle.transposed;
            // nalgebra panics on a system of order 0.
            let solved = b.is_empty()
                || if lower {
                    a.solve_lower_triangular_mut(&mut b)
                } else {
                    a.solve_upper_triangular_mut(&mut b)
                };
            debug_assert!(solved, "the diagonal was checked");
            b
        },
    )
}
