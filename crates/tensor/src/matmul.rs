//! Products of matrices and vectors in every combination of layouts, with broadcast batch axes.

use crate::elementwise::copy;
use crate::gemm::{Batch, Factor, Output, Product};
use crate::layout::Layout;
use crate::shape::MAX_RANK;
use crate::{Real, Shape, Tensor, ViewMut};

/// C ← α·A·B + β·D: what becomes of the product.
struct Epilogue<T> {
    alpha: T,
    beta: T,
    addend: Addend<T>,
}

/// What is added to a product.
enum Addend<T> {
    None,
    Result,
    /// Neighbouring elements, one per column.
    Row(*const T),
}

impl<T: Real> Epilogue<T> {
    fn overwrite() -> Self {
        Self { alpha: T::one(), beta: T::zero(), addend: Addend::None }
    }
}

/// The product of two tensors, whose last two axes are matrices.
struct Plan<'a, T: Real> {
    left: &'a Tensor<T>,
    right: &'a Tensor<T>,
    /// Rows, inner extent, columns.
    extents: [usize; 3],
}

/// Extent and stride of an axis counted from the last one, which is axis 1; 1 and 0 for the axes that are
/// missing.
#[inline]
fn axis_from_last<T: Real>(x: &Tensor<T>, axis: usize) -> (usize, isize) {
    match x.rank().checked_sub(axis) {
        Some(axis) => (x.layout().shape[axis], x.strides()[axis]),
        None => (1, 0),
    }
}

impl<'a, T: Real> Plan<'a, T> {
    #[inline]
    #[track_caller]
    fn new(op: &str, left: &'a Tensor<T>, right: &'a Tensor<T>) -> Self {
        for (side, operand) in [("left", left), ("right", right)] {
            assert!(operand.rank() > 0, "{op}: {side} operand of shape [] is neither a vector nor a matrix");
        }
        if let ([rows, inner], [right_inner, columns]) = (&left.layout().shape[..], &right.layout().shape[..])
            && inner == right_inner
        {
            return Self { left, right, extents: [*rows, *inner, *columns] };
        }
        let (rows, inner) = (axis_from_last(left, 2).0, axis_from_last(left, 1).0);
        let (right_inner, columns) = if right.rank() == 1 {
            (right.len(), 1)
        } else {
            (axis_from_last(right, 2).0, axis_from_last(right, 1).0)
        };
        assert!(
            inner == right_inner,
            "{op}: inner dimensions differ: left {}, right {} ({inner} != {right_inner})",
            left.shape(),
            right.shape()
        );
        for axis in 3..=left.rank().max(right.rank()) {
            let (a, b) = (axis_from_last(left, axis).0, axis_from_last(right, axis).0);
            assert!(
                a == b || a == 1 || b == 1,
                "{op}: batch axes do not broadcast: left {}, right {}",
                left.shape(),
                right.shape()
            );
        }
        Self { left, right, extents: [rows, inner, columns] }
    }

    fn are_matrices(&self) -> bool {
        self.left.rank() == 2 && self.right.rank() == 2
    }

    /// The shape of the result.
    #[inline]
    fn shape(&self) -> Shape {
        let [rows, _, columns] = self.extents;
        if self.are_matrices() {
            return Shape::from([rows, columns]);
        }
        let batch = (3..=self.left.rank().max(self.right.rank())).rev().map(|axis| {
            match (axis_from_last(self.left, axis).0, axis_from_last(self.right, axis).0) {
                (1, extent) | (extent, _) => extent,
            }
        });
        let rows = (self.left.rank() > 1).then_some(rows);
        let columns = (self.right.rank() > 1).then_some(columns);
        batch.chain(rows).chain(columns).collect()
    }

    /// Whether `shape` is that of the result. Two numbers decide it for matrices: building a [`Shape`] and
    /// comparing it takes 20 ns, a product of 32 × 16 × 16 takes 150.
    fn makes(&self, shape: &Shape) -> bool {
        if self.are_matrices() {
            shape[..] == [self.extents[0], self.extents[2]]
        } else {
            *shape == self.shape()
        }
    }

    /// # Panics
    /// When a result of shape `given` is not that of the product.
    #[track_caller]
    fn check(&self, op: &str, given: &Shape) {
        assert!(
            self.makes(given),
            "{op}: the product of {} and {} has shape {}, the result {given}",
            self.left.shape(),
            self.right.shape(),
            self.shape()
        );
    }

