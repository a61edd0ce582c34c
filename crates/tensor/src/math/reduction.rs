//! x = q·π/2 + r with |r| ≤ π/4, for every x.

use super::double::{fast_two_sum, product, two_sum};
use super::float::Float;

/// The quadrant q modulo 4 (in the low two bits), and r as a pair.
pub(super) type Reduced = (u64, [f64; 2]);

/// 2/π in windows of 64 bits that begin at every eighth bit, after 40 bits of zeros.
static WINDOWS: [u64; 256] = windows();

/// The two neighbouring windows in which the product of a number from `f32` above [`MEDIUM_F32`] can begin, for each
/// 32 bits of its exponent: a choice among four constants is faster than a look-up in vector code.
const WINDOWS_SHORT: [[u64; 2]; 4] = {
    let windows = windows();
    [
        [windows[4], windows[12]],
        [windows[8], windows[16]],
        [windows[12], windows[20]],
        [windows[16], windows[24]],
    ]
};

const fn windows() -> [u64; 256] {
    // The bits of 2/π behind the point.
    const WORDS: [u64; 20] = [
        0xa2f9_836e_4e44_1529,
        0xfc27_57d1_f534_ddc0,
        0xdb62_9599_3c43_9041,
        0xfe51_63ab_debb_c561,
        0xb724_6e3a_424d_d2e0,
        0x0649_2eea_09d1_921c,
        0xfe1d_eb1c_b129_a73e,
        0xe882_35f5_2ebb_4484,
        0xe99c_7026_b45f_7e41,
        0x3991_d639_8353_39f4,
        0x9c84_5f8b_bdf9_283b,
        0x1ff8_97ff_de05_980f,
        0xef2f_118b_5a0a_6d1f,
        0x6d36_7ecf_27cb_09b7,
        0x4f46_3f66_9e5f_ea2d,
        0x7527_bac7_ebe5_f17b,
        0x3d07_39f7_8a52_92ea,
        0x6bfb_5fb1_1f8d_5d08,
        0x5603_3046_fc7b_6bab,
        0xf0cf_bc20_9af4_361d,
    ];
    const ZEROS: usize = 5;
    let mut windows = [0; 256];
    let mut first = 0;
    while first < 8 * WORDS.len() - 8 {
        let mut byte = 0;
        while byte < 8 {
            let position = first + byte;
            if position >= ZEROS {
                let position = position - ZEROS;
                let value = (WORDS[position / 8] >> (56 - 8 * (position % 8))) & 0xff;
                windows[first] |= value << (56 - 8 * byte);
            }
            byte += 1;
        }
        first += 1;
    }
    windows
}

/// π/2 as a pair.
const HALF_PI: [f64; 2] = [std::f64::consts::FRAC_PI_2, 6.123233995736766e-17];

/// Above this the products of Cody and Waite are not exact; n < 2²⁰.
const MEDIUM_F64: f64 = 1.6e6;
/// As above for the two parts used for `f32`; n < 2²⁸.
const MEDIUM_F32: f64 = 4.2e8;

/// Cody and Waite's reduction: π/2 in parts of 33 bits, whose products with n are exact.
#[inline(always)]
fn medium(x: f64) -> Reduced {
    const PARTS: [f64; 4] =
        [1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21, 8.4784276603689e-32];
    let (n, bits) = (x * std::f64::consts::FRAC_2_PI).nearest_integer();
    let first = x - n * PARTS[0];
    let [second, second_error] = two_sum(first, -(n * PARTS[1]));
    let [third, third_error] = two_sum(second, -(n * PARTS[2]));
    (bits, fast_two_sum(third, (second_error + third_error) - n * PARTS[3]))
}

/// As [`medium`], with fewer bits: enough for x from `f32`.
#[inline(always)]
fn medium_short(x: f64) -> (u64, f64) {
    const PARTS: [f64; 3] = [1.5707963109016418, 1.5893254712295857e-08, 6.123233995736766e-17];
    let (n, bits) = (x * std::f64::consts::FRAC_2_PI).nearest_integer();
    (bits, ((x - n * PARTS[0]) - n * PARTS[1]) - n * PARTS[2])
}

/// The non-negative integer below 2³² as a number, without a conversion instruction, which only AVX-512 has.
#[inline(always)]
fn number(low_half: u64) -> f64 {
    const UNIT: f64 = 4_503_599_627_370_496.0;
    f64::from_bits(low_half | UNIT.to_bits()) - UNIT
}

/// The quadrant of `fraction`·2⁻⁶⁴·2π, and the signed rest in units of π/2, times 2⁶⁴.
#[inline(always)]
fn quadrant(fraction: u64) -> (u64, u64) {
    let rest = fraction << 2;
    ((fraction >> 62).wrapping_add(rest >> 63), rest)
}

