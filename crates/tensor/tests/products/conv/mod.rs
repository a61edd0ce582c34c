//! Convolutions and their gradients: within the bound of inner products of their naive twins under every setting, the
//! same bits for any number of threads, and adjoint to each other.

mod adjoint;
mod cases;
mod errors;
mod golden;
mod twins;
