//! The normal distribution and its relatives: its density φ, its cumulative Φ, erf, and gelu x ↦ x Φ(x).
//!
//! All of them rest on the tail Φ(−a) = e^(−a²/2) · G(q)/(a + κ) for a ≥ 0, with q = (a − c)/(a + c): for good c and κ the
//! function G changes by less than a factor 2 over the whole half-line, and one polynomial serves it. For `f32`, a
//! rational function of a is shorter.

use super::double::{fast_two_sum, product, quotient, split, two_sum};
use super::exp::{exp_pair, exp2_short};
use super::float::{Float, clamp, polynomial};

/// Where a·Φ(−a) rounds to 0 in `f64`; G is fitted up to here.
const FAR: f64 = 39.0;
/// As above in `f32`.
const FAR_SHORT: f64 = 14.5;

/// 1/√(2π) as a pair.
const INVERSE_SQRT_TAU: [f64; 2] = [0.3989422804014327, -2.49232720227773e-17];

/// The exponent n = 0 of [`Scaled`].
const EXPONENT_0: u64 = 1023;

/// 2ⁿ(y + δ), with n as [`Float::nearest_exponent`] has it.
struct Scaled {
    n: u64,
    pair: [f64; 2],
}

/// e^(−scale·x²), for a power of two `scale`. The square is exact to the last bit that matters: an error of x²/2
/// is one of the result, and x²/2 reaches 745.
#[inline(always)]
fn gaussian(x: f64, scale: f64) -> Scaled {
    let [high, low] = split(x);
    let (n, y, rest) = exp_pair(-scale * (high * high), -scale * (low * (x + high)));
    Scaled { n, pair: [y, rest] }
}

/// Φ(−a) = e^(−a²/2) · G(q)/(a + κ), given e^(−a²/2), for 0 ≤ a ≤ `FAR`.
#[inline(always)]
fn tail(a: f64, Scaled { n, pair: gaussian }: Scaled) -> Scaled {
    const C: f64 = 5.75;
    // Close to √(π/2), where dG/da is 0 at a = 0: there the rounding error of q would be one of the result.
    const KAPPA: f64 = 1.25;
    let q = (a - C) / (a + C);
    let rest = polynomial(
        q,
        [
            -0.11862444996711591,
            0.06526348462452138,
            -0.021755287288913433,
            -0.00498473565136114,
            0.015456090230183678,
            -0.01503387366676685,
            0.010072688340467286,
            -0.0050632349352696514,
            0.0018511015764819832,
            -0.00040217043677451817,
            -1.679755150622793e-05,
            4.8928521041688246e-05,
            -1.4161632436231276e-05,
            -1.6796912012910085e-06,
            2.178882580942271e-06,
            -2.5947807581147577e-07,
            -2.4759638467512595e-07,
            7.04054760478816e-08,
            2.8607512207656073e-08,
            -8.987403812047764e-09,
            -3.436472771197087e-09,
        ],
    );
    let g = fast_two_sum(0.4721446194602108, q * rest);
    // The quotient does not wait for the exponential.
    Scaled { n, pair: product(gaussian, quotient(g, two_sum(a, KAPPA))) }
}

/// Φ(x) in [`Scaled`] form for |x| ≤ `FAR`.
#[inline(always)]
fn cumulative(x: f64) -> Scaled {
    let Scaled { n, pair: [tail, rest] } = tail(x.abs(), gaussian(x, 0.5));
    let [sum, error] = fast_two_sum(1.0, -tail.scale(n));
    if x < 0.0 {
        Scaled { n, pair: [tail, rest] }
    } else {
        Scaled { n: EXPONENT_0, pair: [sum, error - rest.scale(n)] }
    }
}

/// Φ(x).
#[inline(always)]
pub(crate) fn normal_cdf_f64(x: f64) -> f64 {
    let Scaled { n, pair: [high, low] } = cumulative(clamp(x, FAR));
    (high + low).scale(n)
}

/// φ(x) = e^(−x²/2)/√(2π).
#[inline(always)]
pub(crate) fn normal_pdf_f64(x: f64) -> f64 {
    let Scaled { n, pair } = gaussian(clamp(x, FAR), 0.5);
    let [high, low] = product(pair, INVERSE_SQRT_TAU);
    (high + low).scale(n)
}

