//! What the functions need of a binary floating-point type: its bits, and the constants that depend on it.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// `f32` or `f64`, so that one algorithm with two sets of constants serves both.
pub(super) trait Float:
    Copy
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// The unsigned integer of the same width.
    type Bits: Copy;

    const ZERO: Self;
    const HALF: Self;
    const ONE: Self;
    const TWO: Self;
    const INFINITY: Self;
    const NAN: Self;
    const LOG2_E: Self;
    const LN_2_ROUNDED: Self;
    /// ln 2 in two parts; the first has so few bits that its product with any exponent is exact.
    const LN_2: [Self; 2];
    /// Below this magnitude x³ is lost beside x.
    const TINY: Self;
    /// From here on eˣ is infinite.
    const EXP_OVERFLOW: Self;
    /// From here on eˣ rounds to 0.
    const EXP_UNDERFLOW: Self;
    /// From here on eˣ − 1 rounds to −1; from half of its magnitude on, tanh x rounds to 1.
    const EXP_M1_FLOOR: Self;
    /// Below this magnitude tanh is a polynomial.
    const TANH_NEAR: Self;
    /// Below this z, z − z²/(1 + z) is more accurate than z/(1 + z).
    const SIGMOID_SMALL: Self;

    fn abs(self) -> Self;
    fn copysign(self, sign: Self) -> Self;

    /// The nearest integer n, as a number and in the low bits of an integer. |x| < 2²¹ (`f32`), 2⁵⁰ (`f64`).
    ///
    /// Adding 1.5·2²³ (1.5·2⁵²) rounds, and leaves n in the low bits: a cast `x as i32` saturates, and does not
    /// become a vector instruction.
    fn nearest_integer(self) -> (Self, Self::Bits);
    /// As [`nearest_integer`](Float::nearest_integer), but with the low bits of n + bias, as in the exponent of 2ⁿ.
    fn nearest_exponent(self) -> (Self, Self::Bits);
    /// 2ⁿ where it is normal, for the integer of [`nearest_exponent`](Float::nearest_exponent).
    fn power_of_two(n: Self::Bits) -> Self;
    /// 2ⁿ⁻¹, likewise.
    fn half_power_of_two(n: Self::Bits) -> Self;
    /// x·2ⁿ in two steps, so that the result may be subnormal (rounded once) or infinite.
    fn scale(self, n: Self::Bits) -> Self;
    /// x = 2ᵉ·m with m in [√½, √2): e, m and 2⁻ᵉ. For positive x; 2⁻ᵉ is not positive where
    /// it would be subnormal.
    fn split_exponent(self) -> (Self, Self, Self);

    /// (eʳ − 1 − r)/r² for |r| ≤ ½ ln 2.
    fn exp_tail(r: Self) -> Self;
    /// (tanh x/x − 1)/x², a function of z = x², for |x| ≤ 0.55.
    fn tanh_tail(z: Self) -> Self;
    /// (ln((1 + s)/(1 − s))/s − 2)/s², a function of z = s², for |s| ≤ (√2 − 1)/(√2 + 1).
    fn ln_tail(z: Self) -> Self;
}

/// x in [−limit, limit]; NaN for NaN.
#[inline(always)]
pub(super) fn clamp<F: Float>(x: F, limit: F) -> F {
    let x = if x > limit { limit } else { x };
    if x < -limit { -limit } else { x }
}

/// c₀ + c₁x + c₂x² + …, in blocks of four terms joined by Horner's rule.
///
/// Plain Horner has as many operations, but each waits for the one before, and the processor does not look far
/// enough ahead to fill the time: on Zen 4, `f64` exp took 1.2 times as long, gelu 1.4 times.
#[inline(always)]
pub(super) fn polynomial<F: Float, const N: usize>(x: F, coefficients: [F; N]) -> F {
    let square = x * x;
    let fourth = square * square;
    let mut i = (N - 1) / 4 * 4;
    let mut sum = block(x, square, &coefficients, i);
    while i > 0 {
        i -= 4;
        sum = sum * fourth + block(x, square, &coefficients, i);
    }
    sum
}

/// The four terms from i on, or as many as there are, without their common factor xⁱ.
#[inline(always)]
fn block<F: Float, const N: usize>(x: F, square: F, coefficients: &[F; N], i: usize) -> F {
    if i + 2 < N {
        pair(x, coefficients, i) + pair(x, coefficients, i + 2) * square
    } else {
        pair(x, coefficients, i)
    }
}

#[inline(always)]
fn pair<F: Float, const N: usize>(x: F, coefficients: &[F; N], i: usize) -> F {
    if i + 1 < N { coefficients[i] + coefficients[i + 1] * x } else { coefficients[i] }
}

