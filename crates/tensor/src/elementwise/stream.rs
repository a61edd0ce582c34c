//! Stores that bypass the caches, for results too large to be found there again.

/// Results from this size on are streamed: half of a 32 MB last-level cache. An ordinary store of a line that is not
/// in cache reads it first; a sum of 10⁷ `f32` takes 0.48 ns per element with it and 0.30 without.
const STREAM_BYTES: usize = 16 << 20;

/// Elements that are computed at once and then streamed: few enough to stay in registers.
const CHUNK: usize = 32;

/// Bytes of a cache line.
const LINE: usize = 64;

/// Whether a result of this many elements is worth streaming stores.
pub(super) fn pays<R>(len: usize) -> bool {
    cfg!(target_arch = "x86_64") && len * size_of::<R>() >= STREAM_BYTES
}

/// Calls `compute` with parts of a row and their positions until all of it is written, most of it by streaming
/// stores. [`fence`] must follow before another thread is told of them.
#[inline(always)]
pub(super) fn write<R: Copy + Default>(y: &mut [R], mut compute: impl FnMut(usize, &mut [R])) {
    let len = y.len();
    let head = y.as_ptr().align_offset(LINE).min(len);
    let end = len - (len - head) % CHUNK;
    for (start, end) in [(0, head), (end, len)] {
        compute(start, &mut y[start..end]);
    }
    for start in (head..end).step_by(CHUNK) {
        let mut chunk = [R::default(); CHUNK];
        compute(start, &mut chunk);
        store(&chunk, &mut y[start..start + CHUNK]);
    }
}

/// The target is aligned to a cache line.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn store<R: Copy>(chunk: &[R; CHUNK], target: &mut [R]) {
    use std::arch::x86_64::{__m128i, _mm_loadu_si128, _mm_stream_si128};
    const STEP: usize = size_of::<__m128i>();
    assert!(target.len() == CHUNK && target.as_ptr().cast::<u8>().align_offset(STEP) == 0);
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
fn store<R: Copy>(chunk: &[R; CHUNK], target: &mut [R]) {
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
