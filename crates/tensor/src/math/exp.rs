//! eˣ and eˣ − 1.

use super::float::{Float, polynomial};

/// x + δ = n ln 2 + r + ε with |r| ≤ ½ ln 2 and the rounding error ε of r: (the exponent n, r, ε). |n| < 2¹¹.
#[inline(always)]
fn reduce<F: Float>(x: F, delta: F) -> (F::Bits, F, F) {
    let (n, bits) = (x * F::LOG2_E).nearest_exponent();
    let high = x - n * F::LN_2[0];
    let low = n * F::LN_2[1] - delta;
    let r = high - low;
    (bits, r, (high - r) - low)
}

/// e^(x + δ) = 2ⁿ·(y + ε): (the exponent n, y, ε), y in [√½, √2]. The pair (y, ε) is accurate beyond the type.
#[inline(always)]
pub(super) fn exp_pair<F: Float>(x: F, delta: F) -> (F::Bits, F, F) {
    let (n, r, rest) = reduce(x, delta);
    let tail = rest + r * r * F::exp_tail(r);
    // The error of the sum 1 + r is as large as that of all other roundings together.
    let sum = F::ONE + r;
    let tail = (r - (sum - F::ONE)) + tail;
    let y = sum + tail;
    (n, y, (sum - y) + tail)
}

/// eˣ.
#[inline(always)]
pub(super) fn exp<F: Float>(x: F) -> F {
    let x = if x < F::EXP_UNDERFLOW { F::EXP_UNDERFLOW } else { x };
    let x = if x > F::EXP_OVERFLOW { F::EXP_OVERFLOW } else { x };
    let (n, r, _) = reduce(x, F::ZERO);
    // The sum is exact up to its last rounding; that of r costs at most ¼ ulp.
    let sum = F::ONE + r;
    let y = sum + ((r - (sum - F::ONE)) + r * r * F::exp_tail(r));
    y.scale(n)
}

/// eˣ − 1.
#[inline(always)]
pub(super) fn exp_m1<F: Float>(x: F) -> F {
    let clamped = if x < F::EXP_M1_FLOOR { F::EXP_M1_FLOOR } else { x };
    let clamped = if clamped > F::EXP_OVERFLOW { F::EXP_OVERFLOW } else { clamped };
    let (n, r, rest) = reduce(clamped, F::ZERO);
    let tail = rest + r * r * F::exp_tail(r);
    // Half of 2ⁿ(1 + r + tail) − 1, because 2ⁿ overflows before eˣ − 1 does.
    let power = F::half_power_of_two(n);
    let (integer, fraction) = (power - F::HALF, power * r);
    let sum = integer + fraction;
    let half = sum + ((fraction - (sum - integer)) + power * tail);
    // Keeps −0, and subnormal numbers, whose halves are not exact.
    if x.abs() < F::TINY * F::TINY { x } else { half + half }
}

/// 2ˣ with the relative error 2⁻²⁸, for |x| ≤ 1000: enough for results in `f32`.
#[inline(always)]
pub(super) fn exp2_short(x: f64) -> f64 {
    let (n, bits) = x.nearest_exponent();
    let y = polynomial(
        x - n,
        [
            1.0000000005632241,
            0.693147206036223,
            0.24022646843144607,
            0.0555032812600573,
            0.009618492006509482,
            0.0013400194585500686,
            0.0001534554061592638,
        ],
    );
    f64::power_of_two(bits) * y
}
