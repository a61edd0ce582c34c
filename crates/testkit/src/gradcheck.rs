//! First derivatives against central differences, in `f64`.

use std::error::Error;
use std::fmt;
use std::ops::Range;

use gradus_autograd::{Bound, Op, Reverse, Var, value, value_and_grad};
use gradus_tensor::{Params, Rng, Shape, Tensor};

use crate::generate::{self, LIES, Lie};

/// The step ε of the differences. (f(x + εv) − f(x − εv))/2ε errs by ε²f‴/6 through truncation and by u|f|/ε
/// through rounding; with f and f‴ of order 1 the sum is smallest near ε = ∛u, where both are some 1e-11.
const STEP: f64 = 5e-6;

/// Allowed difference relative to 1 + |f| + Σ|gᵢvᵢ|. It leaves room for third derivatives of order 10³, as of a
/// reciprocal near ¼; a wrong rule is off by the size of the gradient.
const TOLERANCE: f64 = 1e-7;

/// Random directions per parameter. A normal direction is orthogonal to no error, but can come close to it.
const DIRECTIONS: usize = 3;

const SEED: u64 = 20;

/// Where the recorded rules and the differences disagree most.
#[derive(Clone, Debug, PartialEq)]
pub struct GradientMismatch {
    /// The path of the parameter.
    pub parameter: String,
    /// Its shape.
    pub shape: Shape,
    /// The element, in row-major order.
    pub element: usize,
    /// The partial derivative by the rules.
    pub analytic: f64,
    /// The partial derivative by central differences.
    pub numeric: f64,
    /// How the cotangent lay in memory, from [`check_functional`].
    pub cotangent: Option<Lie>,
}

impl fmt::Display for GradientMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { parameter, shape, element, analytic, numeric, cotangent } = self;
        write!(f, "gradient of {parameter}, element {element} of shape {shape}: ")?;
        write!(f, "{analytic} by the rules, {numeric} by central differences")?;
        cotangent.map_or(Ok(()), |lie| write!(f, " (cotangent: {lie:?})"))
    }
}

impl Error for GradientMismatch {}

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
        let shifted = |step: f64| {
            let mut params = params.clone();
            for (x, v) in params.as_mut_slice()[part.clone()].iter_mut().zip(direction) {
                *x += step * v;
            }
            value(&params, &f)
        };
        (shifted(STEP) - shifted(-STEP)) / (2.0 * STEP)
    };
    let mut rng = Rng::new(SEED);
    for id in params.ids() {
        let part = params.range(id);
        let gradient = &gradient[part.clone()];
        for _ in 0..DIRECTIONS {
            let direction = rng.normal::<f64>([part.len()]).to_vec();
            let terms = gradient.iter().zip(&direction).map(|(g, v)| g * v);
            let scale = 1.0 + loss.abs() + terms.clone().map(f64::abs).sum::<f64>();
            let error = (terms.sum::<f64>() - difference(part.clone(), &direction)).abs();
            if scale.is_finite() && error <= TOLERANCE * scale {
                continue;
            }
            let partial = |element: usize| {
                let unit: Vec<f64> = (0..part.len()).map(|i| f64::from(i == element)).collect();
                (element, gradient[element], difference(part.clone(), &unit))
            };
            let off = |(_, analytic, numeric): &(usize, f64, f64)| {
                let off = (analytic - numeric).abs();
                if off.is_nan() { f64::INFINITY } else { off }
            };
            let worst = (0..part.len()).map(partial).max_by(|a, b| off(a).total_cmp(&off(b)));
            // Without elements only the loss itself can be what is not finite.
            let (element, analytic, numeric) = worst.unwrap_or((0, loss, loss));
            return Err(GradientMismatch {
                parameter: params.name(id).to_owned(),
                shape: params.get(id).shape(),
                element,
                analytic,
                numeric,
                cotangent: None,
            });
        }
    }
    Ok(())
}

