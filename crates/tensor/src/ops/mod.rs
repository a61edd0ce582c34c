//! The elementwise ops: one file per op, holding its value and its slope as scalar formulas.
//!
//! The drivers in `elementwise` make the forward kernel and the fused backward kernel of each.
//! To add one: write its file, add it to the `pub use` and to the list macro below.

mod abs;
mod add;
mod affine;
mod cos;
mod div;
mod div_by;
mod exp;
mod exp_m1;
mod ln;
mod ln_1p;
mod maximum;
mod minimum;
mod mul;
mod neg;
mod powi;
mod recip;
mod relu;
mod sigmoid;
mod sin;
mod softplus;
mod sqrt;
mod square;
mod sub;
mod tanh;

pub use self::{
    abs::Abs, add::Add, affine::Affine, cos::Cos, div::Div, div_by::DivBy, exp::Exp, exp_m1::ExpM1, ln::Ln,
    ln_1p::Ln1p, maximum::Maximum, minimum::Minimum, mul::Mul, neg::Neg, powi::Powi, recip::Recip,
    relu::Relu, sigmoid::Sigmoid, sin::Sin, softplus::Softplus, sqrt::Sqrt, square::Square, sub::Sub,
    tanh::Tanh,
};

use crate::Scalar;

/// An elementwise op of one operand.
pub trait UnaryOp: Copy + Send + Sync + 'static {
    /// The name in error texts and tapes.
    const NAME: &'static str;
    /// y = value(x).
    fn value<S: Scalar>(self, x: S) -> S;
    /// dy/dx, given x and y = value(x).
    fn slope<S: Scalar>(self, x: S, y: S) -> S;
}

/// An elementwise op of two operands.
pub trait BinaryOp: Copy + Send + Sync + 'static {
    /// The name in error texts and tapes.
    const NAME: &'static str;
    /// y = value(a, b).
    fn value<S: Scalar>(self, a: S, b: S) -> S;
    /// (∂y/∂a, ∂y/∂b), given a, b and y = value(a, b).
    fn slopes<S: Scalar>(self, a: S, b: S, y: S) -> (S, S);
}

/// Calls `$callback!` with every unary op without settings: method name, op, formula for the docs.
#[macro_export]
macro_rules! for_each_unary_op {
    ($callback:ident) => {
        $callback! {
            abs Abs "|x|; slope 0 at 0";
            cos Cos "cos x";
            exp Exp "eˣ";
            exp_m1 ExpM1 "eˣ − 1, accurate near 0";
            ln Ln "ln x";
            ln_1p Ln1p "ln(1 + x), accurate near 0";
            recip Recip "1/x";
            relu Relu "max(x, 0); slope 0 at 0";
            sigmoid Sigmoid "1/(1 + e⁻ˣ)";
            sin Sin "sin x";
            softplus Softplus "ln(1 + eˣ)";
            sqrt Sqrt "√x";
            square Square "x²";
            tanh Tanh "tanh x";
        }
    };
}

/// Calls `$callback!` with every binary op: method name, op, formula for the docs.
#[macro_export]
macro_rules! for_each_binary_op {
    ($callback:ident) => {
        $callback! {
            add Add "a + b";
            sub Sub "a − b";
            mul Mul "a · b";
            div Div "a / b";
            maximum Maximum "the larger one; NaN if either is; half the slope to each where equal";
            minimum Minimum "the smaller one; NaN if either is; half the slope to each where equal";
        }
    };
}

/// Calls `$callback!` with every operator between a tensor and a plain number on its right: operator trait,
/// method, the number (an `f64`), and the unary op that the operator is. Whoever implements the operators takes
/// the op from here, so that all give the same bits.
#[macro_export]
macro_rules! for_each_number_operator {
    ($callback:ident) => {
        $callback! {
            Add add number $crate::ops::Affine { scale: 1.0, shift: number };
            Sub sub number $crate::ops::Affine { scale: 1.0, shift: -number };
            // x + −0 is x; x + 0 would turn −0 into 0.
            Mul mul number $crate::ops::Affine { scale: number, shift: -0.0 };
            Div div number $crate::ops::DivBy { divisor: number };
        }
    };
}
