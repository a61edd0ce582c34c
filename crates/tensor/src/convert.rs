//! The same values with another element type.

use crate::{Element, Tensor, TensorError};

impl<T: Element> Tensor<T> {
    /// The same values with another element type, converted as [`Element::cast`] says: rounded, wrapped or cut off
    /// where they do not fit.
    pub fn cast<U: Element>(&self) -> Tensor<U> {
        // A plain loop for each of the many pairs of types, rather than the elementwise driver at every SIMD level.
        let source = self.dense();
        Tensor::build(self.shape(), |out| {
            for (slot, &value) in out.iter_mut().zip(&*source) {
                *slot = value.cast();
            }
        })
    }

    /// The same values as integers or truth values, each of them exact: for labels and indices from outside.
    ///
    /// # Errors
    /// When an element is no integer, or none that the type holds; the text names the first one.
    pub fn try_cast<U: Element>(&self) -> Result<Tensor<U>, TensorError> {
        let source = self.dense();
        let exact = |value: T| {
            let integer = value.to_integer();
            integer.is_some() && value.cast::<U>().to_integer() == integer
        };
        match source.iter().position(|&value| !exact(value)) {
            None => Ok(self.cast()),
            Some(position) => Err(TensorError::Inexact {
                position,
                value: source[position].to_string(),
                from: T::DTYPE,
                to: U::DTYPE,
            }),
        }
    }
}
