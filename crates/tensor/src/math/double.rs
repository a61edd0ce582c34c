//! Sums and products with the error of their rounding, without fused multiply-add: a pair `[high, low]` of `f64`
//! carries some 105 bits (Dekker, *A floating-point technique for extending the available precision*, 1971).

/// a + b and its rounding error, where |a| ≥ |b| or a = 0.
#[inline(always)]
pub(super) fn fast_two_sum(a: f64, b: f64) -> [f64; 2] {
    let sum = a + b;
    [sum, b - (sum - a)]
}

/// a + b and its rounding error.
#[inline(always)]
pub(super) fn two_sum(a: f64, b: f64) -> [f64; 2] {
    let sum = a + b;
    let part = sum - a;
    [sum, (a - (sum - part)) + (b - part)]
}

/// x in two parts of at most 26 and 27 bits, by its bits: a multiplication by 2²⁷ + 1 could overflow.
#[inline(always)]
pub(super) fn split(x: f64) -> [f64; 2] {
    let high = f64::from_bits(x.to_bits() & 0xffff_ffff_f800_0000);
    [high, x - high]
}

/// a·b and its rounding error, to within 2⁻¹⁰⁶ of the product.
#[inline(always)]
pub(super) fn two_product(a: f64, b: f64) -> [f64; 2] {
    let ([ah, al], [bh, bl]) = (split(a), split(b));
    let product = a * b;
    [product, ((ah * bh - product) + ah * bl + al * bh) + al * bl]
}

/// The product of two pairs.
#[inline(always)]
pub(super) fn product(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    let [high, error] = two_product(a[0], b[0]);
    [high, error + (a[0] * b[1] + a[1] * b[0])]
}

/// The quotient of two pairs.
#[inline(always)]
pub(super) fn quotient(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    let inverse = 1.0 / b[0];
    let quotient = a[0] * inverse;
    let [back, error] = two_product(quotient, b[0]);
    let rest = (a[0] - back) - error + (a[1] - quotient * b[1]);
    [quotient, rest * inverse]
}
