//! 16-bit floats of files as `f32`, exactly.

/// The value of IEEE 754 binary16 bits. A NaN keeps its sign and payload, in the upper bits of the longer fraction.
pub(super) fn f16_to_f32(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000) << 16;
    let exponent = u32::from(bits >> 10) & 0x1f;
    let fraction = u32::from(bits & 0x3ff);
    let magnitude = match exponent {
        // Subnormal: fraction·2⁻²⁴, which f32 holds exactly.
        0 => (fraction as f32 * f32::from_bits((127 - 24) << 23)).to_bits(),
        0x1f => 0xff << 23 | fraction << 13,
        _ => (exponent + 127 - 15) << 23 | fraction << 13,
    };
    f32::from_bits(sign | magnitude)
}

/// The value of bfloat16 bits: the upper half of an `f32`.
pub(super) fn bf16_to_f32(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_half_has_the_value_of_its_definition() {
        for bits in 0..=u16::MAX {
            let (sign, exponent, fraction) = (
                if bits >> 15 == 0 { 1.0 } else { -1.0 },
                i32::from(bits >> 10) & 0x1f,
                f64::from(bits & 0x3ff),
            );
            let found = f64::from(f16_to_f32(bits));
            let expected = match exponent {
                0 => sign * fraction * 2f64.powi(-24),
                0x1f if fraction == 0.0 => sign * f64::INFINITY,
                0x1f => f64::NAN,
                _ => sign * (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
            };
            if expected.is_nan() {
                assert!(found.is_nan(), "{bits:#06x}");
                assert_eq!(f16_to_f32(bits).is_sign_negative(), bits >> 15 == 1, "{bits:#06x}");
                assert_eq!(f16_to_f32(bits).to_bits() >> 13 & 0x3ff, u32::from(bits & 0x3ff), "{bits:#06x}");
            } else {
                assert_eq!(found.to_bits(), expected.to_bits(), "{bits:#06x}");
            }
        }
    }

    #[test]
    fn bfloat16_is_the_upper_half() {
        for bits in [0x3f80, 0x8000, 0x7f80, 0x0001, 0xc2f7] {
            assert_eq!(bf16_to_f32(bits).to_bits() >> 16, u32::from(bits));
        }
        assert_eq!(bf16_to_f32(0x3fc0), 1.5);
    }
}
