//! The parameters as variables on a tape.

use gradus_tensor::{ParamId, Params, Real, Tensor};

use crate::tape::{Kind, Tape};
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
    pub(crate) tape: &'t Tape<T>,
    /// Their values are the first nodes of the tape, in the order of their ids.
    pub(crate) params: &'t Params<T>,
}

impl<'t, T: Real> Bound<'t, T> {
    #[track_caller]
    pub(crate) fn new(tape: &'t Tape<T>, params: &'t Params<T>) -> Self {
        for (position, id) in params.ids().enumerate() {
            tape.given(params.get(id), Kind::Parameter(position as u32));
        }
        Self { tape, params }
    }

    /// The parameter as a variable.
    ///
    /// # Panics
    /// When the id comes from a larger set of parameters.
    #[track_caller]
    pub fn get(&self, id: ParamId) -> Var<'t, T> {
        let count = self.params.ids().len();
        let index = id.index();
        assert!(index < count, "Bound::get: {id:?} is not one of the {count} parameters");
        Var { tape: self.tape, index: index as u32 }
    }

    /// All parameters, in the order of their ids.
    pub fn all(&self) -> Vec<Var<'t, T>> {
        self.params.ids().map(|id| self.get(id)).collect()
    }

    /// A tensor that no gradient is wanted for.
    #[track_caller]
    pub fn constant(&self, value: &Tensor<T>) -> Var<'t, T> {
        self.tape.constant(value)
    }

    /// A tensor that [`grad`](crate::grad()) can be asked for, such as an input of the model.
    #[track_caller]
    pub fn variable(&self, value: &Tensor<T>) -> Var<'t, T> {
        self.tape.variable(value)
    }

    /// The tape, to record a custom [`Op`](crate::Op) on.
    pub fn tape(&self) -> &'t Tape<T> {
        self.tape
    }
}
