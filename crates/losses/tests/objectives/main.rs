//! Objectives × what theory says of them: derivatives, inequalities, sharpness, spectra, and what is refused.

mod cases;
mod constants;
mod descent;
mod finite_sums;
mod gradients;
mod inequalities;
mod least_squares;
mod minimisers;
mod precision;
mod refusals;
mod sharpness;
mod sine_wave;
mod spectra;