macro_rules! float {
    (
        $type:ident, $bits:ident, mantissa $mantissa:literal, rounder $rounder:literal, bias $bias:literal,
        ln_2 [$ln_2_hi:literal, $ln_2_lo:literal], tiny $tiny:literal,
        exp $overflow:literal, $underflow:literal, $floor:literal,
        exp_tail $exp_tail:expr, tanh_tail $tanh_tail:expr, ln_tail $ln_tail:expr
    ) => {
        impl Float for $type {
            type Bits = $bits;

            const ZERO: Self = 0.0;
            const HALF: Self = 0.5;
            const ONE: Self = 1.0;
            const TWO: Self = 2.0;
            const INFINITY: Self = $type::INFINITY;
            const NAN: Self = $type::NAN;
            const LOG2_E: Self = std::$type::consts::LOG2_E;
            const LN_2_ROUNDED: Self = std::$type::consts::LN_2;
            const LN_2: [Self; 2] = [$ln_2_hi, $ln_2_lo];
            const TINY: Self = $tiny;
            const EXP_OVERFLOW: Self = $overflow;
            const EXP_UNDERFLOW: Self = $underflow;
            const EXP_M1_FLOOR: Self = $floor;
            const TANH_NEAR: Self = 0.55;
            const SIGMOID_SMALL: Self = 0.3;

            #[inline(always)]
            fn abs(self) -> Self {
                $type::abs(self)
            }
            #[inline(always)]
            fn copysign(self, sign: Self) -> Self {
                $type::copysign(self, sign)
            }
            #[inline(always)]
            fn nearest_integer(self) -> (Self, $bits) {
                const ROUNDER: $type = $rounder;
                let shifted = self + ROUNDER;
                (shifted - ROUNDER, shifted.to_bits())
            }
            #[inline(always)]
            fn nearest_exponent(self) -> (Self, $bits) {
                const ROUNDER: $type = $rounder + $bias as $type;
                let shifted = self + ROUNDER;
                (shifted - ROUNDER, shifted.to_bits())
            }
            #[inline(always)]
            fn power_of_two(n: $bits) -> Self {
                $type::from_bits(n << $mantissa)
            }
            #[inline(always)]
            fn half_power_of_two(n: $bits) -> Self {
                $type::from_bits(n.wrapping_sub(1) << $mantissa)
            }
            #[inline(always)]
            fn scale(self, n: $bits) -> Self {
                // n + 2·bias is positive: a logical shift halves it (SSE2 and AVX2 have no arithmetic one for
                // 64 bits), and the halves are the biased exponents of the two factors.
                let biased = n.wrapping_add($bias);
                let half = biased >> 1;
                let first = $type::from_bits(half << $mantissa);
                let second = $type::from_bits(biased.wrapping_sub(half) << $mantissa);
                self * first * second
            }
            #[inline(always)]
            fn split_exponent(self) -> (Self, Self, Self) {
                const UNIT: $type = ((1 as $bits) << $mantissa) as $type;
                const ONE: $bits = (1.0 as $type).to_bits();
                const SQRT_HALF: $bits = std::$type::consts::FRAC_1_SQRT_2.to_bits();
                let subnormal = self < $type::MIN_POSITIVE;
                let (x, offset) =
                    if subnormal { (self * UNIT, $mantissa as $type) } else { (self, 0.0 as $type) };
                let biased = x.to_bits().wrapping_add(ONE - SQRT_HALF) >> $mantissa;
                let m = x.to_bits().wrapping_sub(biased << $mantissa).wrapping_add(ONE);
                // An integer in the low bits of `UNIT` is added to it: no conversion, which SSE2 and AVX2 lack.
                let e = $type::from_bits(biased | UNIT.to_bits()) - (UNIT + $bias as $type) - offset;
                let inverse = $type::from_bits((2 * $bias as $bits).wrapping_sub(biased) << $mantissa);
                (e, $type::from_bits(m), inverse)
            }
            #[inline(always)]
            fn exp_tail(r: Self) -> Self {
                polynomial(r, $exp_tail)
            }
            #[inline(always)]
            fn tanh_tail(z: Self) -> Self {
                polynomial(z, $tanh_tail)
            }
            #[inline(always)]
            fn ln_tail(z: Self) -> Self {
                polynomial(z, $ln_tail)
            }
        }
    };
}

float!(
    f32, u32, mantissa 23, rounder 12_582_912.0, bias 127,
    ln_2 [0.693_359_4, -0.000_212_194_44], tiny 1e-5,
    exp 89.0, -105.0, -20.0,
    exp_tail [0.499_999_97, 0.166_665_42, 0.041_667_204, 0.008_366_646, 0.001_388_236_5],
    tanh_tail [-0.333_329_47, 0.133_206_96, -0.052_669_86, 0.016_433_64],
    ln_tail [0.666_667_76, 0.399_774_94, 0.298_731_57]
);
float!(
    f64, u64, mantissa 52, rounder 6_755_399_441_055_744.0, bias 1023,
    ln_2 [0.6931471803691238, 1.9082149292705877e-10], tiny 1e-9,
    exp 710.0, -746.0, -40.0,
    exp_tail [0.5000000000000006, 0.16666666666666588, 0.041666666666575335, 0.00833333333339019, 0.001388888893206485, 0.00019841269718113698, 2.4801504637570963e-05, 2.7557407746781956e-06, 2.762630311209544e-07, 2.5053933464126968e-08],
    tanh_tail [-0.33333333333332305, 0.13333333333167327, -0.05396825387540157, 0.021869485958541664, -0.008863194284205376, 0.003591717908325461, -0.0014532078195747798, 0.0005791102044756571, -0.00021025808820092942, 5.099048108722721e-05],
    ln_tail [0.6666666666666735, 0.39999999999411096, 0.28571428743256133, 0.22222198476984661, 0.1818356967978505, 0.15313904866733918, 0.14797491284693523]
);
