//! The theorems of the theory against runs of the optimizers they speak of, and against wrong claims.

mod adagrad;
mod certified;
mod claims;
mod curves;
mod exact_quadratic;
mod formulas;
mod identity;
mod lyapunov;
mod methods;
mod negative_controls;
mod problems;
mod run;
mod spectrum_bound;
mod stochastic;
mod true_constants;
mod wrong_constants;
