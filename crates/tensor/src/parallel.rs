//! When work is split over threads, and how: into fixed pieces that do not depend on the thread count.

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
