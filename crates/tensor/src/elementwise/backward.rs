//! The backward kernels of elementwise ops: the gradient times the slope, in place of the gradient or added to a
//! sum, without a temporary.

use super::drive::{Source, Write, drive};
use super::rows::{Row, Rows, RowsMut, Target};
use super::stage::Scratch;
use crate::layout::{Layout, Tiles};
use crate::ops::{BinaryOp, UnaryOp};
use crate::parallel::{PIECE, for_each_piece_if_it_pays};
use crate::simd::{Kernel, dispatch};
use crate::{Real, Tensor};

/// g ← slope(x, y)·g.
struct Scale<'a, T, O> {
    op: O,
    x: &'a [T],
    y: &'a [T],
    g: &'a mut [T],
}

impl<T: Real, O: UnaryOp> Kernel for Scale<'_, T, O> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for ((g, &x), &y) in self.g.iter_mut().zip(self.x).zip(self.y) {
            *g = self.op.slope(x, y) * *g;
        }
    }
}

/// gx ← gx + slope(x, y)·gy.
struct Accumulate<'a, T, O> {
    op: O,
    x: &'a [T],
    y: &'a [T],
    gy: &'a [T],
    gx: &'a mut [T],
}

impl<T: Real, O: UnaryOp> Kernel for Accumulate<'_, T, O> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (((gx, &x), &y), &gy) in self.gx.iter_mut().zip(self.x).zip(self.y).zip(self.gy) {
            *gx += self.op.slope(x, y) * gy;
        }
    }
}

/// The backward kernel of a unary op: `slope(x, y)·gy`, added to `gx` if there is one. All operands have the
/// shape of `x`. The result takes the place of `gy` or `gx` if no other tensor shares its elements.
///
/// # Panics
/// When a shape differs.
#[track_caller]
pub fn unary_backward<T: Real, O: UnaryOp>(
    op: O,
    x: &Tensor<T>,
    y: &Tensor<T>,
    gy: Tensor<T>,
    gx: Option<Tensor<T>>,
) -> Tensor<T> {
    for operand in [y, &gy] {
        check_same(O::NAME, x, operand);
    }
    if let Some(gx) = &gx {
        check_same(O::NAME, x, gx);
    }
    let (x, y) = (x.dense(), y.dense());
    let (x, y): (&[T], &[T]) = (&x, &y);
    match gx {
        None => {
            let mut g = gy;
            let target = g.make_mut();
            if target.len() <= PIECE {
                dispatch(Scale { op, x, y, g: target });
                return g;
            }
            let target = Target::new(target);
            for_each_piece_if_it_pays(target.len().div_ceil(PIECE), &|piece| {
                let part = piece * PIECE..((piece + 1) * PIECE).min(target.len());
                // SAFETY: pieces are disjoint.
                let g = unsafe { target.part(part.start, part.len()) };
                dispatch(Scale { op, x: &x[part.clone()], y: &y[part], g });
            });
            g
        }
        Some(mut gx) => {
            let gy = gy.dense();
            let gy: &[T] = &gy;
            let target = gx.make_mut();
            if target.len() <= PIECE {
                dispatch(Accumulate { op, x, y, gy, gx: target });
                return gx;
            }
            let target = Target::new(target);
            for_each_piece_if_it_pays(target.len().div_ceil(PIECE), &|piece| {
                let part = piece * PIECE..((piece + 1) * PIECE).min(target.len());
                // SAFETY: pieces are disjoint.
                let gx = unsafe { target.part(part.start, part.len()) };
                let (x, y, gy) = (&x[part.clone()], &y[part.clone()], &gy[part]);
                dispatch(Accumulate { op, x, y, gy, gx });
            });
            gx
        }
    }
}

#[track_caller]
#[inline]
fn check_same<T: Real>(name: &str, x: &Tensor<T>, operand: &Tensor<T>) {
    assert!(operand.same_shape(x), "{name}: backward of {} got {}", x.shape(), operand.shape());
}

/// g ← slope(a, b)·g with respect to operand `SIDE`.
struct ScaleZip<'a, T, O, const SIDE: usize> {
    op: O,
    a: Rows<'a, T>,
    b: Rows<'a, T>,
    g: RowsMut<'a, T>,
}

/// The slope with respect to operand `SIDE`. The value is recomputed: ops whose slopes use it are cheaper to
/// evaluate again than to load.
#[inline(always)]
fn slope<T: Real, O: BinaryOp, const SIDE: usize>(op: O, a: T, b: T) -> T {
    let (da, db) = op.slopes(a, b, op.value(a, b));
    if SIDE == 0 { da } else { db }
}

