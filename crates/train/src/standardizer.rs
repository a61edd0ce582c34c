//! Columns to mean 0 and variance 1.

use gradus_tensor::Tensor;

use crate::DataError;

/// (x − mean)/standard deviation per column, with the mean and the (population) deviation of the data it was
/// fitted to: fit on the training part, transform both. A constant column becomes 0.
#[derive(Clone, Debug)]
pub struct Standardizer {
    mean: Tensor<f64>,
    deviation: Tensor<f64>,
}

impl Standardizer {
    /// Takes mean and deviation from the columns of `data` `[n, d]`.
    ///
    /// # Errors
    /// When `data` is not a matrix with at least one row, or the variance of a column is infinite or NaN.
    pub fn fit(data: &Tensor<f64>) -> Result<Self, DataError> {
        if data.rank() != 2 || data.shape()[0] == 0 {
            let expected = "[n, d] with n > 0".to_owned();
            return Err(DataError::Shape { what: "Standardizer::fit", found: data.shape(), expected });
        }
        let rows = data.shape()[0] as f64;
        let mean = data.sum_axes(&[0]) / rows;
        let variance = (data - &mean).square().sum_axes(&[0]) / rows;
        if let Some(value) = variance.to_vec().into_iter().find(|value| !value.is_finite()) {
            let allowed = "it must be finite";
            return Err(DataError::Setting { what: "variance of a column", value, allowed });
        }
        // The rounded mean of equal numbers may differ from them: a deviation of rounding errors is not one.
        let (low, high) = (data.min_axes(&[0]), data.max_axes(&[0]).to_vec());
        let (low, mean, deviation) = (low.to_vec(), mean.to_vec(), variance.sqrt().to_vec());
        let constant = |i: usize| low[i] == high[i] || deviation[i] == 0.0;
        Ok(Self {
            mean: Tensor::from_fn([mean.len()], |i| if constant(i) { low[i] } else { mean[i] }),
            deviation: Tensor::from_fn([mean.len()], |i| if constant(i) { 1.0 } else { deviation[i] }),
        })
    }

    /// Standardises the columns of `data` `[n, d]`.
    ///
    /// # Errors
    /// When the number of columns differs from that of the fitted data.
    pub fn transform(&self, data: &Tensor<f64>) -> Result<Tensor<f64>, DataError> {
        let columns = self.mean.len();
        if data.rank() != 2 || data.shape()[1] != columns {
            let expected = format!("[n, {columns}]");
            return Err(DataError::Shape { what: "Standardizer::transform", found: data.shape(), expected });
        }
        Ok((data - &self.mean) / &self.deviation)
    }
}
