//! Stores that bypass the caches, for results too large to be found there again.

/// Results from this size on are streamed: half of a 32 MB last-level cache. An ordinary store of a line that is not
/// in cache reads it first; a sum of 10⁷ `f32` takes 0.48 ns per element with it and 0.30 without.
const STREAM_BYTES: usize = 16 << 20;

/// Elements that are streamed at once: whole cache lines of any element type from 16 bits on.
const CHUNK: usize = 32;

/// Bytes of a cache line.
const LINE: usize = 64;

/// Whether a result of this many elements is worth streaming stores.
pub(super) fn pays<R>(len: usize) -> bool {
    cfg!(target_arch = "x86_64") && len * size_of::<R>() >= STREAM_BYTES
}

/// Copies a row to the target, most of it by streaming stores. [`fence`] must follow before another thread is told of
/// it.
pub(super) fn copy<R: Copy>(row: &[R], target: &mut [R]) {
    let head = target.as_ptr().align_offset(LINE).min(row.len());
    let (row_head, row) = row.split_at(head);
    let (target_head, target) = target.split_at_mut(head);
    target_head.copy_from_slice(row_head);
    let (lines, row_tail) = row.as_chunks::<CHUNK>();
    let (target_lines, target_tail) = target.as_chunks_mut::<CHUNK>();
    for (line, target) in lines.iter().zip(target_lines) {
        store(line, target);
    }
    target_tail.copy_from_slice(row_tail);
}

/// The target is aligned to a cache line.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn store<R: Copy>(chunk: &[R; CHUNK], target: &mut [R; CHUNK]) {
    use std::arch::x86_64::{__m128i, _mm_loadu_si128, _mm_stream_si128};
    const STEP: usize = size_of::<__m128i>();
    assert!(target.as_ptr().cast::<u8>().align_offset(STEP) == 0);
    for at in (0..size_of_val(chunk)).step_by(STEP) {
        // SAFETY: a chunk of any element type is a multiple of a step, which SSE2, a part of every x86-64 processor,
        // stores to an aligned address inside the target.
        unsafe {
            let part = _mm_loadu_si128(chunk.as_ptr().cast::<u8>().add(at).cast());
            _mm_stream_si128(target.as_mut_ptr().cast::<u8>().add(at).cast(), part);
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn store<R: Copy>(chunk: &[R; CHUNK], target: &mut [R; CHUNK]) {
    target.copy_from_slice(chunk);
}

/// Makes streamed elements visible to other threads before anything that follows.
pub(super) fn fence() {
    #[cfg(target_arch = "x86_64")]
    {
        // SAFETY: SSE belongs to every x86-64 processor.
        unsafe { std::arch::x86_64::_mm_sfence() };
    }
}
