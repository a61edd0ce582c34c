//! Derivatives by the rules against differences, for ops and models of one's own.
//!
//! ```
//! use gradus_autograd::gradcheck::{check_gradient, check_second_order};
//! use gradus_tensor::{Params, Tensor};
//! let params = Params::single("w", &Tensor::vector(&[0.5, -1.0]));
//! let w = params.ids().next().unwrap();
//! check_gradient(&params, |p| p.get(w).tanh().square().sum())?;
//! check_second_order(&params, |p| p.get(w).tanh().square().sum())?;
//! # Ok::<(), gradus_autograd::gradcheck::GradientMismatch>(())
//! ```

use std::error::Error;
use std::fmt;
use std::ops::Range;

use gradus_tensor::{Params, Rng, Shape};

use crate::bound::Bound;
use crate::grad::{value, value_and_grad};
use crate::jacobian::hvp;
use crate::var::Var;

/// The step ε of the differences. (f(x + εv) − f(x − εv))/2ε errs by ε²f‴/6 through truncation and by u|f|/ε
/// through rounding; with f and f‴ of order 1 the sum is smallest near ε = ∛u, where both are some 1e-11.
const STEP: f64 = 5e-6;

/// Allowed difference relative to 1 + Σ|gᵢvᵢ|. It leaves room for third derivatives of order 10³, as of a
/// reciprocal near ¼; a wrong rule is off by the size of the gradient.
const TOLERANCE: f64 = 1e-7;

/// Allowed difference relative to |f|, whose last bits the difference divides by 2ε: some roundings of 2e-11.
const ROUNDING: f64 = 1e-9;

/// Random directions per parameter. A normal direction is orthogonal to no error, but can come close to it.
const DIRECTIONS: usize = 3;

/// Allowed difference between the gradient of a plain and that of a recorded reverse pass, relative to the largest
/// element: they round in another order.
const RECORDED_TOLERANCE: f64 = 1e-12;

const SEED: u64 = 20;

/// Where the rules and the differences disagree most.
#[derive(Clone, Debug, PartialEq)]
pub struct GradientMismatch {
    /// What was compared: `gradient`, `second derivative`, or `recorded gradient`, which is then compared with that of the
    /// plain reverse pass.
    pub quantity: &'static str,
    /// The path of the parameter.
    pub parameter: String,
    /// Its shape.
    pub shape: Shape,
    /// The element, in row-major order.
    pub element: usize,
    /// The derivative by the rules.
    pub analytic: f64,
    /// The derivative by central differences.
    pub numeric: f64,
}

impl fmt::Display for GradientMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { quantity, parameter, shape, element, analytic, numeric } = self;
        write!(f, "{quantity} of {parameter}, element {element} of shape {shape}: ")?;
        write!(f, "{analytic} by the rules, {numeric} by central differences")
    }
}

impl Error for GradientMismatch {}

fn mismatch(
    quantity: &'static str,
    params: &Params<f64>,
    coordinate: usize,
    analytic: f64,
    numeric: f64,
) -> GradientMismatch {
    let id = params.ids().find(|&id| params.range(id).contains(&coordinate));
    let (parameter, shape, element) = match id {
        Some(id) => (params.name(id).to_owned(), params.get(id).shape(), coordinate - params.range(id).start),
        None => ("no parameter".to_owned(), Shape::from([0]), coordinate),
    };
    GradientMismatch { quantity, parameter, shape, element, analytic, numeric }
}

/// `params` moved by `step` · `direction` in some coordinates.
fn moved(params: &Params<f64>, part: Range<usize>, direction: &[f64], step: f64) -> Params<f64> {
    let mut params = params.clone();
    for (x, v) in params.as_mut_slice()[part].iter_mut().zip(direction) {
        *x += step * v;
    }
    params
}

