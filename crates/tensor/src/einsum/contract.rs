//! One pairwise product as a matrix product over views.

use std::fmt;

use crate::shape::MAX_RANK;
use crate::{Real, Shape, Tensor};

/// The product of two operands whose axes are named by letters, each at most once per operand: `ij,jk->ik`. Every
/// letter of an operand stands in the other one or in the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contraction {
    left: Vec<char>,
    right: Vec<char>,
    output: Vec<char>,
}

impl fmt::Display for Contraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |letters: &[char]| letters.iter().collect::<String>();
        write!(f, "{},{}->{}", text(&self.left), text(&self.right), text(&self.output))
    }
}

impl Contraction {
    pub(super) fn new(left: Vec<char>, right: Vec<char>, output: Vec<char>) -> Self {
        Self { left, right, output }
    }

    /// The contraction of the gradient with respect to the result (on the left) with the right operand that is the
    /// gradient with respect to the left one.
    #[must_use]
    pub fn gradient_of_left(&self) -> Self {
        Self::new(self.output.clone(), self.right.clone(), self.left.clone())
    }

    /// The contraction of the left operand with the gradient with respect to the result (on the right) that is the
    /// gradient with respect to the right operand.
    #[must_use]
    pub fn gradient_of_right(&self) -> Self {
        Self::new(self.left.clone(), self.output.clone(), self.right.clone())
    }

    /// For each operand, whether its first axis is the first one of the result.
    pub fn leading_letter(&self) -> [bool; 2] {
        let first = self.output.first();
        [&self.left, &self.right].map(|letters| first.is_some() && letters.first() == first)
    }

    /// The product. With the letters of both operands in groups, it is the matrix product (batch, rows, contracted) ×
    /// (batch, contracted, columns); without contracted letters it is the elementwise one.
    ///
    /// # Panics
    /// When the shapes do not fit the letters.
    #[track_caller]
    pub fn apply<T: Real>(&self, left: &Tensor<T>, right: &Tensor<T>) -> Tensor<T> {
        let shapes = [left.shape(), right.shape()];
        let extent = |letter: char| {
            let found = |letters: &[char]| letters.iter().position(|&other| other == letter);
            let of_left = found(&self.left).map(|axis| shapes[0][axis]);
            of_left.or_else(|| found(&self.right).map(|axis| shapes[1][axis])).unwrap_or(1)
        };
        let fit = |letters: &[char], shape: Shape| {
            shape.rank() == letters.len() && letters.iter().zip(shape.iter()).all(|(&l, &n)| extent(l) == n)
        };
        assert!(
            fit(&self.left, shapes[0]) && fit(&self.right, shapes[1]),
            "einsum: {self} does not fit shapes {} and {}",
            shapes[0],
            shapes[1]
        );
        // Shared letters in the order in which they lie in the larger operand, which is then rarely copied.
        let shared = if left.len() >= right.len() {
            by_stride(left, &self.left, |letter| self.right.contains(&letter))
        } else {
            by_stride(right, &self.right, |letter| self.left.contains(&letter))
        };
        let (batch, contracted): (Vec<char>, Vec<char>) =
            shared.into_iter().partition(|letter| self.output.contains(letter));
        let rows = by_stride(left, &self.left, |letter| !self.right.contains(&letter));
        let columns = by_stride(right, &self.right, |letter| !self.left.contains(&letter));
        let order = [&*batch, &rows, &columns].concat();
        let product = if contracted.is_empty() {
            &aligned(left, &self.left, &order) * &aligned(right, &self.right, &order)
        } else if rows.is_empty() && columns.is_empty() && !batch.is_empty() {
            // Many short dot products: as matrices, each would be a product of its own.
            let all = [&*batch, &contracted].concat();
            let axes: Vec<usize> = (batch.len()..all.len()).collect();
            (&aligned(left, &self.left, &all) * &aligned(right, &self.right, &all)).sum_axes(&axes)
        } else {
            let extents = |letters: &[char]| letters.iter().map(|&letter| extent(letter)).collect::<Vec<_>>();
            let matrix = |x: &Tensor<T>, letters: &[char], first: &[char], second: &[char]| {
                let all = aligned(x, letters, &[&*batch, first, second].concat());
                let ends = [first, second].map(|letters| extents(letters).iter().product());
                // The batch axes stay as they are, since joining them may need a copy.
                let mut shape = extents(&batch);
                if shape.len() + 2 > MAX_RANK {
                    shape = vec![shape.iter().product()];
                }
                shape.extend::<[usize; 2]>(ends);
                all.reshape(shape.as_slice())
            };
            let a = matrix(left, &self.left, &rows, &contracted);
            let b = matrix(right, &self.right, &contracted, &columns);
            a.matmul(&b).reshape(extents(&order).as_slice())
        };
        aligned(&product, &order, &self.output)
    }
}

/// The letters that are `wanted`, from the axis with the longest stride to that with the shortest.
fn by_stride<T: Real>(x: &Tensor<T>, letters: &[char], wanted: impl Fn(char) -> bool) -> Vec<char> {
    let mut axes: Vec<usize> = (0..letters.len()).filter(|&axis| wanted(letters[axis])).collect();
    axes.sort_by_key(|&axis| std::cmp::Reverse(x.strides()[axis].unsigned_abs()));
    axes.into_iter().map(|axis| letters[axis]).collect()
}

/// The view of `x`, with axes named by `from`, whose axes are named by `to`; letters that it lacks have extent 1.
fn aligned<T: Real>(x: &Tensor<T>, from: &[char], to: &[char]) -> Tensor<T> {
    let position = |letter: &char| from.iter().position(|other| other == letter);
    let mut view = x.permute(&to.iter().filter_map(position).collect::<Vec<_>>());
    for (axis, letter) in to.iter().enumerate() {
        if position(letter).is_none() {
            view = view.unsqueeze(axis);
        }
    }
    view
}
