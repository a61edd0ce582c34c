//! Derivatives of functions of any shape: products with the Jacobian from either side, and the whole of it.

use gradus_tensor::{Params, Real, Tensor};

use crate::bound::Bound;
use crate::grad::{check_room, check_tape, collect, pullback, write};
use crate::reverse::Nodes;
use crate::tape::Tape;
use crate::var::Var;

/// The value y of `f` at `params` and the vector–Jacobian product (∂y/∂params)ᵀ · `cotangent`.
///
/// # Panics
/// When `cotangent` has not the shape of y.
#[track_caller]
pub fn vjp<T: Real, F>(params: &Params<T>, cotangent: &Tensor<T>, f: F) -> (Tensor<T>, Params<T>)
where
    F: for<'t> FnOnce(&Bound<'t, T>) -> Var<'t, T>,
{
    let tape = Tape::default();
    let y = f(&Bound::new(&tape, params));
    check_tape("vjp", y, &tape);
    let (value, given) = (y.value(), cotangent.shape());
    assert!(given == value.shape(), "vjp: the value has shape {}, the cotangent {given}", value.shape());
    let mut product = params.zeros_like();
    let seed = (y.index, cotangent.clone());
    let gradients = tape.reverse([seed], params.ids().len(), None, Nodes::Release);
    tape.keep_gradients(collect(params, gradients, product.as_mut_slice()));
    (value, product)
}

/// The value y of `f` at `params` and the Jacobian–vector product (∂y/∂params) · `tangent`: the derivative of y along a
/// direction in the layout of `params`.
///
/// Computed as the derivative of u ↦ (∂y/∂params)ᵀ·u, which is linear, so that an op needs one rule only: some three
/// times the work of y.
///
/// # Panics
/// When `tangent` has another length than `params`.
#[track_caller]
pub fn jvp<T: Real, F>(params: &Params<T>, tangent: &[T], f: F) -> (Tensor<T>, Tensor<T>)
where
    F: for<'t> FnOnce(&Bound<'t, T>) -> Var<'t, T>,
{
    check_room("jvp", params, tangent.len());
    let tape = Tape::default();
    let bound = Bound::new(&tape, params);
    let y = f(&bound);
    check_tape("jvp", y, &tape);
    let value = y.value();
    let u = tape.variable(&Tensor::zeros(value.shape()));
    let products = pullback(&[y], &[u], &bound.all());
    let seeds = params.ids().zip(&products).map(|(id, product)| (product.index, part(params, tangent, id)));
    let path = tape.path(&[u.index]);
    let mut gradients = tape.reverse(seeds, u.index as usize + 1, Some(&path), Nodes::Release);
    let product = gradients.take(u.index as usize).unwrap_or_else(|| Tensor::zeros(value.shape()));
    tape.keep_gradients(gradients);
    (value, product)
}

/// The value y of `f` at `params` and its Jacobian [number of elements of y, number of parameters], both in row-major
/// order: one reverse pass per row.
///
/// # Panics
/// When the result belongs to another tape.
#[track_caller]
pub fn jacobian<T: Real, F>(params: &Params<T>, f: F) -> (Tensor<T>, Tensor<T>)
where
    F: for<'t> FnOnce(&Bound<'t, T>) -> Var<'t, T>,
{
    let tape = Tape::default();
    let y = f(&Bound::new(&tape, params));
    check_tape("jacobian", y, &tape);
    let value = y.value();
    let rows = value.len();
    let mut jacobian = Tensor::zeros([rows, params.len()]);
    if !params.is_empty() {
        for (row, target) in jacobian.make_mut().chunks_exact_mut(params.len()).enumerate() {
            let unit = Tensor::from_fn(value.shape(), |i| if i == row { T::one() } else { T::zero() });
            let gradients = tape.reverse([(y.index, unit)], params.ids().len(), None, Nodes::Keep);
            tape.keep_gradients(collect(params, gradients, target));
        }
    }
    (value, jacobian)
}