/// As [`check_gradient`] for a function whose value has any shape: checks x ↦ ⟨c, f(x)⟩ for random c, which
/// reach `f` as the gradient of its value and lie in memory in every way that views can make them.
///
/// # Errors
/// As [`check_gradient`].
///
/// # Panics
/// When `f` does.
#[track_caller]
pub fn check_functional<F>(params: &Params<f64>, f: F) -> Result<(), GradientMismatch>
where
    F: for<'t> Fn(&Bound<'t, f64>) -> Var<'t, f64>,
{
    let mut shape = Shape::from([]);
    value(params, |p| {
        shape = f(p).shape();
        p.constant(&Tensor::scalar(0.0))
    });
    let mut rng = Rng::new(SEED).split("cotangents");
    for lie in LIES {
        let cotangent = generate::tensor(&mut rng, &shape, -2.0..2.0, lie);
        check_gradient(params, |p| p.tape().apply(Functional { cotangent: cotangent.clone() }, [f(p)]))
            .map_err(|mismatch| GradientMismatch { cotangent: Some(lie), ..mismatch })?;
    }
    Ok(())
}

/// ⟨c, x⟩, in plain loops: an op is not to be checked through other ops that need a check.
struct Functional {
    cotangent: Tensor<f64>,
}

impl Op<f64> for Functional {
    fn name(&self) -> &'static str {
        "functional"
    }

    fn forward(&self, inputs: &[&Tensor<f64>]) -> Tensor<f64> {
        assert!(inputs[0].shape() == self.cotangent.shape(), "functional: shapes differ");
        let terms = inputs[0].to_vec().into_iter().zip(self.cotangent.to_vec());
        Tensor::scalar(terms.map(|(x, c)| x * c).sum())
    }

    fn backward(&self, reverse: &mut Reverse<'_, f64>) {
        // It ends its tape, and a product with 1 would only lose the layout of c.
        assert!(reverse.gradient().item() == 1.0, "functional: not the last op");
        reverse.add(0, self.cotangent.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// x³, with a rule that is off by 1e-4 at the last element.
    struct Wrong;

    impl Op<f64> for Wrong {
        fn name(&self) -> &'static str {
            "wrong"
        }
        fn forward(&self, inputs: &[&Tensor<f64>]) -> Tensor<f64> {
            inputs[0].powi(3)
        }
        fn backward(&self, reverse: &mut Reverse<'_, f64>) {
            let mut slope = reverse.input(0).square() * 3.0;
            if let Some(last) = slope.make_mut().last_mut() {
                *last += 1e-4;
            }
            reverse.add(0, slope * reverse.gradient());
        }
    }

    fn two_params() -> Params<f64> {
        let mut params = Params::new();
        params.add("first", &Tensor::vector(&[0.5, -1.5])).unwrap();
        params.add("second", &Tensor::from_rows([[0.25, 1.0, -0.75], [1.5, -2.0, 1.0]])).unwrap();
        params
    }

    #[test]
    fn right_rules_pass() {
        let params = two_params();
        let ids: Vec<_> = params.ids().collect();
        check_gradient(&params, |p| p.get(ids[0]).exp().sum() * p.get(ids[1]).sin().mean()).unwrap();
        check_functional(&params, |p| p.get(ids[1]).powi(3)).unwrap();
        let empty = Params::single("empty", &Tensor::zeros([2, 0]));
        check_functional(&empty, |p| p.get(ids[0]).exp()).unwrap();
    }

    #[test]
    fn a_wrong_rule_is_found_and_its_place_named() {
        let params = two_params();
        let ids: Vec<_> = params.ids().collect();
        let mismatch =
            check_functional(&params, |p| p.get(ids[0]).sum() * p.tape().apply(Wrong, [p.get(ids[1])]))
                .unwrap_err();
        assert_eq!((mismatch.parameter.as_str(), mismatch.element), ("second", 5));
        let text = mismatch.to_string();
        assert!(text.starts_with("gradient of second, element 5 of shape [2, 3]: "), "{text}");
        assert!(text.ends_with(" by central differences (cotangent: Contiguous)"), "{text}");
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
