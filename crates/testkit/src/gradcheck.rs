//! First and second derivatives of functions of any shape, by cotangents that lie in memory in every way.

use std::error::Error;
use std::fmt;

use gradus_autograd::gradcheck::{GradientMismatch, check_gradient, check_second_order};
use gradus_autograd::{Bound, Op, Reverse, Values, Var, evaluate};
use gradus_tensor::{Params, Rng, Tensor};

use crate::generate::{self, LIES, Lie};

const SEED: u64 = 20;

/// A mismatch, and how the cotangent lay in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionalMismatch {
    /// Where the rules and the differences disagree most.
    pub mismatch: GradientMismatch,
    /// How the cotangent lay in memory.
    pub cotangent: Lie,
}

impl fmt::Display for FunctionalMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (cotangent: {:?})", self.mismatch, self.cotangent)
    }
}

impl Error for FunctionalMismatch {}

/// Checks x ↦ ⟨c, f(x)⟩ for random c, which reach `f` as the gradient of its value and lie in memory in every way that
/// views can make them; for one of them the second derivatives too.
///
/// # Errors
/// As [`check_gradient`] and [`check_second_order`].
///
/// # Panics
/// When `f` does.
#[track_caller]
pub fn check_functional<F>(params: &Params<f64>, f: F) -> Result<(), FunctionalMismatch>
where
    F: for<'t> Fn(&Bound<'t, f64>) -> Var<'t, f64>,
{
    let shape = evaluate(params, &f).shape();
    let mut rng = Rng::new(SEED).split("cotangents");
    for (i, lie) in LIES.into_iter().enumerate() {
        let cotangent = generate::tensor(&mut rng, &shape, -2.0..2.0, lie);
        let functional = || Functional { cotangent: cotangent.clone() };
        let located = |mismatch| FunctionalMismatch { mismatch, cotangent: lie };
        check_gradient(params, |p| p.tape().apply(functional(), [f(p)])).map_err(located)?;
        if i == 0 {
            check_second_order(params, |p| p.tape().apply(functional(), [f(p)])).map_err(located)?;
        }
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

    fn backward(&self, reverse: &mut Reverse<'_, '_, f64>) {
        let cotangent = reverse.gradient().tape().constant(&self.cotangent);
        reverse.add(0, cotangent);
    }

    fn backward_values(&self, values: &mut Values<'_, f64>) -> bool {
        // It ends its tape, and a product with 1 would only lose the layout of c.
        assert!(values.gradient().item() == 1.0, "functional: not the last op");
        values.add(0, self.cotangent.clone());
        true
    }
}