    /// Computes the product into row-major elements.
    fn run(&self, c: &mut [T], epilogue: &Epilogue<T>) {
        let [rows, _, columns] = self.extents;
        let len = if self.are_matrices() { rows.checked_mul(columns) } else { Some(self.shape().len()) };
        assert!(Some(c.len()) == len, "matmul: {} elements for shape {}", c.len(), self.shape());
        if c.is_empty() {
            return;
        }
        // SAFETY: `c` is exclusive and has one element for each of the result, row by row.
        unsafe { self.run_rows(c.as_mut_ptr(), columns as isize, epilogue) };
    }

    /// Computes the product into rows that begin `c_row` apart.
    ///
    /// # Safety
    /// The elements of the result at these places are exclusive and do not meet; with batch axes they are row-major. A row
    /// that is added has an element per column.
    unsafe fn run_rows(&self, c_pointer: *mut T, c_row: isize, epilogue: &Epilogue<T>) {
        let [rows, inner, columns] = self.extents;
        let start = |x: &Tensor<T>| x.buffer.as_ptr().wrapping_add(x.layout().offset.min(x.buffer.len()));
        let (a_row, a_column) = match self.left.strides() {
            &[.., row, column] => (row, column),
            &[column] => (0, column),
            [] => unreachable!("an operand has an axis"),
        };
        let (b_row, b_column) = match self.right.strides() {
            &[.., row, column] => (row, column),
            &[row] => (row, 0),
            [] => unreachable!("an operand has an axis"),
        };
        let (addend, addend_row) = match epilogue.addend {
            Addend::None => (std::ptr::null(), 0),
            Addend::Result => (c_pointer.cast_const(), c_row),
            Addend::Row(row) => (row, 0),
        };
        let product = Product {
            rows,
            inner,
            columns,
            a: Factor { pointer: start(self.left), row: a_row, column: a_column },
            b: Factor { pointer: start(self.right), row: b_row, column: b_column },
            out: Output {
                alpha: epilogue.alpha,
                beta: epilogue.beta,
                addend,
                addend_row,
                c: c_pointer,
                c_row,
            },
        };
        // SAFETY: the extents are those of the operands, whose layouts address only elements of their
        // initialised buffers (the invariant of `Tensor`). Those of C are exclusive by the contract, so they overlap no
        // operand, and every item has its own.
        unsafe {
            if self.left.rank() <= 2 && self.right.rank() <= 2 {
                T::gemm(&product, &Batch::SINGLE);
            } else {
                self.run_batch(product);
            }
        }
    }

    /// Computes `product`, which is the first of the batch, and the others.
    ///
    /// # Safety
    /// The product is that of the first matrices of the operands, and C has room for those of all.
    unsafe fn run_batch(&self, mut product: Product<T>) {
        let size = (product.rows * product.columns) as isize;
        let addend_step = if product.out.addend_row == 0 { 0 } else { size };
        let (axes, rank) = self.batch_axes();
        let (outer, last) = match axes[..rank].split_last() {
            Some((&last, outer)) => (outer, last),
            None => (&[][..], (1, 0, 0)),
        };
        let mut batch = Batch { count: last.0, a: last.1, b: last.2, addend: addend_step, c: size };
        // One B for all: the matrices of A are the rows of one.
        if batch.count > 1
            && batch.b == 0
            && (product.rows == 1 || batch.a == product.a.row * product.rows as isize)
        {
            if product.rows == 1 {
                product.a.row = batch.a;
            }
            product.rows *= batch.count;
            batch.count = 1;
        }
        let runs: usize = outer.iter().map(|axis| axis.0).product();
        for run in 0..runs {
            let (mut rest, mut a, mut b) = (run, 0, 0);
            for &(extent, a_step, b_step) in outer.iter().rev() {
                let index = (rest % extent) as isize;
                rest /= extent;
                a += index * a_step;
                b += index * b_step;
            }
            let first = Batch { count: 1, a, b, c: (run * last.0) as isize * size, addend: 0 };
            let first = Batch { addend: if addend_step == 0 { 0 } else { first.c }, ..first };
            // SAFETY: the caller's contract, for one run of the batch.
            unsafe { T::gemm(&product.item(&first, 1), &batch) };
        }
    }

