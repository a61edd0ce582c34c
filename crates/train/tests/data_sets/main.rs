//! Tables, scaling and features: what they compute, and the texts with which they refuse.

mod random_fourier_features;
mod standardizer;
mod table;
