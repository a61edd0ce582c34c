//! One gradient per sample, and its norms, from one recorded forward.
//!
//! The reverse pass carries the gradients of activations for all samples at once, as usual. Where a value that all
//! samples share meets values of their own, such as a weight and its inputs, the contributions are kept apart.

mod form;
mod pass;
mod samples;

use gradus_tensor::{Params, Real, Rng, Tensor, vector};

use crate::bound::Bound;
use crate::grad::{check_tape, collect};
use crate::reverse::Nodes;
use crate::tape::Tape;
use crate::var::Var;

use self::form::Form;
pub use self::samples::Samples;

/// Relative to the gradient of each sample: the attribution to samples is refused beyond √ε. Rules that mix samples are
/// off by the size of the gradient.
fn tolerance<T: Real>() -> T {
    T::EPSILON.sqrt()
}

/// Relative to the norms of all contributions, in units of ε: a parameter whose gradient cancels, such as the bias of the
/// keys of an attention, has rounding errors of this size and no gradient to compare them with.
const ROUNDING: f64 = 64.0;

const SEED: u64 = 2015;

/// Norms of the gradients of single samples, and what they say about the noise of a drawn gradient.
#[derive(Clone, Debug)]
pub struct PerSampleNorms<T: Real> {
    /// The losses `[B]`.
    pub values: Tensor<T>,
    /// ‖∇ℓ_b‖² of every sample b, `[B]`.
    pub squared_norms: Tensor<T>,
    /// The mean gradient (1/B) Σ_b ∇ℓ_b.
    pub mean: Params<T>,
    /// Whether one pass served all samples. If not, each sample took a reverse pass of its own.
    pub one_pass: bool,
}

impl<T: Real> PerSampleNorms<T> {
    /// ‖∇ℓ_b‖ of every sample b, `[B]`.
    pub fn norms(&self) -> Tensor<T> {
        self.squared_norms.sqrt()
    }

    /// (1/B) Σ_b ‖∇ℓ_b‖², the second moment of the gradient of a sample drawn at random; NaN without samples.
    pub fn mean_square(&self) -> T {
        self.squared_norms.mean().item()
    }

    /// ‖(1/B) Σ_b ∇ℓ_b‖².
    pub fn squared_norm_of_mean(&self) -> T {
        vector::squared_norm(self.mean.as_slice())
    }

    /// (1/B) Σ_b ‖∇ℓ_b − mean‖², the trace of the covariance of the gradient of a sample drawn at random.
    pub fn variance(&self) -> T {
        // Rounding may leave less than nothing.
        (self.mean_square() - self.squared_norm_of_mean()).maximum(T::zero())
    }
}

/// The gradient of every sample.
#[derive(Clone, Debug)]
pub struct PerSampleGradients<T: Real> {
    /// Row b is ∇ℓ_b in the layout of the parameters: [B, number of parameters].
    pub gradients: Tensor<T>,
    /// Their norms and their mean.
    pub norms: PerSampleNorms<T>,
}

/// The gradient of every loss of `f`, which returns one loss per sample, `[B]`.
///
/// Row b is the gradient of loss b whatever `f` does. It takes one pass if samples do not meet and stay the leading axis
/// of every value, `[B, …]` or `[B·k, …]`: the ops of this crate know which of their elements belong to which sample. Where
/// samples meet, as in statistics over the batch, values are reversed once per sample if they are not larger than the
/// parameters; if they are, each row takes a reverse pass of its own, and [`one_pass`](PerSampleNorms::one_pass) is `false`.
///
/// What a custom op, a [`checkpoint`](crate::checkpoint) or linear algebra does to samples is not known. The result is then
/// checked by one more reverse pass. It has random weights c_b, divided by the norms of the rows so that none hides another,
/// and Σ_b c_b ∇ℓ_b must come out the same by it and by the rows (Freivalds' check of a product) to a relative √ε: samples
/// that meet in such an op with less than that share of their gradients may be taken for independent.
///
/// ```
/// use gradus_autograd::per_sample_gradients;
/// use gradus_tensor::{Params, Tensor};
/// let params = Params::single("w", &Tensor::vector(&[1.0, 2.0]));
/// let w = params.ids().next().unwrap();
/// let x = Tensor::from_rows([[1.0, 0.0], [1.0, 1.0], [0.0, 3.0]]);
/// let result = per_sample_gradients(&params, |p| p.constant(&x).matmul(p.get(w)).square());
/// assert_eq!(result.norms.values.to_vec(), [1.0, 9.0, 36.0]);
/// assert_eq!(result.gradients, Tensor::from_rows([[2.0, 0.0], [6.0, 6.0], [0.0, 36.0]]));
/// assert_eq!(result.norms.squared_norms.to_vec(), [4.0, 72.0, 1296.0]);
/// ```
///
/// # Panics
/// When `f` does not return a vector.
#[track_caller]
pub fn per_sample_gradients<T: Real, F>(params: &Params<T>, f: F) -> PerSampleGradients<T>
where
    F: for<'t> FnOnce(&Bound<'t, T>) -> Var<'t, T>,
{
    let tape = Tape::default();
    let losses = f(&Bound::new(&tape, params));
    let values = check_losses("per_sample_gradients", losses, &tape);
    let mut gradients = Tensor::zeros([values.len(), params.len()]);
    let norms = attribute(params, losses, values, Some(gradients.make_mut()));
    PerSampleGradients { gradients, norms }
}