/// Compares the gradient of a scalar function at `params`, parameter by parameter, with central differences
/// along random directions. The function must be smooth there.
///
/// # Errors
/// When they disagree, or something is not finite: names the element with the largest difference.
///
/// # Panics
/// When `f` does not return a single element.
#[track_caller]
pub fn check_gradient<F>(params: &Params<f64>, f: F) -> Result<(), GradientMismatch>
where
    F: for<'t> Fn(&Bound<'t, f64>) -> Var<'t, f64>,
{
    let (loss, gradient) = value_and_grad(params, &f);
    let gradient = gradient.as_slice();
    let difference = |part: Range<usize>, direction: &[f64]| {
        let shifted = |step: f64| value(&moved(params, part.clone(), direction, step), &f);
        (shifted(STEP) - shifted(-STEP)) / (2.0 * STEP)
    };
    let mut rng = Rng::new(SEED);
    for id in params.ids() {
        let part = params.range(id);
        let gradient = &gradient[part.clone()];
        for _ in 0..DIRECTIONS {
            let direction = rng.normal::<f64>([part.len()]).to_vec();
            let terms = gradient.iter().zip(&direction).map(|(g, v)| g * v);
            let allowed =
                TOLERANCE * (1.0 + terms.clone().map(f64::abs).sum::<f64>()) + ROUNDING * loss.abs();
            let error = (terms.sum::<f64>() - difference(part.clone(), &direction)).abs();
            if allowed.is_finite() && error <= allowed {
                continue;
            }
            let partial = |element: usize| {
                let unit: Vec<f64> = (0..part.len()).map(|i| f64::from(i == element)).collect();
                (element, gradient[element], difference(part.clone(), &unit))
            };
            let worst = (0..part.len()).map(partial).max_by(|a, b| off(a.1, a.2).total_cmp(&off(b.1, b.2)));
            // Without elements only the loss itself can be what is not finite.
            let (element, analytic, numeric) = worst.unwrap_or((0, loss, loss));
            let place = mismatch("gradient", params, part.start + element, analytic, numeric);
            let (parameter, shape) = (params.name(id).to_owned(), params.get(id).shape());
            return Err(GradientMismatch { parameter, shape, element, ..place });
        }
    }
    Ok(())
}

fn off(analytic: f64, numeric: f64) -> f64 {
    let off = (analytic - numeric).abs();
    if off.is_nan() { f64::INFINITY } else { off }
}

