//! Ops that can fail: the answer is computed before anything is recorded.

use std::cell::Cell;

use gradus_tensor::{LinalgError, Real, Shape, Tensor};

use crate::ops::transposed;
use crate::{Op, Reverse, Var};

/// An op whose forward can fail.
pub(super) trait Routine<T: Real>: 'static {
    /// As [`Op::name`].
    fn name(&self) -> &'static str;
    /// The answer. Where there are several, packed by [`Pack`].
    #[track_caller]
    fn answer(&self, inputs: &[&Tensor<T>]) -> Result<Tensor<T>, LinalgError>;
    /// As [`Op::backward`].
    fn backward(&self, reverse: &mut Reverse<'_, '_, T>);
}

/// A routine on a tape, with the answer that was found before it was recorded.
struct Recorded<R, T: Real> {
    routine: R,
    answer: Cell<Option<Tensor<T>>>,
}

impl<T: Real, R: Routine<T>> Op<T> for Recorded<R, T> {
    fn name(&self) -> &'static str {
        self.routine.name()
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        match self.answer.take().map_or_else(|| self.routine.answer(inputs), Ok) {
            Ok(answer) => answer,
            Err(error) => panic!("{error}"),
        }
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        self.routine.backward(reverse);
    }
}

/// Records a routine that has an answer.
#[track_caller]
pub(super) fn record<'t, T: Real, const N: usize>(
    routine: impl Routine<T>,
    inputs: [Var<'t, T>; N],
) -> Result<Var<'t, T>, LinalgError> {
    let values = inputs.map(Var::value);
    let answer = Cell::new(Some(routine.answer(&values.each_ref())?));
    Ok(inputs[0].tape().apply(Recorded { routine, answer }, inputs))
}

/// Several matrices or vectors per matrix of a batch, flat and one after the other along one axis: the answers of a
/// decomposition as the value of one op.
pub(super) struct Pack {
    batch: Shape,
    parts: Vec<Shape>,
}

impl Pack {
    /// Parts of the given shapes for each matrix of `shape`.
    pub(super) fn new(shape: Shape, parts: &[&[usize]]) -> Self {
        let batch = Shape::from(&shape[..shape.rank() - 2]);
        Self { batch, parts: parts.iter().map(|&part| part.into()).collect() }
    }

    fn with_batch(&self, extents: &[usize]) -> Shape {
        self.batch.iter().chain(extents).copied().collect()
    }

    pub(super) fn pack<T: Real>(&self, parts: &[&Tensor<T>]) -> Tensor<T> {
        let flat: Vec<Tensor<T>> = parts
            .iter()
            .zip(&self.parts)
            .map(|(part, shape)| part.reshape(self.with_batch(&[shape.len()])))
            .collect();
        Tensor::concat(&flat.iter().collect::<Vec<_>>(), self.batch.rank())
    }

    pub(super) fn unpack<'t, T: Real, const N: usize>(&self, packed: Var<'t, T>) -> [Var<'t, T>; N] {
        let mut start = 0;
        std::array::from_fn(|i| {
            let part = self.parts[i];
            let flat = packed.narrow(self.batch.rank(), start, part.len());
            start += part.len();
            flat.reshape(self.with_batch(&part))
        })
    }
}

/// 1/x, and 0 where x is 0: also in what is recorded for it.
pub(super) fn reciprocal_or_zero<T: Real>(x: Var<'_, T>) -> Var<'_, T> {
    let is_zero = x.value().equal(T::zero());
    x.masked_fill(&is_zero, T::one()).recip().masked_fill(&is_zero, T::zero())
}

/// (A + Aᵀ)/2.
pub(super) fn symmetric<T: Real>(a: Var<'_, T>) -> Var<'_, T> {
    (a + transposed(a)) * T::constant(0.5)
}

/// A·diag(v).
pub(super) fn scale_columns<'t, T: Real>(a: Var<'t, T>, v: Var<'t, T>) -> Var<'t, T> {
    a * v.unsqueeze(v.rank() - 1)
}

/// vⱼ − vᵢ at row i and column j.
pub(super) fn differences<T: Real>(v: Var<'_, T>) -> Var<'_, T> {
    let rank = v.rank();
    v.unsqueeze(rank - 1) - v.unsqueeze(rank)
}