impl<T: Real, O: BinaryOp, const SIDE: usize> Kernel for ScaleZip<'_, T, O, SIDE> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { op, a, b, mut g } = self;
        let columns = g.columns;
        for r in 0..g.rows {
            let g = g.row(r);
            match (a.row(r, columns), b.row(r, columns)) {
                (Row::Dense(a), Row::Dense(b)) => {
                    for ((g, &a), &b) in g.iter_mut().zip(a).zip(b) {
                        *g = slope::<T, O, SIDE>(op, a, b) * *g;
                    }
                }
                (Row::Dense(a), Row::Repeated(b)) => {
                    for (g, &a) in g.iter_mut().zip(a) {
                        *g = slope::<T, O, SIDE>(op, a, b) * *g;
                    }
                }
                (Row::Repeated(a), Row::Dense(b)) => {
                    for (g, &b) in g.iter_mut().zip(b) {
                        *g = slope::<T, O, SIDE>(op, a, b) * *g;
                    }
                }
                (Row::Repeated(a), Row::Repeated(b)) => {
                    let slope = slope::<T, O, SIDE>(op, a, b);
                    for g in g {
                        *g = slope * *g;
                    }
                }
            }
        }
    }
}

/// sum ← sum + slope(a, b)·g with respect to operand `SIDE`, on runs of one length.
struct AccumulateZip<'a, T, O, const SIDE: usize> {
    op: O,
    a: &'a [T],
    b: &'a [T],
    g: &'a [T],
    sum: &'a mut [T],
}

impl<T: Real, O: BinaryOp, const SIDE: usize> Kernel for AccumulateZip<'_, T, O, SIDE> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (((sum, &a), &b), &g) in self.sum.iter_mut().zip(self.a).zip(self.b).zip(self.g) {
            *sum += slope::<T, O, SIDE>(self.op, a, b) * g;
        }
    }
}

/// The backward kernel of a binary op with respect to operand `side` (0 or 1): the slope times `gy`, of the shape
/// of `gy`, to which the operands broadcast. The result takes the place of `gy` if no other tensor shares its
/// elements.
///
/// # Panics
/// When an operand does not broadcast, or `side` is neither 0 nor 1.
#[track_caller]
pub fn binary_backward<T: Real, O: BinaryOp>(
    op: O,
    side: usize,
    a: &Tensor<T>,
    b: &Tensor<T>,
    mut gy: Tensor<T>,
) -> Tensor<T> {
    for operand in [a, b] {
        if !operand.same_shape(&gy) {
            let (shape, given) = (gy.shape(), operand.shape());
            let fits = given.broadcast(&shape) == Some(shape);
            assert!(fits, "{}: backward of {shape} got an operand of shape {given}", O::NAME);
        }
    }
    match side {
        0 => scale_zip::<T, O, 0>(op, a.source(), b.source(), &mut gy),
        1 => scale_zip::<T, O, 1>(op, a.source(), b.source(), &mut gy),
        _ => panic!("{}: operand {side} of a binary op", O::NAME),
    }
    gy
}

/// [`binary_backward`] added to `sum`.
///
/// # Panics
/// When the slope times `gy` has not the shape of `sum`, or as there.
#[track_caller]
pub fn binary_backward_add<T: Real, O: BinaryOp>(
    op: O,
    side: usize,
    a: &Tensor<T>,
    b: &Tensor<T>,
    gy: &Tensor<T>,
    sum: &mut Tensor<T>,
) {
    assert!(sum.same_shape(gy), "{}: backward of {} added to {}", O::NAME, gy.shape(), sum.shape());
    if gy.len() <= PIECE
        && side < 2
        && a.same_shape(gy)
        && b.same_shape(gy)
        && let (Some(a), Some(b), Some(g)) = (a.as_slice(), b.as_slice(), gy.as_slice())
    {
        let sum = sum.make_mut();
        if side == 0 {
            dispatch(AccumulateZip::<T, O, 0> { op, a, b, g, sum });
        } else {
            dispatch(AccumulateZip::<T, O, 1> { op, a, b, g, sum });
        }
    } else {
        sum.accumulate(&binary_backward(op, side, a, b, gy.clone()));
    }
}

fn scale_zip<T: Real, O: BinaryOp, const SIDE: usize>(
    op: O,
    a: Source<'_, T>,
    b: Source<'_, T>,
    gradient: &mut Tensor<T>,
) {
    let len = gradient.len();
    if len <= PIECE
        && let (Some((a, a_repeated)), Some((b, b_repeated))) = (a.run(), b.run())
        && (a_repeated || a.len() == len)
        && (b_repeated || b.len() == len)
    {
        let g = RowsMut::one(gradient.make_mut());
        let (a, b) = (Rows::one(a, a_repeated), Rows::one(b, b_repeated));
        return dispatch(ScaleZip::<T, O, SIDE> { op, a, b, g });
    }
    let shape = gradient.shape();
    let g = gradient.make_mut();
    let layout = Layout::contiguous(shape);
    let (la, lb) = (a.layout.broadcast_to(shape), b.layout.broadcast_to(shape));
    let tiles = Tiles::new([&layout, &la, &lb], PIECE);
    // SAFETY: the tiles are those of `layout`, which fills `g` and is injective.
    unsafe {
        drive(&tiles, g, Write::InPlace, &|tile, g| {
            let (a_scratch, b_scratch) = (&mut Scratch::new(), &mut Scratch::new());
            let a = tile.rows(1, a.elements, a_scratch);
            let b = tile.rows(2, b.elements, b_scratch);
            dispatch(ScaleZip::<T, O, SIDE> { op, a, b, g });
        });
    }
}
