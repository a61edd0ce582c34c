//! The elementwise ops: one file per op, holding its value and its slope as scalar formulas.
//!
//! The drivers in `elementwise` make the forward kernel and the fused backward kernel of each.
//! To add one: write its file, add it to the `pub use` and to the list macro below.

mod abs;
mod add;
mod affine;
mod clamp;
mod cos;
mod div;
mod div_by;
mod elu;
mod erf;
mod exp;
mod exp_m1;
mod gelu;
mod gelu_tanh;
mod leaky_relu;
mod ln;
mod ln_1p;
mod maximum;
mod minimum;
mod mul;
mod neg;
mod pow;
mod powf;
mod powi;
mod recip;
mod relu;
mod rsqrt;
mod selu;
mod sigmoid;
mod sign;
mod silu;
mod sin;
mod softplus;
mod sqrt;
mod square;
mod sub;
mod tan;
mod tanh;

pub use self::{
    abs::Abs, add::Add, affine::Affine, clamp::Clamp, cos::Cos, div::Div, div_by::DivBy, elu::Elu, erf::Erf,
    exp::Exp, exp_m1::ExpM1, gelu::Gelu, gelu_tanh::GeluTanh, leaky_relu::LeakyRelu, ln::Ln, ln_1p::Ln1p,
    maximum::Maximum, minimum::Minimum, mul::Mul, neg::Neg, pow::Pow, powf::Powf, powi::Powi, recip::Recip,
    relu::Relu, rsqrt::Rsqrt, selu::Selu, sigmoid::Sigmoid, sign::Sign, silu::Silu, sin::Sin,
    softplus::Softplus, sqrt::Sqrt, square::Square, sub::Sub, tan::Tan, tanh::Tanh,
};
pub(crate) use self::{pow::exponent_slope, powf::powf_slope};

use crate::Scalar;

/// An elementwise op of one operand.
pub trait UnaryOp: Copy + Send + Sync + 'static {
    /// The name in error texts and tapes.
    const NAME: &'static str;
    /// y = value(x).
    fn value<S: Scalar>(self, x: S) -> S;
    /// dy/dx, given x and y = value(x).
    fn slope<S: Scalar>(self, x: S, y: S) -> S;
    /// The highest order with a derivative other than 0 (away from kinks): what is linear between kinks has none
    /// of order 2, and nothing need be computed for it.
    const DEGREE: usize = usize::MAX;
    /// The slope, if it is the same number everywhere.
    #[inline(always)]
    fn constant_slope(self) -> Option<f64> {
        None
    }
}

/// An elementwise op of two operands.
pub trait BinaryOp: Copy + Send + Sync + 'static {
    /// The name in error texts and tapes.
    const NAME: &'static str;
    /// y = value(a, b).
    fn value<S: Scalar>(self, a: S, b: S) -> S;
    /// (∂y/∂a, ∂y/∂b), given a, b and y = value(a, b).
    fn slopes<S: Scalar>(self, a: S, b: S, y: S) -> (S, S);
    /// The highest total order with a derivative other than 0 (away from kinks).
    const DEGREE: usize = usize::MAX;
    /// The slopes, if they are the same numbers everywhere.
    #[inline(always)]
    fn constant_slopes(self) -> Option<[f64; 2]> {
        None
    }
}

/// Calls `$callback!` with every unary op without settings: method name, op, formula for the docs.
#[macro_export]
macro_rules! for_each_unary_op {
    ($callback:ident) => {
        $callback! {
            abs Abs "|x|; slope 0 at 0";
            cos Cos "cos x";
            erf Erf "erf x";
            exp Exp "eˣ";
            exp_m1 ExpM1 "eˣ − 1, accurate near 0";
            gelu Gelu "x Φ(x) with the normal distribution Φ (erf form)";
            gelu_tanh GeluTanh "½x(1 + tanh(√(2/π)(x + 0.044715 x³)))";
            ln Ln "ln x";
            ln_1p Ln1p "ln(1 + x), accurate near 0";
            recip Recip "1/x";
            relu Relu "max(x, 0); slope 0 at 0";
            rsqrt Rsqrt "1/√x";
            selu Selu "λx for x > 0, λα(eˣ − 1) else, with λ = 1.0507… and α = 1.6733…";
            sigmoid Sigmoid "1/(1 + e⁻ˣ)";
            sign Sign "sign x; 0 at 0";
            silu Silu "x/(1 + e⁻ˣ)";
            sin Sin "sin x";
            softplus Softplus "ln(1 + eˣ)";
            sqrt Sqrt "√x";
            square Square "x²";
            tan Tan "tan x";
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
            pow Pow "aᵇ; a⁰ = 1, NaN where a is negative and finite and b is not an integer";
        }
    };
}

/// Calls `$callback!` with every operator between a tensor and a plain number on its right: operator trait and
/// method, those of its assigning form, the number (an `f64`), and the unary op that the operator is. Whoever implements
/// the operators takes the op from here, so that all give the same bits.
#[macro_export]
macro_rules! for_each_number_operator {
    ($callback:ident) => {
        $callback! {
            Add add AddAssign add_assign number $crate::ops::Affine { scale: 1.0, shift: number };
            Sub sub SubAssign sub_assign number $crate::ops::Affine { scale: 1.0, shift: -number };
            // x + −0 is x; x + 0 would turn −0 into 0.
            Mul mul MulAssign mul_assign number $crate::ops::Affine { scale: number, shift: -0.0 };
            Div div DivAssign div_assign number $crate::ops::DivBy { divisor: number };
        }
    };
}
