//! Shared, 64-byte-aligned buffers drawn from free lists by size class.
//!
//! A buffer whose last owner drops it goes to a list of that thread and is handed out again, so that a training
//! step after the first one takes no memory from the system. A block is zeroed once, when it comes from the
//! system; from then on its bytes are always initialised, and every bit pattern is a valid value of the element
//! types that say so ([`Element::ANY_BITS`]); blocks for the others are zeroed again.
//!
//! The number of owners and the layout of the whole stand in front of the elements, in the same block: a tensor is one
//! pop from a list, not that and an `Arc` from the system allocator (some 20 ns), and as small as three pointers, so
//! that moving it costs nothing (a layout in the tensor made it 168 bytes, and a third of a chain of small ops was
//! `memcpy`).

use std::alloc::{self, alloc, alloc_zeroed, dealloc, handle_alloc_error};
use std::cell::Cell;
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering, fence};

use crate::layout::Layout;
use crate::{Element, Shape};

/// Alignment of the elements of every buffer: one cache line, one AVX-512 register.
pub const ALIGNMENT: usize = 64;

/// Idle bytes that a thread keeps at most; beyond it, blocks go back to the system.
const IDLE_LIMIT: usize = 256 << 20;

/// Size classes per power of two: at most 1/4 of a block is slack.
const STEPS: usize = 4;

/// Blocks from this size on lie on huge pages: the first touch of a fresh 40 MB result costs 2.7 ns per `f32` with
/// small pages and 0.7 with huge ones, and streams of many megabytes gain a quarter.
const HUGE_BLOCK: usize = 4 << 20;
const HUGE_PAGE: usize = 2 << 20;

/// What stands in front of the elements: as long as the alignment, so that they start on a cache line.
#[repr(C, align(64))]
struct Header {
    owners: AtomicUsize,
    /// The index of the free list that the block returns to.
    class: usize,
    /// The next block of the list, of a block in one.
    next: Option<NonNull<Header>>,
    /// How the elements lie when they are taken as a whole: row-major from the start. Never changed while it is shared.
    layout: Layout,
}

/// More than there are classes of sizes up to the address space.
const CLASSES: usize = usize::BITS as usize * STEPS;

/// Rounds a request up to its class: the index of the free list and the bytes of its blocks.
fn size_class(bytes: usize) -> (usize, usize) {
    let bytes = bytes.max(ALIGNMENT * STEPS);
    // 2^power ≤ bytes − 1 < 2^(power + 1): the class is one of STEPS equal steps in between.
    let power = (bytes - 1).ilog2();
    let shift = power - STEPS.ilog2();
    let steps = ((bytes - 1) >> shift) + 1;
    (power as usize * STEPS + (steps - STEPS - 1), steps << shift)
}

/// The bytes of the blocks of a class: the inverse of [`size_class`], for classes that it returns only.
fn class_bytes(class: usize) -> usize {
    (STEPS + class % STEPS + 1) << (class / STEPS - STEPS.ilog2() as usize)
}

fn block_layout(bytes: usize) -> alloc::Layout {
    let alignment = if bytes >= HUGE_BLOCK { HUGE_PAGE } else { ALIGNMENT };
    alloc::Layout::from_size_align(bytes, alignment)
        .unwrap_or_else(|_| panic!("tensor: a buffer of {bytes} bytes exceeds the address space"))
}

/// A zeroed block from the system.
fn system_block(bytes: usize) -> NonNull<Header> {
    let layout = block_layout(bytes);
    let block = if bytes >= HUGE_BLOCK {
        // SAFETY: the layout has a non-zero size. The advice concerns pages inside the block, and the block is
        // zeroed after it, so that the pages are huge when they are first touched.
        unsafe {
            let block = alloc(layout);
            if !block.is_null() {
                advise_huge_pages(block, bytes);
                block.write_bytes(0, bytes);
            }
            block
        }
    } else {
        // SAFETY: the layout has a non-zero size.
        unsafe { alloc_zeroed(layout) }
    };
    NonNull::new(block).unwrap_or_else(|| handle_alloc_error(layout)).cast()
}

/// # Safety
/// The range must be an allocation that starts on a huge page.
#[cfg(target_os = "linux")]
unsafe fn advise_huge_pages(block: *mut u8, bytes: usize) {
    const MADV_HUGEPAGE: i32 = 14;
    unsafe extern "C" {
        fn madvise(address: *mut std::ffi::c_void, length: usize, advice: i32) -> i32;
    }
    // SAFETY: the advice changes no contents; a kernel without huge pages refuses it, and nothing is lost.
    unsafe { madvise(block.cast(), bytes / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE) };
}

