//! Binary ops over broadcast operands: forward, in place, and into a given tensor.

use super::drive::{Source, Write, drive};
use super::formula::{Value, ZipFormula};
use super::rows::{Row, Rows, RowsMut};
use super::stage::Scratch;
use crate::layout::{Layout, SHORT, Tiles};
use crate::ops::{Add, BinaryOp};
use crate::parallel::PIECE;
use crate::simd::{Kernel, dispatch};
use crate::{Element, Real, Shape, Tensor};

/// y ← formula(a, b).
struct Zip<'a, A, B, R, F> {
    formula: F,
    a: Rows<'a, A>,
    b: Rows<'a, B>,
    y: RowsMut<'a, R>,
}

impl<A: Element, B: Element, R: Element, F: ZipFormula<A, B, R>> Kernel for Zip<'_, A, B, R, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { formula, a, b, mut y } = self;
        let columns = y.columns;
        for r in 0..y.rows {
            let y = y.row(r);
            match (a.row(r, columns), b.row(r, columns)) {
                (Row::Dense(a), Row::Dense(b)) => {
                    for ((y, &a), &b) in y.iter_mut().zip(a).zip(b) {
                        *y = formula.at(a, b);
                    }
                }
                (Row::Dense(a), Row::Repeated(b)) => {
                    for (y, &a) in y.iter_mut().zip(a) {
                        *y = formula.at(a, b);
                    }
                }
                (Row::Repeated(a), Row::Dense(b)) => {
                    for (y, &b) in y.iter_mut().zip(b) {
                        *y = formula.at(a, b);
                    }
                }
                (Row::Repeated(a), Row::Repeated(b)) => y.fill(formula.at(a, b)),
            }
        }
    }
}

/// y ← formula(a, b) on runs of one length: what sums of small tensors are, whose cost is the way to the loop.
struct ZipRun<'a, A, B, R, F> {
    formula: F,
    a: &'a [A],
    b: &'a [B],
    y: &'a mut [R],
}

impl<A: Element, B: Element, R: Element, F: ZipFormula<A, B, R>> Kernel for ZipRun<'_, A, B, R, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for ((y, &a), &b) in self.y.iter_mut().zip(self.a).zip(self.b) {
            *y = self.formula.at(a, b);
        }
    }
}

/// y ← formula(y, b).
struct ZipAssign<'a, B, R, F> {
    formula: F,
    b: Rows<'a, B>,
    y: RowsMut<'a, R>,
}

impl<B: Element, R: Element, F: ZipFormula<R, B, R>> Kernel for ZipAssign<'_, B, R, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { formula, b, mut y } = self;
        let columns = y.columns;
        for r in 0..y.rows {
            let y = y.row(r);
            match b.row(r, columns) {
                Row::Dense(b) => {
                    for (y, &b) in y.iter_mut().zip(b) {
                        *y = formula.at(*y, b);
                    }
                }
                Row::Repeated(b) => {
                    for y in y {
                        *y = formula.at(*y, b);
                    }
                }
            }
        }
    }
}

/// The shape of a result.
///
/// # Panics
/// When the operands do not broadcast.
#[track_caller]
pub(super) fn joint_shape(name: &str, left: Shape, right: Shape) -> Shape {
    let Some(shape) = left.broadcast(&right) else {
        panic!("{name}: shapes do not broadcast: left {left}, right {right}");
    };
    // Refuses a product of repeated axes beyond the address space.
    shape.len();
    shape
}

