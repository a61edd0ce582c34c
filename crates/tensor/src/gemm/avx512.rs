//! Vectors of AVX-512: 32 registers, and masks in registers of their own.

use std::arch::x86_64::*;

use super::avx2::{transpose_pd, transpose_ps};
use super::lanes::{Lanes, Square, lanes};

lanes! {
    /// 16 × `f32`.
    F32x16 of 16 f32 in __m512, half HalfF32x8, rows 12, mask __mmask16 first_of_16,
    _mm512_set1_ps _mm512_loadu_ps _mm512_maskz_loadu_ps, _mm512_storeu_ps _mm512_mask_storeu_ps,
    _mm512_mul_ps _mm512_fmadd_ps
}

lanes! {
    /// 8 × `f64`.
    F64x8 of 8 f64 in __m512d, half HalfF64x4, rows 12, mask __mmask8 first_of_8,
    _mm512_set1_pd _mm512_loadu_pd _mm512_maskz_loadu_pd, _mm512_storeu_pd _mm512_mask_storeu_pd,
    _mm512_mul_pd _mm512_fmadd_pd
}

lanes! {
    /// 8 × `f32`, for the last columns.
    HalfF32x8 of 8 f32 in __m256, half HalfF32x8, rows 12, mask __mmask8 first_of_8,
    _mm256_set1_ps _mm256_loadu_ps _mm256_maskz_loadu_ps, _mm256_storeu_ps _mm256_mask_storeu_ps,
    _mm256_mul_ps _mm256_fmadd_ps
}

lanes! {
    /// 4 × `f64`, for the last columns.
    HalfF64x4 of 4 f64 in __m256d, half HalfF64x4, rows 12, mask __mmask8 first_of_8,
    _mm256_set1_pd _mm256_loadu_pd _mm256_maskz_loadu_pd, _mm256_storeu_pd _mm256_mask_storeu_pd,
    _mm256_mul_pd _mm256_fmadd_pd
}

impl Square for HalfF32x8 {
    #[inline(always)]
    unsafe fn transpose(from: *const f32, from_line: isize, to: *mut f32, to_line: usize) {
        // SAFETY: the caller's contract.
        unsafe { transpose_ps(from, from_line, to, to_line) }
    }
}

impl Square for HalfF64x4 {
    #[inline(always)]
    unsafe fn transpose(from: *const f64, from_line: isize, to: *mut f64, to_line: usize) {
        // SAFETY: the caller's contract.
        unsafe { transpose_pd(from, from_line, to, to_line) }
    }
}

#[inline(always)]
unsafe fn first_of_16(count: usize) -> __mmask16 {
    if count >= 16 { !0 } else { (1 << count) - 1 }
}

#[inline(always)]
unsafe fn first_of_8(count: usize) -> __mmask8 {
    if count >= 8 { !0 } else { (1 << count) - 1 }
}
