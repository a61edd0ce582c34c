//! The system's allocator, counting the blocks and remembering the largest one of each thread. Also the allocator of the
//! tests of `autograd`, so that its code stands where `unsafe` may.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static BLOCKS: Cell<usize> = const { Cell::new(0) };
    static LARGEST: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call goes to the system's allocator as it came; the counters are not on the heap.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = BLOCKS.try_with(|blocks| blocks.set(blocks.get() + 1));
        let _ = LARGEST.try_with(|largest| largest.set(largest.get().max(layout.size())));
        // SAFETY: as the caller says.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as the caller says.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The number of blocks that this thread asks for while `action` runs, and the bytes of the largest one.
pub(crate) fn requests<R>(action: impl FnOnce() -> R) -> (R, usize, usize) {
    BLOCKS.set(0);
    LARGEST.set(0);
    let result = action();
    (result, BLOCKS.get(), LARGEST.get())
}
