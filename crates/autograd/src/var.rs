//! The handle of a recorded value.

use std::fmt;
use std::ops;

use gradus_tensor::ops::*;
use gradus_tensor::{Real, Shape, Tensor};
use gradus_tensor::{for_each_binary_op, for_each_number_operator, for_each_unary_op};

use crate::ops::{Binary, Unary};
use crate::tape::Tape;

/// A value on a tape. `Copy`, so formulas read as they are written on paper: `(x.matmul(w) + b).tanh()`.
#[derive(Clone, Copy)]
pub struct Var<'t, T: Real> {
    pub(crate) tape: &'t Tape<T>,
    pub(crate) index: u32,
}

impl<'t, T: Real> Var<'t, T> {
    /// The value, sharing its elements.
    pub fn value(self) -> Tensor<T> {
        self.tape.nodes()[self.index as usize].value.clone()
    }

    /// The shape of the value.
    pub fn shape(self) -> Shape {
        self.tape.nodes()[self.index as usize].value.shape()
    }

    /// The number of axes.
    pub fn rank(self) -> usize {
        self.shape().rank()
    }

    /// The same value as a constant: no gradient flows through it (PyTorch's `detach`).
    #[track_caller]
    pub fn stop_gradient(self) -> Self {
        self.tape.constant(&self.value())
    }

    /// The tape, to record a custom [`Op`](crate::Op) on.
    pub fn tape(self) -> &'t Tape<T> {
        self.tape
    }

    /// An elementwise op of one operand, for ops of one's own: `x.map(Sin)` is `x.sin()`.
    #[track_caller]
    pub fn map<O: UnaryOp>(self, op: O) -> Self {
        self.tape.apply(Unary(op), [self])
    }

    /// An elementwise op of two broadcast operands, for ops of one's own.
    ///
    /// # Panics
    /// When the shapes do not broadcast.
    #[track_caller]
    pub fn zip<O: BinaryOp>(self, other: Self, op: O) -> Self {
        self.tape.apply(Binary(op), [self, other])
    }

    /// Elementwise integer power xⁿ, 0⁰ = 1.
    #[track_caller]
    pub fn powi(self, exponent: i32) -> Self {
        self.tape.apply(Unary(Powi { exponent }), [self])
    }

    /// Elementwise power xᵖ for any exponent p, x⁰ = 1; NaN where x is negative and finite and p is not an integer.
    #[track_caller]
    pub fn powf(self, exponent: f64) -> Self {
        self.tape.apply(Unary(Powf { exponent }), [self])
    }

    /// Elementwise min(max(x, `min`), `max`); slope 1 between the bounds, 0 on and beyond them. Infinite bounds are none.
    #[track_caller]
    pub fn clamp(self, min: f64, max: f64) -> Self {
        self.tape.apply(Unary(Clamp { min, max }), [self])
    }

    /// Elementwise x for x > 0, `negative_slope` · x else. PyTorch's default is 0.01.
    #[track_caller]
    pub fn leaky_relu(self, negative_slope: f64) -> Self {
        self.tape.apply(Unary(LeakyRelu { negative_slope }), [self])
    }

    /// Elementwise x for x > 0, α(eˣ − 1) else. PyTorch's default is α = 1.
    #[track_caller]
    pub fn elu(self, alpha: f64) -> Self {
        self.tape.apply(Unary(Elu { alpha }), [self])
    }
}

impl<T: Real> fmt::Debug for Var<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Var(#{}, {:?})", self.index, self.value())
    }
}

macro_rules! unary_methods {
    ($($method:ident $op:ident $doc:literal;)*) => {
        impl<'t, T: Real> Var<'t, T> {
            $(
                #[doc = concat!("Elementwise ", $doc, ".")]
                #[track_caller]
                pub fn $method(self) -> Self {
                    self.tape.apply(Unary($op), [self])
                }
            )*
        }
    };
}
for_each_unary_op!(unary_methods);

macro_rules! binary_methods {
    ($($method:ident $op:ident $doc:literal;)*) => {
        impl<'t, T: Real> Var<'t, T> {
            $(
                #[doc = concat!("Elementwise ", $doc, ". Operands broadcast.")]
                ///
                /// # Panics
                /// When the shapes do not broadcast.
                #[track_caller]
                #[allow(clippy::should_implement_trait, reason = "the operators call these methods")]
                pub fn $method(self, other: Self) -> Self {
                    self.tape.apply(Binary($op), [self, other])
                }
            )*
        }
    };
}
for_each_binary_op!(binary_methods);

macro_rules! operators {
    ($($trait:ident $method:ident;)*) => {$(
        impl<'t, T: Real> ops::$trait for Var<'t, T> {
            type Output = Self;
            #[track_caller]
            fn $method(self, other: Self) -> Self {
                Var::$method(self, other)
            }
        }
    )*};
}
operators! { Add add; Sub sub; Mul mul; Div div; }

macro_rules! number_operators {
    ($($trait:ident $method:ident $assign:ident $assign_method:ident $number:ident $op:expr;)*) => {$(
        impl<'t, T: Real> ops::$trait<T> for Var<'t, T> {
            type Output = Self;
            #[track_caller]
            fn $method(self, $number: T) -> Self {
                let $number = $number.to_f64();
                self.tape.apply(Unary($op), [self])
            }
        }
    )*};
}
for_each_number_operator!(number_operators);

macro_rules! number_on_the_left {
    ($($type:ident)*) => {$(
        impl<'t> ops::Add<Var<'t, $type>> for $type {
            type Output = Var<'t, $type>;
            #[track_caller]
            fn add(self, var: Var<'t, $type>) -> Var<'t, $type> {
                var + self
            }
        }
        impl<'t> ops::Sub<Var<'t, $type>> for $type {
            type Output = Var<'t, $type>;
            #[track_caller]
            fn sub(self, var: Var<'t, $type>) -> Var<'t, $type> {
                var.tape.apply(Unary(Affine { scale: -1.0, shift: f64::from(self) }), [var])
            }
        }
        impl<'t> ops::Mul<Var<'t, $type>> for $type {
            type Output = Var<'t, $type>;
            #[track_caller]
            fn mul(self, var: Var<'t, $type>) -> Var<'t, $type> {
                var * self
            }
        }
        impl<'t> ops::Div<Var<'t, $type>> for $type {
            type Output = Var<'t, $type>;
            #[track_caller]
            fn div(self, var: Var<'t, $type>) -> Var<'t, $type> {
                // Not self·(1/x), which rounds twice.
                var.tape.constant(&Tensor::scalar(self)) / var
            }
        }
    )*};
}
number_on_the_left!(f32 f64);

impl<T: Real> ops::Neg for Var<'_, T> {
    type Output = Self;
    #[track_caller]
    fn neg(self) -> Self {
        self.tape.apply(Unary(Neg), [self])
    }
}
