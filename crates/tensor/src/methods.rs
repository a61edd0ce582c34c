//! Methods and operators of [`Tensor`] for the elementwise ops, generated from the lists in [`crate::ops`].
//!
//! An operator that consumes its left operand writes the result in its place if that shares its elements with nobody
//! and has the shape of the result.

use std::ops;

use crate::ops::*;
use crate::{Real, Tensor, for_each_binary_op, for_each_number_operator, for_each_unary_op};

macro_rules! unary_methods {
    ($($method:ident $op:ident $doc:literal;)*) => {
        impl<T: Real> Tensor<T> {
            $(
                #[doc = concat!("Elementwise ", $doc, ".")]
                pub fn $method(&self) -> Self {
                    self.map($op)
                }
            )*
        }
    };
}
for_each_unary_op!(unary_methods);

macro_rules! binary_methods {
    ($($method:ident $op:ident $doc:literal;)*) => {
        impl<T: Real> Tensor<T> {
            $(
                #[doc = concat!("Elementwise ", $doc, ". Operands broadcast.")]
                ///
                /// # Panics
                /// When the shapes do not broadcast.
                #[track_caller]
                pub fn $method(&self, other: &Self) -> Self {
                    self.zip(other, $op)
                }
            )*
        }
    };
}
for_each_binary_op!(binary_methods);

impl<T: Real> Tensor<T> {
    /// Elementwise integer power xⁿ.
    pub fn powi(&self, exponent: i32) -> Self {
        self.map(Powi { exponent })
    }

    /// Elementwise power xᵖ for any exponent p, x⁰ = 1; NaN where x is negative and finite and p is not an integer.
    pub fn powf(&self, exponent: f64) -> Self {
        self.map(Powf { exponent })
    }

    /// Elementwise min(max(x, `min`), `max`); slope 1 between the bounds, 0 on and beyond them. Infinite bounds are none.
    pub fn clamp(&self, min: f64, max: f64) -> Self {
        self.map(Clamp { min, max })
    }

    /// Elementwise x for x > 0, `negative_slope` · x else. PyTorch's default is 0.01.
    pub fn leaky_relu(&self, negative_slope: f64) -> Self {
        self.map(LeakyRelu { negative_slope })
    }

    /// Elementwise x for x > 0, α(eˣ − 1) else. PyTorch's default is α = 1.
    pub fn elu(&self, alpha: f64) -> Self {
        self.map(Elu { alpha })
    }
}

macro_rules! operators {
    ($($trait:ident $method:ident $op:ident;)*) => {$(
        impl<T: Real> ops::$trait<&Tensor<T>> for &Tensor<T> {
            type Output = Tensor<T>;
            #[track_caller]
            fn $method(self, other: &Tensor<T>) -> Tensor<T> {
                self.zip(other, $op)
            }
        }
        impl<T: Real> ops::$trait<Tensor<T>> for Tensor<T> {
            type Output = Tensor<T>;
            #[track_caller]
            fn $method(self, other: Tensor<T>) -> Tensor<T> {
                self.zip_owned(&other, $op)
            }
        }
        impl<T: Real> ops::$trait<&Tensor<T>> for Tensor<T> {
            type Output = Tensor<T>;
            #[track_caller]
            fn $method(self, other: &Tensor<T>) -> Tensor<T> {
                self.zip_owned(other, $op)
            }
        }
        impl<T: Real> ops::$trait<Tensor<T>> for &Tensor<T> {
            type Output = Tensor<T>;
            #[track_caller]
            fn $method(self, other: Tensor<T>) -> Tensor<T> {
                self.zip(&other, $op)
            }
        }
    )*};
}
operators! { Add add Add; Sub sub Sub; Mul mul Mul; Div div Div; }

macro_rules! number_operators {
    ($($trait:ident $method:ident $assign:ident $assign_method:ident $number:ident $op:expr;)*) => {$(
        impl<T: Real> ops::$trait<T> for &Tensor<T> {
            type Output = Tensor<T>;
            fn $method(self, $number: T) -> Tensor<T> {
                let $number = $number.to_f64();
                self.map($op)
            }
        }
        impl<T: Real> ops::$trait<T> for Tensor<T> {
            type Output = Tensor<T>;
            fn $method(self, $number: T) -> Tensor<T> {
                let $number = $number.to_f64();
                self.map_owned($op)
            }
        }
    )*};
}
for_each_number_operator!(number_operators);

macro_rules! number_on_the_left {
    ($($type:ident)*) => { $(number_on_the_left!(@of $type [&Tensor<$type>] [Tensor<$type>]);)* };
    (@of $type:ident $([$tensor:ty])*) => {$(
        impl ops::Add<$tensor> for $type {
            type Output = Tensor<$type>;
            fn add(self, tensor: $tensor) -> Tensor<$type> {
                tensor + self
            }
        }
        impl ops::Sub<$tensor> for $type {
            type Output = Tensor<$type>;
            fn sub(self, tensor: $tensor) -> Tensor<$type> {
                tensor.map(Affine { scale: -1.0, shift: f64::from(self) })
            }
        }
        impl ops::Mul<$tensor> for $type {
            type Output = Tensor<$type>;
            fn mul(self, tensor: $tensor) -> Tensor<$type> {
                tensor * self
            }
        }
        impl ops::Div<$tensor> for $type {
            type Output = Tensor<$type>;
            fn div(self, tensor: $tensor) -> Tensor<$type> {
                Tensor::scalar(self) / tensor
            }
        }
    )*};
}
number_on_the_left!(f32 f64);

impl<T: Real> ops::Neg for &Tensor<T> {
    type Output = Tensor<T>;
    fn neg(self) -> Tensor<T> {
        self.map(Neg)
    }
}

impl<T: Real> ops::Neg for Tensor<T> {
    type Output = Tensor<T>;
    fn neg(self) -> Tensor<T> {
        self.map_owned(Neg)
    }
}
