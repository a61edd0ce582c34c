//! Vectors of 256 bits: 16 registers, a mask is a vector of sign bits.

use std::arch::x86_64::*;

use super::lanes::{Lanes, Square, lanes};

lanes! {
    /// 8 × `f32`.
    F32x8 of 8 f32 in __m256, half F32x8, rows 6, mask __m256i first_of_8,
    _mm256_set1_ps _mm256_loadu_ps load_ps, _mm256_storeu_ps _mm256_maskstore_ps,
    _mm256_mul_ps _mm256_fmadd_ps
}

lanes! {
    /// 4 × `f64`.
    F64x4 of 4 f64 in __m256d, half F64x4, rows 6, mask __m256i first_of_4,
    _mm256_set1_pd _mm256_loadu_pd load_pd, _mm256_storeu_pd _mm256_maskstore_pd,
    _mm256_mul_pd _mm256_fmadd_pd
}

#[inline(always)]
unsafe fn load_ps(mask: __m256i, from: *const f32) -> __m256 {
    // SAFETY: the caller's contract, that of `Lanes::load_masked`.
    unsafe { _mm256_maskload_ps(from, mask) }
}

#[inline(always)]
unsafe fn load_pd(mask: __m256i, from: *const f64) -> __m256d {
    // SAFETY: the caller's contract, that of `Lanes::load_masked`.
    unsafe { _mm256_maskload_pd(from, mask) }
}

#[inline(always)]
unsafe fn first_of_8(count: usize) -> __m256i {
    // SAFETY: the caller's contract: the instructions exist.
    unsafe {
        let lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
        _mm256_cmpgt_epi32(_mm256_set1_epi32(count.min(8) as i32), lanes)
    }
}

#[inline(always)]
unsafe fn first_of_4(count: usize) -> __m256i {
    // SAFETY: the caller's contract: the instructions exist.
    unsafe {
        let lanes = _mm256_setr_epi64x(0, 1, 2, 3);
        _mm256_cmpgt_epi64(_mm256_set1_epi64x(count.min(4) as i64), lanes)
    }
}

impl Square for F32x8 {
    #[inline(always)]
    unsafe fn transpose(from: *const f32, from_line: isize, to: *mut f32, to_line: usize) {
        // SAFETY: the caller's contract.
        unsafe { transpose_ps(from, from_line, to, to_line) }
    }
}

impl Square for F64x4 {
    #[inline(always)]
    unsafe fn transpose(from: *const f64, from_line: isize, to: *mut f64, to_line: usize) {
        // SAFETY: the caller's contract.
        unsafe { transpose_pd(from, from_line, to, to_line) }
    }
}

/// [`Square::transpose`] of eight lines.
///
/// # Safety
/// The processor has AVX; eight elements are valid in each line.
#[inline(always)]
pub(super) unsafe fn transpose_ps(from: *const f32, from_line: isize, to: *mut f32, to_line: usize) {
    // SAFETY: eight lines of eight elements at both places by the caller's contract.
    unsafe {
        // Lines i and i + 4 share a register: what is left are exchanges within 128-bit halves.
        let pair = |i: isize, half: usize| {
            let low = _mm_loadu_ps(from.offset(i * from_line).add(half));
            let high = _mm_loadu_ps(from.offset((i + 4) * from_line).add(half));
            _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(low), high)
        };
        for half in [0, 4] {
            let [r0, r1, r2, r3] = [pair(0, half), pair(1, half), pair(2, half), pair(3, half)];
            let (low01, high01) = (_mm256_unpacklo_ps(r0, r1), _mm256_unpackhi_ps(r0, r1));
            let (low23, high23) = (_mm256_unpacklo_ps(r2, r3), _mm256_unpackhi_ps(r2, r3));
            let to = to.add(half * to_line);
            _mm256_storeu_ps(to, _mm256_shuffle_ps::<0x44>(low01, low23));
            _mm256_storeu_ps(to.add(to_line), _mm256_shuffle_ps::<0xEE>(low01, low23));
            _mm256_storeu_ps(to.add(2 * to_line), _mm256_shuffle_ps::<0x44>(high01, high23));
            _mm256_storeu_ps(to.add(3 * to_line), _mm256_shuffle_ps::<0xEE>(high01, high23));
        }
    }
}

/// [`Square::transpose`] of four lines.
///
/// # Safety
/// The processor has AVX; four elements are valid in each line.
#[inline(always)]
pub(super) unsafe fn transpose_pd(from: *const f64, from_line: isize, to: *mut f64, to_line: usize) {
    // SAFETY: four lines of four elements at both places by the caller's contract.
    unsafe {
        let pair = |i: isize, half: usize| {
            let low = _mm_loadu_pd(from.offset(i * from_line).add(half));
            let high = _mm_loadu_pd(from.offset((i + 2) * from_line).add(half));
            _mm256_insertf128_pd::<1>(_mm256_castpd128_pd256(low), high)
        };
        for half in [0, 2] {
            let (r0, r1) = (pair(0, half), pair(1, half));
            let to = to.add(half * to_line);
            _mm256_storeu_pd(to, _mm256_unpacklo_pd(r0, r1));
            _mm256_storeu_pd(to.add(to_line), _mm256_unpackhi_pd(r0, r1));
        }
    }
}