#[cfg(not(target_os = "linux"))]
unsafe fn advise_huge_pages(_block: *mut u8, _bytes: usize) {}

/// # Safety
/// The block must come from [`system_block`] with the same number of bytes, and nobody may use it any more.
unsafe fn return_to_system(block: NonNull<Header>, bytes: usize) {
    // SAFETY: allocated with this layout, which depends on the bytes alone.
    unsafe { dealloc(block.as_ptr().cast(), block_layout(bytes)) };
}

/// Blocks without owners, linked by their headers: a push and a pop are a few instructions.
struct FreeLists {
    lists: [Cell<Option<NonNull<Header>>>; CLASSES],
    idle: Cell<usize>,
}

impl FreeLists {
    const fn empty() -> Self {
        Self { lists: [const { Cell::new(None) }; CLASSES], idle: Cell::new(0) }
    }

    /// A block of a class, which has the given bytes.
    #[inline(always)]
    fn pop(&self, class: usize, bytes: usize) -> Option<NonNull<Header>> {
        let list = &self.lists[class];
        let block = list.get()?;
        // SAFETY: blocks in a list have an initialised header and no owner.
        list.set(unsafe { block.as_ref().next });
        self.idle.set(self.idle.get() - bytes);
        Some(block)
    }

    /// Keeps a block of `bytes` that nobody owns, and says so, or declines.
    #[inline(always)]
    fn push(&self, mut block: NonNull<Header>, class: usize, bytes: usize) -> bool {
        let idle = self.idle.get() + bytes;
        if idle > IDLE_LIMIT && !self.make_room(bytes) {
            return false;
        }
        let list = &self.lists[class];
        // SAFETY: the block has no owner, so that its header is ours.
        unsafe { block.as_mut().next = list.get() };
        list.set(Some(block));
        self.idle.set(self.idle.get() + bytes);
        true
    }

    /// Makes room for a block, if there is as much at all.
    #[cold]
    fn make_room(&self, bytes: usize) -> bool {
        if bytes > IDLE_LIMIT {
            return false;
        }
        // What was used last is the likeliest to be asked for again: the others make room.
        self.clear();
        true
    }

    /// Returns all blocks to the system.
    fn clear(&self) {
        for (class, list) in self.lists.iter().enumerate() {
            while let Some(block) = list.get() {
                // SAFETY: blocks in list `class` have an initialised header, the size of that class, which
                // `class_bytes` recomputes (a test compares it with `size_class`), and no owner.
                unsafe {
                    list.set(block.as_ref().next);
                    return_to_system(block, class_bytes(class));
                }
            }
        }
        self.idle.set(0);
    }
}

impl Drop for FreeLists {
    fn drop(&mut self) {
        self.clear();
    }
}

thread_local! {
    static FREE: FreeLists = const { FreeLists::empty() };
}

/// Bytes of idle blocks that this thread keeps for reuse.
pub fn idle_bytes() -> usize {
    FREE.with(|free| free.idle.get())
}

/// A block with one owner and room for `bytes` behind its header, and whether it is fresh from the system.
#[inline]
fn take_block(bytes: usize) -> (NonNull<Header>, bool) {
    let (class, block_bytes) = size_class(size_of::<Header>() + bytes);
    // The lists are gone when a thread ends; what its last destructors make comes from the system.
    if let Ok(Some(mut block)) = FREE.try_with(|free| free.pop(class, block_bytes)) {
        // SAFETY: a block from a list has an initialised header and no owner but us.
        unsafe { *block.as_mut().owners.get_mut() = 1 };
        return (block, false);
    }
    let block = system_block(block_bytes);
    // SAFETY: the block is ours alone, aligned for a header, and at least one header long.
    unsafe { block.write(Header { owners: AtomicUsize::new(1), class, next: None, layout: Layout::SCALAR }) };
    (block, true)
}

/// Takes a block back.
///
/// # Safety
/// The block comes from [`take_block`], and its last owner is gone.
#[inline(never)]
unsafe fn recycle(block: NonNull<Header>) {
    // SAFETY: `take_block` initialised the header.
    let class = unsafe { block.as_ref().class };
    let bytes = class_bytes(class);
    // The lists are gone when a thread ends; its last buffers then go back to the system.
    if FREE.try_with(|free| free.push(block, class, bytes)) != Ok(true) {
        // SAFETY: the size is that of the class, and the last owner is gone.
        unsafe { return_to_system(block, bytes) };
    }
}