/// What [`hvp`] computes.
#[derive(Clone, Debug)]
pub struct Hvp<T: Real> {
    /// The value f.
    pub value: T,
    /// The gradient ∇f.
    pub gradient: Params<T>,
    /// The product ∇²f · direction.
    pub product: Params<T>,
}

/// The value of `f` at `params`, its gradient, and the product of its Hessian with `direction`, a vector in the layout of
/// `params`: the gradient of ⟨∇f, direction⟩, without forming the Hessian (Pearlmutter, *Fast exact multiplication by
/// the Hessian*, 1994).
///
/// ```
/// use gradus_autograd::hvp;
/// use gradus_tensor::{Params, Tensor};
/// let params = Params::single("x", &Tensor::vector(&[1.0, 2.0]));
/// let x = params.ids().next().unwrap();
/// let result = hvp(&params, &[1.0, 0.0], |p| p.get(x).powi(3).sum());
/// assert_eq!(result.gradient.as_slice(), [3.0, 12.0]);
/// assert_eq!(result.product.as_slice(), [6.0, 0.0]);
/// ```
///
/// # Panics
/// When `f` does not return a single element, or `direction` has another length than `params`.
#[track_caller]
pub fn hvp<T: Real, F>(params: &Params<T>, direction: &[T], f: F) -> Hvp<T>
where
    F: for<'t> FnOnce(&Bound<'t, T>) -> Var<'t, T>,
{
    check_room("hvp", params, direction.len());
    let tape = Tape::default();
    let (value, gradients) = recorded_gradient("hvp", &tape, params, f);
    let mut gradient = params.zeros_like();
    for (id, part) in params.ids().zip(&gradients) {
        write(Some(part.value()), &mut gradient.as_mut_slice()[params.range(id)]);
    }
    let mut product = params.zeros_like();
    let seeds =
        params.ids().zip(&gradients).map(|(id, part)| (part.index, self::part(params, direction, id)));
    let second = tape.reverse(seeds, params.ids().len(), None, Nodes::Release);
    tape.keep_gradients(collect(params, second, product.as_mut_slice()));
    Hvp { value, gradient, product }
}

/// The Hessian [d, d] of `f` at `params`, for small d: one reverse pass over the recorded gradient per row.
///
/// # Panics
/// When `f` does not return a single element.
#[track_caller]
pub fn hessian<T: Real, F>(params: &Params<T>, f: F) -> Tensor<T>
where
    F: for<'t> FnOnce(&Bound<'t, T>) -> Var<'t, T>,
{
    let tape = Tape::default();
    let (_, gradients) = recorded_gradient("hessian", &tape, params, f);
    let mut hessian = Tensor::zeros([params.len(), params.len()]);
    let mut rows = hessian.make_mut().chunks_exact_mut(params.len().max(1));
    for part in gradients {
        for element in 0..part.shape().len() {
            let unit = Tensor::from_fn(part.shape(), |i| if i == element { T::one() } else { T::zero() });
            let second = tape.reverse([(part.index, unit)], params.ids().len(), None, Nodes::Keep);
            let row = rows.next().expect("as many rows as parameters");
            tape.keep_gradients(collect(params, second, row));
        }
    }
    hessian
}

/// The value of a scalar function and its gradient, recorded.
#[track_caller]
fn recorded_gradient<'t, T: Real, F>(
    name: &str,
    tape: &'t Tape<T>,
    params: &'t Params<T>,
    f: F,
) -> (T, Vec<Var<'t, T>>)
where
    F: FnOnce(&Bound<'t, T>) -> Var<'t, T>,
{
    let bound = Bound::new(tape, params);
    let loss = f(&bound);
    let value = crate::grad::check_scalar(name, loss, tape);
    (value, crate::grad::grad(loss, &bound.all()))
}

/// The part of a flat vector that belongs to a parameter, of its shape.
fn part<T: Real>(params: &Params<T>, vector: &[T], id: gradus_tensor::ParamId) -> Tensor<T> {
    let elements = &vector[params.range(id)];
    Tensor::from_fn(params.get(id).shape(), |i| elements[i])
}
