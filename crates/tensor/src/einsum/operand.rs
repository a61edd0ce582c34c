//! What a path asks of its operands, and how one operand is made ready for products.

use super::Contraction;
use super::parse::Expression;
use crate::{Real, Tensor};

/// What an [`EinsumPath`](super::EinsumPath) multiplies: tensors, and what records operations on them.
pub trait EinsumOperand: Sized {
    /// Without one axis of extent 1.
    #[must_use]
    fn squeeze_axis(&self, axis: usize) -> Self;
    /// The main diagonal of two axes along a new last axis that replaces them.
    #[must_use]
    fn diagonal(&self, axis0: usize, axis1: usize) -> Self;
    /// The sum over axes, which are dropped.
    #[must_use]
    fn sum_axes(&self, axes: &[usize]) -> Self;
    /// The axes in another order.
    #[must_use]
    fn permute(&self, axes: &[usize]) -> Self;
    /// The product of two operands.
    #[must_use]
    fn contract(&self, other: &Self, contraction: &Contraction) -> Self;
}

impl<T: Real> EinsumOperand for Tensor<T> {
    fn squeeze_axis(&self, axis: usize) -> Self {
        Tensor::squeeze_axis(self, axis)
    }
    fn diagonal(&self, axis0: usize, axis1: usize) -> Self {
        Tensor::diagonal(self, 0, axis0, axis1)
    }
    fn sum_axes(&self, axes: &[usize]) -> Self {
        Tensor::sum_axes(self, axes)
    }
    fn permute(&self, axes: &[usize]) -> Self {
        Tensor::permute(self, axes)
    }
    fn contract(&self, other: &Self, contraction: &Contraction) -> Self {
        contraction.apply(self, other)
    }
}

/// What happens to one operand before any product. Axes count as the steps before have left them.
#[derive(Clone, Debug, Default)]
pub(super) struct Preparation {
    /// Axes of extent 1 to drop: they broadcast against a longer axis of the same letter.
    squeezed: Vec<usize>,
    diagonals: Vec<[usize; 2]>,
    /// Axes whose letters nothing else needs.
    summed: Vec<usize>,
}

impl Preparation {
    /// How to reduce an operand to letters that stand once in it and are `needed` elsewhere, and these letters.
    pub(super) fn new(
        expression: &Expression,
        operand: usize,
        shape: &[usize],
        needed: impl Fn(char) -> bool,
    ) -> (Self, Vec<char>) {
        let mut letters = expression.operands[operand].clone();
        let mut preparation = Self::default();
        for axis in (0..letters.len()).rev() {
            if shape[axis] != expression.extent(letters[axis]) {
                letters.remove(axis);
                preparation.squeezed.push(axis);
            }
        }
        while let Some([first, second]) = repeated(&letters) {
            preparation.diagonals.push([first, second]);
            letters.remove(second);
            let letter = letters.remove(first);
            letters.push(letter);
        }
        preparation.summed = (0..letters.len()).filter(|&axis| !needed(letters[axis])).collect();
        letters.retain(|&letter| needed(letter));
        (preparation, letters)
    }

    pub(super) fn apply<X: EinsumOperand>(&self, operand: X) -> X {
        let mut x = operand;
        for &axis in &self.squeezed {
            x = x.squeeze_axis(axis);
        }
        for &[axis0, axis1] in &self.diagonals {
            x = x.diagonal(axis0, axis1);
        }
        if !self.summed.is_empty() {
            x = x.sum_axes(&self.summed);
        }
        x
    }
}

/// The positions of two axes with the same letter.
fn repeated(letters: &[char]) -> Option<[usize; 2]> {
    (0..letters.len()).find_map(|second| {
        let first = letters[..second].iter().position(|&letter| letter == letters[second])?;
        Some([first, second])
    })
}
