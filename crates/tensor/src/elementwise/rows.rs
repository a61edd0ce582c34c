//! What a kernel sees of its operands: rows of elements that are neighbours in memory, or one repeated element.

use std::marker::PhantomData;

/// One operand of a tile.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a, T> {
    elements: &'a [T],
    offset: usize,
    stride: isize,
    repeated: bool,
}

/// One row of an operand.
#[derive(Clone, Copy)]
pub(super) enum Row<'a, T> {
    Dense(&'a [T]),
    Repeated(T),
}

impl<'a, T: Copy> Rows<'a, T> {
    /// Row `r` begins at `offset + r·stride`; its elements are neighbours, or the first one `repeated`.
    #[inline(always)]
    pub(super) fn new(elements: &'a [T], offset: usize, stride: isize, repeated: bool) -> Self {
        Self { elements, offset, stride, repeated }
    }

    /// A single row.
    #[inline(always)]
    pub(super) fn one(elements: &'a [T], repeated: bool) -> Self {
        Self { elements, offset: 0, stride: 0, repeated }
    }

    #[inline(always)]
    fn start(self, row: usize) -> usize {
        self.offset.wrapping_add_signed(row as isize * self.stride)
    }

    #[inline(always)]
    pub(super) fn row(self, row: usize, columns: usize) -> Row<'a, T> {
        let start = self.start(row);
        if self.repeated {
            Row::Repeated(self.elements[start])
        } else {
            Row::Dense(&self.elements[start..start + columns])
        }
    }
}

/// The buffer that is written, shared by the threads that write its tiles.
#[derive(Clone, Copy)]
pub(super) struct Target<'a, T> {
    start: *mut T,
    len: usize,
    borrowed: PhantomData<&'a mut [T]>,
}

// SAFETY: a target stands for a mutable borrow of plain elements; those who write through it answer for disjointness.
unsafe impl<T: Send> Send for Target<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Target<'_, T> {}

impl<'a, T> Target<'a, T> {
    pub(super) fn new(elements: &'a mut [T]) -> Self {
        Self { start: elements.as_mut_ptr(), len: elements.len(), borrowed: PhantomData }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// # Safety
    /// Nobody else may read or write these elements while the borrow lives.
    #[inline(always)]
    #[allow(clippy::mut_from_ref, reason = "the caller answers for disjointness")]
    pub(super) unsafe fn part(&self, start: usize, len: usize) -> &mut [T] {
        assert!(start <= self.len && len <= self.len - start, "elementwise: a row outside the buffer");
        // SAFETY: within the borrowed slice by the assertion; alone by the contract.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(start), len) }
    }
}

/// The rows of a tile that is written, `stride` apart.
pub(super) struct RowsMut<'a, T> {
    target: Target<'a, T>,
    offset: usize,
    stride: isize,
    pub(super) rows: usize,
    pub(super) columns: usize,
}

impl<'a, T> RowsMut<'a, T> {
    /// # Safety
    /// The rows are inside the target, do not overlap, and nobody else reads or writes them meanwhile.
    pub(super) unsafe fn new(
        target: Target<'a, T>,
        offset: usize,
        stride: isize,
        [rows, columns]: [usize; 2],
    ) -> Self {
        Self { target, offset, stride, rows, columns }
    }

    /// Rows one behind the other, which fill the slice.
    #[inline(always)]
    pub(super) fn packed(elements: &'a mut [T], rows: usize, columns: usize) -> Self {
        debug_assert_eq!(elements.len(), rows * columns);
        Self { target: Target::new(elements), offset: 0, stride: columns as isize, rows, columns }
    }

    /// The whole slice as a single row.
    #[inline(always)]
    pub(super) fn one(elements: &'a mut [T]) -> Self {
        let columns = elements.len();
        Self::packed(elements, 1, columns)
    }

    /// All rows, of [`packed`](Self::packed) ones.
    #[inline(always)]
    pub(super) fn all(&mut self) -> &mut [T] {
        debug_assert_eq!(self.stride, self.columns as isize);
        // SAFETY: as in `row`; packed rows have no gaps.
        unsafe { self.target.part(self.offset, self.rows * self.columns) }
    }

    #[inline(always)]
    pub(super) fn row(&mut self, row: usize) -> &mut [T] {
        let start = self.offset.wrapping_add_signed(row as isize * self.stride);
        // SAFETY: rows are ours alone by the contract of `new`, and the borrow of `self` keeps them apart.
        unsafe { self.target.part(start, self.columns) }
    }
}
