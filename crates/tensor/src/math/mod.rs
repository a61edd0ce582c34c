//! Elementary functions that a compiler can widen: branch-free, without calls, without fused multiply-add and
//! without tables (but for the bits of 2/π), so that a loop over any of them inside a [`simd`](crate::simd) kernel
//! becomes vector code, with the same bits at every level.
//!
//! Each function holds its accuracy over the whole range of the type, subnormal arguments and results included:
//! at most 1 ulp for exp and ln, at most 2 ulp for the others. `f32` functions of which one rounding in `f64` makes
//! the rest trivial compute there, with shorter polynomials (`…_short`); exp, ln, tanh and sigmoid stay in `f32`,
//! twice as wide.
//!
//! | file | functions |
//! | --- | --- |
//! | `exp.rs` | eˣ, eˣ − 1 |
//! | `ln.rs` | ln x, ln(1 + x) |
//! | `logistic.rs` | sigmoid, softplus, silu, gelu in its tanh form, tanh |
//! | `normal.rs` | Φ, φ, erf, gelu |
//! | `trigonometric.rs`, `reduction.rs` | sin, cos, tan; arguments modulo π/2 |
//! | `power.rs` | xʸ |
//! | `float.rs`, `double.rs` | the constants of the two types; sums and products with their rounding errors |
//!
//! Errors are measured by the example `ulp`; coefficients are made by `coefficients.py`.

mod double;
mod exp;
mod float;
mod ln;
mod logistic;
mod normal;
mod power;
mod reduction;
mod trigonometric;

/// The functions of one element type, under one set of names.
macro_rules! functions {
    ($type:ident: generic $($family:ident::$generic:ident)*; own $($own_family:ident::$name:ident = $own:ident)*;) => {
        pub(crate) mod $type {
            $(
                #[inline(always)]
                pub(crate) fn $generic(x: $type) -> $type {
                    super::$family::$generic(x)
                }
            )*
            $(pub(crate) use super::$own_family::$own as $name;)*
        }
    };
}
functions! {
    f32:
    generic exp::exp exp::exp_m1 ln::ln ln::ln_1p logistic::tanh logistic::sigmoid logistic::softplus;
    own
        logistic::silu = silu_f32
        logistic::gelu_tanh = gelu_tanh_f32
        normal::normal_cdf = normal_cdf_f32
        normal::normal_pdf = normal_pdf_f32
        normal::erf = erf_f32
        normal::gelu = gelu_f32
        trigonometric::sin = sin_f32
        trigonometric::cos = cos_f32
        trigonometric::tan = tan_f32
        power::powf = powf_f32;
}
functions! {
    f64:
    generic exp::exp exp::exp_m1 ln::ln ln::ln_1p logistic::tanh logistic::sigmoid logistic::softplus;
    own
        logistic::silu = silu_f64
        logistic::gelu_tanh = gelu_tanh_f64
        normal::normal_cdf = normal_cdf_f64
        normal::normal_pdf = normal_pdf_f64
        normal::erf = erf_f64
        normal::gelu = gelu_f64
        trigonometric::sin = sin_f64
        trigonometric::cos = cos_f64
        trigonometric::tan = tan_f64
        power::powf = powf_f64;
}
