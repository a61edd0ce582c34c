//! Work shared by the threads that are free, without waiting for those that are not.
//!
//! The calling thread takes pieces itself at once. Threads of the pool that wake up in time take the others;
//! one that wakes up after the last piece was taken finds the crew closed. So the work is never slower than
//! alone by more than the cost of the call for help, about 1 µs, where a `join` from outside the pool waits
//! for two threads to wake up.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Set in [`Crew::inside`] when no thread may enter any more.
const CLOSED: usize = 1 << (usize::BITS - 1);

/// Looks before a waiting thread offers its core to others.
const SPINS: usize = 10_000;

/// Calls for help that no thread has looked at yet: they lie in the queues of pools whose threads are busy.
static INVITED: AtomicUsize = AtomicUsize::new(0);

/// No more calls for help than this, so that the queues stay short while all threads are busy.
const MOST_INVITED: usize = 4096;

struct Crew {
    work: *const (dyn Fn(usize) + Sync),
    pieces: usize,
    /// The next piece that nobody has taken.
    next: AtomicUsize,
    /// Helpers at work, and [`CLOSED`].
    inside: AtomicUsize,
    /// What a piece panicked with on a helper.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

// SAFETY: `work` is `Sync`, and is only called by threads counted in `inside`, for which its owner waits.
unsafe impl Send for Crew {}
// SAFETY: as above; the rest is atomic.
unsafe impl Sync for Crew {}

impl Crew {
    /// # Safety
    /// `work` is alive.
    unsafe fn take_pieces(&self) {
        loop {
            let piece = self.next.fetch_add(1, Ordering::Relaxed);
            if piece >= self.pieces {
                return;
            }
            // SAFETY: alive by the caller's contract.
            unsafe { (*self.work)(piece) };
        }
    }

    fn help(&self) {
        let enter = |inside| (inside & CLOSED == 0).then_some(inside + 1);
        if self.inside.fetch_update(Ordering::Acquire, Ordering::Relaxed, enter).is_err() {
            return;
        }
        // SAFETY: the owner of `work` closes the crew and then waits until nobody is inside, before `work`
        // ends.
        let outcome = catch_unwind(AssertUnwindSafe(|| unsafe { self.take_pieces() }));
        if let Err(payload) = outcome {
            *self.panic.lock().unwrap_or_else(PoisonError::into_inner) = Some(payload);
        }
        self.inside.fetch_sub(1, Ordering::Release);
    }
}

/// Closes the crew and waits for the helpers, also when a piece panics.
struct Close<'a>(&'a Crew);

impl Drop for Close<'_> {
    fn drop(&mut self) {
        self.0.inside.fetch_or(CLOSED, Ordering::Relaxed);
        let mut looks = 0;
        while self.0.inside.load(Ordering::Acquire) != CLOSED {
            looks += 1;
            if looks < SPINS { std::hint::spin_loop() } else { std::thread::yield_now() }
        }
    }
}

/// Calls `work` once with each of `0..pieces`, on this thread and on those of the current rayon pool that have time.
/// Pieces are taken in order. A call for help costs about 1 µs, and help comes after some 5–15 µs.
///
/// So that results have the same bits for any number of threads, pieces must not depend on it.
///
/// # Panics
/// When `work` does.
pub fn for_each_piece(pieces: usize, work: &(dyn Fn(usize) + Sync)) {
    let helpers = rayon::current_num_threads().min(pieces).saturating_sub(1);
    if helpers == 0 {
        (0..pieces).for_each(work);
        return;
    }
    // SAFETY: only the lifetime changes; `work` is called no later than `Close` returns, which is before this
    // function.
    let work = unsafe {
        std::mem::transmute::<*const (dyn Fn(usize) + Sync + '_), *const (dyn Fn(usize) + Sync + 'static)>(
            work,
        )
    };
    let crew = Arc::new(Crew {
        work,
        pieces,
        next: AtomicUsize::new(0),
        inside: AtomicUsize::new(0),
        panic: Mutex::new(None),
    });
    let close = Close(&crew);
    for _ in 0..helpers {
        if INVITED.load(Ordering::Relaxed) >= MOST_INVITED {
            break;
        }
        INVITED.fetch_add(1, Ordering::Relaxed);
        let crew = Arc::clone(&crew);
        rayon::spawn(move || {
            INVITED.fetch_sub(1, Ordering::Relaxed);
            crew.help();
        });
    }
    // SAFETY: `work` is borrowed for the whole call.
    unsafe { crew.take_pieces() };
    drop(close);
    let panic = crew.panic.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(payload) = panic {
        resume_unwind(payload);
    }
}

/// Elements that threads write disjoint chunks of.
struct Chunks<T>(*mut T);

// SAFETY: chunks are disjoint, and each is given to one thread.
unsafe impl<T: Send> Sync for Chunks<T> {}

impl<T> Chunks<T> {
    fn pointer(&self) -> *mut T {
        self.0
    }
}

/// Calls `work` with the number and the elements of each chunk of `len` elements; the last one may be shorter.
///
/// # Panics
/// When `work` does, or `len` is 0.
pub(crate) fn for_each_chunk<T: Send>(
    elements: &mut [T],
    len: usize,
    work: &(dyn Fn(usize, &mut [T]) + Sync),
) {
    let (total, chunks) = (elements.len(), Chunks(elements.as_mut_ptr()));
    for_each_piece(total.div_ceil(len), &|piece| {
        let start = piece * len;
        // SAFETY: within the elements, which are borrowed exclusively; each piece is visited once.
        let chunk =
            unsafe { std::slice::from_raw_parts_mut(chunks.pointer().add(start), len.min(total - start)) };
        work(piece, chunk);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(threads: usize) -> rayon::ThreadPool {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
    }

    #[test]
    fn every_piece_is_done_once_from_inside_and_outside_a_pool() {
        for threads in [1, 2, 3] {
            let pool = pool(threads);
            for pieces in [0, 1, 2, 7, 100] {
                let counts: Vec<AtomicUsize> = (0..pieces).map(|_| AtomicUsize::new(0)).collect();
                let count = |piece: usize| {
                    counts[piece].fetch_add(1, Ordering::Relaxed);
                };
                pool.install(|| for_each_piece(pieces, &count));
                for_each_piece(pieces, &count);
                assert!(counts.iter().all(|count| count.load(Ordering::Relaxed) == 2), "{threads} {pieces}");
            }
        }
    }

    #[test]
    fn a_panic_of_any_piece_reaches_the_caller() {
        let pool = pool(2);
        for bad in [0, 1, 5] {
            let call = || pool.install(|| for_each_piece(6, &|piece| assert!(piece != bad, "piece {bad}")));
            assert!(catch_unwind(AssertUnwindSafe(call)).is_err());
        }
    }

    #[test]
    fn a_panic_of_a_helper_does_not_end_the_process() {
        let pool = pool(2);
        // The owner waits in its piece until the helper has taken the other one.
        let taken = AtomicUsize::new(0);
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            pool.install(|| {
                let owner = std::thread::current().id();
                for_each_piece(2, &|_| {
                    taken.fetch_add(1, Ordering::Relaxed);
                    while taken.load(Ordering::Relaxed) < 2 {
                        std::thread::yield_now();
                    }
                    assert!(std::thread::current().id() == owner, "a helper");
                });
            });
        }));
        assert_eq!(*outcome.unwrap_err().downcast::<&str>().unwrap(), "a helper");
    }
}
