//! Random Fourier features: a Gaussian kernel as an inner product.

use gradus_tensor::{Rng, Tensor};

use crate::DataError;

/// The map x ↦ (cos(Wx), sin(Wx))·√(2/D) with W [D/2, d] normal of deviation 1/length_scale.
///
/// ⟨z(x), z(x′)⟩ tends to exp(−‖x − x′‖²/(2·length_scale²)) as D grows, and ‖z(x)‖ = 1 for every D (Rahimi
/// and Recht, *Random features for large-scale kernel machines*, NeurIPS 2007).
#[derive(Clone, Debug)]
pub struct RandomFourierFeatures {
    frequencies: Tensor<f64>,
}

impl RandomFourierFeatures {
    /// From the number of inputs d, the (even) number of features D, the length scale of the kernel and a
    /// seed.
    ///
    /// # Errors
    /// When D is odd or 0, or the length scale is not positive and finite.
    pub fn new(inputs: usize, features: usize, length_scale: f64, seed: u64) -> Result<Self, DataError> {
        if features == 0 || !features.is_multiple_of(2) {
            let allowed = "features come in pairs of a cosine and a sine, at least one pair";
            return Err(DataError::Setting { what: "number of features", value: features as f64, allowed });
        }
        if !(length_scale > 0.0 && length_scale.is_finite()) {
            let allowed = "it must be positive and finite";
            return Err(DataError::Setting { what: "length scale", value: length_scale, allowed });
        }
        let normal: Tensor<f64> =
            Rng::new(seed).split("random fourier features").normal([inputs, features / 2]);
        Ok(Self { frequencies: normal / length_scale })
    }

    /// The features [n, D] of data `[n, d]`.
    ///
    /// # Errors
    /// When the number of columns is not d.
    pub fn transform(&self, data: &Tensor<f64>) -> Result<Tensor<f64>, DataError> {
        let [inputs, pairs] = [self.frequencies.shape()[0], self.frequencies.shape()[1]];
        if data.rank() != 2 || data.shape()[1] != inputs {
            let expected = format!("[n, {inputs}]");
            return Err(DataError::Shape { what: "random Fourier features", found: data.shape(), expected });
        }
        let phases = data.matmul(&self.frequencies);
        let (cosines, sines) = (phases.cos().to_vec(), phases.sin().to_vec());
        let scale = (1.0 / pairs as f64).sqrt();
        Ok(Tensor::from_fn([data.shape()[0], 2 * pairs], |i| {
            let (row, column) = (i / (2 * pairs), i % (2 * pairs));
            let source = if column < pairs { &cosines } else { &sines };
            scale * source[row * pairs + column % pairs]
        }))
    }
}
