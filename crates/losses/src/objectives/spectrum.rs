//! Prescribed spectra for synthetic problems.

/// `n` eigenvalues from `smallest` to `condition · smallest`, in descending order: a power law over all but
/// the last one, which stands alone.
///
/// Covariance spectra of data decay like a power of the index. The smallest eigenvalue is kept a factor of
/// two below the next one (or √condition, if that is less), so that it dominates the error, and the tail
/// factor can be seen, long before rounding ends a run.
///
/// # Panics
/// When `n` is 0, `smallest` is not positive or `condition` is less than 1.
#[track_caller]
pub fn power_law(n: usize, smallest: f64, condition: f64) -> Vec<f64> {
    assert!(n > 0 && smallest > 0.0 && condition >= 1.0, "power_law({n}, {smallest}, {condition})");
    let second = smallest * condition.sqrt().min(2.0);
    let largest = smallest * condition;
    let exponent = if n > 2 { (largest / second).ln() / ((n - 1) as f64).ln() } else { 0.0 };
    let mut values: Vec<f64> = (1..n).map(|i| largest * (i as f64).powf(-exponent)).collect();
    values.push(smallest);
    values
}
