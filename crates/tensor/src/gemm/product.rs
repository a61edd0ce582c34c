//! What is to be computed: operands as pointers and strides.

/// A factor: element (i, j) at `pointer + i·row + j·column`. Strides may be 0 or negative.
#[derive(Clone, Copy)]
pub(crate) struct Factor<T> {
    pub(crate) pointer: *const T,
    pub(crate) row: isize,
    pub(crate) column: isize,
}

impl<T> Factor<T> {
    /// The factor from element (i, j) on.
    #[inline(always)]
    pub(super) fn from(self, i: usize, j: usize) -> Self {
        let shift = (i as isize).wrapping_mul(self.row).wrapping_add((j as isize).wrapping_mul(self.column));
        Self { pointer: self.pointer.wrapping_offset(shift), ..self }
    }

    #[inline(always)]
    pub(super) fn transposed(self) -> Self {
        Self { row: self.column, column: self.row, ..self }
    }
}

/// The result C, and D with what is made of both: C ← α·A·B + β·D. Rows of C and D are contiguous.
#[derive(Clone, Copy)]
pub(crate) struct Output<T> {
    pub(crate) alpha: T,
    pub(crate) beta: T,
    /// D: C itself to accumulate, a bias with row stride 0 to add it to every row, null to overwrite.
    pub(crate) addend: *const T,
    pub(crate) addend_row: isize,
    pub(crate) c: *mut T,
    pub(crate) c_row: isize,
}

impl<T: Copy> Output<T> {
    /// The output from element (i, j) on.
    #[inline(always)]
    pub(super) fn from(&self, i: usize, j: usize) -> Self {
        self.shifted(
            (i as isize).wrapping_mul(self.c_row).wrapping_add(j as isize),
            (i as isize).wrapping_mul(self.addend_row).wrapping_add(j as isize),
        )
    }

    #[inline(always)]
    pub(super) fn shifted(&self, c: isize, addend: isize) -> Self {
        let addend = if self.addend.is_null() { self.addend } else { self.addend.wrapping_offset(addend) };
        Self { addend, c: self.c.wrapping_offset(c), ..*self }
    }
}

/// C ← α·A·B + β·D with A of `rows` × `inner`, B of `inner` × `columns`, C and D of `rows` × `columns`.
#[derive(Clone, Copy)]
pub(crate) struct Product<T> {
    pub(crate) rows: usize,
    pub(crate) inner: usize,
    pub(crate) columns: usize,
    pub(crate) a: Factor<T>,
    pub(crate) b: Factor<T>,
    pub(crate) out: Output<T>,
}

/// Products of one kind, a fixed distance apart in every operand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batch {
    pub(crate) count: usize,
    pub(crate) a: isize,
    pub(crate) b: isize,
    pub(crate) addend: isize,
    pub(crate) c: isize,
}

impl Batch {
    pub(crate) const SINGLE: Self = Self { count: 1, a: 0, b: 0, addend: 0, c: 0 };
}

impl<T: Copy> Product<T> {
    /// The part of C with the given rows and columns: start and number of each.
    pub(super) fn part(&self, (i, rows): (usize, usize), (j, columns): (usize, usize)) -> Self {
        let (a, b) = (self.a.from(i, 0), self.b.from(0, j));
        Self { rows, inner: self.inner, columns, a, b, out: self.out.from(i, j) }
    }

    /// This product where it stands for item `index` of a batch.
    #[inline(always)]
    pub(crate) fn item(&self, batch: &Batch, index: usize) -> Self {
        let shift = |step: isize| step.wrapping_mul(index as isize);
        Self {
            a: Factor { pointer: self.a.pointer.wrapping_offset(shift(batch.a)), ..self.a },
            b: Factor { pointer: self.b.pointer.wrapping_offset(shift(batch.b)), ..self.b },
            out: self.out.shifted(shift(batch.c), shift(batch.addend)),
            ..*self
        }
    }
}
