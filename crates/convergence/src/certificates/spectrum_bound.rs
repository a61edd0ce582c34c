//! Rigorous bounds on the extreme eigenvalues of A^½HA^½ along a run, without an eigensolve per step.

use gradus_losses::{Objective, PreconditionedSpectrum};

/// How far A may move from the reference before the eigenvalues are computed anew.
const SPREAD: f64 = 1.1;

/// Eigensolves after which the allowed spread is squared, so that a run with a wild A stays affordable.
const BUDGET: usize = 64;

/// Exact eigenvalues at a reference A_ref, and from them bounds for every other A: for diagonal A, A_ref ≻ 0
///
/// min(aᵢ/a_ref,ᵢ)·λ(A_ref) ≤ λ(A) ≤ max(aᵢ/a_ref,ᵢ)·λ(A_ref)
///
/// for every eigenvalue (Ostrowski), in O(d). The reference moves when the ratios leave [1/1.1, 1.1].
pub struct SpectrumBound<'a> {
    objective: &'a dyn Objective<f64>,
    reference: Option<(Vec<f64>, PreconditionedSpectrum)>,
    spread: f64,
    solves: usize,
}

impl<'a> SpectrumBound<'a> {
    /// Bounds for an objective with a constant Hessian.
    pub fn new(objective: &'a dyn Objective<f64>) -> Self {
        Self { objective, reference: None, spread: SPREAD, solves: 0 }
    }

    /// A lower bound on λ₊ and an upper bound on λ_max; `None` if the objective has no constant Hessian.
    pub fn at(&mut self, a: &[f64]) -> Option<PreconditionedSpectrum> {
        let ratios = |reference: &[f64]| {
            a.iter().zip(reference).fold((f64::INFINITY, 0f64), |(low, high), (&a, &r)| {
                let ratio = if a == r { 1.0 } else { a / r };
                (low.min(ratio), high.max(ratio))
            })
        };
        if let Some((reference, spectrum)) = &self.reference {
            let (low, high) = ratios(reference);
            if low >= 1.0 / self.spread && high <= self.spread {
                return Some(PreconditionedSpectrum {
                    smallest: spectrum.smallest * low,
                    largest: spectrum.largest * high,
                });
            }
        }
        let spectrum = self.objective.preconditioned_spectrum(a)?;
        self.solves += 1;
        if self.solves.is_multiple_of(BUDGET) {
            self.spread *= self.spread;
        }
        self.reference = Some((a.to_vec(), spectrum));
        Some(spectrum)
    }
}
