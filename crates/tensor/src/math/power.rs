//! Powers with any exponent.

use super::double::{fast_two_sum, product, quotient, two_product, two_sum};
use super::exp::{exp_pair, exp2_short};
use super::float::{Float, polynomial};
use super::ln::ln;

/// Whether y is an integer; of every magnitude, so that ±∞ is one.
#[inline(always)]
fn is_integer(y: f64) -> bool {
    const UNIT: f64 = 4_503_599_627_370_496.0;
    let magnitude = y.abs();
    magnitude >= UNIT || (magnitude + UNIT) - UNIT == magnitude
}

/// xʸ, given |x|ʸ for finite positive |x|: signs and the corner points of IEEE 754's `pow`.
#[inline(always)]
fn with_corners(x: f64, y: f64, power: f64) -> f64 {
    let magnitude = x.abs();
    let beyond = if (magnitude > 1.0) == (y > 0.0) { f64::INFINITY } else { 0.0 };
    let power = if magnitude == 0.0 || magnitude == f64::INFINITY { beyond } else { power };
    let odd = is_integer(y) && !is_integer(0.5 * y);
    let power = if odd { power.copysign(x) } else { power };
    let power = if x < 0.0 && x > -f64::INFINITY && !is_integer(y) { f64::NAN } else { power };
    let power = if x.is_nan() || y.is_nan() { f64::NAN } else { power };
    let minus_one = x == -1.0 && y.abs() == f64::INFINITY;
    if y == 0.0 || x == 1.0 || minus_one { 1.0 } else { power }
}

/// ln x as a pair with the relative error 2⁻⁶⁵, for positive finite x.
#[inline(always)]
fn ln_pair(x: f64) -> [f64; 2] {
    let (e, m, _) = x.split_exponent();
    // ln m = 2s + ⅔s³ + s⁵·tail(s²) with s = (m − 1)/(m + 1).
    let [s, rest] = quotient([m - 1.0, 0.0], fast_two_sum(1.0, m));
    let [s, rest] = fast_two_sum(s, rest);
    let [square, square_rest] = product([s, rest], [s, rest]);
    let tail = polynomial(
        square,
        [
            0.4000000000000227,
            0.2857142857009204,
            0.2222222252132455,
            0.18181784239740625,
            0.15386763407427978,
            0.13256671642094398,
            0.1319772535817184,
        ],
    );
    let [factor, factor_rest] = fast_two_sum(0.6666666666666666, square * tail);
    let cube = product([s, rest], [square, square_rest]);
    let [high, low] = product(cube, [factor, factor_rest + 3.700743415417188e-17]);
    let [high, error] = fast_two_sum(s + s, high);
    let low = (rest + rest) + low + error;
    let [sum, error] = two_sum(e * f64::LN_2[0], high);
    fast_two_sum(sum, error + (low + e * f64::LN_2[1]))
}

/// xʸ.
#[inline(always)]
pub(crate) fn powf_f64(x: f64, y: f64) -> f64 {
    let logarithm = ln_pair(x.abs());
    let [high, error] = two_product(y, logarithm[0]);
    let low = error + y * logarithm[1];
    // Beyond the range of the exponential the product may be infinite and its error NaN.
    let inside = high.abs() < 800.0;
    let bounded = if high > 0.0 { 800.0 } else { -800.0 };
    let (n, power, _) = exp_pair(if inside { high } else { bounded }, if inside { low } else { 0.0 });
    with_corners(x, y, power.scale(n))
}

/// xʸ for `f32`.
#[inline(always)]
pub(crate) fn powf_f32(x: f32, y: f32) -> f32 {
    let (x, y) = (f64::from(x), f64::from(y));
    let t = y * (ln(x.abs()) * std::f64::consts::LOG2_E);
    let t = if t > 300.0 { 300.0 } else { t };
    let t = if t < -300.0 { -300.0 } else { t };
    with_corners(x, y, exp2_short(t)) as f32
}