/// y ← formula(a, b), operands broadcast to the shape of `layout`, in which no two indices meet.
pub(super) fn zip_into<A: Element, B: Element, R: Element, F: ZipFormula<A, B, R>>(
    formula: F,
    a: Source<'_, A>,
    b: Source<'_, B>,
    y: &mut [R],
    layout: &Layout,
) {
    let (shape, len) = (&layout.shape, layout.len());
    if len <= PIECE
        && layout.is_contiguous()
        && let (Some((a, a_repeated)), Some((b, b_repeated))) = (a.run(), b.run())
        && (a_repeated || a.len() == len)
        && (b_repeated || b.len() == len)
    {
        let y = RowsMut::one(&mut y[layout.offset..layout.offset + len]);
        let (a, b) = (Rows::one(a, a_repeated), Rows::one(b, b_repeated));
        return dispatch(Zip { formula, a, b, y });
    }
    let (la, lb) = (a.layout.broadcast_to(*shape), b.layout.broadcast_to(*shape));
    let write = Write::anew::<R>(len);
    let tiles = Tiles::new([layout, &la, &lb], write.tile());
    // SAFETY: the tiles are those of `layout`, which lies inside `y` and is injective by the contract.
    unsafe {
        drive(&tiles, y, write, &|tile, y| {
            let (a_scratch, b_scratch) = (&mut Scratch::new(), &mut Scratch::new());
            let a = tile.rows(1, a.elements, a_scratch);
            let b = tile.rows(2, b.elements, b_scratch);
            dispatch(Zip { formula, a, b, y });
        });
    }
}

/// y ← formula(y, b), `b` broadcast to the shape of `layout`, in which no two indices meet.
pub(super) fn zip_assign<B: Element, R: Element, F: ZipFormula<R, B, R>>(
    formula: F,
    b: Source<'_, B>,
    y: &mut [R],
    layout: &Layout,
) {
    let len = layout.len();
    if len <= PIECE
        && layout.is_contiguous()
        && let Some((b, repeated)) = b.run()
        && (b.len() == len || repeated)
    {
        let y = RowsMut::one(&mut y[layout.offset..layout.offset + len]);
        return dispatch(ZipAssign { formula, b: Rows::one(b, repeated), y });
    }
    if layout.is_contiguous()
        && b.layout.is_contiguous()
        && let Some(columns) = repeated_row(layout, b.layout)
    {
        let y = RowsMut::packed(&mut y[layout.offset..layout.offset + len], len / columns, columns);
        return dispatch(ZipAssign { formula, b: Rows::new(b.elements, b.layout.offset, 0, false), y });
    }
    let lb = b.layout.broadcast_to(layout.shape);
    let tiles = Tiles::new([layout, &lb], PIECE);
    // SAFETY: as in `zip_into`.
    unsafe {
        drive(&tiles, y, Write::InPlace, &|tile, y| {
            let b_scratch = &mut Scratch::new();
            dispatch(ZipAssign { formula, b: tile.rows(1, b.elements, b_scratch), y });
        });
    }
}

/// Elements of a result with short rows from which tiles pay: below, finding them costs more than the rows.
const FEW: usize = 512;

/// The number of columns, if `b` is one row for each of the rows of `a`, such as a bias, and there is so little to do that
/// rows are best taken as they are. Both are contiguous.
#[inline]
fn repeated_row(a: &Layout, b: &Layout) -> Option<usize> {
    let (len, columns) = (a.len(), b.len());
    let few = len <= FEW || (columns >= SHORT && len <= PIECE);
    (few && columns > 0 && a.shape.ends_with(&b.shape)).then_some(columns)
}

/// formula(a, b) over broadcast operands.
///
/// # Panics
/// When they do not broadcast.
#[track_caller]
pub(super) fn zip<A: Element, B: Element, R: Element, F: ZipFormula<A, B, R>>(
    name: &str,
    formula: F,
    a: Source<'_, A>,
    b: Source<'_, B>,
) -> Tensor<R> {
    if a.layout.is_contiguous() && b.layout.is_contiguous() {
        let len = a.layout.len();
        if len <= PIECE && a.layout.shape == b.layout.shape {
            let run = |start: usize| start..start + len;
            let (x, z) = (&a.elements[run(a.layout.offset)], &b.elements[run(b.layout.offset)]);
            return Tensor::build_as(a.layout, |y| dispatch(ZipRun { formula, a: x, b: z, y }));
        }
        if len <= PIECE && b.layout.len() == 1 && b.layout.shape.rank() <= a.layout.shape.rank() {
            let x = Rows::one(&a.elements[a.layout.offset..a.layout.offset + len], false);
            let b = Rows::one(&b.elements[b.layout.offset..], true);
            return Tensor::build_as(a.layout, |y| dispatch(Zip { formula, a: x, b, y: RowsMut::one(y) }));
        }
        if let Some(columns) = repeated_row(a.layout, b.layout) {
            let x = Rows::new(a.elements, a.layout.offset, columns as isize, false);
            let b = Rows::new(b.elements, b.layout.offset, 0, false);
            return Tensor::build_as(a.layout, |y| {
                dispatch(Zip { formula, a: x, b, y: RowsMut::packed(y, len / columns, columns) });
            });
        }
    }
    let layout = Layout::contiguous(joint_shape(name, a.layout.shape, b.layout.shape));
    Tensor::build_as(&layout, |y| zip_into(formula, a, b, y, &layout))
}

