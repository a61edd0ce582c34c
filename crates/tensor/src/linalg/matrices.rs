//! The matrices of a tensor, one after the other: what every routine reads, and the tensor of its answers.

use nalgebra::DMatrix;

use crate::{LinalgError, Real, Shape, Tensor};

/// The matrices in the last two axes of a tensor.
pub(super) struct Matrices {
    routine: &'static str,
    /// The leading axes.
    pub(super) batch: Shape,
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Row-major.
    elements: Vec<f64>,
}

/// One matrix of a batch: what errors name.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    matrices: &'a Matrices,
    pub(super) position: usize,
}

impl Matrices {
    /// Matrices whose elements are all finite.
    pub(super) fn finite<T: Real>(routine: &'static str, x: &Tensor<T>) -> Result<Self, LinalgError> {
        Self::read(routine, x)?.checked()
    }

    /// Square matrices whose elements are all finite.
    pub(super) fn square<T: Real>(routine: &'static str, x: &Tensor<T>) -> Result<Self, LinalgError> {
        Self::read_square(routine, x)?.checked()
    }

    /// Square matrices whose elements at the positions that are `used` are all finite; the others are read as 0.
    pub(super) fn square_where<T: Real>(
        routine: &'static str,
        x: &Tensor<T>,
        used: impl Fn(usize, usize) -> bool,
    ) -> Result<Self, LinalgError> {
        let mut matrices = Self::read_square(routine, x)?;
        let order = matrices.rows;
        for (i, element) in matrices.elements.iter_mut().enumerate() {
            if !used(i / order % order, i % order) {
                *element = 0.0;
            }
        }
        matrices.checked()
    }

    fn read_square<T: Real>(routine: &'static str, x: &Tensor<T>) -> Result<Self, LinalgError> {
        let shape = x.shape();
        match *shape {
            [.., rows, columns] if rows == columns => Self::read(routine, x),
            _ => Err(LinalgError::NotSquare { routine, shape }),
        }
    }

    fn read<T: Real>(routine: &'static str, x: &Tensor<T>) -> Result<Self, LinalgError> {
        let shape = x.shape();
        let [ref batch @ .., rows, columns] = *shape else {
            return Err(LinalgError::NotMatrix { routine, shape });
        };
        let elements = x.cast::<f64>().to_vec();
        Ok(Self { routine, batch: batch.into(), rows, columns, elements })
    }

    fn checked(self) -> Result<Self, LinalgError> {
        match crate::vector::first_non_finite(&self.elements) {
            None => Ok(self),
            Some(position) => Err(LinalgError::NotFinite {
                routine: self.routine,
                index: index_of(position, &self.shape()),
                value: self.elements[position],
            }),
        }
    }

    fn shape(&self) -> Shape {
        self.with_batch(&[self.rows, self.columns])
    }

    /// The shape of one answer of the given extents per matrix.
    pub(super) fn with_batch(&self, extents: &[usize]) -> Shape {
        joined(&self.batch, extents)
    }

    fn get(&self, position: usize) -> (DMatrix<f64>, Place<'_>) {
        let len = self.rows * self.columns;
        let elements = &self.elements[position * len..(position + 1) * len];
        (DMatrix::from_row_slice(self.rows, self.columns, elements), Place { matrices: self, position })
    }

