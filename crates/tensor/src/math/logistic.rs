//! The logistic sigmoid and what is made of it: σ(x) = 1/(1 + e⁻ˣ), softplus, silu, tanh.

use super::double::{fast_two_sum, product, quotient, two_product, two_sum};
use super::exp::{exp, exp_pair, exp2_short};
use super::float::{Float, clamp};
use super::ln::ln_1p;

/// tanh x: a polynomial near 0, 1 − 2/(e²ˣ + 1) elsewhere.
#[inline(always)]
pub(super) fn tanh<F: Float>(x: F) -> F {
    let magnitude = x.abs();
    let limit = -F::EXP_M1_FLOOR;
    let twice = magnitude + magnitude;
    let t = (if twice > limit { limit } else { twice }) * F::LOG2_E;
    let (n, bits) = t.nearest_exponent();
    // Errors of e²ˣ are divided by more than 2 here: it does not need the care of `exp`.
    let r = (t - n) * F::LN_2_ROUNDED;
    let exp = F::power_of_two(bits) * (F::ONE + (r + r * r * F::exp_tail(r)));
    let far = F::ONE - F::TWO / (exp + F::ONE);
    let z = x * x;
    let near = magnitude + (magnitude * z) * F::tanh_tail(z);
    (if magnitude < F::TANH_NEAR { near } else { far }).copysign(x)
}

/// σ(x).
#[inline(always)]
pub(super) fn sigmoid<F: Float>(x: F) -> F {
    let z = exp(-x.abs());
    let negative = x < F::ZERO;
    let y = (if negative { z } else { F::ONE }) / (F::ONE + z);
    // z/(1 + z) = z − z·y: for small z its error is little more than that of z, while the quotient adds those of
    // the sum and of the division.
    if negative && z < F::SIGMOID_SMALL { z - z * y } else { y }
}

/// ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|).
#[inline(always)]
pub(super) fn softplus<F: Float>(x: F) -> F {
    let positive = if x > F::ZERO { x } else { F::ZERO };
    positive + ln_1p(exp(-x.abs()))
}

/// x/(1 + 2^−t) with the relative error 2⁻²⁷, for results in `f32`. t ≥ −1000.
#[inline(always)]
fn logistic_short(x: f64, t: f64) -> f64 {
    let t = if t > 1000.0 { 1000.0 } else { t };
    x / (1.0 + exp2_short(-t))
}

/// x σ(x) for `f32`.
#[inline(always)]
pub(crate) fn silu_f32(x: f32) -> f32 {
    let x = f64::from(if x < -200.0 { -200.0 } else { x });
    logistic_short(x, x * std::f64::consts::LOG2_E) as f32
}

/// x σ(2u), u = √(2/π)(x + 0.044715 x³), for `f32`.
#[inline(always)]
pub(crate) fn gelu_tanh_f32(x: f32) -> f32 {
    const LINEAR: f64 = TWICE_U[0][0] * std::f64::consts::LOG2_E;
    const CUBIC: f64 = TWICE_U[1][0] * std::f64::consts::LOG2_E;
    let x = f64::from(if x < -20.0 { -20.0 } else { x });
    logistic_short(x, x * (LINEAR + CUBIC * (x * x))) as f32
}

/// 2√(2/π) and its product with 0.044715, as pairs.
const TWICE_U: [[f64; 2]; 2] =
    [[1.5957691216057308, -9.96930880911092e-17], [0.07135481627260025, -6.175149918155315e-19]];

/// x σ(t + δ) for `f64`.
#[inline(always)]
fn times_sigmoid(x: f64, t: f64, delta: f64) -> f64 {
    let negative = t < 0.0;
    let (n, y, rest) = if negative { exp_pair(t, delta) } else { exp_pair(-t, -delta) };
    let (z, z_rest) = (y.scale(n), rest.scale(n));
    let [sum, error] = fast_two_sum(1.0, z);
    // For t < 0 the factor 2ⁿ comes last: with it, the numerator may be subnormal.
    let [high, low] = quotient(if negative { [y, rest] } else { [1.0, 0.0] }, [sum, error + z_rest]);
    let y = x * high + x * low;
    // The sign keeps −0.
    (if negative { y.scale(n) } else { y }).copysign(x)
}

/// x σ(x) for `f64`.
#[inline(always)]
pub(crate) fn silu_f64(x: f64) -> f64 {
    let bounded = clamp(x, 760.0);
    let y = times_sigmoid(bounded, bounded, 0.0);
    if x > 760.0 { x } else { y }
}

/// x σ(2u) for `f64`.
#[inline(always)]
pub(crate) fn gelu_tanh_f64(x: f64) -> f64 {
    let bounded = clamp(x, 22.0);
    let square = two_product(bounded, bounded);
    let [high, low] = product(square, TWICE_U[1]);
    let [sum, error] = two_sum(TWICE_U[0][0], high);
    let [t, delta] = product([bounded, 0.0], [sum, error + (low + TWICE_U[0][1])]);
    let y = times_sigmoid(bounded, t, delta);
    if x > 22.0 { x } else { y }
}