    /// Extents of the batch axes and the steps of both operands along them, with neighbours merged where both
    /// allow it.
    fn batch_axes(&self) -> ([(usize, isize, isize); MAX_RANK], usize) {
        let mut axes = [(1, 0, 0); MAX_RANK];
        let mut rank = 0;
        for axis in (3..=self.left.rank().max(self.right.rank())).rev() {
            let (a, b) = (axis_from_last(self.left, axis), axis_from_last(self.right, axis));
            let extent = if a.0 == 1 { b.0 } else { a.0 };
            let step = |operand: (usize, isize)| if operand.0 == 1 { 0 } else { operand.1 };
            let (a, b) = (step(a), step(b));
            match axes[..rank].last_mut() {
                _ if extent == 1 => {}
                Some(outer) if outer.1 == a * extent as isize && outer.2 == b * extent as isize => {
                    *outer = (outer.0 * extent, a, b);
                }
                _ => {
                    axes[rank] = (extent, a, b);
                    rank += 1;
                }
            }
        }
        (axes, rank)
    }
}

impl<T: Real> Tensor<T> {
    /// The matrix product of the last two axes, for each index of the axes before them, which broadcast.
    ///
    /// A vector on the left is a row, on the right a column, and its axis is dropped from the result:
    /// `[…, m, k]·[…, k, n] → […, m, n]`, `[…, m, k]·[k] → […, m]`, `[k]·[…, k, n] → […, n]`, `[k]·[k] → []`.
    /// Operands are read in place, whatever their strides.
    ///
    /// The bits do not depend on the number of threads. They may differ between SIMD levels: products are
    /// fused with additions where the processor can. A product with one row or column has another order of
    /// sums than a row or column of a larger one.
    ///
    /// # Panics
    /// When an operand has rank 0, the inner dimensions differ, or the batch axes do not broadcast.
    #[track_caller]
    pub fn matmul(&self, other: &Self) -> Self {
        let plan = Plan::new("matmul", self, other);
        Self::build(plan.shape(), |c| plan.run(c, &Epilogue::overwrite()))
    }

    /// [`matmul`](Self::matmul) into a result that exists and is overwritten.
    ///
    /// # Panics
    /// As `matmul`, and when `out` has not the shape of the product.
    #[track_caller]
    pub fn matmul_into(&self, other: &Self, out: &mut Self) {
        let plan = Plan::new("matmul_into", self, other);
        plan.check("matmul_into", &out.layout().shape);
        let (start, len, contiguous) = (out.layout().offset, out.len(), out.is_contiguous());
        match out.buffer.get_mut() {
            Some(buffer) if contiguous => {
                plan.run(&mut buffer[start..start + len], &Epilogue::overwrite());
            }
            // Elements that are shared would be copied only to be overwritten.
            _ => *out = Self::build(plan.shape(), |c| plan.run(c, &Epilogue::overwrite())),
        }
    }

    /// `self` ← `self` + A·B, with the shapes of [`matmul`](Self::matmul).
    ///
    /// # Panics
    /// As `matmul`, and when `self` has not the shape of the product.
    #[track_caller]
    pub fn add_matmul(&mut self, a: &Self, b: &Self) {
        self.accumulate_product("add_matmul", T::one(), T::one(), a, b);
    }

    /// `self` ← β·`self` + α·A·B, with the shapes of [`matmul`](Self::matmul). With β = 0 the old elements do
    /// not matter, not even NaN.
    ///
    /// # Panics
    /// As `matmul`, and when `self` has not the shape of the product.
    #[track_caller]
    pub fn addmm(&mut self, beta: T, alpha: T, a: &Self, b: &Self) {
        self.accumulate_product("addmm", beta, alpha, a, b);
    }

    #[track_caller]
    fn accumulate_product(&mut self, op: &str, beta: T, alpha: T, a: &Self, b: &Self) {
        let plan = Plan::new(op, a, b);
        plan.check(op, &self.layout().shape);
        let addend = if beta == T::zero() { Addend::None } else { Addend::Result };
        plan.run(self.make_mut(), &Epilogue { alpha, beta, addend });
    }

