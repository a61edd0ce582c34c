//! The drivers that turn a scalar formula into kernels: forward, and the fused backward `gx += slope · gy`.

use crate::layout::{Layout, Nest};
use crate::memory::Buffer;
use crate::ops::{BinaryOp, UnaryOp};
use crate::parallel::{PIECE, worth_splitting};
use crate::simd::{Kernel, dispatch};
use crate::{Real, Tensor};

use rayon::prelude::*;

/// y ← value(x) on slices.
struct Map<'a, T, O> {
    op: O,
    x: &'a [T],
    y: &'a mut [T],
}

impl<T: Real, O: UnaryOp> Kernel for Map<'_, T, O> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (y, &x) in self.y.iter_mut().zip(self.x) {
            *y = self.op.value(x);
        }
    }
}

/// gx ← slope(x, y)·gy, or gx += slope(x, y)·gy, on slices.
struct Slope<'a, T, O> {
    op: O,
    x: &'a [T],
    y: &'a [T],
    gy: &'a [T],
    gx: &'a mut [T],
    accumulate: bool,
}

impl<T: Real, O: UnaryOp> Kernel for Slope<'_, T, O> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let operands = self.gx.iter_mut().zip(self.x).zip(self.y).zip(self.gy);
        if self.accumulate {
            for (((gx, &x), &y), &gy) in operands {
                *gx += self.op.slope(x, y) * gy;
            }
        } else {
            for (((gx, &x), &y), &gy) in operands {
                *gx = self.op.slope(x, y) * gy;
            }
        }
    }
}

/// What a binary kernel computes from (a, b): the value, or one of the two slopes.
trait BinaryFormula<T>: Copy + Send + Sync {
    fn at(self, a: T, b: T) -> T;
}

#[derive(Clone, Copy)]
struct Value<O>(O);

impl<T: Real, O: BinaryOp> BinaryFormula<T> for Value<O> {
    #[inline(always)]
    fn at(self, a: T, b: T) -> T {
        self.0.value(a, b)
    }
}

/// The slope with respect to operand `SIDE` (0 or 1). The value is recomputed: ops whose slopes use it are
/// cheaper to evaluate again than to load.
#[derive(Clone, Copy)]
struct SlopeOf<O, const SIDE: usize>(O);

impl<T: Real, O: BinaryOp, const SIDE: usize> BinaryFormula<T> for SlopeOf<O, SIDE> {
    #[inline(always)]
    fn at(self, a: T, b: T) -> T {
        let (da, db) = self.0.slopes(a, b, self.0.value(a, b));
        if SIDE == 0 { da } else { db }
    }
}

/// One side of a binary run: neighbours in memory, one repeated value, or a stride.
#[derive(Clone, Copy)]
enum Operand<'a, T> {
    Dense(&'a [T]),
    Splat(T),
    Strided(&'a [T], usize, isize),
}

impl<'a, T: Real> Operand<'a, T> {
    #[inline(always)]
    fn new(buffer: &'a [T], offset: usize, stride: isize, len: usize) -> Self {
        match stride {
            1 => Self::Dense(&buffer[offset..offset + len]),
            0 => Self::Splat(buffer[offset]),
            _ => Self::Strided(buffer, offset, stride),
        }
    }

    #[inline(always)]
    fn get(self, i: usize) -> T {
        match self {
            Self::Dense(run) => run[i],
            Self::Splat(value) => value,
            Self::Strided(buffer, offset, stride) => buffer[offset.wrapping_add_signed(i as isize * stride)],
        }
    }
}

/// y ← formula(a, b) over a joint nest; `y` is contiguous and receives the runs in order.
struct Zip<'a, T, F> {
    formula: F,
    nest: &'a Nest<2>,
    a: &'a [T],
    b: &'a [T],
    y: &'a mut [T],
}

impl<T: Real, F: BinaryFormula<T>> Kernel for Zip<'_, T, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { formula, nest, a, b, y } = self;
        let (len, [sa, sb]) = (nest.run_len(), nest.run_strides());
        let mut rest = y;
        nest.for_each_run(
            #[inline(always)]
            |[oa, ob]| {
                let (run, tail) = std::mem::take(&mut rest).split_at_mut(len);
                rest = tail;
                match (Operand::new(a, oa, sa, len), Operand::new(b, ob, sb, len)) {
                    (Operand::Dense(a), Operand::Dense(b)) => {
                        for ((y, &a), &b) in run.iter_mut().zip(a).zip(b) {
                            *y = formula.at(a, b);
                        }
                    }
                    (Operand::Dense(a), Operand::Splat(b)) => {
                        for (y, &a) in run.iter_mut().zip(a) {
                            *y = formula.at(a, b);
                        }
                    }
                    (Operand::Splat(a), Operand::Dense(b)) => {
                        for (y, &b) in run.iter_mut().zip(b) {
                            *y = formula.at(a, b);
                        }
                    }
                    (a, b) => {
                        for (i, y) in run.iter_mut().enumerate() {
                            *y = formula.at(a.get(i), b.get(i));
                        }
                    }
                }
            },
        );
    }
}

/// y += a on slices.
struct Accumulate<'a, T> {
    a: &'a [T],
    y: &'a mut [T],
}

