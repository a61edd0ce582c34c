//! Train small models in plain Rust, and know how fast training will converge, whether theory covers the run, and
//! when it will be done.
//!
//! ```
//! use gradus::prelude::*;
//!
//! // Twenty equations, sixty unknowns: over-parameterised, so Adam should reach a gap of 0 linearly.
//! let mut rng = Rng::new(1);
//! let objective = LeastSquares::<f64>::synthetic(&spectrum::power_law(20, 1.0, 10.0), 60, &mut rng)?;
//! let outcome = Study::new(1, Limits::default()).with(Problem::new(objective)).run(|_, _, _| ())?;
//! let adam = outcome.rows.iter().find(|row| row.method == Method::Adam).unwrap();
//! assert_eq!(adam.level, Some(Level::ProvedAPriori));
//! assert!(adam.actual_steps.unwrap() as f64 <= adam.predicted_steps.unwrap());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! One crate to depend on; each part is also a crate of its own.
#![forbid(unsafe_code)]

pub use gradus_autograd as autograd;
pub use gradus_convergence as convergence;
pub use gradus_losses as losses;
pub use gradus_optim as optim;
pub use gradus_tensor as tensor;
pub use gradus_train as train;

/// What most programs use.
pub mod prelude {
    pub use gradus_autograd::{Bound, Var, evaluate, grad, hvp, jvp, value, value_and_grad, vjp};
    pub use gradus_convergence::study::{Limits, Method, Outcome, Problem, Row, Study};
    pub use gradus_convergence::{Claim, Level};
    pub use gradus_losses::{Batch, Constant, Constants, LeastSquares, Objective, Quadratic, Quartic};
    pub use gradus_losses::{SineCurve, SineWave, spectrum};
    pub use gradus_optim::{AdaGrad, AdaGradNorm, Adam, AdamW, AmsGrad, RmsProp, Sgd};
    pub use gradus_optim::{AnyOptimizer, ClipNorm, Ema, Epsilon, Groups, Rule, WeightDecay, schedule};
    pub use gradus_tensor::{ParamId, Params, Real, Rng, Shape, Tensor};
    pub use gradus_train::{RandomFourierFeatures, Standardizer, Table};
}

/// The code of the README is compiled and run with the tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
