//! 64-byte-aligned buffers drawn from free lists by size class.
//!
//! A buffer that is dropped goes to a list of its thread and is handed out again, so that a training step
//! after the first one takes no memory from the system. A block is zeroed once, when it comes from the
//! system; from then on its bytes are always initialised, and every bit pattern is a valid [`Real`].

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::cell::RefCell;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

use crate::Real;

/// Alignment of every buffer: one cache line, one AVX-512 register.
pub const ALIGNMENT: usize = 64;

/// Idle bytes that a thread keeps at most; beyond it, blocks go back to the system.
const IDLE_LIMIT: usize = 256 << 20;

/// Size classes per power of two: at most 1/4 of a block is slack.
const STEPS: usize = 4;

/// Rounds a request up to its class: the index of the free list and the bytes of its blocks.
fn size_class(bytes: usize) -> (usize, usize) {
    let bytes = bytes.max(ALIGNMENT * STEPS);
    // 2^power ≤ bytes − 1 < 2^(power + 1): the class is one of STEPS equal steps in between.
    let power = (bytes - 1).ilog2();
    let step = 1usize << (power - STEPS.ilog2());
    let rounded = bytes.div_ceil(step) * step;
    (power as usize * STEPS + (rounded / step - STEPS - 1), rounded)
}

/// The bytes of the blocks of a class: the inverse of [`size_class`], for classes that it returns only.
fn class_bytes(class: usize) -> usize {
    (STEPS + class % STEPS + 1) << (class / STEPS - STEPS.ilog2() as usize)
}

fn block_layout(bytes: usize) -> Layout {
    Layout::from_size_align(bytes, ALIGNMENT)
        .unwrap_or_else(|_| panic!("tensor: a buffer of {bytes} bytes exceeds the address space"))
}

#[derive(Default)]
struct FreeLists {
    lists: Vec<Vec<NonNull<u8>>>,
    idle: usize,
}

impl Drop for FreeLists {
    fn drop(&mut self) {
        for (class, list) in self.lists.iter_mut().enumerate() {
            for block in list.drain(..) {
                // SAFETY: blocks in list `class` were allocated with the layout of that class, whose size
                // `class_bytes` recomputes (a test compares it with `size_class`).
                unsafe { dealloc(block.as_ptr(), block_layout(class_bytes(class))) };
            }
        }
    }
}

thread_local! {
    static FREE: RefCell<FreeLists> = RefCell::default();
}

/// Bytes of idle blocks that this thread keeps for reuse.
pub fn idle_bytes() -> usize {
    FREE.with_borrow(|free| free.idle)
}

/// `len` elements of aligned memory with unspecified, but initialised, contents.
pub(crate) struct Buffer<T: Real> {
    pointer: NonNull<T>,
    len: usize,
    owned: PhantomData<T>,
}

// SAFETY: a buffer owns its memory exclusively, as a `Box<[T]>` does, and `T` is plain data.
unsafe impl<T: Real> Send for Buffer<T> {}
// SAFETY: as above; a shared reference gives only shared access.
unsafe impl<T: Real> Sync for Buffer<T> {}

impl<T: Real> Buffer<T> {
    /// # Panics
    /// When the size exceeds the address space; an allocation failure aborts, as everywhere in Rust.
    #[track_caller]
    pub(crate) fn new(len: usize) -> Self {
        let bytes = len.checked_mul(size_of::<T>()).filter(|&bytes| bytes <= isize::MAX as usize / 2);
        let Some(bytes) = bytes else {
            panic!("tensor: {len} elements of {} exceed the address space", T::DTYPE);
        };
        let (class, bytes) = size_class(bytes);
        let recycled = FREE.with_borrow_mut(|free| {
            let block = free.lists.get_mut(class)?.pop()?;
            free.idle -= bytes;
            Some(block)
        });
        let block = recycled.unwrap_or_else(|| {
            let layout = block_layout(bytes);
            // SAFETY: the layout has a non-zero size.
            let block = unsafe { alloc_zeroed(layout) };
            NonNull::new(block).unwrap_or_else(|| handle_alloc_error(layout))
        });
        Self { pointer: block.cast(), len, owned: PhantomData }
    }
}

impl<T: Real> Drop for Buffer<T> {
    fn drop(&mut self) {
        let (class, bytes) = size_class(self.len * size_of::<T>());
        let block = self.pointer.cast::<u8>();
        // The lists are gone when a thread ends; its last buffers then go back to the system.
        let kept = FREE.try_with(|free| {
            let mut free = free.borrow_mut();
            if free.idle + bytes > IDLE_LIMIT {
                return false;
            }
            if free.lists.len() <= class {
                free.lists.resize_with(class + 1, Vec::new);
            }
            free.idle += bytes;
            free.lists[class].push(block);
            true
        });
        if kept != Ok(true) {
            // SAFETY: allocated in `new` with this layout, which depends on the length and type alone.
            unsafe { dealloc(block.as_ptr(), block_layout(bytes)) };
        }
    }
}

impl<T: Real> Deref for Buffer<T> {
    type Target = [T];
    #[inline(always)]
    fn deref(&self) -> &[T] {
        // SAFETY: the block holds at least `len` aligned elements; its bytes were zeroed when it came from
        // the system and have held values of a `Real` type since, and any bit pattern is a valid `Real`.
        unsafe { std::slice::from_raw_parts(self.pointer.as_ptr(), self.len) }
    }
}

impl<T: Real> DerefMut for Buffer<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as in `deref`, and `&mut self` makes the access exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.pointer.as_ptr(), self.len) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_holds_its_requests_and_wastes_at_most_a_quarter() {
        for bytes in (1..5000).chain([1 << 20, (1 << 20) + 1, 123_456_789]) {
            let (class, rounded) = size_class(bytes);
            assert!(rounded >= bytes, "{bytes}");
            assert!(bytes <= ALIGNMENT * STEPS || 4 * (rounded - bytes) <= rounded, "{bytes} -> {rounded}");
            assert_eq!(class_bytes(class), rounded, "{bytes}");
            assert_eq!(size_class(rounded), (class, rounded), "a block returns to its own list");
        }
    }

    #[test]
    fn buffers_are_aligned_reused_and_counted() {
        std::thread::spawn(|| {
            let first = Buffer::<f64>::new(1000);
            let address = first.as_ptr() as usize;
            assert_eq!(address % ALIGNMENT, 0);
            assert!(first.iter().all(|&x| x == 0.0), "fresh memory is zeroed");
            drop(first);
            assert!(idle_bytes() >= 8000);
            let second = Buffer::<f32>::new(2000);
            assert_eq!(second.as_ptr() as usize, address, "the block is handed out again, to any type");
            assert_eq!(idle_bytes(), 0);
        })
        .join()
        .unwrap();
    }

    #[test]
    fn buffers_cross_threads() {
        let buffer = Buffer::<f32>::new(10);
        std::thread::spawn(move || drop(buffer)).join().unwrap();
    }

    #[test]
    #[should_panic(expected = "exceed the address space")]
    fn a_size_beyond_memory_is_refused() {
        Buffer::<f64>::new(usize::MAX / 8);
    }
}
