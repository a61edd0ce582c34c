//! The elementary functions as kernels on slices, and their errors in units of the last place (ulp).

use gradus_tensor::simd::{Kernel, dispatch};
use gradus_tensor::{Real, Scalar};

/// Largest error of a function in both types, in ulp.
pub const EXP_AND_LN_ULPS: f64 = 1.0;
/// As above for all others.
pub const ULPS: f64 = 2.0;

/// A function on slices; the exponent is for `powf` only.
type OnSlices<T> = fn(x: &[T], exponent: T, y: &mut [T]);

/// An elementary function of [`Scalar`] in both types.
#[derive(Clone, Copy)]
pub struct Function {
    /// The name of the method.
    pub name: &'static str,
    /// The largest error in ulp that it may have.
    pub ulps: f64,
    /// y ← f(x) in `f32`.
    pub single: OnSlices<f32>,
    /// y ← f(x) in `f64`.
    pub double: OnSlices<f64>,
}

fn apply<T: Real>(x: &[T], y: &mut [T], f: impl Fn(T) -> T) {
    dispatch(Apply { f, x, y });
}

struct Apply<'a, T, F> {
    f: F,
    x: &'a [T],
    y: &'a mut [T],
}

impl<T: Real, F: Fn(T) -> T> Kernel for Apply<'_, T, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (y, &x) in self.y.iter_mut().zip(self.x) {
            *y = (self.f)(x);
        }
    }
}

macro_rules! functions {
    ($($name:ident $ulps:ident,)*) => {
        [
            $(Function {
                name: stringify!($name),
                ulps: $ulps,
                single: |x, _, y| apply(x, y, #[inline(always)] |x| Scalar::$name(x)),
                double: |x, _, y| apply(x, y, #[inline(always)] |x| Scalar::$name(x)),
            },)*
            Function {
                name: "powf",
                ulps: ULPS,
                single: |x, p, y| apply(x, y, #[inline(always)] |x| Scalar::powf(x, p)),
                double: |x, p, y| apply(x, y, #[inline(always)] |x| Scalar::powf(x, p)),
            },
        ]
    };
}

/// All functions with a stated accuracy.
pub const FUNCTIONS: [Function; 18] = functions! {
    exp EXP_AND_LN_ULPS,
    exp_m1 ULPS,
    ln EXP_AND_LN_ULPS,
    ln_1p ULPS,
    sin ULPS,
    cos ULPS,
    tan ULPS,
    tanh ULPS,
    sigmoid ULPS,
    softplus ULPS,
    silu ULPS,
    gelu ULPS,
    gelu_tanh ULPS,
    erf ULPS,
    normal_cdf ULPS,
    normal_pdf ULPS,
    rsqrt ULPS,
};

/// The distance between neighbours of type `T` around `value`.
fn ulp<T: Real>(value: f64) -> f64 {
    let (digits, least) = if T::DTYPE == "float32" { (23, -126) } else { (52, -1022) };
    let biased = (value.abs().to_bits() >> 52) as i32;
    let exponent = (biased - 1023).clamp(least, 1023) - digits;
    // Two factors: the product may be subnormal.
    f64::from_bits(((exponent.max(-1022) + 1023) as u64) << 52) * 2f64.powi(exponent.min(-1022) + 1022)
}

/// The error of `found` against the exact `value` + `rest`, in ulp of the type; ∞ if just one is NaN. An infinite
/// result counts as the next number that would be representable with a larger exponent.
pub fn error_in_ulps<T: Real>(found: T, value: f64, rest: f64) -> f64 {
    let found = found.to_f64();
    if found.is_nan() || value.is_nan() {
        return if found.is_nan() && value.is_nan() { 0.0 } else { f64::INFINITY };
    }
    // Halves, because twice the largest exponent of f64 is not a number.
    let infinity = T::max_value().to_f64() / 2.0 + ulp::<T>(T::max_value().to_f64()) / 2.0;
    let bounded = |x: f64| (x / 2.0).clamp(-infinity, infinity);
    if found.is_infinite() || value.abs() > T::max_value().to_f64() {
        return 2.0 * (bounded(found) - bounded(value)).abs() / ulp::<T>(T::max_value().to_f64());
    }
    ((found - value) - rest).abs() / ulp::<T>(value)
}

/// A point of a golden file.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// The argument.
    pub x: f64,
    /// The exponent, for `powf`.
    pub exponent: f64,
    /// The value rounded to `f64`.
    pub value: f64,
    /// What the rounding left.
    pub rest: f64,
}

/// The sections of a file made by `golden/functions.py`: the name of a function and its points.
///
/// # Panics
/// When the file is not of this form.
pub fn golden(mut file: &[u8]) -> Vec<(String, Vec<Point>)> {
    let mut sections = Vec::new();
    while !file.is_empty() {
        let (header, rest) = file.split_at(20);
        let name = String::from_utf8(header[..16].to_vec()).expect("a name");
        let count = u32::from_le_bytes(header[16..].try_into().expect("four bytes")) as usize;
        let (records, rest) = rest.split_at(32 * count);
        file = rest;
        let points = records.chunks_exact(32).map(|record| {
            let number =
                |i: usize| f64::from_le_bytes(record[8 * i..8 * i + 8].try_into().expect("eight bytes"));
            Point { x: number(0), exponent: number(1), value: number(2), rest: number(3) }
        });
        sections.push((name.trim_end_matches('\0').to_owned(), points.collect()));
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_measured_in_the_unit_of_the_exact_value() {
        assert_eq!(error_in_ulps(1.0f32, 1.0 + f64::from(f32::EPSILON), 0.0), 1.0);
        assert_eq!(error_in_ulps(1.0, 1.0, 0.25 * f64::EPSILON), 0.25);
        assert_eq!(error_in_ulps(0.5f32, 0.5 - f64::from(f32::EPSILON) / 8.0, 0.0), 0.5);
        assert_eq!(error_in_ulps(f32::from_bits(3), f64::from(f32::from_bits(5)), 0.0), 2.0, "subnormal");
        assert_eq!(error_in_ulps(5e-324, 1.5e-323, 0.0), 2.0);
        assert_eq!(error_in_ulps(f32::INFINITY, f64::from(f32::MAX), 0.0), 1.0);
        assert_eq!(error_in_ulps(f32::MAX, 1e300, 0.0), 1.0);
        assert_eq!(error_in_ulps(f64::MAX, f64::INFINITY, 0.0), 1.0);
        assert_eq!(error_in_ulps(f64::INFINITY, f64::INFINITY, 0.0), 0.0);
        assert_eq!(error_in_ulps(f32::NAN, 1.0, 0.0), f64::INFINITY);
    }
}
