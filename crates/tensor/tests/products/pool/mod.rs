//! Poolings and their gradients: as their naive twins under every setting, as PyTorch, and with errors that name what
//! does not fit.

mod average;
mod errors;
mod golden;
mod largest;
