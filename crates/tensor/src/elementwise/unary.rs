//! Unary ops: forward, in place, and into a given tensor.

use super::drive::{Source, Write, drive};
use super::formula::{Identity, MapFormula, Value};
use super::rows::{Row, Rows, RowsMut};
use super::stage::Scratch;
use crate::layout::{Layout, Tiles};
use crate::ops::UnaryOp;
use crate::parallel::PIECE;
use crate::simd::{Kernel, dispatch};
use crate::{Element, Real, Tensor};

/// y ← formula(a).
struct Map<'a, A, R, F> {
    formula: F,
    a: Rows<'a, A>,
    y: RowsMut<'a, R>,
}

impl<A: Element, R: Element, F: MapFormula<A, R>> Kernel for Map<'_, A, R, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { formula, a, mut y } = self;
        let columns = y.columns;
        for r in 0..y.rows {
            let y = y.row(r);
            match a.row(r, columns) {
                Row::Dense(a) => {
                    for (y, &a) in y.iter_mut().zip(a) {
                        *y = formula.at(a);
                    }
                }
                Row::Repeated(a) => y.fill(formula.at(a)),
            }
        }
    }
}

/// y ← formula(y).
struct MapAssign<'a, R, F> {
    formula: F,
    y: RowsMut<'a, R>,
}

impl<R: Element, F: MapFormula<R, R>> Kernel for MapAssign<'_, R, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { formula, mut y } = self;
        for r in 0..y.rows {
            for y in y.row(r) {
                *y = formula.at(*y);
            }
        }
    }
}

/// y ← formula(a) for operands of one shape, `y` lying as `layout` says, in which no two indices meet.
pub(super) fn map_into<A: Element, R: Element, F: MapFormula<A, R>>(
    formula: F,
    a: Source<'_, A>,
    y: &mut [R],
    layout: &Layout,
) {
    let len = layout.len();
    if len <= PIECE && layout.is_contiguous() && a.layout.is_contiguous() {
        let a = Rows::one(&a.elements[a.layout.offset..a.layout.offset + len], false);
        let y = RowsMut::one(&mut y[layout.offset..layout.offset + len]);
        return dispatch(Map { formula, a, y });
    }
    let write = Write::anew::<R>(len);
    let tiles = Tiles::new([layout, a.layout], write.tile());
    // SAFETY: the tiles are those of `layout`, which lies inside `y` and is injective by the contract.
    unsafe {
        drive(&tiles, y, write, &|tile, y| {
            let a_scratch = &mut Scratch::new();
            dispatch(Map { formula, a: tile.rows(1, a.elements, a_scratch), y });
        });
    }
}

/// Copies the elements of one layout to those of another one of the same shape, in which no two indices meet.
pub(crate) fn copy<T: Element>(source: &[T], from: &Layout, target: &mut [T], to: &Layout) {
    map_into(Identity, Source { elements: source, layout: from }, target, to);
}

/// y ← formula(y), `y` lying as `layout` says, in which no two indices meet.
pub(super) fn map_assign<R: Element, F: MapFormula<R, R>>(formula: F, y: &mut [R], layout: &Layout) {
    let len = layout.len();
    if len <= PIECE && layout.is_contiguous() {
        let y = RowsMut::one(&mut y[layout.offset..layout.offset + len]);
        return dispatch(MapAssign { formula, y });
    }
    let tiles = Tiles::new([layout], PIECE);
    // SAFETY: as in `map_into`.
    unsafe {
        drive(&tiles, y, Write::InPlace, &|_, y| dispatch(MapAssign { formula, y }));
    }
}

impl<T: Element> Tensor<T> {
    /// formula(x) for every element, in row-major order.
    pub(crate) fn map_formula<R: Element, F: MapFormula<T, R>>(&self, formula: F) -> Tensor<R> {
        let source = self.source();
        if self.is_contiguous() && self.len() <= PIECE {
            let a = Rows::one(&self.buffer[self.layout().offset..self.layout().offset + self.len()], false);
            return Tensor::build_as(self.layout(), |y| dispatch(Map { formula, a, y: RowsMut::one(y) }));
        }
        let layout = Layout::contiguous(self.shape());
        Tensor::build_as(&layout, |y| map_into(formula, source, y, &layout))
    }
}

impl<T: Real> Tensor<T> {
    /// Applies a unary op to every element.
    pub fn map<O: UnaryOp>(&self, op: O) -> Self {
        self.map_formula(Value(op))
    }

    /// Applies a unary op to every element in place; to a copy if the elements are shared with another tensor.
    pub fn map_assign<O: UnaryOp>(&mut self, op: O) {
        match self.exclusive() {
            Some((y, layout)) => map_assign(Value(op), y, layout),
            None => *self = self.map(op),
        }
    }

    /// [`map`](Self::map) of a tensor that is not needed any more, in its place where that is possible.
    pub(crate) fn map_owned<O: UnaryOp>(mut self, op: O) -> Self {
        if !self.is_reusable() {
            return self.map(op);
        }
        self.map_assign(op);
        self
    }

    /// [`map`](Self::map) into `out`, whose elements are written in place if no other tensor shares them.
    ///
    /// # Panics
    /// When `out` has another shape.
    #[track_caller]
    pub fn map_into<O: UnaryOp>(&self, op: O, out: &mut Self) {
        let (shape, given) = (&self.layout().shape, &out.layout().shape);
        assert!(shape == given, "{}: a result of shape {shape} into {given}", O::NAME);
        match out.exclusive() {
            Some((y, layout)) => map_into(Value(op), self.source(), y, layout),
            None => *out = self.map(op),
        }
    }
}
