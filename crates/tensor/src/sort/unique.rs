//! Distinct values.

use super::sorted::ranked;
use super::{ascending, is_nan};
use crate::{Element, Tensor};

/// The distinct elements of a tensor.
#[derive(Clone)]
pub struct Unique<T: Element> {
    /// The values in ascending order; all NaN count as one, and so do 0 and −0 (the first one met stands for both).
    pub values: Tensor<T>,
    /// For each element of the tensor the position of its value in `values`; the shape is that of the tensor.
    pub inverse: Tensor<usize>,
    /// How often each value occurs.
    pub counts: Tensor<usize>,
}

impl<T: Element> Tensor<T> {
    /// The distinct elements, where they stand and how often.
    pub fn unique(&self) -> Unique<T> {
        let ranked = ranked(&self.dense(), ascending);
        let (mut values, mut counts): (Vec<T>, Vec<usize>) = (Vec::new(), Vec::new());
        let mut inverse = Tensor::zeros(self.shape());
        let places = inverse.make_mut();
        for (value, position) in ranked {
            let same = values.last().is_some_and(|last| *last == value || (is_nan(last) && is_nan(&value)));
            match counts.last_mut() {
                Some(count) if same => *count += 1,
                _ => {
                    values.push(value);
                    counts.push(1);
                }
            }
            places[position] = values.len() - 1;
        }
        Unique { values: Self::vector(&values), inverse, counts: Tensor::vector(&counts) }
    }
}
