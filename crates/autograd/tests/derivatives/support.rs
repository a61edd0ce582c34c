//! Parameters, functions of them, and comparisons.

use gradus_autograd::{Bound, Var};
use gradus_tensor::{ParamId, Params, Rng, Tensor};

/// Parameters of the given shapes with elements in ±[½, 3/2].
pub(crate) fn params(seed: u64, shapes: &[&[usize]]) -> (Params<f64>, Vec<ParamId>) {
    let (mut rng, mut params) = (Rng::new(seed), Params::new());
    let ids = shapes.iter().enumerate().map(|(i, shape)| {
        let sizes = rng.uniform::<f64>(*shape, 0.5, 1.5).to_vec();
        let value = Tensor::from_fn(*shape, |i| sizes[i] * rng.sign::<f64>());
        params.add(&format!("p{i}"), &value).expect("different names")
    });
    let ids = ids.collect();
    (params, ids)
}

/// A single vector of parameters.
pub(crate) fn vector(x: &[f64]) -> (Params<f64>, ParamId) {
    let params = Params::single("x", &Tensor::vector(x));
    let id = params.ids().next().expect("one parameter");
    (params, id)
}

/// |found − expected| ≤ tolerance · (1 + the largest |expected|), element for element.
#[track_caller]
pub(crate) fn assert_close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    let size = expected.iter().fold(1.0, |size: f64, x| size.max(x.abs()));
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!(
            (found - expected).abs() <= tolerance * size,
            "{what}: element {i} is {found}, not {expected}"
        );
    }
}

/// A function of parameters, of any shape.
pub(crate) type Function = for<'t> fn(&Bound<'t, f64>, &[ParamId]) -> Var<'t, f64>;

/// The shapes of the parameters of [`FUNCTIONS`].
pub(crate) const SHAPES: [&[usize]; 4] = [&[2, 3], &[3], &[], &[0, 2]];

/// Functions of parameters of [`SHAPES`]: with results of all ranks, some of which depend on some of the parameters only.
pub(crate) const FUNCTIONS: [(&str, Function); 8] = [
    ("products", |p, w| (p.get(w[0]).matmul(p.get(w[1]).tanh()) * p.get(w[2]).exp()).sin()),
    ("quotients", |p, w| p.get(w[0]).cos() / (p.get(w[1]).square() + p.get(w[2]).square() + 1.0)),
    ("a scalar", |p, w| p.get(w[0]).softmax(1).logsumexp_axes(&[0, 1]) * p.get(w[2]).powi(3)),
    ("a parameter", |p, w| p.get(w[0])),
    ("views", |p, w| p.get(w[0]).t().flip(&[0]).reshape([2, 1, 3]).unsqueeze(0) * p.get(w[1]).exp()),
    ("one of them", |p, w| p.get(w[1]).cumsum(0).sigmoid()),
    ("no elements", |p, w| p.get(w[3]).exp() * p.get(w[2])),
    ("a constant", |p, _| p.constant(&Tensor::vector(&[1.0, 2.0]))),
];