/// `len` elements of aligned memory with unspecified, but valid, contents, shared by its clones.
pub(crate) struct Buffer<T: Element> {
    block: NonNull<Header>,
    len: usize,
    owned: PhantomData<T>,
}

// SAFETY: as for `Arc<[T]>`: the count is atomic, elements are plain data (`Element` is `Send + Sync`), shared
// buffers give shared access only, and `get_mut` demands a single owner.
unsafe impl<T: Element> Send for Buffer<T> {}
// SAFETY: as above.
unsafe impl<T: Element> Sync for Buffer<T> {}

impl<T: Element> Buffer<T> {
    /// A run of `len` elements.
    ///
    /// # Panics
    /// When the size exceeds the address space; an allocation failure aborts, as everywhere in Rust.
    #[track_caller]
    pub(crate) fn new(len: usize) -> Self {
        Self::with(len, &Layout::contiguous(Shape::vector(len)))
    }

    /// Elements for a row-major layout from the start of a buffer.
    ///
    /// # Panics
    /// As [`new`](Self::new).
    #[track_caller]
    #[inline]
    pub(crate) fn shaped(layout: &Layout) -> Self {
        Self::with(layout.len(), layout)
    }

    #[track_caller]
    #[inline]
    fn with(len: usize, layout: &Layout) -> Self {
        let bytes = len.checked_mul(size_of::<T>()).filter(|&bytes| bytes <= isize::MAX as usize / 2);
        let Some(bytes) = bytes else {
            panic!("tensor: {len} elements of {} exceed the address space", T::DTYPE);
        };
        let (mut block, fresh) = take_block(bytes);
        // SAFETY: the header is initialised, and the block is ours alone.
        unsafe { block.as_mut().layout = layout.at_start() };
        let buffer = Self { block, len, owned: PhantomData };
        if !T::ANY_BITS && !fresh {
            // SAFETY: the block holds `bytes` bytes behind the header and is ours alone.
            unsafe { buffer.start().cast::<u8>().write_bytes(0, bytes) };
        }
        buffer
    }

    #[inline(always)]
    fn start(&self) -> NonNull<T> {
        // SAFETY: a block is at least one header long; elements begin behind it.
        unsafe { self.block.add(1).cast() }
    }

    /// The layout of the whole buffer.
    #[inline(always)]
    pub(crate) fn layout(&self) -> &Layout {
        // SAFETY: the header was written in `with` and lives as long as any owner of the block; nobody changes its
        // layout.
        unsafe { &self.block.as_ref().layout }
    }

    #[inline(always)]
    fn owners(&self) -> &AtomicUsize {
        // SAFETY: the header was written in `take_block` and lives as long as any owner of the block.
        unsafe { &self.block.as_ref().owners }
    }

    /// The elements, if nobody else owns them.
    #[inline]
    pub(crate) fn get_mut(&mut self) -> Option<&mut [T]> {
        // Acquire pairs with the release in `drop`: what former owners read is read before we write.
        if self.owners().load(Ordering::Acquire) != 1 {
            return None;
        }
        // SAFETY: valid as in `deref`; this owner is the only one, and it is borrowed mutably.
        Some(unsafe { std::slice::from_raw_parts_mut(self.start().as_ptr(), self.len) })
    }

    /// As [`get_mut`](Self::get_mut), with the layout of the whole.
    #[inline]
    pub(crate) fn get_mut_with_layout(&mut self) -> Option<(&mut [T], &Layout)> {
        if self.owners().load(Ordering::Acquire) != 1 {
            return None;
        }
        // SAFETY: as in `get_mut` and `layout`; the header and the elements do not overlap, and the borrow of `self`
        // covers both.
        unsafe {
            let elements = std::slice::from_raw_parts_mut(self.start().as_ptr(), self.len);
            Some((elements, &(*self.block.as_ptr()).layout))
        }
    }

    /// The elements of a buffer that is known to have one owner, such as a new one.
    #[inline]
    #[track_caller]
    pub(crate) fn exclusive(&mut self) -> &mut [T] {
        self.get_mut().expect("a buffer with one owner")
    }

    /// Whether two buffers are the same memory.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.block == other.block
    }
}

