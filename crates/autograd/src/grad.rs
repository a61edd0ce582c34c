//! Values and gradients of functions of parameters.

use gradus_tensor::{Params, Real, Tensor};

use crate::bound::Bound;
use crate::gradients::Gradients;
use crate::reverse::{Nodes, vector_jacobian};
use crate::tape::Tape;
use crate::var::Var;

#[track_caller]
pub(crate) fn check_tape<T: Real>(name: &str, result: Var<'_, T>, tape: &Tape<T>) {
    assert!(std::ptr::eq(result.tape, tape), "{name}: the result belongs to another tape");
}

#[track_caller]
pub(crate) fn check_scalar<T: Real>(name: &str, loss: Var<'_, T>, tape: &Tape<T>) -> T {
    assert!(std::ptr::eq(loss.tape, tape), "{name}: the loss belongs to another tape");
    let value = loss.value();
    assert!(value.len() == 1, "{name}: the loss has shape {}, not a single element", value.shape());
    value.item()
}

#[track_caller]
pub(crate) fn check_room<T: Real>(name: &str, params: &Params<T>, room: usize) {
    assert!(room == params.len(), "{name}: {} parameters, but room for {room}", params.len());
}

/// Writes the gradients of the parameters, which are the first nodes of a tape, in their layout.
pub(crate) fn collect<T: Real>(
    params: &Params<T>,
    mut gradients: Gradients<T>,
    target: &mut [T],
) -> Gradients<T> {
    for (node, id) in params.ids().enumerate() {
        write(gradients.take(node), &mut target[params.range(id)]);
    }
    gradients
}

pub(crate) fn write<T: Real>(contribution: Option<Tensor<T>>, part: &mut [T]) {
    match contribution {
        Some(contribution) => match contribution.as_slice() {
            Some(elements) => part.copy_from_slice(elements),
            None => part.copy_from_slice(&contribution.to_vec()),
        },
        None => part.fill(T::zero()),
    }
}

/// The value of `f` at `params`. Nothing is reversed, except for what a [`grad`] inside `f` asks for.
///
/// # Panics
/// When `f` does not return a single element.
#[track_caller]
pub fn value<T: Real, F>(params: &Params<T>, f: F) -> T
where
    F: for<'t> FnOnce(&Bound<'t, T>) -> Var<'t, T>,
{
    let tape = Tape::default();
    check_scalar("value", f(&Bound::new(&tape, params)), &tape)
}

/// The value of `f`, of any shape, at `params`: predictions of a model, from the code that it is trained with.
///
/// # Panics
/// When the result belongs to another tape.
#[track_caller]
pub fn evaluate<T: Real, F>(params: &Params<T>, f: F) -> Tensor<T>
where
    F: for<'t> FnOnce(&Bound<'t, T>) -> Var<'t, T>,
{
    let tape = Tape::default();
    let result = f(&Bound::new(&tape, params));
    check_tape("evaluate", result, &tape);
    result.value()
}

/// The value of `f` at `params` and its gradient: one flat vector in the layout of `params`, with the same names.
///
/// # Panics
/// When `f` does not return a single element.
#[track_caller]
pub fn value_and_grad<T: Real, F>(params: &Params<T>, f: F) -> (T, Params<T>)
where
    F: for<'t> FnOnce(&Bound<'t, T>) -> Var<'t, T>,
{
    let mut gradient = params.zeros_like();
    let value = value_and_grad_into(params, gradient.as_mut_slice(), f);
    (value, gradient)
}

/// As [`value_and_grad`], writing the gradient into a slice in the layout of `params`.
///
/// # Panics
/// When `f` does not return a single element, or the slice has another length than `params`.
#[track_caller]
pub fn value_and_grad_into<T: Real, F>(params: &Params<T>, gradient: &mut [T], f: F) -> T
where
    F: for<'t> FnOnce(&Bound<'t, T>) -> Var<'t, T>,
{
    check_room("value_and_grad_into", params, gradient.len());
    let tape = Tape::default();
    let loss = f(&Bound::new(&tape, params));
    let value = check_scalar("value_and_grad", loss, &tape);
    let seed = (loss.index, Tensor::ones(loss.shape()));
    let gradients = tape.reverse([seed], params.ids().len(), None, Nodes::Release);
    tape.keep_gradients(collect(params, gradients, gradient));
    value
}

/// The gradients of `output`, a single element, with respect to `sources`, as variables on the same tape: what they
/// are used for is differentiated again. A source may be a parameter, a [`variable`](Bound::variable), or anything
/// computed from them; where `output` does not depend on it the gradient is 0.
///
/// A gradient penalty ‖∂f/∂x‖² of a model f:
///
/// ```
/// use gradus_autograd::{grad, value_and_grad};
/// use gradus_tensor::{Params, Tensor};
/// let params = Params::single("w", &Tensor::vector(&[1.0, 2.0]));
/// let w = params.ids().next().unwrap();
/// let (penalty, gradient) = value_and_grad(&params, |p| {
///     let x = p.variable(&Tensor::vector(&[0.5, 0.5]));
///     let f = (x * p.get(w)).square().sum();
///     grad(f, &[x])[0].square().sum()
/// });
/// // ∂f/∂x = 2w²x, and the penalty is 4 Σ w⁴x².
/// assert_eq!(penalty, 1.0 + 16.0);
/// assert_eq!(gradient.as_slice(), [4.0, 32.0]);
/// ```
///
/// # Panics
/// When `output` is not a single element, a variable belongs to another tape, or a source is a constant.
#[track_caller]
pub fn grad<'t, T: Real>(output: Var<'t, T>, sources: &[Var<'t, T>]) -> Vec<Var<'t, T>> {
    let shape = output.shape();
    assert!(shape.len() == 1, "grad: the output has shape {shape}, not a single element");
    let seed = output.tape.constant(&Tensor::ones(shape));
    pullback(&[output], &[seed], sources)
}

/// Vector–Jacobian products: for every source the sum over `outputs` of (∂output/∂source)ᵀ · cotangent, as variables
/// on the same tape. [`grad`] is the case of one output and the cotangent 1.
///
/// # Panics
/// When there are not as many cotangents as outputs, a cotangent has another shape than its output, a variable belongs
/// to another tape, or a source is a constant.
#[track_caller]
pub fn pullback<'t, T: Real>(
    outputs: &[Var<'t, T>],
    cotangents: &[Var<'t, T>],
    sources: &[Var<'t, T>],
) -> Vec<Var<'t, T>> {
    let (given, needed) = (cotangents.len(), outputs.len());
    assert!(given == needed, "pullback: {needed} outputs and {given} cotangents");
    for (output, cotangent) in outputs.iter().zip(cotangents) {
        let (shape, given) = (output.shape(), cotangent.shape());
        assert!(given == shape, "pullback: the output has shape {shape}, its cotangent {given}");
    }
    for source in sources {
        let node = source.index;
        assert!(
            source.tape.nodes()[node as usize].tracked,
            "pullback: node {node} is a constant; make it with `variable` to differentiate with respect to it"
        );
    }
    let products = vector_jacobian(outputs, cotangents, sources);
    let zero = |source: &Var<'t, T>| source.tape.constant(&Tensor::zeros(source.shape()));
    products
        .into_iter()
        .zip(sources)
        .map(|(product, source)| product.unwrap_or_else(|| zero(source)))
        .collect()
}