/// [`zip`] into `out`, whose elements are written in place if no other tensor shares them.
///
/// # Panics
/// When the operands do not broadcast, or `out` has another shape than their result.
#[track_caller]
pub(super) fn zip_to<A: Element, B: Element, R: Element, F: ZipFormula<A, B, R>>(
    name: &str,
    formula: F,
    a: Source<'_, A>,
    b: Source<'_, B>,
    out: &mut Tensor<R>,
) {
    check_result(name, a, b, out.layout().shape);
    match out.exclusive() {
        Some((y, layout)) => zip_into(formula, a, b, y, layout),
        None => *out = zip(name, formula, a, b),
    }
}

impl<T: Real> Tensor<T> {
    /// Applies a binary op to broadcast operands (NumPy's rules).
    ///
    /// # Panics
    /// When the shapes do not broadcast.
    #[track_caller]
    pub fn zip<O: BinaryOp>(&self, other: &Self, op: O) -> Self {
        zip(O::NAME, Value(op), self.source(), other.source())
    }

    /// `self = op(self, other)` in place; on a copy if the elements are shared with another tensor, which may be
    /// `other`: `x.zip_assign(&x.t(), op)` has the result of `x.zip(&x.t(), op)`. `other` broadcasts to the shape
    /// of `self`.
    ///
    /// # Panics
    /// When it does not.
    #[track_caller]
    pub fn zip_assign<O: BinaryOp>(&mut self, other: &Self, op: O) {
        check_fits(O::NAME, &other.layout().shape, &self.layout().shape);
        match self.exclusive() {
            Some((y, layout)) => zip_assign(Value(op), other.source(), y, layout),
            None => *self = self.zip(other, op),
        }
    }

    /// [`zip`](Self::zip) of a tensor that is not needed any more, in its place where that is possible.
    #[track_caller]
    pub(crate) fn zip_owned<O: BinaryOp>(mut self, other: &Self, op: O) -> Self {
        let (shape, given) = (&self.layout().shape, &other.layout().shape);
        let keeps_shape = given == shape || given.broadcast(shape) == Some(*shape);
        if !keeps_shape || !self.is_reusable() {
            return self.zip(other, op);
        }
        self.zip_assign(other, op);
        self
    }

    /// [`zip`](Self::zip) into `out`, whose elements are written in place if no other tensor shares them.
    ///
    /// # Panics
    /// When the operands do not broadcast, or `out` has another shape than their result.
    #[track_caller]
    pub fn zip_into<O: BinaryOp>(&self, other: &Self, op: O, out: &mut Self) {
        zip_to(O::NAME, Value(op), self.source(), other.source(), out);
    }

    /// `self += other`; `other` broadcasts to the shape of `self`.
    ///
    /// # Panics
    /// When it does not.
    #[track_caller]
    pub fn accumulate(&mut self, other: &Self) {
        self.zip_assign(other, Add);
    }
}

/// # Panics
/// When `given` does not broadcast to `shape`.
#[inline]
#[track_caller]
pub(super) fn check_fits(name: &str, given: &Shape, shape: &Shape) {
    if given == shape {
        return;
    }
    assert!(
        given.broadcast(shape) == Some(*shape),
        "{name}: shape {given} does not broadcast to {shape}, in place"
    );
}

/// # Panics
/// When the operands do not broadcast, or not to the shape that is given.
#[inline]
#[track_caller]
pub(super) fn check_result<A, B>(name: &str, a: Source<'_, A>, b: Source<'_, B>, given: Shape) {
    let (a, b) = (&a.layout.shape, &b.layout.shape);
    if a == b && *a == given {
        return;
    }
    let shape = joint_shape(name, *a, *b);
    assert!(shape == given, "{name}: a result of shape {shape} into {given}");
}
