//! Norms of vectors.

use super::axes::AxisSet;
use super::fold::{
    LargestMagnitude, Magnitudes, NonZero, ScaledPowers, ScaledSquares, SmallestMagnitude, Squares,
};
use super::reductions;
use super::steps::fold_axes;
use crate::{Real, Scalar, Tensor};

impl<T: Real> Tensor<T> {
    reductions! {
        /// The norm of the given order of all elements, a tensor of rank 0 (PyTorch's `linalg.vector_norm`):
        ///
        /// | order | norm |
        /// | --- | --- |
        /// | 1 | Σ \|x\| |
        /// | 2 | √Σ x² |
        /// | ∞ | max \|x\| |
        /// | −∞ | min \|x\| |
        /// | 0 | how many elements differ from 0 |
        /// | another p | (Σ \|x\|ᵖ)^(1/p) |
        ///
        /// The norm is finite wherever it can be represented: where a sum of squares overflows or loses its small terms
        /// (a norm beyond some 10¹⁹ or below 10⁻¹⁶ in `f32`), it is computed again relative to the largest element, and so are
        /// all powers of other orders. 0 for an empty tensor; NaN if an element is NaN.
        ///
        /// # Panics
        /// When the order is NaN, or the tensor is empty and the order negative.
        norm norm_axes norm_keepdim = folded_norm(order: f64) -> T,
        panics "When an axis lies outside or is named twice, or where [`norm`](Self::norm) does.";
    }

    #[track_caller]
    fn folded_norm(&self, op: &str, axes: AxisSet, order: f64) -> Self {
        assert!(!order.is_nan(), "{op}: the order is NaN");
        if order == 1.0 {
            fold_axes(Magnitudes, self, axes, None)
        } else if order == 2.0 {
            self.euclidean_norm(axes)
        } else if order == 0.0 {
            let counts = fold_axes(NonZero, self, axes, None);
            let counts = counts.dense();
            Self::from_fn(axes.kept_in(self.shape()), |i| T::constant(counts[i] as f64))
        } else if order == f64::NEG_INFINITY {
            axes.require_elements(op, self.shape());
            fold_axes(SmallestMagnitude, self, axes, None)
        } else if order == f64::INFINITY {
            // Not `identity` for no elements: magnitudes begin at 0.
            fold_axes(LargestMagnitude, self, axes, None).maximum(&Self::scalar(T::zero()))
        } else {
            self.power_norm(op, axes, order)
        }
    }

    fn euclidean_norm(&self, axes: AxisSet) -> Self {
        let sums = fold_axes(Squares, self, axes, None);
        let mut norms = sums.sqrt();
        // Below it, squares that are not normal numbers may have mattered; 1/max is about the smallest of these.
        let least = T::one() / (T::max_value() * T::EPSILON);
        if sums.dense().iter().all(|&sum| sum.is_finite() && sum >= least) {
            return norms;
        }
        let scales = scales(self, axes);
        let scaled = fold_axes(ScaledSquares, self, axes, Some(&scales)).sqrt() * &scales;
        let (sums, scaled) = (sums.dense(), scaled.dense());
        for ((norm, &sum), &scaled) in norms.make_mut().iter_mut().zip(&*sums).zip(&*scaled) {
            if !(sum.is_finite() && sum >= least) {
                *norm = scaled;
            }
        }
        norms
    }

    #[track_caller]
    fn power_norm(&self, op: &str, axes: AxisSet, order: f64) -> Self {
        if order < 0.0 {
            axes.require_elements(op, self.shape());
        }
        let scales = scales(self, axes);
        let mut roots = fold_axes(ScaledPowers { order }, self, axes, Some(&scales));
        for root in roots.make_mut() {
            // In `f64`: an exponent 1/p rounded to `f32` would be some units off at large sums.
            *root = T::constant(Scalar::powf(root.to_f64(), 1.0 / order));
        }
        roots * scales
    }
}

/// The largest magnitudes along the axes, by which the others are divided; 1 where nothing is to be gained.
fn scales<T: Real>(x: &Tensor<T>, axes: AxisSet) -> Tensor<T> {
    let mut scales = fold_axes(LargestMagnitude, x, axes, None);
    for scale in scales.make_mut() {
        if !(scale.is_finite() && *scale > T::zero()) {
            *scale = T::one();
        }
    }
    scales
}
