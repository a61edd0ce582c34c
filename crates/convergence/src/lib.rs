//! How fast training converges, whether theory covers the run, and in which words that may be said.
//!
//! - [`certificates`]: the theorems as executable checks, one file each.
//! - [`Hypotheses`]: PL ratio and curvature, checked separately from the contraction.
//! - [`fit`]: rates, shapes and floors of measured curves.
//! - [`stability`]: when the minimiser itself is unstable.
//! - [`Claim`]: the four levels of claim and their words.
//! - [`study`]: methods × objectives, run and judged.
//! - [`report`]: tables and figures.
//!
//! The phenomenon is that of Chakrabarti and Baranwal (arXiv 2407.12629); the constants are derived in this
//! project.
#![forbid(unsafe_code)]

pub mod certificates;
mod claim;
pub mod fit;
mod hypotheses;
mod observation;
pub mod report;
mod rounding;
pub mod stability;
pub mod study;
mod text;

pub use claim::{Claim, Level};
pub use hypotheses::Hypotheses;
pub use observation::{Expectation, Observation, Sums};
pub use rounding::Rounding;