/// The norms of the gradients of every loss of `f`, as [`per_sample_gradients`] without keeping these.
///
/// The gradient of the weight of a linear layer that is used once is not even formed: for an input x_b and the gradient
/// δ_b of the output its norm is ‖x_b‖·‖δ_b‖ (Goodfellow, *Efficient per-example gradient computations*, 2015), and for
/// several rows per sample ⟨x_b·x_bᵀ, δ_b·δ_bᵀ⟩, where that is less work (Li et al., *Large language models can be strong
/// differentially private learners*, 2022, section 4). Other parameters take memory for their rows in turn.
///
/// # Panics
/// When `f` does not return a vector.
#[track_caller]
pub fn per_sample_norms<T: Real, F>(params: &Params<T>, f: F) -> PerSampleNorms<T>
where
    F: for<'t> FnOnce(&Bound<'t, T>) -> Var<'t, T>,
{
    let tape = Tape::default();
    let losses = f(&Bound::new(&tape, params));
    let values = check_losses("per_sample_norms", losses, &tape);
    attribute(params, losses, values, None)
}

#[track_caller]
fn check_losses<T: Real>(name: &str, losses: Var<'_, T>, tape: &Tape<T>) -> Tensor<T> {
    check_tape(name, losses, tape);
    let values = losses.value();
    assert!(values.rank() == 1, "{name}: the losses have shape {}, not one axis of samples", values.shape());
    values
}

/// Norms and mean, and the rows themselves if there is room for them.
fn attribute<T: Real>(
    params: &Params<T>,
    losses: Var<'_, T>,
    values: Tensor<T>,
    mut rows: Option<&mut [T]>,
) -> PerSampleNorms<T> {
    let (tape, count) = (losses.tape, values.len());
    let mut squared_norms = vec![T::zero(); count];
    let mut mean = params.zeros_like();
    let one_pass = count > 0 && {
        let parts = tape.reverse_per_sample(losses.index, count, params);
        parts.is_some_and(|(parts, guessed)| {
            let trusted = !guessed || is_attributed(params, losses, &weights(count, &parts), &parts);
            if trusted {
                let uniform = vec![T::one() / T::constant(count as f64); count];
                for (id, part) in params.ids().zip(parts) {
                    let Some(part) = part else { continue };
                    let range = params.range(id);
                    part.add_squared_norms(&mut squared_norms);
                    part.combine(&uniform, &mut mean.as_mut_slice()[range.clone()]);
                    if let Some(rows) = rows.as_deref_mut() {
                        part.write(rows, params.len(), range.start);
                    }
                }
            }
            trusted
        })
    };
    if !one_pass {
        let mut row = vec![T::zero(); params.len()];
        for b in 0..count {
            gradient_of(
                params,
                losses,
                Tensor::from_fn([count], |i| T::constant(f64::from(i == b))),
                &mut row,
            );
            squared_norms[b] = vector::squared_norm(&row);
            vector::axpy(T::one() / T::constant(count as f64), &row, mean.as_mut_slice());
            if let Some(rows) = rows.as_deref_mut() {
                rows[b * row.len()..(b + 1) * row.len()].copy_from_slice(&row);
            }
        }
    }
    PerSampleNorms { values, squared_norms: Tensor::vector(&squared_norms), mean, one_pass }
}

/// The gradient of a weighted sum of the losses, by an ordinary reverse pass.
fn gradient_of<T: Real>(params: &Params<T>, losses: Var<'_, T>, weights: Tensor<T>, gradient: &mut [T]) {
    let tape = losses.tape;
    let gradients = tape.reverse([(losses.index, weights)], params.ids().len(), None, Nodes::Keep);
    tape.keep_gradients(collect(params, gradients, gradient));
}

/// Weights of either sign, with which the gradients of all samples have about the same size.
fn weights<T: Real>(count: usize, parts: &[Option<Form<T>>]) -> Vec<T> {
    let mut squared_norms = vec![T::zero(); count];
    for part in parts.iter().flatten() {
        part.add_squared_norms(&mut squared_norms);
    }
    let largest = squared_norms.iter().fold(T::zero(), |largest, &square| largest.maximum(square)).sqrt();
    let mut rng = Rng::new(SEED).split("samples");
    let sizes: Tensor<T> = rng.uniform([count], 0.5, 1.5);
    let weight = |(size, square): (T, T)| {
        let norm = square.sqrt();
        // A gradient of 0, or one that is only the rounding of the others, is not to be enlarged without bound.
        let norm = if norm > largest * T::EPSILON { norm / largest } else { T::one() };
        size * rng.sign::<T>() / norm
    };
    sizes.to_vec().into_iter().zip(squared_norms).map(weight).collect()
}

/// Whether Σ_b c_b ∇ℓ_b comes out of the parts as it does of an ordinary reverse pass.
fn is_attributed<T: Real>(
    params: &Params<T>,
    losses: Var<'_, T>,
    weights: &[T],
    parts: &[Option<Form<T>>],
) -> bool {
    let mut difference = vec![T::zero(); params.len()];
    gradient_of(params, losses, Tensor::vector(weights), &mut difference);
    let mut scales = Vec::with_capacity(parts.len());
    let mut combined = Vec::new();
    for (id, part) in params.ids().zip(parts) {
        let Some(part) = part else {
            scales.push(T::zero());
            continue;
        };
        let range = params.range(id);
        combined.clear();
        combined.resize(range.len(), T::zero());
        part.combine(weights, &mut combined);
        vector::axpy(-T::one(), &combined, &mut difference[range]);
        let mut squared_norms = vec![T::zero(); weights.len()];
        part.add_squared_norms(&mut squared_norms);
        scales.push(weights.iter().zip(squared_norms).map(|(c, square)| c.abs() * square.sqrt()).sum());
    }
    let floor = T::constant(ROUNDING) * T::EPSILON * scales.iter().copied().sum::<T>();
    params.ids().zip(scales).all(|(id, scale)| {
        let error = vector::squared_norm(&difference[params.range(id)]).sqrt();
        error <= tolerance::<T>() * scale + floor
    })
}
