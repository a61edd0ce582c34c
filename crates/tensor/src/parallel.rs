//! When work is split over threads, and how: into fixed pieces that do not depend on the thread count.

use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::{Shape, crew};

/// Bytes read and written below which a memory-bound kernel stays on one thread.
///
/// Waking a second thread costs some 5–10 µs; one Zen 4 core moves about 60 GB/s from L2/L3, so
/// half a megabyte takes about as long as the wake-up saves.
pub(crate) const SPLIT_BYTES: usize = 512 << 10;

/// Elements per piece of an elementwise kernel or reduction.
pub(crate) const PIECE: usize = 16 << 10;

/// Whether a kernel that moves this many elements of type `T` should be split.
pub(crate) fn worth_splitting<T>(elements: usize) -> bool {
    elements >= SPLIT_BYTES / size_of::<T>() && rayon::current_num_threads() > 1
}

/// Time that the rest of a kernel must take on one thread to be shared out: waking a second thread costs some 5–15 µs.
const SPLIT_TIME: Duration = Duration::from_micros(30);

/// Calls `work` with each of `0..pieces`. The first piece is timed, and the others are shared with the other threads
/// of the pool if they take long enough; so the decision needs no guess of what an op costs, and a sum of 10⁵
/// elements, which is faster alone, stays alone, where an exponential of as many gains. What is computed depends on
/// neither.
pub(crate) fn for_each_piece_if_it_pays(pieces: usize, work: &(dyn Fn(usize) + Sync)) {
    if pieces < 2 || rayon::current_num_threads() < 2 {
        return (0..pieces).for_each(work);
    }
    let start = Instant::now();
    work(0);
    let left = start.elapsed().as_nanos() * (pieces as u128 - 1);
    if left < SPLIT_TIME.as_nanos() {
        (1..pieces).for_each(work);
    } else {
        crew::for_each_piece(pieces - 1, &|piece| work(piece + 1));
    }
}

/// Calls `work` with the number and the elements of each chunk of `len` elements, the last of which may be shorter, on
/// several threads if `parallel`. `work` is no type parameter: a kernel in it is compiled once, not once per way here.
pub(crate) fn for_each_chunk<T: Send>(
    elements: &mut [T],
    len: usize,
    parallel: bool,
    work: &(dyn Fn(usize, &mut [T]) + Sync),
) {
    if parallel {
        crew::for_each_chunk(elements, len, work);
    } else {
        elements.chunks_mut(len).enumerate().for_each(|(chunk, elements)| work(chunk, elements));
    }
}

/// The positions `start..start + len` of one axis.
#[derive(Clone, Copy)]
pub(crate) struct Rows {
    pub(crate) axis: usize,
    pub(crate) start: usize,
    pub(crate) len: usize,
}

/// Calls `work` for the parts of a row-major array of the given shape: for the whole (`None`) or, if `split` says so,
/// in parallel for pieces of about [`PIECE`] elements along its first axis that is longer than 1.
pub(crate) fn for_each_piece<T: Send>(
    shape: Shape,
    out: &mut [T],
    split: bool,
    work: impl Fn(Option<Rows>, &mut [T]) + Sync,
) {
    let axis = shape.iter().position(|&extent| extent != 1).filter(|_| split && !out.is_empty());
    let Some(axis) = axis else { return work(None, out) };
    let row_len = out.len() / shape[axis];
    let rows = (PIECE / row_len).max(1);
    out.par_chunks_mut(rows * row_len).enumerate().for_each(|(i, piece)| {
        work(Some(Rows { axis, start: i * rows, len: piece.len() / row_len }), piece);
    });
}
