//! Methods and operators of [`Tensor`] for the elementwise ops, generated from the lists in [`crate::ops`].

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
}

macro_rules! operators {
    ($($trait:ident $method:ident;)*) => {$(
        impl<T: Real> ops::$trait<&Tensor<T>> for &Tensor<T> {
            type Output = Tensor<T>;
            #[track_caller]
            fn $method(self, other: &Tensor<T>) -> Tensor<T> {
                Tensor::$method(self, other)
            }
        }
        impl<T: Real> ops::$trait<Tensor<T>> for Tensor<T> {
            type Output = Tensor<T>;
            #[track_caller]
            fn $method(self, other: Tensor<T>) -> Tensor<T> {
                Tensor::$method(&self, &other)
            }
        }
        impl<T: Real> ops::$trait<&Tensor<T>> for Tensor<T> {
            type Output = Tensor<T>;
            #[track_caller]
            fn $method(self, other: &Tensor<T>) -> Tensor<T> {
                Tensor::$method(&self, other)
            }
        }
        impl<T: Real> ops::$trait<Tensor<T>> for &Tensor<T> {
            type Output = Tensor<T>;
            #[track_caller]
            fn $method(self, other: Tensor<T>) -> Tensor<T> {
                Tensor::$method(self, &other)
            }
        }
    )*};
}
operators! { Add add; Sub sub; Mul mul; Div div; }

macro_rules! number_operators {
    ($($trait:ident $method:ident $number:ident $op:expr;)*) => {$(
        impl<T: Real> ops::$trait<T> for &Tensor<T> {
            type Output = Tensor<T>;
            fn $method(self, $number: T) -> Tensor<T> {
                let $number = $number.to_f64();
                self.map($op)
            }
        }
        impl<T: Real> ops::$trait<T> for Tensor<T> {
            type Output = Tensor<T>;
            fn $method(self, number: T) -> Tensor<T> {
                ops::$trait::$method(&self, number)
            }
        }
    )*};
}
for_each_number_operator!(number_operators);

impl<T: Real> ops::Neg for &Tensor<T> {
    type Output = Tensor<T>;
    fn neg(self) -> Tensor<T> {
        self.map(Neg)
    }
}

impl<T: Real> ops::Neg for Tensor<T> {
    type Output = Tensor<T>;
    fn neg(self) -> Tensor<T> {
        self.map(Neg)
    }
}
