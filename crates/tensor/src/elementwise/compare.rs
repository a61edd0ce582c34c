//! Comparisons, predicates and logic, which give truth values.

use std::ops;

use super::binary::{zip, zip_to};
use super::drive::Source;
use super::formula::{MapFormula, ZipFormula};
use crate::layout::Layout;
use crate::{Element, Real, Tensor};

/// What stands on the right of a comparison, or in a branch of [`where_`](Tensor::where_): a tensor, or one number
/// for all elements.
#[derive(Clone, Copy)]
pub enum Operand<'a, T: Element> {
    /// Elements, broadcast.
    Tensor(&'a Tensor<T>),
    /// One value.
    Number(T),
}

impl<'a, T: Element> From<&'a Tensor<T>> for Operand<'a, T> {
    fn from(tensor: &'a Tensor<T>) -> Self {
        Self::Tensor(tensor)
    }
}

impl<T: Element> From<T> for Operand<'_, T> {
    fn from(number: T) -> Self {
        Self::Number(number)
    }
}

static SCALAR: Layout = Layout::SCALAR;

impl<T: Element> Operand<'_, T> {
    pub(super) fn source(&self) -> Source<'_, T> {
        match self {
            Self::Tensor(tensor) => tensor.source(),
            Self::Number(number) => Source { elements: std::slice::from_ref(number), layout: &SCALAR },
        }
    }
}

macro_rules! comparisons {
    ($($method:ident $into:ident $formula:ident $op:tt $doc:literal;)*) => {
        $(
            #[derive(Clone, Copy)]
            struct $formula;

            impl<T: Element> ZipFormula<T, T, bool> for $formula {
                #[inline(always)]
                fn at(self, a: T, b: T) -> bool {
                    a $op b
                }
            }
        )*

        /// Comparisons, element by element, of broadcast operands; the right one may be a number. They have NumPy's
        /// names: [`PartialEq::eq`] and `==` say whether two tensors are equal as a whole. Every comparison with
        /// NaN is false, except that it is not equal to anything.
        impl<T: Element> Tensor<T> {
            $(
                #[doc = concat!("Elementwise ", $doc, ".")]
                ///
                /// # Panics
                /// When the shapes do not broadcast.
                #[track_caller]
                pub fn $method<'a>(&self, other: impl Into<Operand<'a, T>>) -> Tensor<bool> {
                    zip(stringify!($method), $formula, self.source(), other.into().source())
                }

                #[doc = concat!("[`", stringify!($method), "`](Self::", stringify!($method), ") into `out`, ")]
                /// whose elements are written in place if no other tensor shares them.
                ///
                /// # Panics
                /// When the operands do not broadcast, or `out` has another shape than their result.
                #[track_caller]
                pub fn $into<'a>(&self, other: impl Into<Operand<'a, T>>, out: &mut Tensor<bool>) {
                    zip_to(stringify!($into), $formula, self.source(), other.into().source(), out);
                }
            )*
        }
    };
}
comparisons! {
    equal equal_into Equal == "a = b";
    not_equal not_equal_into NotEqual != "a ≠ b";
    less less_into Less < "a < b";
    less_equal less_equal_into LessEqual <= "a ≤ b";
    greater greater_into Greater > "a > b";
    greater_equal greater_equal_into GreaterEqual >= "a ≥ b";
}

macro_rules! logic {
    ($($method:ident $trait:ident $operator:ident $op:tt $doc:literal;)*) => {
        $(
            #[derive(Clone, Copy)]
            struct $trait;

            impl ZipFormula<bool, bool, bool> for $trait {
                #[inline(always)]
                fn at(self, a: bool, b: bool) -> bool {
                    a $op b
                }
            }

            impl Tensor<bool> {
                #[doc = concat!("Elementwise ", $doc, ", of broadcast operands; also an operator.")]
                ///
                /// # Panics
                /// When the shapes do not broadcast.
                #[track_caller]
                pub fn $method(&self, other: &Self) -> Self {
                    zip(stringify!($method), $trait, self.source(), other.source())
                }
            }

            logic!(@operators $method $trait $operator [&Tensor<bool>] [Tensor<bool>]);
        )*
    };
    (@operators $method:ident $trait:ident $operator:ident $([$left:ty])*) => {
        $(
            impl ops::$trait<&Tensor<bool>> for $left {
                type Output = Tensor<bool>;
                #[track_caller]
                fn $operator(self, other: &Tensor<bool>) -> Tensor<bool> {
                    Tensor::$method(&self, other)
                }
            }
            impl ops::$trait<Tensor<bool>> for $left {
                type Output = Tensor<bool>;
                #[track_caller]
                fn $operator(self, other: Tensor<bool>) -> Tensor<bool> {
                    Tensor::$method(&self, &other)
                }
            }
        )*
    };
}
logic! {
    logical_and BitAnd bitand & "a and b";
    logical_or BitOr bitor | "a or b";
    logical_xor BitXor bitxor ^ "either a or b";
}

#[derive(Clone, Copy)]
struct Not;

impl MapFormula<bool, bool> for Not {
    #[inline(always)]
    fn at(self, a: bool) -> bool {
        !a
    }
}

impl Tensor<bool> {
    /// Elementwise not; also the operator `!`.
    pub fn logical_not(&self) -> Self {
        self.map_formula(Not)
    }
}

impl ops::Not for &Tensor<bool> {
    type Output = Tensor<bool>;
    fn not(self) -> Tensor<bool> {
        self.logical_not()
    }
}

impl ops::Not for Tensor<bool> {
    type Output = Tensor<bool>;
    fn not(self) -> Tensor<bool> {
        self.logical_not()
    }
}

macro_rules! predicates {
    ($($method:ident $formula:ident $doc:literal |$a:ident| $value:expr;)*) => {
        $(
            #[derive(Clone, Copy)]
            struct $formula;

            impl<T: Real> MapFormula<T, bool> for $formula {
                #[inline(always)]
                fn at(self, $a: T) -> bool {
                    $value
                }
            }
        )*

        impl<T: Real> Tensor<T> {
            $(
                #[doc = concat!("Whether each element is ", $doc, ".")]
                pub fn $method(&self) -> Tensor<bool> {
                    self.map_formula($formula)
                }
            )*
        }
    };
}
predicates! {
    is_nan IsNan "NaN" |a| a.is_nan();
    is_finite IsFinite "neither infinite nor NaN" |a| a.is_finite();
    is_infinite IsInfinite "∞ or −∞" |a| a.abs() == T::INFINITY;
}
