//! sin x, cos x and tan x, x in radians, for every x.

use super::double::{fast_two_sum, quotient};
use super::float::polynomial;
use super::reduction::{reduce, reduce_short};

/// sin(r + δ) as a pair, |r| ≤ π/4.
#[inline(always)]
fn sin_pair([r, rest]: [f64; 2]) -> [f64; 2] {
    let z = r * r;
    let tail = polynomial(
        z,
        [
            -0.1666666666666663,
            0.008333333333322063,
            -0.0001984126982954294,
            2.755731360461265e-06,
            -2.5050745047944747e-08,
            1.5896067961537367e-10,
        ],
    );
    fast_two_sum(r, r * z * tail + rest * (1.0 - 0.5 * z))
}

/// cos(r + δ) as a pair, |r| ≤ π/4.
#[inline(always)]
fn cos_pair([r, rest]: [f64; 2]) -> [f64; 2] {
    let z = r * r;
    let tail = polynomial(
        z,
        [
            0.041666666666666595,
            -0.0013888888888872973,
            2.4801587288798876e-05,
            -2.7557314163699105e-07,
            2.087569867697436e-09,
            -1.1358422149028842e-11,
        ],
    );
    let [sum, error] = fast_two_sum(1.0, -0.5 * z);
    fast_two_sum(sum, error + (z * z * tail - r * rest))
}

/// Whether sin x is ±cos r in quadrant q, not ±sin r.
#[inline(always)]
fn is_odd(q: u64) -> bool {
    q & 1 != 0
}

/// `y` with the sign of sin in quadrant q.
#[inline(always)]
fn with_sign(q: u64, y: f64) -> f64 {
    f64::from_bits(y.to_bits() ^ ((q & 2) << 62))
}

/// sin x in quadrant q.
#[inline(always)]
fn sin_in_quadrant(q: u64, r: [f64; 2]) -> f64 {
    let (sin, cos) = (sin_pair(r)[0], cos_pair(r)[0]);
    with_sign(q, if is_odd(q) { cos } else { sin })
}

/// Below this magnitude sin x = tan x = x in `f64`; keeps −0 and subnormal numbers.
const TINY: f64 = 1e-9;

/// sin x.
#[inline(always)]
pub(crate) fn sin_f64(x: f64) -> f64 {
    let (q, r) = reduce(x);
    let y = sin_in_quadrant(q, r);
    if x.abs() < TINY { x } else { y }
}

/// cos x.
#[inline(always)]
pub(crate) fn cos_f64(x: f64) -> f64 {
    let (q, r) = reduce(x);
    sin_in_quadrant(q.wrapping_add(1), r)
}

/// tan x.
#[inline(always)]
pub(crate) fn tan_f64(x: f64) -> f64 {
    let (q, r) = reduce(x);
    let ([sin, sin_rest], [cos, cos_rest]) = (sin_pair(r), cos_pair(r));
    let odd = is_odd(q);
    let above = if odd { [-cos, -cos_rest] } else { [sin, sin_rest] };
    let below = if odd { [sin, sin_rest] } else { [cos, cos_rest] };
    let [high, low] = quotient(above, below);
    if x.abs() < TINY { x } else { high + low }
}

/// sin r and cos r with the relative error 2⁻²⁷, |r| ≤ π/4.
#[inline(always)]
fn sin_cos_short(r: f64) -> [f64; 2] {
    let z = r * r;
    let sin = polynomial(z, [-0.166666545749524, 0.008332158459285139, -0.00019514964049538154]);
    let cos = polynomial(z, [0.04166664563399844, -0.0013887313823481658, 2.4432873863883347e-05]);
    [r + r * z * sin, (1.0 - 0.5 * z) + z * z * cos]
}

/// sin x.
#[inline(always)]
pub(crate) fn sin_f32(x: f32) -> f32 {
    let (q, r) = reduce_short(f64::from(x));
    let [sin, cos] = sin_cos_short(r);
    let y = with_sign(q, if is_odd(q) { cos } else { sin }) as f32;
    if x == 0.0 { x } else { y }
}

/// cos x.
#[inline(always)]
pub(crate) fn cos_f32(x: f32) -> f32 {
    let (q, r) = reduce_short(f64::from(x));
    let q = q.wrapping_add(1);
    let [sin, cos] = sin_cos_short(r);
    with_sign(q, if is_odd(q) { cos } else { sin }) as f32
}

/// tan x.
#[inline(always)]
pub(crate) fn tan_f32(x: f32) -> f32 {
    let (q, r) = reduce_short(f64::from(x));
    let [sin, cos] = sin_cos_short(r);
    let y = if is_odd(q) { -cos / sin } else { sin / cos } as f32;
    if x == 0.0 { x } else { y }
}
