//! Conversions from and to the arrays of the crate `ndarray` (0.16 or 0.17), feature `ndarray`.
//!
//! | from | to | |
//! | --- | --- | --- |
//! | `&Tensor` | `ArrayViewD` | [`Tensor::as_array_view`], borrowed, with any strides |
//! | `Tensor`, `&Tensor` | `ArrayD` | `From`, copied |
//! | `Tensor`, `&Tensor` | `Array1` … `Array6`, `Array0` | `TryFrom`, copied; the rank must fit |
//! | arrays and views of rank 0 … 6 | `Tensor` | `From`, copied |
//! | arrays and views of dynamic rank | `Tensor` | `TryFrom`, copied; tensors have at most [`MAX_RANK`] axes |

use ::ndarray::{
    Array, ArrayBase, ArrayD, ArrayView, ArrayViewD, Data, Dimension, ErrorKind, Ix0, Ix1, Ix2, Ix3, Ix4,
    Ix5, Ix6, IxDyn, ShapeBuilder, ShapeError,
};

use crate::{Element, MAX_RANK, Shape, Tensor};

impl<T: Element> Tensor<T> {
    /// The tensor as a view of `ndarray`, without a copy: transposed, flipped, sliced and broadcast tensors, too.
    ///
    /// ```
    /// use gradus_tensor::Tensor;
    /// let x = Tensor::<f64>::from_rows([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.t().as_array_view()[[0, 1]], 3.0);
    /// ```
    pub fn as_array_view(&self) -> ArrayViewD<'_, T> {
        let shape = self.shape();
        let view = if shape.is_empty() {
            ArrayViewD::from_shape(IxDyn(&shape), &[])
        } else {
            // `ndarray` finds the first element from the one at the lowest address, and reads strides as signed.
            let reach = |negative: bool| {
                let axes = shape.iter().zip(self.strides()).filter(|(_, stride)| (**stride < 0) == negative);
                axes.map(|(&extent, stride)| (extent - 1) * stride.unsigned_abs()).sum::<usize>()
            };
            let (lowest, highest) = (self.layout().offset - reach(true), self.layout().offset + reach(false));
            let strides: Vec<usize> = self.strides().iter().map(|&stride| stride as usize).collect();
            ArrayViewD::from_shape(IxDyn(&shape).strides(IxDyn(&strides)), &self.buffer[lowest..=highest])
        };
        let Ok(view) = view else { unreachable!("a layout within the buffer") };
        view
    }
}

/// The elements of a view in logical order.
fn copied<T: Element, D: Dimension>(view: ArrayView<'_, T, D>, shape: Shape) -> Tensor<T> {
    Tensor::build(shape, |out| match view.as_slice() {
        Some(elements) => out.copy_from_slice(elements),
        None => out.iter_mut().zip(view.iter()).for_each(|(slot, &element)| *slot = element),
    })
}

impl<T: Element> From<&Tensor<T>> for ArrayD<T> {
    fn from(tensor: &Tensor<T>) -> Self {
        tensor.as_array_view().as_standard_layout().into_owned()
    }
}

impl<T: Element> From<Tensor<T>> for ArrayD<T> {
    fn from(tensor: Tensor<T>) -> Self {
        Self::from(&tensor)
    }
}

impl<T: Element, S: Data<Elem = T>> TryFrom<&ArrayBase<S, IxDyn>> for Tensor<T> {
    type Error = ShapeError;

    /// # Errors
    /// With more than [`MAX_RANK`] axes.
    fn try_from(array: &ArrayBase<S, IxDyn>) -> Result<Self, ShapeError> {
        if array.ndim() > MAX_RANK {
            return Err(ShapeError::from_kind(ErrorKind::Unsupported));
        }
        Ok(copied(array.view(), Shape::from(array.shape())))
    }
}

impl<T: Element, S: Data<Elem = T>> TryFrom<ArrayBase<S, IxDyn>> for Tensor<T> {
    type Error = ShapeError;

    /// # Errors
    /// With more than [`MAX_RANK`] axes.
    fn try_from(array: ArrayBase<S, IxDyn>) -> Result<Self, ShapeError> {
        Self::try_from(&array)
    }
}

macro_rules! fixed_ranks {
    ($($dimension:ty),*) => {
        $(
            impl<T: Element, S: Data<Elem = T>> From<&ArrayBase<S, $dimension>> for Tensor<T> {
                fn from(array: &ArrayBase<S, $dimension>) -> Self {
                    copied(array.view(), Shape::from(array.shape()))
                }
            }

            impl<T: Element, S: Data<Elem = T>> From<ArrayBase<S, $dimension>> for Tensor<T> {
                fn from(array: ArrayBase<S, $dimension>) -> Self {
                    Self::from(&array)
                }
            }

            impl<T: Element> TryFrom<&Tensor<T>> for Array<T, $dimension> {
                type Error = ShapeError;

                /// # Errors
                /// When the rank differs.
                fn try_from(tensor: &Tensor<T>) -> Result<Self, ShapeError> {
                    let view = tensor.as_array_view().into_dimensionality()?;
                    Ok(view.as_standard_layout().into_owned())
                }
            }

            impl<T: Element> TryFrom<Tensor<T>> for Array<T, $dimension> {
                type Error = ShapeError;

                /// # Errors
                /// When the rank differs.
                fn try_from(tensor: Tensor<T>) -> Result<Self, ShapeError> {
                    Self::try_from(&tensor)
                }
            }
        )*
    };
}

fixed_ranks!(Ix0, Ix1, Ix2, Ix3, Ix4, Ix5, Ix6);