    /// The answer of `routine` for each matrix.
    pub(super) fn map<R>(
        &self,
        routine: impl Fn(DMatrix<f64>, Place<'_>) -> Result<R, LinalgError>,
    ) -> Result<Vec<R>, LinalgError> {
        (0..self.batch.len())
            .map(|position| {
                let (matrix, place) = self.get(position);
                routine(matrix, place)
            })
            .collect()
    }

    /// The solutions of one linear problem per matrix of the joint batch of matrices and right-hand sides, which
    /// broadcast. A vector `b` is one right-hand side for every matrix, else they are the columns of the last two axes.
    /// The answers have `unknowns` rows. A matrix is factorised once where it meets several right-hand sides in a row.
    #[track_caller]
    pub(super) fn solve<T: Real, F>(
        &self,
        b: &Tensor<T>,
        unknowns: usize,
        factorise: impl Fn(DMatrix<f64>, Place<'_>) -> Result<F, LinalgError>,
        solve: impl Fn(&F, DMatrix<f64>) -> DMatrix<f64>,
    ) -> Result<Tensor<T>, LinalgError> {
        let (routine, given) = (self.routine, b.shape());
        let columns = if b.rank() == 1 { b.unsqueeze(1) } else { b.clone() };
        let fitting = Self::read(routine, &columns).ok().filter(|b| b.rows == self.rows);
        let fitting = fitting.and_then(|b| Some((self.batch.broadcast(&b.batch)?, b)));
        let Some((batch, sides)) = fitting else {
            panic!("{routine}: matrix {} and right-hand side {given} do not fit", self.shape());
        };
        let mut solutions = Vec::new();
        let mut factor: Option<(usize, F)> = None;
        for (i, j) in sources(self.batch, batch).into_iter().zip(sources(sides.batch, batch)) {
            let (_, factor) = match &mut factor {
                Some(known) if known.0 == i => known,
                factor => {
                    let (matrix, place) = self.get(i);
                    factor.insert((i, factorise(matrix, place)?))
                }
            };
            solutions.push(solve(factor, sides.get(j).0));
        }
        let extents = [unknowns, sides.columns];
        let extents = if b.rank() == 1 { &extents[..1] } else { &extents };
        Ok(collect(joined(&batch, extents), solutions.iter().flat_map(row_major)))
    }
}

impl Place<'_> {
    fn batch(&self) -> Vec<usize> {
        index_of(self.position, &self.matrices.batch)
    }

    pub(super) fn no_convergence(&self) -> LinalgError {
        let Matrices { routine, rows, columns, .. } = *self.matrices;
        LinalgError::NoConvergence { routine, batch: self.batch(), extents: [rows, columns] }
    }

    pub(super) fn not_positive_definite(&self, minor: usize) -> LinalgError {
        let Matrices { routine, rows: order, .. } = *self.matrices;
        LinalgError::NotPositiveDefinite { routine, batch: self.batch(), order, minor }
    }

    pub(super) fn singular(&self, pivot: usize) -> LinalgError {
        let Matrices { routine, rows: order, .. } = *self.matrices;
        LinalgError::Singular { routine, batch: self.batch(), order, pivot }
    }
}

#[track_caller]
fn joined(batch: &[usize], extents: &[usize]) -> Shape {
    let mut shape = batch.to_vec();
    shape.extend(extents);
    shape.as_slice().into()
}

/// The index of the element at a row-major position.
fn index_of(position: usize, shape: &[usize]) -> Vec<usize> {
    let mut rest = position;
    let mut index: Vec<usize> = shape
        .iter()
        .rev()
        .map(|&extent| {
            let i = rest % extent;
            rest /= extent;
            i
        })
        .collect();
    index.reverse();
    index
}

/// The positions in `from` that stand at each position of the shape `to` that it broadcasts to.
fn sources(from: Shape, to: Shape) -> Vec<usize> {
    Tensor::indices(from.len()).reshape(from).broadcast_to(to).to_vec()
}

/// A power of two that makes the largest element of a matrix about 1; 1 for a matrix of zeros. Householder vectors and
/// Gram matrices square elements, which must neither overflow nor underflow.
pub(super) fn scale(a: &DMatrix<f64>) -> f64 {
    let largest = a.amax();
    // Beyond 2^±1000 the reciprocal would leave the range.
    if largest == 0.0 { 1.0 } else { 2f64.powi(-(largest.log2().floor() as i32).clamp(-1000, 1000)) }
}

pub(super) fn row_major(matrix: &DMatrix<f64>) -> impl Iterator<Item = f64> + '_ {
    matrix.row_iter().flat_map(|row| row.iter().copied().collect::<Vec<_>>())
}

/// A tensor of row-major elements, rounded to its type.
#[track_caller]
pub(super) fn collect<T: Real>(shape: Shape, elements: impl IntoIterator<Item = f64>) -> Tensor<T> {
    let mut elements = elements.into_iter();
    let collected = Tensor::build(shape, |out| {
        for (slot, element) in out.iter_mut().zip(&mut elements) {
            *slot = T::constant(element);
        }
    });
    debug_assert!(elements.next().is_none(), "more elements than shape {shape} has");
    collected
}
