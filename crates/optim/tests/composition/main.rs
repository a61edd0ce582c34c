//! Optimizers made of several things: groups of parameters, schedules, transforms, and their state in files.

mod fits;
mod groups;
#[allow(dead_code, reason = "the tests of rules use all of it")]
#[path = "../rules/methods.rs"]
mod methods;
mod model;
mod schedules;
#[cfg(feature = "io")]
mod state;
#[cfg(feature = "io")]
mod state_errors;
mod threads;
mod transforms;
