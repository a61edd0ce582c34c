//! Changes in place: the operators `+= -= *= /=`, and what a mutable view can do.
//!
//! A tensor that shares its elements gets its own first, so the right side keeps its values whatever it shares:
//! `x += &x.t()` adds the old transpose. A [`ViewMut`] has no such case: the borrow checker lets nothing else see
//! its elements.

use std::ops;

use super::binary::{check_fits, zip_assign};
use super::formula::Value;
use super::unary::{copy, map_assign};
use crate::ops::{Add, BinaryOp, Div, Mul, Sub, UnaryOp};
use crate::{Element, Real, Tensor, ViewMut, for_each_number_operator};

impl<T: Element> ViewMut<'_, T> {
    /// Sets every element to `value`.
    pub fn fill(&mut self, value: T) {
        self.assign(&Tensor::scalar(value));
    }

    /// Copies the elements of `other`, broadcast to the shape of the view.
    ///
    /// # Panics
    /// When they do not broadcast.
    #[track_caller]
    pub fn assign(&mut self, other: &Tensor<T>) {
        check_fits("assign", &other.layout().shape, &self.layout.shape);
        let from = other.layout().broadcast_to(self.layout.shape);
        copy(&other.buffer, &from, self.elements, &self.layout);
    }
}

impl<T: Real> ViewMut<'_, T> {
    /// Applies a unary op to every element.
    pub fn map_assign<O: UnaryOp>(&mut self, op: O) {
        map_assign(Value(op), self.elements, &self.layout);
    }

    /// `self = op(self, other)`; `other` broadcasts to the shape of the view.
    ///
    /// # Panics
    /// When it does not.
    #[track_caller]
    pub fn zip_assign<O: BinaryOp>(&mut self, other: &Tensor<T>, op: O) {
        check_fits(O::NAME, &other.layout().shape, &self.layout.shape);
        zip_assign(Value(op), other.source(), self.elements, &self.layout);
    }
}

macro_rules! assign_operators {
    ($($trait:ident $method:ident $op:ident;)*) => {$(
        impl<T: Real> ops::$trait<&Tensor<T>> for Tensor<T> {
            #[track_caller]
            fn $method(&mut self, other: &Tensor<T>) {
                self.zip_assign(other, $op);
            }
        }
        impl<T: Real> ops::$trait<Tensor<T>> for Tensor<T> {
            #[track_caller]
            fn $method(&mut self, other: Tensor<T>) {
                self.zip_assign(&other, $op);
            }
        }
        impl<T: Real> ops::$trait<&Tensor<T>> for ViewMut<'_, T> {
            #[track_caller]
            fn $method(&mut self, other: &Tensor<T>) {
                self.zip_assign(other, $op);
            }
        }
        impl<T: Real> ops::$trait<Tensor<T>> for ViewMut<'_, T> {
            #[track_caller]
            fn $method(&mut self, other: Tensor<T>) {
                self.zip_assign(&other, $op);
            }
        }
    )*};
}
assign_operators! { AddAssign add_assign Add; SubAssign sub_assign Sub; MulAssign mul_assign Mul; DivAssign div_assign Div; }

macro_rules! number_assign_operators {
    ($($trait:ident $method:ident $assign:ident $assign_method:ident $number:ident $op:expr;)*) => {$(
        impl<T: Real> ops::$assign<T> for Tensor<T> {
            fn $assign_method(&mut self, $number: T) {
                let $number = $number.to_f64();
                self.map_assign($op);
            }
        }
        impl<T: Real> ops::$assign<T> for ViewMut<'_, T> {
            fn $assign_method(&mut self, $number: T) {
                let $number = $number.to_f64();
                self.map_assign($op);
            }
        }
    )*};
}
for_each_number_operator!(number_assign_operators);
