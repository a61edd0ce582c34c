//! Rigorous bounds on the extreme eigenvalues of A^½HA^½ along a run, without an eigensolve per step.

use std::sync::{Arc, Mutex, PoisonError};

use gradus_losses::{Objective, PreconditionedSpectrum};

/// How far apart the ratios to the reference may be before the eigenvalues are computed anew.
const SPREAD: f64 = 1.1;

/// Eigensolves after which the allowed spread is squared, so that a run with a wild A stays affordable.
const BUDGET: usize = 24;

/// Exact eigenvalues at a reference A_ref, and from them bounds for every other A: for diagonal A, A_ref ≻ 0
///
/// min(aᵢ/a_ref,ᵢ)·λ(A_ref) ≤ λ(A) ≤ max(aᵢ/a_ref,ᵢ)·λ(A_ref)
///
/// for every eigenvalue (Ostrowski), in O(d). A common factor costs nothing; the reference moves when the two ratios
/// are more than 1.1 apart. Clones share the reference, so that two theorems need one eigensolve.
#[derive(Clone)]
pub struct SpectrumBound<'a> {
    objective: &'a dyn Objective<f64>,
    reference: Arc<Mutex<Reference>>,
}

struct Reference {
    a: Vec<f64>,
    spectrum: Option<PreconditionedSpectrum>,
    spread: f64,
    solves: usize,
}

impl<'a> SpectrumBound<'a> {
    /// Bounds for an objective with a constant Hessian.
    pub fn new(objective: &'a dyn Objective<f64>) -> Self {
        let reference = Reference { a: Vec::new(), spectrum: None, spread: SPREAD, solves: 0 };
        Self { objective, reference: Arc::new(Mutex::new(reference)) }
    }

    /// A lower bound on λ₊ and an upper bound on λ_max; `None` if the objective has no constant Hessian.
    pub fn at(&self, a: &[f64]) -> Option<PreconditionedSpectrum> {
        let mut reference = self.reference.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(spectrum) = reference.spectrum {
            let (low, high) =
                a.iter().zip(&reference.a).fold((f64::INFINITY, 0f64), |(low, high), (&a, &r)| {
                    let ratio = if a == r { 1.0 } else { a / r };
                    (low.min(ratio), high.max(ratio))
                });
            if high <= reference.spread * low {
                return Some(PreconditionedSpectrum {
                    smallest: spectrum.smallest * low,
                    largest: spectrum.largest * high,
                });
            }
        }
        let spectrum = self.objective.preconditioned_spectrum(a)?;
        reference.solves += 1;
        if reference.solves.is_multiple_of(BUDGET) {
            reference.spread *= reference.spread;
        }
        reference.a = a.to_vec();
        reference.spectrum = Some(spectrum);
        Some(spectrum)
    }
}
