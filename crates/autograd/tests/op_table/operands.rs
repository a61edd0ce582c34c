//! What the rows have in common: points, views of variables, and the check itself.

use std::fmt::Display;
use std::ops::Range;

use gradus_autograd::{Bound, Var, evaluate, jacobian, per_sample_gradients};
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

/// Most ops are smooth here.
pub(crate) const DOMAINS: Domains = &[-2.0..2.0];

/// A function of one variable, and with settings. Rows pass references, so that every check has one instance: instances
/// for every closure are what takes long to compile.
pub(crate) type Function<'a> = &'a dyn for<'t> Fn(Var<'t, f64>) -> Var<'t, f64>;
pub(crate) type AlongAxis<'a> = &'a dyn for<'t> Fn(Var<'t, f64>, usize) -> Var<'t, f64>;
pub(crate) type OverAxes<'a> = &'a dyn for<'t> Fn(Var<'t, f64>, &[usize]) -> Var<'t, f64>;
pub(crate) type OfTwo<'a> = &'a dyn for<'t> Fn(Var<'t, f64>, Var<'t, f64>) -> Var<'t, f64>;

/// Requires that the rules give the gradient of `f` at `params`.
#[track_caller]
pub(crate) fn check<F>(context: impl Display, params: &Params<f64>, f: F)
where
    F: for<'t> Fn(&Bound<'t, f64>) -> Var<'t, f64>,
{
    let f: &dyn for<'t> Fn(&Bound<'t, f64>) -> Var<'t, f64> = &f;
    if let Err(mismatch) = check_functional(params, f) {
        panic!("{context}: {mismatch}");
    }
    for count in [2, 3, 4] {
        check_samples(&context, params, count, f);
    }
}

/// Between the gradients of single samples by two orders of the same sums, relative to the largest element.
const SAMPLES_TOLERANCE: f64 = 1e-12;

/// Requires that the rules know what belongs to which sample, where the value is that of `count` samples in row-major order:
/// nothing checks that while a model runs.
#[track_caller]
fn check_samples(
    context: &impl Display,
    params: &Params<f64>,
    count: usize,
    f: &dyn for<'t> Fn(&Bound<'t, f64>) -> Var<'t, f64>,
) {
    let len = evaluate(params, |p| f(p)).shape().len();
    if len == 0 || !len.is_multiple_of(count) {
        return;
    }
    let weights = Rng::new(4).uniform::<f64>([count, len / count], 0.5, 1.5);
    let losses: &dyn for<'t> Fn(&Bound<'t, f64>) -> Var<'t, f64> =
        &|p| (f(p).reshape(weights.shape()) * p.constant(&weights)).sum_axes(&[1]);
    let found = per_sample_gradients(params, losses).gradients;
    let (_, expected) = jacobian(params, losses);
    let size = expected.to_vec().iter().fold(1.0, |size: f64, x| size.max(x.abs()));
    for (i, (found, expected)) in found.to_vec().iter().zip(expected.to_vec()).enumerate() {
        let error = (found - expected).abs();
        assert!(
            error <= SAMPLES_TOLERANCE * size,
            "{context}: of {count} samples, element {i} of the gradients is {found}, not {expected}"
        );
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

/// Checks a function of one variable of the given shape, of the variable with its axes in reverse order (stored
/// so that the op meets the shape all the same), and applied to the same variable twice.
pub(crate) fn check_view(context: &str, shape: &[usize], f: Function<'_>) {
    let mut rng = Rng::new(3).split(context);
    let context = format!("{context} of {shape:?}");
    let (params, [x]) = params_of([sample(&mut rng, shape, DOMAINS)]);
    check(&context, &params, |p| f(p.get(x)));
    check(format!("{context}, twice"), &params, |p| f(p.get(x)) + f(p.get(x)).sin());
    let backwards: Vec<usize> = shape.iter().rev().copied().collect();
    let (params, [x]) = params_of([sample(&mut rng, &backwards, DOMAINS)]);
    check(format!("{context}, transposed"), &params, |p| f(reversed(p.get(x))));
}

/// Checks a function of two variables of the given shapes, of each of them alone, and with both used twice.
pub(crate) fn check_two(context: &str, shapes: [&[usize]; 2], f: OfTwo<'_>) {
    let mut rng = Rng::new(3).split(context);
    let context = format!("{context} of {shapes:?}");
    let values = shapes.map(|shape| sample(&mut rng, shape, DOMAINS));
    let (params, [a, b]) = params_of(values.clone());
    check(&context, &params, |p| f(p.get(a), p.get(b)));
    check(format!("{context}, twice"), &params, |p| f(p.get(a), p.get(b)) + f(p.get(a), p.get(b)).sin());
    check(format!("{context}, constant left"), &params, |p| f(p.constant(&values[0]), p.get(b)));
    check(format!("{context}, constant right"), &params, |p| f(p.get(a), p.constant(&values[1])));
    let backwards = values.map(|value| value.permute(&(0..value.rank()).rev().collect::<Vec<_>>()));
    let (stored, [a, b]) = params_of(backwards);
    check(format!("{context}, transposed"), &stored, |p| f(reversed(p.get(a)), reversed(p.get(b))));
}

/// Checks a reduction over every set of axes of shapes with at least `least` elements along them.
pub(crate) fn check_reduction(name: &str, least: usize, f: OverAxes<'_>) {
    for shape in [&[][..], &[5], &[1], &[3, 2], &[2, 3, 4], &[1, 3, 1], &[0, 3]] {
        for subset in 0..1 << shape.len() {
            let axes: Vec<usize> = (0..shape.len()).filter(|axis| subset >> axis & 1 == 1).collect();
            if axes.iter().map(|&axis| shape[axis]).product::<usize>() >= least {
                check_view(&format!("{name} {axes:?}"), shape, &|x| f(x, &axes));
            }
        }
    }
}

/// Checks a function along every axis.
pub(crate) fn check_along(name: &str, f: AlongAxis<'_>) {
    for shape in [&[5][..], &[1], &[3, 2], &[2, 3, 4], &[1, 3, 1], &[0, 3], &[20]] {
        for axis in 0..shape.len() {
            check_view(&format!("{name} {axis}"), shape, &|x| f(x, axis));
        }
    }
}
