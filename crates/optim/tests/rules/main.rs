//! The rules against PyTorch, against their formulas, against what is proved about them, and at their edges.

mod common;
mod facts;
mod failures;
mod golden;
mod layouts;
mod limits;
mod loss_based;
mod methods;
mod minima;
mod per_parameter;
mod problems;
mod searches;
mod settings;
mod table;
mod trace;
mod variants;