impl<T: Real> Kernel for Accumulate<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (y, &a) in self.y.iter_mut().zip(self.a) {
            *y += a;
        }
    }
}

impl<T: Real> Tensor<T> {
    /// Applies a unary op to every element.
    pub fn map<O: UnaryOp>(&self, op: O) -> Self {
        let source = self.contiguous();
        let x = source.elements();
        Self::build(self.shape(), |y| {
            if worth_splitting::<T>(2 * x.len()) {
                y.par_chunks_mut(PIECE)
                    .zip(x.par_chunks(PIECE))
                    .for_each(|(y, x)| dispatch(Map { op, x, y }));
            } else {
                dispatch(Map { op, x, y });
            }
        })
    }

    /// Applies a binary op to broadcast operands (NumPy's rules).
    ///
    /// # Panics
    /// When the shapes do not broadcast.
    #[track_caller]
    pub fn zip<O: BinaryOp>(&self, other: &Self, op: O) -> Self {
        self.zip_formula(O::NAME, other, Value(op))
    }

    /// The slopes of `op` at broadcast operands with respect to operand `side` (0 or 1).
    ///
    /// # Panics
    /// When the shapes do not broadcast, or `side` is neither 0 nor 1.
    #[track_caller]
    pub fn zip_slope<O: BinaryOp>(&self, other: &Self, op: O, side: usize) -> Self {
        match side {
            0 => self.zip_formula(O::NAME, other, SlopeOf::<O, 0>(op)),
            1 => self.zip_formula(O::NAME, other, SlopeOf::<O, 1>(op)),
            _ => panic!("{}: operand {side} of a binary op", O::NAME),
        }
    }

    #[track_caller]
    fn zip_formula<F: BinaryFormula<T>>(&self, name: &str, other: &Self, formula: F) -> Self {
        let Some(shape) = self.shape().broadcast(&other.shape()) else {
            panic!("{name}: shapes do not broadcast: left {}, right {}", self.shape(), other.shape());
        };
        let (a, b) = (self.layout.broadcast_to(shape), other.layout.broadcast_to(shape));
        let mut buffer = Buffer::new(shape.len());
        let y: &mut [T] = &mut buffer;
        let rows = shape.first().copied().unwrap_or(1);
        if worth_splitting::<T>(3 * y.len()) && rows > 1 {
            let rows_per_piece = (PIECE * rows / y.len()).max(1);
            let row_len = y.len() / rows;
            y.par_chunks_mut(rows_per_piece * row_len).enumerate().for_each(|(piece, y)| {
                let (start, len) = (piece * rows_per_piece, y.len() / row_len);
                let part = |layout: &Layout| layout.narrow(0, start, len);
                let nest = Nest::new([&part(&a), &part(&b)]);
                dispatch(Zip { formula, nest: &nest, a: &self.buffer, b: &other.buffer, y });
            });
        } else {
            let nest = Nest::new([&a, &b]);
            dispatch(Zip { formula, nest: &nest, a: &self.buffer, b: &other.buffer, y });
        }
        Self { buffer: buffer.into(), layout: Layout::contiguous(shape) }
    }

    /// `self += other`; `other` broadcasts to the shape of `self`.
    ///
    /// # Panics
    /// When it does not.
    #[track_caller]
    pub fn accumulate(&mut self, other: &Self) {
        let (shape, given) = (self.shape(), other.shape());
        let other = if given == shape { other.contiguous() } else { other.broadcast_to(shape).contiguous() };
        let (y, a) = (self.make_mut(), other.elements());
        if worth_splitting::<T>(3 * a.len()) {
            y.par_chunks_mut(PIECE).zip(a.par_chunks(PIECE)).for_each(|(y, a)| dispatch(Accumulate { a, y }));
        } else {
            dispatch(Accumulate { a, y });
        }
    }
}

/// The backward kernel of a unary op: `slope(x, y)·gy`, added to `gx` if there is one. All operands have the
/// shape of `x`.
///
/// # Panics
/// When a shape differs.
#[track_caller]
pub fn unary_backward<T: Real, O: UnaryOp>(
    op: O,
    x: &Tensor<T>,
    y: &Tensor<T>,
    gy: &Tensor<T>,
    gx: Option<Tensor<T>>,
) -> Tensor<T> {
    let shape = x.shape();
    for operand in [y, gy].into_iter().chain(gx.as_ref()) {
        assert!(operand.shape() == shape, "{}: backward of {shape} got {}", O::NAME, operand.shape());
    }
    let accumulate = gx.is_some();
    let mut gx = gx.unwrap_or_else(|| Tensor::build(shape, |_| {}));
    let (x, y, gy) = (x.contiguous(), y.contiguous(), gy.contiguous());
    let [x, y, gy] = [&x, &y, &gy].map(|operand| operand.elements());
    let target = gx.make_mut();
    if worth_splitting::<T>(4 * target.len()) {
        target.par_chunks_mut(PIECE).enumerate().for_each(|(piece, gx)| {
            let part = piece * PIECE..piece * PIECE + gx.len();
            let (x, y, gy) = (&x[part.clone()], &y[part.clone()], &gy[part]);
            dispatch(Slope { op, x, y, gy, gx, accumulate });
        });
    } else {
        dispatch(Slope { op, x, y, gy, gx: target, accumulate });
    }
    gx
}