/// x Φ(x).
#[inline(always)]
pub(crate) fn gelu_f64(x: f64) -> f64 {
    let Scaled { n, pair } = cumulative(clamp(x, FAR));
    let bounded = if x < -FAR { -FAR } else { x };
    // The sign keeps −0.
    let y = (bounded * pair[0] + bounded * pair[1]).scale(n).copysign(x);
    if x > FAR { x } else { y }
}

/// erf x.
#[inline(always)]
pub(crate) fn erf_f64(x: f64) -> f64 {
    let magnitude = x.abs();
    let z = x * x;
    let near = polynomial(
        z,
        [
            0.1283791670955126,
            -0.3761263890318375,
            0.11283791670954854,
            -0.026866170645072334,
            0.005223977624775167,
            -0.0008548326978401879,
            0.00012055331024045003,
            -1.4925593187890696e-05,
            1.646096754583353e-06,
            -1.63499677903136e-07,
            1.4657483645468167e-08,
            -1.136409819570568e-09,
            5.942551350034256e-11,
        ],
    );
    let limit = FAR * std::f64::consts::FRAC_1_SQRT_2;
    let bounded = if magnitude > limit { limit } else { magnitude };
    let Scaled { n, pair } = tail(std::f64::consts::SQRT_2 * bounded, gaussian(bounded, 1.0));
    let far = (1.0 - (pair[0] + pair[0]).scale(n)).copysign(x);
    if magnitude <= 1.0 { x + x * near } else { far }
}

/// Φ(−a)·e^(a²/2) with the relative error 2⁻²⁷ for 0 ≤ a ≤ `FAR_SHORT`.
#[inline(always)]
fn mills_short(a: f64) -> f64 {
    let above = polynomial(
        a,
        [
            0.5000000028054086,
            0.4382661897115713,
            0.18321219498159436,
            0.040625013968985435,
            0.004114948788721265,
        ],
    );
    let below = polynomial(
        a,
        [
            1.0,
            1.6744173536037716,
            1.2024114004338566,
            0.46940963459332574,
            0.10183825907006162,
            0.010314527180380834,
        ],
    );
    above / below
}

/// e^(−scale·x²) with the relative error 2⁻²⁸.
#[inline(always)]
fn gaussian_short(x: f64, scale: f64) -> f64 {
    exp2_short((x * x) * (-scale * std::f64::consts::LOG2_E))
}

/// Φ(x).
#[inline(always)]
pub(crate) fn normal_cdf_f32(x: f32) -> f32 {
    let x = clamp(f64::from(x), FAR_SHORT);
    let tail = mills_short(x.abs()) * gaussian_short(x, 0.5);
    (if x < 0.0 { tail } else { 1.0 - tail }) as f32
}

/// φ(x).
#[inline(always)]
pub(crate) fn normal_pdf_f32(x: f32) -> f32 {
    let x = clamp(f64::from(x), FAR_SHORT);
    (gaussian_short(x, 0.5) * INVERSE_SQRT_TAU[0]) as f32
}

/// x Φ(x).
#[inline(always)]
pub(crate) fn gelu_f32(x: f32) -> f32 {
    let bounded = f64::from(clamp(x, FAR_SHORT as f32));
    let tail = ((bounded * mills_short(bounded.abs())) * gaussian_short(bounded, 0.5)) as f32;
    // The sign keeps −0.
    (if x < 0.0 { tail } else { x - tail }).copysign(x)
}

/// erf x.
#[inline(always)]
pub(crate) fn erf_f32(x: f32) -> f32 {
    let x = f64::from(x);
    let magnitude = x.abs();
    let near = polynomial(
        x * x,
        [
            0.12837916571739902,
            -0.3761262575001647,
            0.11283584188464726,
            -0.026853766822139028,
            0.005188232583497775,
            -0.0008009275836475256,
            7.850559786051715e-05,
        ],
    );
    let bounded = if magnitude > 5.0 { 5.0 } else { magnitude };
    let tail = mills_short(std::f64::consts::SQRT_2 * bounded) * gaussian_short(bounded, 1.0);
    let far = (1.0 - (tail + tail)).copysign(x);
    (if magnitude <= 1.0 { x + x * near } else { far }) as f32
}
