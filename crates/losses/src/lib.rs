//! Objectives that know their own constants: PL constant μ, smoothness L, infimum f*, each with its
//! provenance.
//!
//! The Polyak–Łojasiewicz (PL) inequality is used with the ½ everywhere: ½‖∇f(x)‖² ≥ μ (f(x) − f*).
//!
//! | objective | μ, L, f* | PL |
//! | --- | --- | --- |
//! | [`LeastSquares`] | exact, from the Gram matrix | global |
//! | [`Quadratic`] | exact, from the Hessian | global |
//! | [`SineWave`] x² + a sin² x | exact | global for a < 4.6033, not convex for a > 1 |
//! | [`SineCurve`] ½(y − sin x)² | μ and f* exact, L on a sublevel set | global, not convex |
//! | [`Quartic`] x⁴ | none | **no**: a negative control |
#![forbid(unsafe_code)]

mod constants;
mod error;
mod objective;
mod objectives;

pub use constants::{Constant, Constants};
pub use error::ObjectiveError;
pub use objective::{Batch, Objective, PreconditionedSpectrum};
pub use objectives::{LeastSquares, Quadratic, Quartic, SineCurve, SineWave, spectrum};
