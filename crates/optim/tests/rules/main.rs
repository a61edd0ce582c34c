//! The rules against PyTorch, against their formulas, against what is proved about them, and at their edges.

mod facts;
mod failures;
mod golden;
mod methods;
mod settings;
mod trace;
mod variants;