impl<T: Element> Clone for Buffer<T> {
    #[inline]
    fn clone(&self) -> Self {
        // An owner exists (we hold one), so the count cannot reach 0 meanwhile. Only clones that are forgotten can
        // make it overflow; as for an `Arc`, the process ends long before.
        if self.owners().fetch_add(1, Ordering::Relaxed) > isize::MAX as usize {
            std::process::abort();
        }
        Self { block: self.block, len: self.len, owned: PhantomData }
    }
}

impl<T: Element> Drop for Buffer<T> {
    #[inline]
    fn drop(&mut self) {
        // A single owner needs no atomic decrement: nobody else can clone what only we hold.
        if self.owners().load(Ordering::Acquire) != 1 {
            if self.owners().fetch_sub(1, Ordering::Release) != 1 {
                return;
            }
            fence(Ordering::Acquire);
        }
        // SAFETY: made by `new`; this was the last owner.
        unsafe { recycle(self.block) };
    }
}

impl<T: Element> Deref for Buffer<T> {
    type Target = [T];
    #[inline(always)]
    fn deref(&self) -> &[T] {
        // SAFETY: the block holds at least `len` aligned elements behind the header; its bytes were zeroed when it
        // came from the system and have held values of element types since. Zero is a valid value of every
        // `Element`; any bits are valid where `ANY_BITS` says so, and `new` zeroes the block for the others.
        unsafe { std::slice::from_raw_parts(self.start().as_ptr(), self.len) }
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

    /// In a thread of its own, whose free lists are empty.
    fn alone(test: fn()) {
        std::thread::spawn(test).join().unwrap();
    }

    #[test]
    fn buffers_are_aligned_reused_and_counted() {
        alone(|| {
            let first = Buffer::<f64>::new(1000);
            let address = first.as_ptr() as usize;
            assert_eq!(address % ALIGNMENT, 0);
            assert!(first.iter().all(|&x| x == 0.0), "fresh memory is zeroed");
            drop(first);
            assert!(idle_bytes() >= 8000);
            let second = Buffer::<f32>::new(2000);
            assert_eq!(second.as_ptr() as usize, address, "the block is handed out again, to any type");
            assert_eq!(idle_bytes(), 0);
        });
    }

    #[test]
    fn a_recycled_block_holds_valid_truth_values() {
        alone(|| {
            Buffer::<f32>::new(100).get_mut().unwrap().fill(f32::NAN);
            let bytes = Buffer::<bool>::new(400);
            assert!(bytes.iter().all(|&bit| !bit), "zeroed, although the block held NaN");
        });
    }

    #[test]
    fn the_last_owner_returns_the_block() {
        alone(|| {
            let mut first = Buffer::<f64>::new(10);
            let second = first.clone();
            assert!(first.is(&second) && first.get_mut().is_none(), "shared");
            drop(second);
            assert!(first.get_mut().is_some(), "alone again");
            assert_eq!(idle_bytes(), 0);
            drop(first);
            assert!(idle_bytes() > 0);
        });
    }

    #[test]
    fn huge_blocks_are_zeroed_and_return() {
        alone(|| {
            let huge = Buffer::<f32>::new(HUGE_BLOCK);
            assert_eq!(huge.as_ptr() as usize % HUGE_PAGE, size_of::<Header>());
            assert!(huge.iter().all(|&x| x == 0.0));
        });
    }

    #[test]
    fn a_full_list_makes_room_for_what_was_used_last() {
        alone(|| {
            let [first, second] = [(); 2].map(|()| Buffer::<u8>::new(IDLE_LIMIT / 8 * 5));
            drop(first);
            let one = idle_bytes();
            drop(second);
            assert!(one > 0 && idle_bytes() == one, "one of the two is kept");
            drop(Buffer::<u8>::new(2 * IDLE_LIMIT));
            assert_eq!(idle_bytes(), one, "nothing makes room for what does not fit");
        });
    }

    #[test]
    fn buffers_cross_threads() {
        let buffer = Buffer::<f32>::new(10);
        let clones: Vec<_> = (0..4).map(|_| buffer.clone()).collect();
        let threads: Vec<_> = clones
            .into_iter()
            .map(|clone| std::thread::spawn(move || (0..1000).for_each(|_| drop(clone.clone()))))
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        let mut buffer = buffer;
        assert!(buffer.get_mut().is_some());
        std::thread::spawn(move || drop(buffer)).join().unwrap();
    }

    #[test]
    #[should_panic(expected = "exceed the address space")]
    fn a_size_beyond_memory_is_refused() {
        Buffer::<f64>::new(usize::MAX / 8);
    }
}
