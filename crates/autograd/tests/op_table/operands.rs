//! What the rows have in common: points, views of variables, and the check itself.

use std::fmt::Display;
use std::ops::Range;

use gradus_autograd::{Bound, Var};
use gradus_tensor::{ParamId, Params, Rng, Shape, Tensor};
use gradus_testkit::gradcheck::check_functional;

/// Intervals in which an op is smooth, with slopes of order 1.
pub(crate) type Domains = &'static [Range<f64>];

/// Elements from all the intervals, in a random mixture.
pub(crate) fn sample(rng: &mut Rng, shape: &[usize], domains: Domains) -> Tensor<f64> {
    Tensor::from_fn(shape, |_| {
        let domain = &domains[rng.index(domains.len())];
        rng.uniform::<f64>([], domain.start, domain.end).item()
    })
}

/// Parameters with the given values, and their ids.
pub(crate) fn params_of<const N: usize>(values: [Tensor<f64>; N]) -> (Params<f64>, [ParamId; N]) {
    let mut params = Params::new();
    let mut position = 0;
    let ids = values.map(|value| {
        position += 1;
        params.add(&format!("operand {position}"), &value).expect("different names")
    });
    (params, ids)
}

/// Requires that the rules give the gradient of `f` at `params`.
#[track_caller]
pub(crate) fn check<F>(context: impl Display, params: &Params<f64>, f: F)
where
    F: for<'t> Fn(&Bound<'t, f64>) -> Var<'t, f64>,
{
    // One instance of the check for all rows: an instance per closure would take 20 s to compile.
    let f: &dyn for<'t> Fn(&Bound<'t, f64>) -> Var<'t, f64> = &f;
    if let Err(mismatch) = check_functional(params, f) {
        panic!("{context}: {mismatch}");
    }
}

/// A function of one variable that makes a view of it.
pub(crate) type View = for<'t> fn(Var<'t, f64>) -> Var<'t, f64>;

fn as_it_is(x: Var<'_, f64>) -> Var<'_, f64> {
    x
}

/// The axes in reverse order: the transpose of a matrix, and a vector as it is.
pub(crate) fn reversed(x: Var<'_, f64>) -> Var<'_, f64> {
    let axes: Vec<usize> = (0..x.shape().iter().len()).rev().collect();
    x.permute(&axes)
}

fn repeated(x: Var<'_, f64>) -> Var<'_, f64> {
    let shape: Shape = std::iter::once(2).chain(x.shape().iter().copied()).collect();
    x.broadcast_to(shape)
}

pub(crate) const VIEWS: [(&str, View); 3] =
    [("as it is", as_it_is), ("reversed", reversed), ("repeated", repeated)];
