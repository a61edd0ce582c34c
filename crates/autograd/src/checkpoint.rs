//! Gradient checkpointing: the values inside a part of a model are computed again when they are needed.

use gradus_tensor::{Real, Tensor};

use crate::op::Op;
use crate::reverse::Reverse;
use crate::tape::{Kind, Tape};
use crate::var::Var;

/// A function of variables of which only inputs and value are kept.
struct Checkpoint<F>(F);

impl<T: Real, F> Op<T> for Checkpoint<F>
where
    F: for<'t> Fn(&[Var<'t, T>]) -> Var<'t, T> + 'static,
{
    fn name(&self) -> &'static str {
        "checkpoint"
    }

    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T> {
        let tape = Tape::default();
        let inputs: Vec<Var<'_, T>> =
            inputs.iter().map(|&input| tape.leaf(input.clone(), Kind::Variable)).collect();
        (self.0)(&inputs).value()
    }

    fn backward(&self, reverse: &mut Reverse<'_, '_, T>) {
        reverse.add_through(|inputs| (self.0)(inputs));
    }
}

/// `f` of `inputs`, of which the tape keeps only the value: what `f` computes is released at once, and computed a second
/// time in the reverse pass. Memory for one more forward of the part (Chen et al., *Training deep nets with sublinear memory
/// cost*, 2016).
///
/// `f` sees nothing of the tape but its arguments: parameters are passed like all other inputs. It must compute the same
/// value each time; a generator of random numbers is to be cloned inside.
///
/// ```
/// use gradus_autograd::{checkpoint, value_and_grad};
/// use gradus_tensor::{Params, Tensor};
/// let params = Params::single("w", &Tensor::vector(&[0.5, -0.5]));
/// let w = params.ids().next().unwrap();
/// let x = Tensor::vector(&[1.0, 2.0]);
/// let loss = |kept: bool| value_and_grad(&params, |p| {
///     let v = [p.constant(&x), p.get(w)];
///     if kept { (v[0] * v[1]).tanh().sum() } else { checkpoint(&v, |v| (v[0] * v[1]).tanh()).sum() }
/// });
/// assert_eq!(loss(true), loss(false));
/// ```
///
/// # Panics
/// Without inputs, when they belong to different tapes, or when `f` does.
#[track_caller]
pub fn checkpoint<'t, T: Real, F>(inputs: &[Var<'t, T>], f: F) -> Var<'t, T>
where
    F: for<'s> Fn(&[Var<'s, T>]) -> Var<'s, T> + 'static,
{
    assert!(!inputs.is_empty(), "checkpoint: no inputs");
    inputs[0].tape.apply_many(Checkpoint(f), inputs)
}