/// A signed fixed-point number with 64 fractional bits, in two exact parts.
#[inline(always)]
fn signed(rest: u64) -> [f64; 2] {
    const SCALE: f64 = 1.0 / 4_294_967_296.0;
    let high = number((rest >> 32) ^ 0x8000_0000) - 2_147_483_648.0;
    [high * SCALE, number(rest & 0xffff_ffff) * (SCALE * SCALE)]
}

/// The high and the low half of a·b.
#[inline(always)]
fn wide_product(a: u64, b: u64) -> [u64; 2] {
    const LOW: u64 = 0xffff_ffff;
    let (a1, a0, b1, b0) = (a >> 32, a & LOW, b >> 32, b & LOW);
    let middle = a1 * b0 + ((a0 * b0) >> 32);
    let other = a0 * b1 + (middle & LOW);
    [a1 * b1 + (middle >> 32) + (other >> 32), a.wrapping_mul(b)]
}

/// x as significand·2^(exponent − 1075), and the bit of [`WINDOWS`] that has the weight 2 in the product of the
/// significand with 2/π·2^(exponent − 1075): all before it are multiples of 4.
#[inline(always)]
fn significand_and_first_bit(x: f64) -> (u64, u64) {
    let bits = x.abs().to_bits();
    let significand = (bits & 0x000f_ffff_ffff_ffff) | 0x0010_0000_0000_0000;
    (significand, (bits >> 52).wrapping_sub(1077 - 40))
}

/// Payne and Hanek's reduction, in integers: the significand times the 192 bits of 2/π that matter.
#[inline(always)]
fn huge(x: f64) -> Reduced {
    let (significand, first) = significand_and_first_bit(x);
    let (significand, window) = (significand << (first & 7), ((first >> 3) & 0xff) as usize);
    let words = [0, 8, 16].map(
        #[inline(always)]
        |offset| WINDOWS[(window + offset) & 0xff],
    );
    let [carry, low] = wide_product(significand, words[1]);
    let [last, _] = wide_product(significand, words[2]);
    let low = low.wrapping_add(last);
    let carry = carry.wrapping_add((low < last) as u64);
    let (q, rest) = quadrant(significand.wrapping_mul(words[0]).wrapping_add(carry));
    let rest = rest | (low >> 62);
    let [first, second] = signed(rest);
    let [sum, error] = fast_two_sum(first, second);
    // x can come within 2⁻⁶² of a multiple of π/2: then only the last bits remain.
    let third = number((low >> 30) & 0xffff_ffff) * (1.0 / 79_228_162_514_264_337_593_543_950_336.0);
    let fourth =
        number((low << 2) & 0xffff_ffff) * (1.0 / 340_282_366_920_938_463_463_374_607_431_768_211_456.0);
    let [sum, rest] = fast_two_sum(sum, third);
    let [sum, rest] = fast_two_sum(sum, (error + rest) + fourth);
    let [high, low] = product([sum, rest], HALF_PI);
    if x < 0.0 { (q.wrapping_neg(), [-high, -low]) } else { (q, [high, low]) }
}

/// As [`huge`] for x from `f32`: 24 bits of significand, and 96 of 2/π.
#[inline(always)]
fn huge_short(x: f64) -> (u64, f64) {
    let (significand, first) = significand_and_first_bit(x);
    // The last 29 bits of a significand from `f32` are 0: the product begins as much later.
    let first = first.wrapping_add(29);
    let significand = (significand >> 29) << (first & 31);
    let words = WINDOWS_SHORT[0];
    let words = if first < 64 { words } else { WINDOWS_SHORT[1] };
    let words = if first < 96 { words } else { WINDOWS_SHORT[2] };
    let words = if first < 128 { words } else { WINDOWS_SHORT[3] };
    let [carry, _] = wide_product(significand, words[1]);
    let (q, rest) = quadrant(significand.wrapping_mul(words[0]).wrapping_add(carry));
    let [high, low] = signed(rest);
    let r = (high + low) * HALF_PI[0];
    if x < 0.0 { (q.wrapping_neg(), -r) } else { (q, r) }
}

/// The reduction of x; NaN for x = ±∞ and NaN.
#[inline(always)]
pub(super) fn reduce(x: f64) -> Reduced {
    let ((q, [r, rest]), (huge_q, [huge_r, huge_rest])) = (medium(x), huge(x));
    let medium = x.abs() < MEDIUM_F64;
    let finite = x.abs() < f64::INFINITY;
    let (q, r, rest) = if medium { (q, r, rest) } else { (huge_q, huge_r, huge_rest) };
    (q, [if finite { r } else { f64::NAN }, rest])
}

/// The reduction of x from `f32`, with a relative error far below 2⁻²⁴.
#[inline(always)]
pub(super) fn reduce_short(x: f64) -> (u64, f64) {
    let ((q, r), (huge_q, huge_r)) = (medium_short(x), huge_short(x));
    let medium = x.abs() < MEDIUM_F32;
    let (q, r) = if medium { (q, r) } else { (huge_q, huge_r) };
    (q, if x.abs() < f64::INFINITY { r } else { f64::NAN })
}
