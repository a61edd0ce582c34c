//! ln x and ln(1 + x).

use super::float::Float;

/// e ln 2 + ln(1 + f) + δ, for √½ − 1 ≤ f < √2 − 1 and |δ| far below 1.
///
/// With s = f/(2 + f), ln(1 + f) = ln((1 + s)/(1 − s)) = f − f²/2 + s·(f²/2 + s²·tail(s²)), the arrangement of
/// FreeBSD's `e_log.c`: the leading terms are the exact f and the large f²/2.
#[inline(always)]
fn combine<F: Float>(e: F, f: F, delta: F) -> F {
    let s = f / (F::TWO + f);
    let z = s * s;
    let half_square = F::HALF * f * f;
    let tail = s * (half_square + z * F::ln_tail(z)) + (e * F::LN_2[1] + delta);
    e * F::LN_2[0] - ((half_square - tail) - f)
}

/// `y` where 0 < u < ∞ is the argument of the logarithm; the corner points elsewhere.
#[inline(always)]
fn with_corners<F: Float>(u: F, y: F) -> F {
    let y = if u < F::INFINITY { y } else { u };
    let y = if u == F::ZERO { -F::INFINITY } else { y };
    if u < F::ZERO { F::NAN } else { y }
}

/// ln x.
#[inline(always)]
pub(super) fn ln<F: Float>(x: F) -> F {
    let (e, m, _) = x.split_exponent();
    with_corners(x, combine(e, m - F::ONE, F::ZERO))
}

/// ln(1 + x).
#[inline(always)]
pub(super) fn ln_1p<F: Float>(x: F) -> F {
    let u = F::ONE + x;
    let error = if x > F::ONE { F::ONE - (u - x) } else { x - (u - F::ONE) };
    let (e, m, inverse) = u.split_exponent();
    let reduced = e != F::ZERO;
    let f = if reduced { m - F::ONE } else { x };
    // d ln(1 + f) = df/(1 + f). Where 2⁻ᵉ is not normal, the error is lost beside e.
    let delta = if reduced && inverse > F::ZERO { error * inverse * (F::ONE - f) } else { F::ZERO };
    let y = with_corners(u, combine(e, f, delta));
    // −0.
    if x == F::ZERO { x } else { y }
}
