//! Values and gradients of functions of parameters.

use gradus_tensor::{ParamId, Params, Real, Tensor};

use crate::tape::Tape;
use crate::var::Var;

/// The parameters as variables on a tape: what a model sees.
///
/// A value can leave the closure:
///
/// ```
/// use gradus_autograd::value_and_grad;
/// use gradus_tensor::{Params, Tensor};
/// let params = Params::single("w", &Tensor::<f64>::zeros([2]));
/// let w = params.ids().next().unwrap();
/// let mut taken = None;
/// value_and_grad(&params, |p| { taken = Some(p.get(w).value()); p.get(w).sum() });
/// ```
///
/// A variable cannot, since it would outlive the tape:
///
/// ```compile_fail,E0521
/// use gradus_autograd::value_and_grad;
/// use gradus_tensor::{Params, Tensor};
/// let params = Params::single("w", &Tensor::<f64>::zeros([2]));
/// let w = params.ids().next().unwrap();
/// let mut taken = None;
/// value_and_grad(&params, |p| { taken = Some(p.get(w)); p.get(w).sum() });
/// ```
pub struct Bound<'t, T: Real> {
    tape: &'t Tape<T>,
    /// The parameters in the order of their ids are the first nodes of the tape.
    ids: Vec<ParamId>,
}

impl<'t, T: Real> Bound<'t, T> {
    fn new(tape: &'t Tape<T>, params: &Params<T>, tracked: bool) -> Self {
        let ids: Vec<ParamId> = params.ids().collect();
        for &id in &ids {
            tape.leaf(params.get(id), tracked);
        }
        Self { tape, ids }
    }

    /// The parameter as a variable.
    ///
    /// # Panics
    /// When the id comes from a larger set of parameters.
    #[track_caller]
    pub fn get(&self, id: ParamId) -> Var<'t, T> {
        let Ok(index) = self.ids.binary_search(&id) else {
            panic!("Bound::get: {id:?} is not one of the {} parameters", self.ids.len())
        };
        Var { tape: self.tape, index: index as u32 }
    }

    /// A tensor that no gradient is wanted for.
    pub fn constant(&self, value: &Tensor<T>) -> Var<'t, T> {
        self.tape.leaf(value.clone(), false)
    }

    /// The tape, to record a custom [`Op`](crate::Op) on.
    pub fn tape(&self) -> &'t Tape<T> {
        self.tape
    }
}

#[track_caller]
fn check_scalar<T: Real>(name: &str, loss: Var<'_, T>, tape: &Tape<T>) -> T {
    let value = loss.value();
    assert!(std::ptr::eq(loss.tape, tape), "{name}: the loss belongs to another tape");
    assert!(value.len() == 1, "{name}: the loss has shape {}, not a single element", value.shape());
    value.item()
}

/// The value of `f` at `params`, without recording anything for a reverse pass.
///
/// # Panics
/// When `f` does not return a single element.
#[track_caller]
pub fn value<T: Real, F>(params: &Params<T>, f: F) -> T
where
    F: for<'t> FnOnce(&Bound<'t, T>) -> Var<'t, T>,
{
    let tape = Tape::default();
    check_scalar("value", f(&Bound::new(&tape, params, false)), &tape)
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
    assert!(
        gradient.len() == params.len(),
        "value_and_grad_into: {} parameters, but room for {}",
        params.len(),
        gradient.len()
    );
    let tape = Tape::default();
    let (root, value) = {
        let loss = f(&Bound::new(&tape, params, true));
        (loss.index, check_scalar("value_and_grad", loss, &tape))
    };
    let ids: Vec<ParamId> = params.ids().collect();
    // A loss that is itself a parameter ends before the last of them.
    let leaves = ids.len().min(root as usize + 1);
    let contributions = tape.reverse(root, leaves).into_iter().chain(std::iter::repeat(None));
    for (id, contribution) in ids.into_iter().zip(contributions) {
        let part = &mut gradient[params.range(id)];
        match contribution {
            Some(contribution) => {
                part.copy_from_slice(contribution.contiguous().as_slice().expect("contiguous"));
            }
            None => part.fill(T::zero()),
        }
    }
    value
}
