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
//! | [`RmsProp`] | learning rate over the root of the average of squared gradients; centred, with momentum |
//! | [`Adadelta`] | root of the average of squared steps over that of squared gradients |
//! | [`Adam`], [`AdamW`] | RMSProp along an average of the gradients, with bias correction; with decoupled weight decay |
//! | [`AmsGrad`] | Adam with the running maximum of the averages of squared gradients |
//! | [`Adamax`], [`NAdam`], [`RAdam`] | Adam with a decaying maximum, with Nesterov's momentum, with a rectified start |
//! | [`AdaBelief`], [`Adan`] | Adam with the variance around the average, with differences of gradients |
//! | [`Lion`] | the sign of an average of the gradients |
//! | [`Lars`], [`Lamb`] | momentum and Adam in proportion to the norm of each parameter |
//! | [`Adafactor`] | second moments of matrices as products of a row and a column |
//! | [`Muon`] | momentum of matrices with all singular values about 1 |
//! | [`ScheduleFreeSgd`], [`ScheduleFreeAdamW`] | gradients between a run and its average, instead of a schedule |
//! | [`Prodigy`] | Adam that finds its learning rate |
//! | [`StochasticPolyak`], [`Momo`], [`MomoAdam`] | steps from the distance of the loss to its lower bound |
//!
//! [`line_search`] holds what evaluates the function several times per step: backtracking, strong Wolfe, L-BFGS.
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
//! # Composition
//!
//! Every optimizer is an [`AnyOptimizer`]: one rule for all parameters, [`Groups`] of rules chosen by patterns of paths,
//! or either with [`Transform`]s, which act in the order in which they are written. A [schedule] is a factor on a
//! learning rate.
//!
//! | transform | effect |
//! | --- | --- |
//! | [`ClipValue`], [`ClipNorm`], [`AdaptiveClip`] | gradients that are too long are made shorter |
//! | [`Accumulate`] | steps with the mean of several gradients |
//! | [`Ema`], [`Swa`] | averages of the parameters |
//! | [`Lookahead`] | slow weights that follow the fast ones |
//! | [`Sam`] | gradients at the worst point near by |
//!
//! ```
//! use gradus_optim::schedule::{Cosine, Finite, Linear};
//! use gradus_optim::{Accumulate, AdamW, AnyOptimizer, ClipNorm, Ema, Groups, WeightDecay};
//! # use gradus_tensor::{Params, Tensor};
//! # let mut params = Params::<f32>::new();
//! # params.add("encoder.0.weight", &Tensor::ones([4, 3]))?;
//! # params.add("encoder.0.bias", &Tensor::ones([3]))?;
//! let adamw = AdamW { learning_rate: 3e-4, ..AdamW::default() };
//! let mut optimizer = Groups::new()
//!     .group("*.bias", AdamW { weight_decay: WeightDecay::None, ..adamw })
//!     .rest(adamw)
//!     .optimizer(&params)?
//!     .scheduled(Linear::warm_up(100).then(Cosine { steps: 900, floor: 0.01 }))?
//!     .with(Accumulate::over(4))?
//!     .with(ClipNorm::global(1.0))?
//!     .with(Ema::default())?;
//! # let gradient = params.zeros_like();
//! optimizer.step_params(&mut params, &gradient)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With the feature `io`, `save` and `load` write and read the state of all of this, searches included; a run that is
//! resumed is one that was not interrupted, bit for bit.
//!
//! # What a step refuses
//!
//! A gradient that is not finite, or [so large](AnyOptimizer::largest_gradient) that the arithmetic of the rule would
//! overflow, is an error that names the parameter; then nothing has changed. So finite gradients leave finite parameters
//! and state. [`skip_non_finite`](AnyOptimizer::skip_non_finite) skips such steps instead.
//!
//! # Rules of one's own
//!
//! A rule of one's own implements [`Rule`] with one [`CoordinateUpdate`]; the fused loop, SIMD, state, trace
//! and checks come from this crate.

#![forbid(unsafe_code)]

mod any;
mod common;
mod drive;
mod epsilon;
mod error;
mod fused;
mod groups;
mod hyperparameter;
mod layout;
mod limit;
pub mod line_search;
mod moment;
mod optimizer;
mod pass;
mod reduction;
mod rule;
mod rules;
#[cfg(feature = "io")]
mod saved;
pub mod schedule;
mod state;
mod transform;

pub use any::AnyOptimizer;
pub use common::{Common, WeightDecay};
pub use epsilon::{Denominator, Epsilon};
pub use error::OptimError;
pub use fused::{Coordinate, CoordinateUpdate};
pub use groups::{Grouped, Groups, Pattern, Patterns};
pub use layout::{Layout, Place, Segment};
pub use optimizer::Optimizer;
pub use pass::{Parameter, Pass, Trace, Vectors};
pub use rule::Rule;
pub use rules::{
    Accumulator, AdaBelief, AdaGrad, AdaGradNorm, Adadelta, Adafactor, AdafactorEpsilon, Adam, AdamW, Adamax,
    Adan, AmsGrad, Lamb, Lars, Lion, Maximum, Momo, MomoAdam, Muon, MuonScale, NAdam, Prodigy, RAdam,
    RmsProp, ScheduleFreeAdamW, ScheduleFreeSgd, Sgd, StochasticPolyak,
};
#[cfg(feature = "io")]
pub use saved::StateError;
pub use state::{Domain, Extent, Initial, Slot, Slots};
pub use transform::{
    Accumulate, AdaptiveClip, After, Before, ClipNorm, ClipScope, ClipValue, Composed, Ema, Lookahead, Sam,
    Swa, Transform,
};