/// Compares products of the Hessian of a scalar function at `params` with differences of its gradient along random
/// directions, in every coordinate; and the gradient of the recorded reverse pass, which the products are derived from,
/// with that of the plain one. The function must be smooth there.
///
/// # Errors
/// When they disagree, or something is not finite: names the element with the largest difference.
///
/// # Panics
/// When `f` does not return a single element.
#[track_caller]
pub fn check_second_order<F>(params: &Params<f64>, f: F) -> Result<(), GradientMismatch>
where
    F: for<'t> Fn(&Bound<'t, f64>) -> Var<'t, f64>,
{
    let mut rng = Rng::new(SEED).split("second order");
    let (loss, plain) = value_and_grad(params, &f);
    for id in params.ids() {
        let part = params.range(id);
        let direction = rng.normal::<f64>([part.len()]).to_vec();
        let mut whole = vec![0.0; params.len()];
        whole[part.clone()].copy_from_slice(&direction);
        let result = hvp(params, &whole, &f);

        let size = plain.as_slice().iter().fold(1.0, |size: f64, g| size.max(g.abs()));
        let agrees = |&(a, b): &(f64, f64)| (a - b).abs() <= RECORDED_TOLERANCE * size;
        let pairs = || result.gradient.as_slice().iter().copied().zip(plain.as_slice().iter().copied());
        if let Some(i) = pairs().position(|pair| !agrees(&pair)) {
            return Err(mismatch(
                "recorded gradient",
                params,
                i,
                result.gradient.as_slice()[i],
                plain.as_slice()[i],
            ));
        }

        let shifted = |step: f64| value_and_grad(&moved(params, part.clone(), &direction, step), &f).1;
        let (ahead, behind) = (shifted(STEP), shifted(-STEP));
        let numeric = ahead.as_slice().iter().zip(behind.as_slice()).map(|(a, b)| (a - b) / (2.0 * STEP));
        let product = result.product.as_slice();
        let scale = 1.0 + size + product.iter().fold(0.0, |size: f64, x| size.max(x.abs()));
        let allowed = TOLERANCE * scale + ROUNDING * loss.abs();
        let worst = product
            .iter()
            .zip(numeric)
            .enumerate()
            .max_by(|(_, a), (_, b)| off(*a.0, a.1).total_cmp(&off(*b.0, b.1)));
        if let Some((i, (&analytic, numeric))) = worst
            && !(allowed.is_finite() && off(analytic, numeric) <= allowed)
        {
            return Err(mismatch("second derivative", params, i, analytic, numeric));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use gradus_tensor::Tensor;

    use super::*;
    use crate::{Op, Reverse};

    /// x³, with a rule that is off at the last element: by 1e-4, or in its second derivative only.
    struct Wrong {
        in_second_order: bool,
    }

    impl Op<f64> for Wrong {
        fn name(&self) -> &'static str {
            "wrong"
        }
        fn forward(&self, inputs: &[&Tensor<f64>]) -> Tensor<f64> {
            inputs[0].powi(3)
        }
        fn backward(&self, reverse: &mut Reverse<'_, '_, f64>) {
            let x = reverse.input(0);
            let slope = if self.in_second_order { x * x.stop_gradient() * 3.0 } else { x.square() * 3.0 };
            let last = x.shape().len() - 1;
            let error =
                Tensor::from_fn(x.shape(), |i| if i == last && !self.in_second_order { 1e-4 } else { 0.0 });
            reverse.add(0, (slope + x.tape().constant(&error)) * reverse.gradient());
        }
    }

    fn two_params() -> (Params<f64>, [gradus_tensor::ParamId; 2]) {
        let mut params = Params::new();
        let first = params.add("first", &Tensor::vector(&[0.5, -1.5])).unwrap();
        let second =
            params.add("second", &Tensor::from_rows([[0.25, 1.0, -0.75], [1.5, -2.0, 1.0]])).unwrap();
        (params, [first, second])
    }

    #[test]
    fn right_rules_pass() {
        let (params, [a, b]) = two_params();
        check_gradient(&params, |p| p.get(a).exp().sum() * p.get(b).sin().mean()).unwrap();
        check_second_order(&params, |p| p.get(a).exp().sum() * p.get(b).sin().mean()).unwrap();
        let empty = Params::single("empty", &Tensor::zeros([2, 0]));
        check_gradient(&empty, |p| p.get(a).exp().sum()).unwrap();
        check_second_order(&empty, |p| p.get(a).exp().sum()).unwrap();
    }

    #[test]
    fn a_wrong_rule_is_found_and_its_place_named() {
        let (params, [a, b]) = two_params();
        let mismatch = check_gradient(&params, |p| {
            let op = Wrong { in_second_order: false };
            p.get(a).sum() * p.tape().apply(op, [p.get(b)]).sum()
        })
        .unwrap_err();
        assert_eq!((mismatch.parameter.as_str(), mismatch.element), ("second", 5));
        let text = mismatch.to_string();
        assert!(text.starts_with("gradient of second, element 5 of shape [2, 3]: "), "{text}");
        assert!(text.ends_with(" by central differences"), "{text}");
        let op = || Wrong { in_second_order: true };
        check_gradient(&params, |p| p.tape().apply(op(), [p.get(b)]).sum()).unwrap();
        let mismatch = check_second_order(&params, |p| p.tape().apply(op(), [p.get(b)]).sum()).unwrap_err();
        assert_eq!((mismatch.quantity, mismatch.parameter.as_str()), ("second derivative", "second"));
    }

    #[test]
    fn values_that_are_not_finite_fail() {
        let params = Params::single("x", &Tensor::vector(&[1.0, -1.0]));
        let id = params.ids().next().unwrap();
        let mismatch = check_gradient(&params, |p| p.get(id).ln().sum()).unwrap_err();
        assert_eq!(mismatch.element, 1);
        assert!(mismatch.numeric.is_nan());
        let params = Params::single("x", &Tensor::vector(&[0.0]));
        let mismatch = check_gradient(&params, |p| p.get(id).sqrt().sum()).unwrap_err();
        assert!(mismatch.analytic.is_infinite());
    }
}