    /// x·W + b along the last axis: `[…, in]·[in, out] + [out] → […, out]`, or x·W without a bias. The bias
    /// is added while the products are in registers.
    ///
    /// # Panics
    /// When W is not a matrix, the inner dimensions differ, or the bias is not a vector of the columns of W.
    #[track_caller]
    pub fn linear(&self, weight: &Self, bias: Option<&Self>) -> Self {
        assert!(weight.rank() == 2, "linear: weight of shape {} is not a matrix", weight.shape());
        let plan = Plan::new("linear", self, weight);
        let columns = plan.extents[2];
        if let Some(bias) = bias {
            assert!(
                bias.shape()[..] == [columns],
                "linear: bias of shape {} for weight {}: [{columns}] needed",
                bias.shape(),
                weight.shape()
            );
        }
        let bias = bias.map(Self::dense);
        let addend = bias.as_ref().map_or(Addend::None, |bias| Addend::Row(bias.as_ptr()));
        let epilogue = Epilogue { alpha: T::one(), beta: T::one(), addend };
        Self::build(plan.shape(), |c| plan.run(c, &epilogue))
    }

    /// The sum of the products of two vectors, of rank 0.
    ///
    /// # Panics
    /// When an operand is not a vector, or the lengths differ.
    #[track_caller]
    pub fn dot(&self, other: &Self) -> Self {
        for (side, operand) in [("left", self), ("right", other)] {
            assert!(operand.rank() == 1, "dot: {side} operand of shape {} is not a vector", operand.shape());
        }
        let plan = Plan::new("dot", self, other);
        Self::build(plan.shape(), |c| plan.run(c, &Epilogue::overwrite()))
    }

    /// The products of every element of a vector with every element of another: `[m], [n] → [m, n]`.
    ///
    /// # Panics
    /// When an operand is not a vector.
    #[track_caller]
    pub fn outer(&self, other: &Self) -> Self {
        for (side, operand) in [("left", self), ("right", other)] {
            assert!(
                operand.rank() == 1,
                "outer: {side} operand of shape {} is not a vector",
                operand.shape()
            );
        }
        self.reshape([self.len(), 1]).matmul(&other.reshape([1, other.len()]))
    }
}

impl<T: Real> ViewMut<'_, T> {
    /// The elements ← A·B, with the shapes of [`Tensor::matmul`]. The rows of a matrix are written in place; a view that
    /// lies otherwise gets a copy of the product.
    ///
    /// # Panics
    /// As `matmul`, and when the view has not the shape of the product.
    #[track_caller]
    pub fn assign_matmul(&mut self, a: &Tensor<T>, b: &Tensor<T>) {
        if !self.product_in_place("assign_matmul", a, b, &Epilogue::overwrite()) {
            self.assign(&a.matmul(b));
        }
    }

    /// The elements ← the elements + A·B, with the shapes of [`Tensor::matmul`] and the bits of
    /// [`Tensor::add_matmul`].
    ///
    /// # Panics
    /// As `matmul`, and when the view has not the shape of the product.
    #[track_caller]
    pub fn add_matmul(&mut self, a: &Tensor<T>, b: &Tensor<T>) {
        let epilogue = Epilogue { alpha: T::one(), beta: T::one(), addend: Addend::Result };
        if !self.product_in_place("add_matmul", a, b, &epilogue) {
            // Long products are added a part at a time, so a product added afterwards would have other bits.
            let packed = Layout::contiguous(self.shape());
            let mut sum = Tensor::build_as(&packed, |sum| copy(self.elements, &self.layout, sum, &packed));
            sum.add_matmul(a, b);
            self.assign(&sum);
        }
    }

    /// Computes a product into a matrix whose rows are neighbours, or says that the view is none.
    #[track_caller]
    fn product_in_place(&mut self, op: &str, a: &Tensor<T>, b: &Tensor<T>, epilogue: &Epilogue<T>) -> bool {
        let plan = Plan::new(op, a, b);
        plan.check(op, &self.layout.shape);
        let (&[rows, columns], &[row, column]) = (&self.layout.shape[..], self.layout.strides()) else {
            return false;
        };
        if !plan.are_matrices() || rows == 0 || columns == 0 || (column != 1 && columns > 1) {
            return false;
        }
        let start = self.elements.as_mut_ptr().wrapping_add(self.layout.offset);
        // SAFETY: the places are those of the layout of the view, which lie in the elements that it borrows exclusively
        // and do not meet (the invariant of `ViewMut`).
        unsafe { plan.run_rows(start, row, epilogue) };
        true
    }
}
