//! First-order update rules over one flat vector: SGD, AdaGrad, RMSProp, Adam, AMSGrad and the variants of
//! them that the literature calls by the same names.
//!
//! An optimizer of this crate sees a slice of parameters and a slice of gradients; how the gradient was made
//! does not concern it. A [`Rule`] is the arithmetic and its hyper-parameters, named and set by default as in
//! PyTorch; [`Rule::optimizer`] makes of it an [`Optimizer`], which holds the state and counts the steps.
//!
//! | rule | step |
//! | --- | --- |
//! | [`Sgd`] | gradient descent, heavy ball, Nesterov |
//! | [`AdaGrad`] | learning rate over the root of the sum of squared gradients, per coordinate |
//! | [`AdaGradNorm`] | the same with one sum for all coordinates |
//! | [`RmsProp`] | learning rate over the root of the average of squared gradients |
//! | [`Adam`] | RMSProp along an average of the gradients, with bias correction |
//! | [`AmsGrad`] | Adam with the running maximum of the averages of squared gradients |
//!
//! Every step has the form x ← x − A·p with a diagonal A ≥ 0, the *effective step* (it contains the learning
//! rate), and a *direction* p. Convergence theory speaks of A and p, so
//! [`step_traced`](Optimizer::step_traced) reports both.
//!
//! ```
//! use gradus_optim::{Adam, Rule};
//!
//! // f(x) = ½ (x₀² + 100 x₁²)
//! let gradient = |x: &[f64]| vec![x[0], 100.0 * x[1]];
//! let mut x = vec![1.0, 1.0];
//! let mut adam = Adam { learning_rate: 0.05, eps: 0.1, ..Adam::default() }.optimizer(x.len())?;
//! for _ in 0..500 {
//!     let g = gradient(&x);
//!     adam.step(&mut x, &g)?;
//! }
//! assert!(x.iter().all(|x| x.abs() < 1e-6));
//! assert_eq!(adam.steps(), 500);
//! assert_eq!(adam.state("exp_avg").map(<[f64]>::len), Some(2));
//! # Ok::<(), gradus_optim::OptimError>(())
//! ```
//!
//! A rule of one's own implements [`Rule`] with one [`CoordinateUpdate`]; the fused loop, SIMD, state, trace
//! and checks come from this crate.

#![forbid(unsafe_code)]

mod adagrad;
mod adagrad_norm;
mod adam;
mod amsgrad;
mod any;
mod epsilon;
mod error;
mod fused;
mod hyperparameter;
mod moment;
mod optimizer;
mod pass;
mod rmsprop;
mod rule;
mod sgd;

pub use adagrad::{Accumulator, AdaGrad};
pub use adagrad_norm::AdaGradNorm;
pub use adam::Adam;
pub use amsgrad::{AmsGrad, Maximum};
pub use any::AnyOptimizer;
pub use epsilon::{Denominator, Epsilon};
pub use error::OptimError;
pub use fused::{Coordinate, CoordinateUpdate};
pub use optimizer::Optimizer;
pub use pass::{Pass, Trace};
pub use rmsprop::RmsProp;
pub use rule::{Extent, Rule, Slot};
pub use sgd::Sgd;
