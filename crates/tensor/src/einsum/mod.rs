//! Einstein summation: products of any number of tensors over named axes, summed over the names that the result lacks.

mod contract;
mod operand;
mod parse;
mod path;
mod plan;

pub use self::contract::Contraction;
pub use self::operand::EinsumOperand;
pub use self::parse::EinsumError;
pub use self::plan::{EinsumPath, EinsumStep};

use crate::{Real, Shape, Tensor};

/// Einstein summation in the notation of NumPy and PyTorch: one letter per axis of each operand, operands separated by
/// commas, then `->` and the letters of the result. Products run over all letters, and those that the result lacks are
/// summed over.
///
/// - Without `->`, the result has the letters that stand once, in alphabetical order (capitals first).
/// - A letter that stands twice in one operand takes its diagonal.
/// - `...` stands for the axes that have no letter: aligned from the right and broadcast as in NumPy. Without `->` they
///   come first in the result; where the result has no `...`, they are summed over (as in PyTorch).
/// - Axes of extent 1 broadcast against axes of the same letter in other operands. Spaces do not matter.
///
/// Operands are multiplied pair by pair in the order that needs the fewest multiply–adds (see [`EinsumPath`]); diagonals
/// are views, sums over letters of one operand come first, and each pair is a (batched) matrix product. The result may
/// share elements with an operand.
///
/// ```
/// use gradus_tensor::{Tensor, einsum};
/// let a = Tensor::<f64>::from_rows([[1.0, 2.0], [3.0, 4.0]]);
/// let x = Tensor::vector(&[1.0, 10.0]);
/// assert_eq!(einsum("ij,j->i", &[&a, &x]).to_vec(), [21.0, 43.0]);
/// assert_eq!(einsum("i,ij,j", &[&x, &a, &x]).item(), 451.0);
/// assert_eq!(einsum("ii->i", &[&a]).to_vec(), [1.0, 4.0]);
/// assert_eq!(einsum("...j->...", &[&a]).to_vec(), [3.0, 7.0]);
/// ```
///
/// # Panics
/// When the expression is malformed or does not fit the shapes; the text names the letter. [`try_einsum`] does not.
#[track_caller]
pub fn einsum<T: Real>(expression: &str, operands: &[&Tensor<T>]) -> Tensor<T> {
    match try_einsum(expression, operands) {
        Ok(result) => result,
        Err(error) => panic!("{error}"),
    }
}

/// [`einsum`] for expressions that come from outside.
///
/// # Errors
/// When the expression is malformed or does not fit the shapes.
pub fn try_einsum<T: Real>(expression: &str, operands: &[&Tensor<T>]) -> Result<Tensor<T>, EinsumError> {
    let shapes: Vec<Shape> = operands.iter().map(|operand| operand.shape()).collect();
    let path = einsum_path(expression, &shapes)?;
    Ok(path.evaluate(operands.iter().map(|&operand| operand.clone()).collect()))
}

/// How [`einsum`] evaluates an expression on operands of these shapes: to look at, or to evaluate many times.
///
/// # Errors
/// When the expression is malformed or does not fit the shapes.
pub fn einsum_path(expression: &str, shapes: &[Shape]) -> Result<EinsumPath, EinsumError> {
    EinsumPath::new(expression, shapes)
}
